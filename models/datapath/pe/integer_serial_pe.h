// SPDX-License-Identifier: Apache-2.0
// `serial` for the shared-exponent formats: round(sum + round(a * b)) on mantissas in output LSBs, each step rounded and saturated.
#pragma once

#include <algorithm>
#include <vector>

#include "models/datapath/pe/integer_lanes.h"
#include "models/datapath/pe/lane.h"

namespace binade::datapath {

class IntegerSerialPe {
 public:
  using Operand = std::int32_t;
  static constexpr bool kClosesBlocks = false;
  static constexpr bool kStartsFromBias = true;

  class Sums {
   public:
    Sums(const IntegerSerialPe&, std::size_t count) : values_(count) {}

   private:
    friend class IntegerSerialPe;
    std::vector<std::int64_t> values_;  ///< output LSBs
  };

  explicit IntegerSerialPe(const CoreConfig& config)
      : formats_(config.format), rounding_(config.accumulate.rounding), stored_(config) {}

  void begin(const CoreCommand& command) {
    step_ = IntegerStep(formats_.out, rounding_, command.product_shift);
    bias_shift_ = command.bias_shift;
    stats_ = {};
  }
  const TileStats& stats() const { return stats_; }
  Operand decode_a(numerics::Code code) const { return static_cast<Operand>(numerics::mantissa_of(formats_.a, code)); }
  Operand decode_b(numerics::Code code) const { return static_cast<Operand>(numerics::mantissa_of(formats_.b, code)); }
  Operand idle() const { return 0; }

  static void clear(Sums& sums, std::size_t i, std::size_t n) { std::fill_n(sums.values_.data() + i, n, 0); }
  void start(Sums& sums, std::size_t i, numerics::Code bias) { sums.values_[i] = add_bias(0, bias); }
  static void move(Sums& to, std::size_t i, Sums& from, std::size_t j, std::size_t n) {
    std::copy_n(from.values_.data() + j, n, to.values_.data() + i);
  }

  void mac_rows(Sums& sums, std::span<const MacRow<Operand>> rows) {
    for (const MacRow<Operand>& row : rows) {
      std::int64_t* const sum = sums.values_.data() + row.sum;
      if (row.masks == nullptr) {
        serial_multiply_accumulate(step_, sum, row.a, 1, row.b, row.lanes, stats_.events);
        continue;
      }
      for (std::size_t j = 0; j < row.lanes; ++j) {
        if (row.contains(j)) serial_multiply_accumulate(step_, sum + j, row.a + j, 1, row.b + j, 1, stats_.events);
      }
    }
  }
  void mac_broadcast(Sums& sums, std::size_t first, Operand a, const Operand* b, std::size_t n) {
    serial_multiply_accumulate(step_, sums.values_.data() + first, &a, 0, b, n, stats_.events);
  }
  static void close(Sums&, std::size_t) {}
  std::uint64_t finish(Sums& sums, std::size_t i, const LaneInput& lane);

 private:
  std::int64_t add_bias(std::int64_t sum, numerics::Code bias);

  numerics::OperandFormats formats_;
  numerics::Rounding rounding_;
  StoredStats stored_;
  IntegerStep step_;
  int bias_shift_ = 0;
  TileStats stats_;
};

}  // namespace binade::datapath
