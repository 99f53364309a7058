// SPDX-License-Identifier: Apache-2.0
#include "sim/lockstep/stream_order.h"

#include <algorithm>

namespace binade::lockstep {

using datapath::CoreCommand;
using datapath::CoreConfig;

namespace {

bool output_stationary(const CoreConfig& config) { return config.dataflow == datapath::Dataflow::OutputStationary; }
std::int64_t column_blocks(const CoreConfig& config, const CoreCommand& command) {
  return (command.n + config.cols - 1) / config.cols;
}

}  // namespace

OutputVector output_vector(const CoreConfig& config, const CoreCommand& command, std::uint64_t vector) {
  const auto index = static_cast<std::int64_t>(vector);
  std::int64_t row = 0, block = 0;
  if (output_stationary(config)) {
    const std::int64_t each = config.rows * column_blocks(config, command), m_block = index / each;
    const std::int64_t r = std::clamp<std::int64_t>(command.m - m_block * config.rows, 1, config.rows);
    block = index % each / r;
    row = m_block * config.rows + r - 1 - index % each % r;
  } else {
    block = index / command.m;
    row = index % command.m;
  }
  const std::int64_t first = block * config.cols;
  return {row, first, std::clamp<std::int64_t>(command.n - first, 0, config.cols)};
}

StreamElement a_element(const CoreConfig& config, const CoreCommand& command, std::int64_t row, std::int64_t col, std::int64_t k) {
  const std::int64_t block = col / config.cols;
  if (output_stationary(config)) {
    const std::int64_t fold = row / config.rows * column_blocks(config, command) + block;
    return {static_cast<std::uint64_t>(fold * command.k + k), static_cast<std::size_t>(row % config.rows)};
  }
  const std::int64_t folds = (command.k + config.rows - 1) / config.rows;
  return {static_cast<std::uint64_t>((block * folds + k / config.rows) * command.m + row),
          static_cast<std::size_t>(k % config.rows)};
}

StreamElement b_element(const CoreConfig& config, const CoreCommand& command, std::int64_t row, std::int64_t col, std::int64_t k) {
  const std::int64_t blocks = column_blocks(config, command), block = col / config.cols;
  const std::int64_t bias = command.bias ? blocks : 0;
  const auto lane = static_cast<std::size_t>(col % config.cols);
  if (output_stationary(config)) {
    const std::int64_t fold = row / config.rows * blocks + block;
    return {static_cast<std::uint64_t>(bias + fold * command.k + k), lane};
  }
  const std::int64_t k0 = k / config.rows * config.rows, r = std::min<std::int64_t>(config.rows, command.k - k0);
  return {static_cast<std::uint64_t>(bias + block * command.k + k0 + r - 1 - (k - k0)), lane};
}

StreamElement bias_element(const CoreConfig& config, std::int64_t col) {
  return {static_cast<std::uint64_t>(col / config.cols), static_cast<std::size_t>(col % config.cols)};
}

}  // namespace binade::lockstep
