// SPDX-License-Identifier: Apache-2.0
#include "sim/verify/core_commands.h"

#include <algorithm>
#include <iterator>

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
  command.m_base = below(1000);
  command.n_base = below(1000);
  command.logical_cols = below(std::int64_t{1} << (draw_.one_in(4) ? 31 : 20));
  constexpr std::int64_t kShifts = 24, kLeast = -8, kBiasRange = 20;
  const bool integers = config_.format.shared_exponent();
  if (integers && !stores_raw(config_)) command.product_shift = static_cast<int>(below(kShifts));
  if (config_.accumulate.policy == numerics::Accumulate::Blocked) {
    command.bias_shift = static_cast<int>(below(kShifts) + kLeast);
  } else if (integers) {  // an exact bias is not finer than a product
    command.bias_shift = command.product_shift - static_cast<int>(below(kBiasRange));
  }
  if (draw_.one_in(3)) {
    parts_left_ = 1 + static_cast<int>(below(3));
    bias_at_end_ = command.bias;
    if (os) command.m = std::min(command.m, rows);
    command.n = std::min(command.n, cols);
    command.last_k = command.bias = false;
  }
  return drawn;
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
