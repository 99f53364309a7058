// SPDX-License-Identifier: Apache-2.0
#include "models/datapath/fold_walk.h"

#include <algorithm>

namespace binade::datapath {

FoldWalk::FoldWalk(const CoreConfig& config, const CoreCommand& command) : config_(&config), command_(command), done_(false) {
  shape();
  if (config.dataflow == Dataflow::OutputStationary) {
    place_output_stationary();
  } else {
    fold_.start = static_cast<std::uint64_t>(fold_.charged_r);
    place_weight_stationary();
  }
}

void FoldWalk::shape() {
  const bool os = config_->dataflow == Dataflow::OutputStationary;
  const bool full = config_->edge == Edge::Full;
  const std::int64_t along_rows = os ? command_.m - fold_.m0 : command_.k - fold_.k0;
  fold_.r = static_cast<int>(std::min<std::int64_t>(config_->rows, along_rows));
  fold_.c = static_cast<int>(std::min<std::int64_t>(config_->cols, command_.n - fold_.n0));
  fold_.charged_r = full ? config_->rows : fold_.r;
  fold_.charged_c = full ? config_->cols : fold_.c;
  fold_.depth = os ? command_.k : command_.m;
  fold_.first_k = command_.first_k && fold_.k0 == 0;
  fold_.last_k = command_.last_k && (os || fold_.k0 + config_->rows >= command_.k);
  fold_.outputs = !fold_.last_k ? 0 : os ? fold_.r : command_.m;
}

// Row i of A enters i beats late and column j of B j beats late, so PE(i, j) multiplies product k at start + k + i + j and
// accumulates it P-1 beats later.
void FoldWalk::place_output_stationary() {
  const auto rows = static_cast<std::uint64_t>(config_->rows);
  const auto r = static_cast<std::uint64_t>(fold_.charged_r), c = static_cast<std::uint64_t>(fold_.charged_c);
  const auto products = static_cast<std::uint64_t>(fold_.depth), stages = static_cast<std::uint64_t>(config_->pe_latency - 1);
  fold_.load = fold_.start;
  fold_.compute_end = fold_.start + products + r + c - 2 + stages;
  // Sums enter the drain chain at `chain` (column 0) and fall one row a beat: row i leaves at chain + R-1-i, row r-1 first.
  const std::uint64_t chain = config_->overlap == Overlap::Full ? fold_.start + products + r - 1 + stages : fold_.compute_end;
  fold_.exit = chain + rows - static_cast<std::uint64_t>(fold_.r);
  fold_.end = fold_.last_k ? fold_.compute_end + rows : fold_.compute_end;
}

// PE(i, j) multiplies activation m at start + m + i + j; sums fall through all R rows.
void FoldWalk::place_weight_stationary() {
  const auto rows = static_cast<std::uint64_t>(config_->rows), stages = static_cast<std::uint64_t>(config_->pe_latency - 1);
  fold_.exit = fold_.start + rows - 1 + stages;
  fold_.end =
      fold_.start + static_cast<std::uint64_t>(fold_.depth) + rows + static_cast<std::uint64_t>(fold_.charged_c) - 2 + stages;
  fold_.compute_end = fold_.end;
}

void FoldWalk::next() {
  const Fold previous = fold_;
  const bool os = config_->dataflow == Dataflow::OutputStationary;
  if (os) {
    fold_.n0 += config_->cols;
    if (fold_.n0 >= command_.n) {
      fold_.n0 = 0;
      fold_.m0 += config_->rows;
      done_ = fold_.m0 >= command_.m;
    }
  } else {
    fold_.k0 += config_->rows;
    if (fold_.k0 >= command_.k) {
      fold_.k0 = 0;
      fold_.n0 += config_->cols;
      done_ = fold_.n0 >= command_.n;
    }
  }
  if (done_) return;
  shape();
  const auto depth = static_cast<std::uint64_t>(fold_.depth);
  if (os) {
    switch (config_->overlap) {
      case Overlap::None:
        fold_.start = previous.end;
        break;
      case Overlap::Drain:
        fold_.start = previous.compute_end;
        break;
      case Overlap::Full:
        // The chain of column j takes r sums at once: the fold before must have moved on by its r rows.
        fold_.start = previous.start + std::max(depth, static_cast<std::uint64_t>(previous.charged_r));
        break;
    }
    place_output_stationary();
    return;
  }
  const auto r = static_cast<std::uint64_t>(fold_.charged_r);
  if (config_->overlap == Overlap::None) {
    fold_.load = previous.end;
    fold_.start = previous.end + r;
  } else {
    fold_.load = previous.start;
    fold_.start = previous.start + std::max(depth, r);
    // The partial sum of activation m leaves column 0's foot at previous.start + m + R-1 and is at the top one beat later.
    if (fold_.k0 > 0) fold_.start = std::max(fold_.start, previous.start + static_cast<std::uint64_t>(config_->rows));
  }
  place_weight_stationary();
}

}  // namespace binade::datapath
