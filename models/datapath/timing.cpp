// SPDX-License-Identifier: Apache-2.0
// What every dataflow shares; its own closed form, and the derivation, are in its file (models/datapath/dataflow).
#include "models/datapath/timing.h"

#include <algorithm>

#include "models/datapath/dataflow/blocks.h"
#include "models/datapath/dataflow/dataflow.h"

namespace binade::datapath {
namespace {

using Count = std::uint64_t;

Count count_of_columns(const CoreConfig& config, const CoreCommand& command) {
  return static_cast<Count>(column_blocks(config, command));
}

}  // namespace

std::uint64_t tile_beats(const CoreConfig& config, const CoreCommand& command) {
  return rules_of(config).span(config, command).end;
}

int deskew_beats(const CoreConfig& config) { return rules_of(config).deskew_beats(config); }

std::uint64_t sequence_beats(const CoreConfig& config, const CoreCommand& command) {
  const TileSpan span = rules_of(config).span(config, command);
  if (!command.last_k || deskew_beats(config) == 0) return span.end;
  return std::max(span.end, span.last_end + static_cast<Count>(config.cols) - span.last_c);
}

std::uint64_t tile_overhead(const CoreConfig& config, const CoreCommand& command) {
  // Command register, operand register, output register.
  const Count registers = 3 + static_cast<Count>(config.lane_latency);
  const Count bias = command.bias ? count_of_columns(config, command) : 0;
  return registers + bias + sequence_beats(config, command) - tile_beats(config, command);
}

std::uint64_t a_vectors(const CoreConfig& config, const CoreCommand& command) {
  const DataflowRules& rules = rules_of(config);
  const std::int64_t row_folds = ceil_div(extent(command, rules.rows_axis()), config.rows);
  return static_cast<Count>(row_folds * extent(command, rules.depth_axis())) * count_of_columns(config, command);
}

std::uint64_t b_vectors(const CoreConfig& config, const CoreCommand& command) {
  const Count col_folds = count_of_columns(config, command), bias = command.bias ? col_folds : 0;
  return bias + col_folds * static_cast<Count>(rules_of(config).b_passes(config, command)) * static_cast<Count>(command.k);
}

std::uint64_t out_vectors(const CoreConfig& config, const CoreCommand& command) {
  return command.last_k ? count_of_columns(config, command) * static_cast<Count>(command.m) : 0;
}

int widest_vector(const CoreConfig& config, const CoreCommand& command, Stream stream) {
  if (stream != Stream::A) return static_cast<int>(std::min<std::int64_t>(config.cols, command.n));
  return static_cast<int>(std::min<std::int64_t>(config.rows, extent(command, rules_of(config).rows_axis())));
}

// Every column block meets all of A.
std::uint64_t stream_elements(const CoreConfig& config, const CoreCommand& command, Stream stream) {
  const auto m = static_cast<Count>(command.m), n = static_cast<Count>(command.n), k = static_cast<Count>(command.k);
  switch (stream) {
    case Stream::A:
      return m * k * count_of_columns(config, command);
    case Stream::B:
      return n * k * static_cast<Count>(rules_of(config).b_passes(config, command)) + (command.bias ? n : 0);
    case Stream::Out:
      return command.last_k ? m * n : 0;
  }
  return 0;
}

std::uint64_t psum_reads(const CoreConfig& config, const CoreCommand& command) {
  if (rules_of(config).sums_stay()) return 0;
  const std::int64_t folds = ceil_div(command.k, config.rows) - (command.first_k ? 1 : 0);
  return static_cast<Count>(folds) * static_cast<Count>(command.m * command.n);
}

std::uint64_t psum_writes(const CoreConfig& config, const CoreCommand& command) {
  if (rules_of(config).sums_stay()) return 0;
  const std::int64_t folds = ceil_div(command.k, config.rows) - (command.last_k ? 1 : 0);
  return static_cast<Count>(folds) * static_cast<Count>(command.m * command.n);
}

bool uses_partial_sums(const CoreConfig& config, const CoreCommand& command) {
  return !rules_of(config).sums_stay() && (command.k > config.rows || !command.first_k || !command.last_k);
}

}  // namespace binade::datapath
