// SPDX-License-Identifier: Apache-2.0
// Closed forms. R = rows, C = cols, r and c what a fold uses (or R and C with edge = full), P = pe_latency, S = P-1.
//
// os   Row i of A enters i beats late and column j of B j beats late, so PE(i, j) accumulates product k at beat
//      start + k + i + j + S and the last of a fold's sums is complete after K + r + c - 2 + S beats.
//      none   then all columns drain together down R rows: a fold is K + r + R + c - 2 + S.
//      drain  a second bank drains under the next fold: sum(K + r + c - 2 + S) + R.
//      full   column j's sums enter its chain at start + K + r - 1 + j + S and need R beats to the foot: a fold ends at
//             start + K + r + R + c - 2 + S. The operand ports allow a fold every K beats, the chain every r.
// ws   Activation m meets row i, column j at start + m + i + j; sums fall through all R rows: a fold ends at
//      start + M + R + c - 2 + S. Before start the weights need r beats, hidden behind the previous fold with full.
//      The K-folds of one column block also wait until the partial sums are back at the top, R beats after the fold before.
#include "models/datapath/timing.h"

#include <algorithm>

namespace binade::datapath {
namespace {

using Count = std::uint64_t;

Count ceil_div(std::int64_t a, std::int64_t b) { return static_cast<Count>((a + b - 1) / b); }
/// Elements of the last block when `extent` is cut into blocks of `block`.
Count last_block(std::int64_t extent, std::int64_t block) { return static_cast<Count>((extent - 1) % block + 1); }

struct Span {
  Count end = 0;       ///< tile_beats
  Count last_end = 0;  ///< of the last fold
  Count last_c = 0;    ///< columns charged to the last fold
};

Span span_of(const CoreConfig& config, const CoreCommand& command) {
  const bool os = config.dataflow == Dataflow::OutputStationary, full_edge = config.edge == Edge::Full;
  const auto rows = static_cast<Count>(config.rows), cols = static_cast<Count>(config.cols);
  const auto stages = static_cast<Count>(config.pe_latency - 1);
  const std::int64_t along_rows = os ? command.m : command.k;
  const auto depth = static_cast<Count>(os ? command.k : command.m);
  const Count row_folds = ceil_div(along_rows, config.rows), col_folds = ceil_div(command.n, config.cols);
  const Count last_r = full_edge ? rows : last_block(along_rows, config.rows);
  const Count last_c = full_edge ? cols : last_block(command.n, config.cols);
  const Count first_r = row_folds > 1 ? rows : last_r;
  const Count sum_r = full_edge ? row_folds * rows : static_cast<Count>(along_rows);
  const Count sum_c = full_edge ? col_folds * cols : static_cast<Count>(command.n);
  const Count folds = row_folds * col_folds;
  if (os) {
    if (!command.last_k) {
      const Count end = depth + last_r + last_c - 2 + stages;
      return {end, end, last_c};
    }
    const Count compute = folds * (depth - 2 + stages) + col_folds * sum_r + row_folds * sum_c;
    if (config.overlap == Overlap::None) return {compute + folds * rows, compute + folds * rows, last_c};
    if (config.overlap == Overlap::Drain) return {compute + rows, compute + rows, last_c};
    const Count last_start = (row_folds - 1) * col_folds * std::max(depth, rows) + (col_folds - 1) * std::max(depth, last_r);
    const Count last_end = last_start + depth + last_r + rows + last_c - 2 + stages;
    // Only a ragged last column block can end before its left neighbour.
    const Count left_end = col_folds > 1 ? last_end - last_c + cols - std::max(depth, last_r) : 0;
    return {std::max(last_end, left_end), last_end, last_c};
  }
  const Count fall = depth + rows - 2 + stages;
  if (config.overlap == Overlap::None) {
    const Count end = folds * fall + col_folds * sum_r + row_folds * sum_c;
    return {end, end, last_c};
  }
  const Count within = (row_folds - 1) * std::max(depth, rows), between = std::max(depth, first_r);
  const Count last_start = first_r + col_folds * within + (col_folds - 1) * between;
  const Count last_end = last_start + fall + last_c;
  const Count left_end = col_folds > 1 ? last_end - last_c + cols - within - between : 0;
  return {std::max(last_end, left_end), last_end, last_c};
}

}  // namespace

std::uint64_t tile_beats(const CoreConfig& config, const CoreCommand& command) { return span_of(config, command).end; }

int deskew_beats(const CoreConfig& config) {
  const bool aligned = config.dataflow == Dataflow::OutputStationary && config.overlap != Overlap::Full;
  return aligned ? 0 : config.cols - 1;
}

std::uint64_t sequence_beats(const CoreConfig& config, const CoreCommand& command) {
  const Span span = span_of(config, command);
  if (!command.last_k || deskew_beats(config) == 0) return span.end;
  return std::max(span.end, span.last_end + static_cast<Count>(config.cols) - span.last_c);
}

std::uint64_t tile_overhead(const CoreConfig& config, const CoreCommand& command) {
  // Command register, operand register, output register.
  const Count registers = 3 + static_cast<Count>(config.lane_latency);
  const Count bias = command.bias ? ceil_div(command.n, config.cols) : 0;
  return registers + bias + sequence_beats(config, command) - tile_beats(config, command);
}

std::uint64_t a_vectors(const CoreConfig& config, const CoreCommand& command) {
  const bool os = config.dataflow == Dataflow::OutputStationary;
  const Count folds = ceil_div(os ? command.m : command.k, config.rows) * ceil_div(command.n, config.cols);
  return folds * static_cast<Count>(os ? command.k : command.m);
}

std::uint64_t b_vectors(const CoreConfig& config, const CoreCommand& command) {
  const Count col_folds = ceil_div(command.n, config.cols), bias = command.bias ? col_folds : 0;
  const Count passes = config.dataflow == Dataflow::OutputStationary ? ceil_div(command.m, config.rows) : 1;
  return bias + col_folds * passes * static_cast<Count>(command.k);
}

std::uint64_t out_vectors(const CoreConfig& config, const CoreCommand& command) {
  return command.last_k ? ceil_div(command.n, config.cols) * static_cast<Count>(command.m) : 0;
}

int widest_vector(const CoreConfig& config, const CoreCommand& command, Stream stream) {
  if (stream != Stream::A) return static_cast<int>(std::min<std::int64_t>(config.cols, command.n));
  const bool os = config.dataflow == Dataflow::OutputStationary;
  return static_cast<int>(std::min<std::int64_t>(config.rows, os ? command.m : command.k));
}

// Every column block meets all of A. os: every row block meets all of B; ws: each weight enters once.
std::uint64_t stream_elements(const CoreConfig& config, const CoreCommand& command, Stream stream) {
  const auto m = static_cast<Count>(command.m), n = static_cast<Count>(command.n), k = static_cast<Count>(command.k);
  switch (stream) {
    case Stream::A:
      return m * k * ceil_div(command.n, config.cols);
    case Stream::B: {
      const Count passes = config.dataflow == Dataflow::OutputStationary ? ceil_div(command.m, config.rows) : 1;
      return n * k * passes + (command.bias ? n : 0);
    }
    case Stream::Out:
      return command.last_k ? m * n : 0;
  }
  return 0;
}

std::uint64_t psum_reads(const CoreConfig& config, const CoreCommand& command) {
  if (config.dataflow == Dataflow::OutputStationary) return 0;
  const Count folds = ceil_div(command.k, config.rows) - (command.first_k ? 1 : 0);
  return folds * static_cast<Count>(command.m * command.n);
}

std::uint64_t psum_writes(const CoreConfig& config, const CoreCommand& command) {
  if (config.dataflow == Dataflow::OutputStationary) return 0;
  const Count folds = ceil_div(command.k, config.rows) - (command.last_k ? 1 : 0);
  return folds * static_cast<Count>(command.m * command.n);
}

bool uses_partial_sums(const CoreConfig& config, const CoreCommand& command) {
  return config.dataflow == Dataflow::WeightStationary && (command.k > config.rows || !command.first_k || !command.last_k);
}

}  // namespace binade::datapath
