// SPDX-License-Identifier: Apache-2.0
#include "sim/verify/core_commands.h"

#include <algorithm>
#include <iterator>

#include "models/datapath/cycle/lane_walk.h"
#include "models/spec/ranges.h"
#include "rtl/cosim/parameters.h"

namespace binade::verify {

using datapath::CoreCommand;
using datapath::CoreConfig;
using datapath::Edge;

std::vector<int> output_columns(const CoreConfig& config, const CoreCommand& command) {
  std::vector<int> columns;
  if (!command.last_k) return columns;
  for (datapath::LaneWalk walk(config, command, datapath::Stream::Out); !walk.done(); walk.next())
    columns.insert(columns.end(), static_cast<std::size_t>(walk.vectors()), walk.lanes());
  return columns;
}

CommandStream::Draw CommandStream::begin() {
  const datapath::DataflowRules& rules = datapath::rules_of(config_);
  const auto below = [&](std::int64_t limit) { return static_cast<std::int64_t>(draw_.below(static_cast<std::uint64_t>(limit))); };
  const std::int64_t rows = config_.rows, cols = config_.cols;
  Draw drawn;
  drawn.overlap = rules.overlaps()[static_cast<std::size_t>(below(std::ssize(rules.overlaps())))];
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
    if (!rules.sums_stay()) command.m = std::min(command.m, bank_rows_);
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
    biased_ = command.bias;
    command.m = std::min(command.m, rules.partial_k_rows(config_));
    command.n = std::min(command.n, cols);
    command.last_k = false;
    command.bias = biased_ && numerics::bias_joins(config_.accumulate, true, false);
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
  if (!config_.format.integers()) {  // they mean nothing
    command.product_shift = shift(0, 0);
    command.bias_shift = shift(0, 0);
    return;
  }
  if (!stores_raw(config_)) command.product_shift = shift(0, kMostShift);
  if (config_.format.integers_to_float()) {  // the bias is a float
    command.bias_shift = 0;
    return;
  }
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
  command.bias = biased_ && numerics::bias_joins(config_.accumulate, false, command.last_k);
  return last_;
}

}  // namespace binade::verify
