// SPDX-License-Identifier: Apache-2.0
#include "sim/verify/core_commands.h"

#include <algorithm>
#include <iterator>

#include "models/spec/ranges.h"
#include "rtl/cosim/parameters.h"

namespace binade::verify {

using datapath::CoreCommand;
using datapath::CoreConfig;
using datapath::Dataflow;
using datapath::Edge;
using datapath::Overlap;

std::vector<int> output_columns(const CoreConfig& config, const CoreCommand& command) {
  std::vector<int> columns;
  if (!command.last_k) return columns;
  const bool os = config.dataflow == Dataflow::OutputStationary;
  const std::int64_t row_block = os ? config.rows : command.m;
  for (std::int64_t m0 = 0; m0 < command.m; m0 += row_block)
    for (std::int64_t n0 = 0; n0 < command.n; n0 += config.cols)
      columns.insert(columns.end(), static_cast<std::size_t>(std::min(row_block, command.m - m0)),
                     static_cast<int>(std::min<std::int64_t>(config.cols, command.n - n0)));
  return columns;
}

CommandStream::Draw CommandStream::begin() {
  const bool os = config_.dataflow == Dataflow::OutputStationary;
  const auto below = [&](std::int64_t limit) { return static_cast<std::int64_t>(draw_.below(static_cast<std::uint64_t>(limit))); };
  const std::int64_t rows = config_.rows, cols = config_.cols;
  Draw drawn;
  constexpr Overlap kOverlaps[] = {Overlap::None, Overlap::Full, Overlap::Drain};
  drawn.overlap = kOverlaps[below(os ? 3 : 2)];
  drawn.edge = draw_.one_in(3) ? Edge::Full : Edge::Ragged;
  CoreCommand& command = drawn.command;
  constexpr std::int64_t kLongK = 80;
  command.m = 1 + below(draw_.one_in(3) ? 3 * rows + 2 : rows + 1);
  command.n = 1 + below(draw_.one_in(3) ? 3 * cols + 2 : cols + 1);
  command.k = 1 + below(draw_.one_in(4) ? kLongK : 3 * rows + 2);
  if (draw_.one_in(200)) {  // one row of very many columns; longer sums would take too long
    constexpr std::int64_t kLeastColumns = std::int64_t{1} << 15, kMostColumns = std::int64_t{1} << 17;
    command.m = command.k = 1;
    command.n = kLeastColumns + 1 + below(kMostColumns - kLeastColumns);
  } else if (draw_.one_in(20)) {  // so that walkers and counters run far
    constexpr std::int64_t kLeastBits = 7, kMoreBits = 8;
    std::int64_t* const dimensions[] = {&command.m, &command.n, &command.k};
    *dimensions[below(std::ssize(dimensions))] = 1 + below(std::int64_t{1} << (kLeastBits + below(kMoreBits)));
    if (!os) command.m = std::min(command.m, bank_rows_);
  }
  command.bias = draw_.one_in(2) && command.n <= rtl::kBiasBlocks * cols;
  command.relu = draw_.one_in(3);
  command.seed = static_cast<std::uint32_t>(draw_.bits());
  command.tensor = static_cast<std::uint32_t>(below(100));
  // Products of these and logical_cols are below 2^63.
  constexpr std::int64_t kNear = 1000, kFarRow = std::int64_t{1} << 31;
  command.m_base = below(draw_.one_in(8) ? kFarRow : kNear);
  command.n_base = below(draw_.one_in(8) ? spec::kLargestWord + 1 : kNear);
  command.logical_cols = below(std::int64_t{1} << (draw_.one_in(4) ? 31 : 20));
  draw_shifts(command);
  if (draw_.one_in(3)) {
    parts_left_ = 1 + static_cast<int>(below(3));
    bias_at_end_ = command.bias;
    if (os) command.m = std::min(command.m, rows);
    command.n = std::min(command.n, cols);
    command.last_k = command.bias = false;
  }
  return drawn;
}

// Mostly what leaves something of a sum or of a bias; often any shift that a command can carry.
void CommandStream::draw_shifts(CoreCommand& command) {
  const auto between = [&](int low, int high) {
    return low + static_cast<int>(draw_.below(static_cast<std::uint64_t>(high - low + 1)));
  };
  const auto shift = [&](int low, int high) {
    return draw_.one_in(4) ? between(spec::kLowestShift, spec::kHighestShift) : between(low, high);
  };
  constexpr int kMostShift = 23, kLeastBlocked = -8, kBiasRange = 20;
  if (!config_.format.shared_exponent()) {  // they mean nothing
    command.product_shift = shift(0, 0);
    command.bias_shift = shift(0, 0);
    return;
  }
  if (!stores_raw(config_)) command.product_shift = shift(0, kMostShift);
  if (config_.accumulate.policy == numerics::Accumulate::Blocked) {
    command.bias_shift = shift(kLeastBlocked, kMostShift + kLeastBlocked);
  } else {  // an exact bias is not finer than a product
    const int least = draw_.one_in(3) ? spec::kLowestShift : std::max(command.product_shift - kBiasRange, spec::kLowestShift);
    command.bias_shift = between(least, command.product_shift);
  }
}

CommandStream::Draw CommandStream::next() {
  if (parts_left_ == 0) return last_ = begin();
  constexpr std::uint64_t kLongestPart = 50;
  CoreCommand& command = last_.command;
  command.k_base += command.k;
  command.k = 1 + static_cast<std::int64_t>(draw_.below(kLongestPart));
  command.first_k = false;
  command.last_k = --parts_left_ == 0;
  command.bias = command.last_k && bias_at_end_;
  return last_;
}

}  // namespace binade::verify
