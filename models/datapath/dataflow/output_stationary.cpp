// SPDX-License-Identifier: Apache-2.0
// os: PE(i, j) keeps the sum of output (m0 + i, n0 + j). Folds: for each m-block of R rows, for each n-block of C columns (n
// inner), all of K.
//   A    k = 0..K-1, R elements A[m0..][k]          B    k = 0..K-1, C elements B[k][n0..]
//   Out  rows r-1 down to 0 (the foot first), C elements
//
// Time. R = rows, C = cols, r and c what a fold uses (or R and C with edge = full), P = pe_latency, S = P-1. Row i of A enters i
// beats late and column j of B j beats late, so PE(i, j) multiplies product k at start + k + i + j and accumulates it S beats
// later; the last of a fold's sums is complete after K + r + c - 2 + S beats.
//   none   then all columns drain together down R rows: a fold is K + r + R + c - 2 + S.
//   drain  a second bank drains under the next fold: sum(K + r + c - 2 + S) + R.
//   full   column j's sums enter its chain at start + K + r - 1 + j + S and need R beats to the foot: a fold ends at
//          start + K + r + R + c - 2 + S. The operand ports allow a fold every K beats, the chain every r.
#include <algorithm>
#include <array>

#include "models/datapath/dataflow/blocks.h"
#include "models/datapath/dataflow/dataflow.h"
#include "models/numerics/error.h"

namespace binade::datapath {
namespace {

using Count = std::uint64_t;

class OutputStationary final : public DataflowRules {
 public:
  Dataflow dataflow() const override { return Dataflow::OutputStationary; }
  std::string_view word() const override { return "os"; }
  std::string_view title() const override { return "output-stationary"; }
  std::span<const Overlap> overlaps() const override {
    static constexpr std::array kOverlaps{Overlap::None, Overlap::Full, Overlap::Drain};
    return kOverlaps;
  }
  Axis rows_axis() const override { return Axis::M; }

  bool next(const CoreConfig& config, const CoreCommand& command, Position& first) const override {
    first.n += config.cols;
    if (first.n < command.n) return true;
    first.n = 0;
    first.m += config.rows;
    return first.m < command.m;
  }

  void place(const CoreConfig& config, const Fold* previous, Fold& fold) const override {
    const auto rows = static_cast<Count>(config.rows), depth = static_cast<Count>(fold.depth);
    const auto r = static_cast<Count>(fold.charged_r), c = static_cast<Count>(fold.charged_c);
    const auto stages = static_cast<Count>(config.pe_latency - 1);
    fold.start = fold.b_start = previous == nullptr ? 0 : start_after(config.overlap, *previous, depth);
    fold.compute_end = fold.start + depth + r + c - 2 + stages;
    // Sums enter the drain chain at `chain` (column 0) and fall one row a beat: row i leaves at chain + R-1-i, row r-1 first.
    const Count chain = config.overlap == Overlap::Full ? fold.start + depth + r - 1 + stages : fold.compute_end;
    fold.exit = chain + rows - static_cast<Count>(fold.r);
    fold.end = fold.last_k ? fold.compute_end + rows : fold.compute_end;
  }

  // Row blocks but the last are full, so m0 * column blocks outputs and m0 / R * column blocks folds come before a row block.
  Position first_of(const CoreConfig& config, const CoreCommand& command, Stream stream, std::uint64_t vector) const override {
    const auto index = static_cast<std::int64_t>(vector);
    const std::int64_t blocks = column_blocks(config, command);
    if (stream != Stream::Out) {
      const std::int64_t fold = index / command.k;
      return {fold / blocks * config.rows, fold % blocks * config.cols, 0};
    }
    const std::int64_t m0 = index / (config.rows * blocks) * config.rows;
    const std::int64_t r = std::min<std::int64_t>(config.rows, command.m - m0);
    return {m0, (index - m0 * blocks) / r * config.cols, 0};
  }

  Run run(const CoreConfig& config, const CoreCommand& command, Stream stream, const Fold& fold) const override {
    const std::int64_t blocks = column_blocks(config, command), block = fold.n0 / config.cols;
    const auto first = static_cast<Count>((fold.m0 / config.rows * blocks + block) * command.k);
    switch (stream) {
      case Stream::A:
        return {.first = first,
                .vectors = fold.depth,
                .lanes = fold.r,
                .origin = {fold.m0, 0},
                .per_vector = {0, 1},
                .per_lane = {1, 0}};
      case Stream::B:
        return {.first = first,
                .vectors = fold.depth,
                .lanes = fold.c,
                .origin = {0, fold.n0},
                .per_vector = {1, 0},
                .per_lane = {0, 1}};
      case Stream::Out:
        return {.first = static_cast<Count>(fold.m0 * blocks + block * fold.r),
                .vectors = fold.outputs,
                .lanes = fold.c,
                .origin = {fold.m0 + fold.r - 1, fold.n0},
                .per_vector = {-1, 0},
                .per_lane = {0, 1}};
    }
    throw InvariantError("Stream: no such enumerator");
  }

  TileSpan span(const CoreConfig& config, const CoreCommand& command) const override {
    const Charged t(config, command, command.m);
    const auto rows = static_cast<Count>(config.rows), cols = static_cast<Count>(config.cols);
    const auto depth = static_cast<Count>(command.k), stages = static_cast<Count>(config.pe_latency - 1);
    if (!command.last_k) {
      const Count end = depth + t.last_r + t.last_c - 2 + stages;
      return {end, end, t.last_c};
    }
    const Count compute = t.folds * (depth - 2 + stages) + t.col_folds * t.sum_r + t.row_folds * t.sum_c;
    if (config.overlap == Overlap::None) return {compute + t.folds * rows, compute + t.folds * rows, t.last_c};
    if (config.overlap == Overlap::Drain) return {compute + rows, compute + rows, t.last_c};
    const Count last_start =
        (t.row_folds - 1) * t.col_folds * std::max(depth, rows) + (t.col_folds - 1) * std::max(depth, t.last_r);
    const Count last_end = last_start + depth + t.last_r + rows + t.last_c - 2 + stages;
    // Only a ragged last column block can end before its left neighbour.
    const Count left_end = t.col_folds > 1 ? last_end - t.last_c + cols - std::max(depth, t.last_r) : 0;
    return {std::max(last_end, left_end), last_end, t.last_c};
  }

  // Columns are skewed by one beat each, but in none and drain all columns drain together.
  int deskew_beats(const CoreConfig& config) const override { return config.overlap == Overlap::Full ? config.cols - 1 : 0; }

 private:
  static Count start_after(Overlap overlap, const Fold& previous, Count depth) {
    switch (overlap) {
      case Overlap::None:
        return previous.end;
      case Overlap::Drain:
        return previous.compute_end;
      case Overlap::Full:
        // The chain of column j takes r sums at once: the fold before must have moved on by its r rows.
        return previous.start + std::max(depth, static_cast<Count>(previous.charged_r));
    }
    throw InvariantError("Overlap: no such enumerator");
  }
};

}  // namespace

const DataflowRules& output_stationary() {
  static const OutputStationary kRules;
  return kRules;
}

}  // namespace binade::datapath
