// SPDX-License-Identifier: Apache-2.0
// ws: PE(i, j) keeps B[k0 + i][n0 + j]. Folds: for each n-block of C columns, for each k-block of R (k inner), all of M.
//   A    m = 0..M-1, R elements A[m][k0..]          B    rows k0+r-1 down to k0 (the last row first), C elements B[k][n0..]
//   Out  per n-block, in its last k-fold, m = 0..M-1, C elements
//
// Time. R = rows, C = cols, r and c what a fold uses (or R and C with edge = full), P = pe_latency, S = P-1. PE(i, j) multiplies
// activation m at start + m + i + j; sums fall through all R rows: a fold ends at start + M + R + c - 2 + S. Before start the
// weights need r beats, hidden behind the previous fold with full. The K-folds of one column block also wait until the partial sums
// are back at the top, R beats after the fold before.
#include <algorithm>
#include <array>

#include "models/datapath/dataflow/blocks.h"
#include "models/datapath/dataflow/dataflow.h"
#include "models/numerics/error.h"

namespace binade::datapath {
namespace {

using Count = std::uint64_t;

class WeightStationary final : public DataflowRules {
 public:
  Dataflow dataflow() const override { return Dataflow::WeightStationary; }
  std::string_view word() const override { return "ws"; }
  std::string_view title() const override { return "weight-stationary"; }
  std::span<const Overlap> overlaps() const override {
    static constexpr std::array kOverlaps{Overlap::None, Overlap::Full};
    return kOverlaps;
  }
  Axis rows_axis() const override { return Axis::K; }

  bool next(const CoreConfig& config, const CoreCommand& command, Position& first) const override {
    first.k += config.rows;
    if (first.k < command.k) return true;
    first.k = 0;
    first.n += config.cols;
    return first.n < command.n;
  }

  void place(const CoreConfig& config, const Fold* previous, Fold& fold) const override {
    const auto rows = static_cast<Count>(config.rows), r = static_cast<Count>(fold.charged_r);
    const auto depth = static_cast<Count>(fold.depth), stages = static_cast<Count>(config.pe_latency - 1);
    Count load = 0;  // the first of `r` beats in which the chain takes a weight row
    if (previous == nullptr) {
      fold.start = r;
    } else if (config.overlap == Overlap::None) {
      load = previous->end;
      fold.start = previous->end + r;
    } else {
      load = previous->start;
      fold.start = previous->start + std::max(depth, r);
      // The partial sum of activation m leaves column 0's foot at previous->start + m + R-1 and is at the top one beat later.
      if (fold.k0 > 0) fold.start = std::max(fold.start, previous->start + rows);
    }
    fold.b_start = load + r - static_cast<Count>(fold.r);
    fold.exit = fold.start + rows - 1 + stages;
    fold.end = fold.start + depth + rows + static_cast<Count>(fold.charged_c) - 2 + stages;
    fold.compute_end = fold.end;
  }

  Position first_of(const CoreConfig& config, const CoreCommand& command, Stream stream, std::uint64_t vector) const override {
    const auto index = static_cast<std::int64_t>(vector);
    const std::int64_t k_folds = ceil_div(command.k, config.rows);
    switch (stream) {
      case Stream::A: {
        const std::int64_t fold = index / command.m;
        return {0, fold / k_folds * config.cols, fold % k_folds * config.rows};
      }
      case Stream::B:
        return {0, index / command.k * config.cols, index % command.k / config.rows * config.rows};
      case Stream::Out:
        return {0, index / command.m * config.cols, (k_folds - 1) * config.rows};
    }
    throw InvariantError("Stream: no such enumerator");
  }

  Run run(const CoreConfig& config, const CoreCommand& command, Stream stream, const Fold& fold) const override {
    const std::int64_t block = fold.n0 / config.cols, k_folds = ceil_div(command.k, config.rows);
    switch (stream) {
      case Stream::A:
        return {.first = static_cast<Count>((block * k_folds + fold.k0 / config.rows) * command.m),
                .vectors = fold.depth,
                .lanes = fold.r,
                .origin = {0, fold.k0},
                .per_vector = {1, 0},
                .per_lane = {0, 1}};
      case Stream::B:
        return {.first = static_cast<Count>(block * command.k + fold.k0),
                .vectors = fold.b_vectors,
                .lanes = fold.c,
                .origin = {fold.k0 + fold.r - 1, fold.n0},
                .per_vector = {-1, 0},
                .per_lane = {0, 1}};
      case Stream::Out:
        return {.first = static_cast<Count>(block * command.m),
                .vectors = fold.outputs,
                .lanes = fold.c,
                .origin = {0, fold.n0},
                .per_vector = {1, 0},
                .per_lane = {0, 1}};
    }
    throw InvariantError("Stream: no such enumerator");
  }

  TileSpan span(const CoreConfig& config, const CoreCommand& command) const override {
    const Charged t(config, command, command.k);
    const auto rows = static_cast<Count>(config.rows), cols = static_cast<Count>(config.cols);
    const auto depth = static_cast<Count>(command.m), stages = static_cast<Count>(config.pe_latency - 1);
    const Count fall = depth + rows - 2 + stages;
    if (config.overlap == Overlap::None) {
      const Count end = t.folds * fall + t.col_folds * t.sum_r + t.row_folds * t.sum_c;
      return {end, end, t.last_c};
    }
    const Count within = (t.row_folds - 1) * std::max(depth, rows), between = std::max(depth, t.first_r);
    const Count last_start = t.first_r + t.col_folds * within + (t.col_folds - 1) * between;
    const Count last_end = last_start + fall + t.last_c;
    // Only a ragged last column block can end before its left neighbour.
    const Count left_end = t.col_folds > 1 ? last_end - t.last_c + cols - within - between : 0;
    return {std::max(last_end, left_end), last_end, t.last_c};
  }

  int deskew_beats(const CoreConfig& config) const override { return config.cols - 1; }
};

}  // namespace

const DataflowRules& weight_stationary() {
  static const WeightStationary kRules;
  return kRules;
}

}  // namespace binade::datapath
