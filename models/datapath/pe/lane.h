// SPDX-License-Identifier: Apache-2.0
// What the processing element families share: masks, the rows of one beat, the lane. Their contract is processing_element.h.
#pragma once

#include <bit>
#include <cstdint>
#include <span>

#include "models/datapath/core.h"

namespace binade::datapath {

/// The PEs that a vector meets: rows < rows and columns < cols. Zero when no vector passes.
struct PeMask {
  std::int16_t rows = 0;
  std::int16_t cols = 0;
  bool operator==(const PeMask&) const = default;
  bool contains(int row, int col) const { return row < rows && col < cols; }
};

/// One array row on one beat: sum `sum` + j += a[j] * b[j] for j < lanes; only where masks[j] has PE (row, j), unless `masks` is
/// null.
template <class Operand>
struct MacRow {
  const Operand* a = nullptr;
  const Operand* b = nullptr;
  std::size_t sum = 0;
  std::size_t lanes = 0;
  const PeMask* masks = nullptr;
  int row = 0;

  bool contains(std::size_t j) const { return masks == nullptr || masks[j].contains(row, static_cast<int>(j)); }
};

/// One element's way through the lane.
struct LaneInput {
  bool bias = false;
  bool relu = false;
  numerics::Code bias_code = 0;
  std::uint32_t random = 0;  ///< of Rounding::Sr
};

/// The random bits of element (m, n) of a command's output.
inline std::uint32_t lane_random(const CoreCommand& command, std::int64_t m, std::int64_t n) {
  const std::int64_t index = (command.m_base + m) * command.logical_cols + command.n_base + n;
  return numerics::random_bits(command.seed, command.tensor, static_cast<std::uint64_t>(index));
}

/// Exponent unit statistics of one stored integer.
class StoredStats {
 public:
  explicit StoredStats(const CoreConfig& config)
      : raw_(stores_raw(config)),
        overflow_limit_(config.format.out.family == numerics::Family::Flex
                            ? static_cast<std::uint64_t>(config.format.out.max_mantissa())
                            : ~std::uint64_t{0}) {}

  /// `clamped`: the lane limited the value.
  void note(std::int64_t stored, bool clamped, TileStats& stats) const {
    const std::uint64_t magnitude = stored < 0 ? 0 - static_cast<std::uint64_t>(stored) : static_cast<std::uint64_t>(stored);
    if (magnitude > stats.max_abs) stats.max_abs = magnitude;
    if (magnitude >= overflow_limit_ || clamped) ++stats.mantissa_overflows;
    if (raw_ && magnitude != 0) ++stats.leading_bit[static_cast<std::size_t>(std::bit_width(magnitude) - 1)];
  }
  bool raw() const { return raw_; }

 private:
  bool raw_;
  std::uint64_t overflow_limit_;
};

}  // namespace binade::datapath
