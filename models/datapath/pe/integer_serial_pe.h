// SPDX-License-Identifier: Apache-2.0
// `serial` for the shared-exponent formats: round(sum + round(a * b)) on mantissas in output LSBs, each step rounded and saturated.
#pragma once

#include <vector>

#include "models/datapath/pe/integer_lanes.h"
#include "models/datapath/pe/lane.h"

namespace binade::datapath {

class IntegerSerialPe {
 public:
  using Operand = std::int32_t;
  static constexpr bool kClosesBlocks = false;

  class Sums {
   public:
    Sums(const IntegerSerialPe&, std::size_t count) : values_(count) {}

   private:
    friend class IntegerSerialPe;
    std::vector<std::int64_t> values_;  ///< output LSBs
  };

  explicit IntegerSerialPe(const CoreConfig& config)
      : format_(config.format), rounding_(config.accumulate.rounding), stored_(config) {}

  void begin(const CoreCommand& command) {
    step_ = IntegerStep(format_, rounding_, command.product_shift);
    bias_shift_ = command.bias_shift;
    stats_ = {};
  }
  const TileStats& stats() const { return stats_; }
  Operand decode(numerics::Code code) const { return static_cast<Operand>(numerics::mantissa_of(format_, code)); }
  Operand idle() const { return 0; }

  static void clear(Sums& sums, std::size_t i) { sums.values_[i] = 0; }
  static void move(Sums& to, std::size_t i, Sums& from, std::size_t j) { to.values_[i] = from.values_[j]; }

  void mac_row(Sums& sums, std::size_t first, const Operand* a, const Operand* b, std::size_t n) {
    serial_multiply_accumulate(step_, sums.values_.data() + first, a, 1, b, n, stats_.events);
  }
  void mac_masked(Sums& sums, std::size_t first, const Operand* a, const Operand* b, const PeMask* masks, int row, int cols) {
    std::int64_t* const sum = sums.values_.data() + first;
    for (int j = 0; j < cols; ++j) {
      if (masks[j].contains(row, j)) serial_multiply_accumulate(step_, sum + j, a + j, 1, b + j, 1, stats_.events);
    }
  }
  void mac_broadcast(Sums& sums, std::size_t first, Operand a, const Operand* b, std::size_t n) {
    serial_multiply_accumulate(step_, sums.values_.data() + first, &a, 0, b, n, stats_.events);
  }
  static void close(Sums&, std::size_t) {}
  std::uint64_t finish(Sums& sums, std::size_t i, const LaneInput& lane);

 private:
  numerics::FormatSpec format_;
  numerics::Rounding rounding_;
  StoredStats stored_;
  IntegerStep step_;
  int bias_shift_ = 0;
  TileStats stats_;
};

}  // namespace binade::datapath
