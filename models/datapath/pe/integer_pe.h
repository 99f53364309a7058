// SPDX-License-Identifier: Apache-2.0
// Integer multiply, exact accumulate: dfp, sdfp and fixed, and flex under `exact`. The sum is in product LSBs, acc_bits wide.
#pragma once

#include <algorithm>
#include <vector>

#include "models/datapath/pe/integer_lanes.h"
#include "models/datapath/pe/integer_rows.h"
#include "models/datapath/pe/lane.h"
#include "models/numerics/uint128.h"

namespace binade::datapath {

class IntegerPe {
 public:
  using Operand = std::int32_t;
  static constexpr bool kClosesBlocks = false;
  static constexpr bool kStartsFromBias = false;

  class Sums {
   public:
    Sums(const IntegerPe&, std::size_t count) : values_(count) {}

   private:
    friend class IntegerPe;
    std::vector<std::int64_t> values_;
  };

  explicit IntegerPe(const CoreConfig& config);

  void begin(const CoreCommand& command);
  bool in_vectors() const { return fits_; }  ///< rows run in multiply_accumulate()
  const TileStats& stats() const { return stats_; }
  Operand decode_a(numerics::Code code) const { return static_cast<Operand>(numerics::mantissa_of(formats_.a, code)); }
  Operand decode_b(numerics::Code code) const { return static_cast<Operand>(numerics::mantissa_of(formats_.b, code)); }
  Operand idle() const { return 0; }

  static void clear(Sums& sums, std::size_t i, std::size_t n) { std::fill_n(sums.values_.data() + i, n, 0); }
  static void move(Sums& to, std::size_t i, Sums& from, std::size_t j, std::size_t n) {
    std::copy_n(from.values_.data() + j, n, to.values_.data() + i);
  }

  // Idle operands are zero, and sums outside the mask are never looked at: only a clamp, which is counted, needs the mask.
  void mac_rows(Sums& sums, std::span<const MacRow<Operand>> rows) {
    if (fits_) {
      multiply_accumulate(sums.values_.data(), rows);
      return;
    }
    for (const MacRow<Operand>& row : rows) {
      std::int64_t* const sum = sums.values_.data() + row.sum;
      for (std::size_t j = 0; j < row.lanes; ++j) {
        if (row.contains(j)) sum[j] = clamped_add(sum[j], std::int64_t{row.a[j]} * row.b[j]);
      }
    }
  }
  void mac_broadcast(Sums& sums, std::size_t first, Operand a, const Operand* b, std::size_t n) {
    std::int64_t* const sum = sums.values_.data() + first;
    if (fits_) {
      multiply_accumulate(sum, a, b, n);
    } else {
      for (std::size_t j = 0; j < n; ++j) sum[j] = clamped_add(sum[j], std::int64_t{a} * b[j]);
    }
  }
  static void close(Sums&, std::size_t) {}
  std::uint64_t finish(Sums& sums, std::size_t i, const LaneInput& lane) { return finish(sums.values_[i], lane); }
  /// The lane on a sum that was computed elsewhere.
  std::uint64_t finish(std::int64_t sum, const LaneInput& lane);

 private:
  std::int64_t clamped_add(std::int64_t sum, std::int64_t product) {
    const numerics::Int128 exact = numerics::Int128{sum} + product;
    const auto clamped = static_cast<std::int64_t>(std::clamp<numerics::Int128>(exact, min_, max_));
    if (clamped != exact) ++stats_.events.saturation;
    return clamped;
  }
  /// Where integer sums leave as floats.
  std::uint64_t finish_float(std::int64_t sum, const LaneInput& lane);
  std::uint64_t store(std::int64_t stored, bool clamped);

  numerics::OperandFormats formats_;
  numerics::Rounding rounding_;
  StoredStats stored_;
  std::int64_t min_, max_;  ///< of the accumulator
  bool fits_ = false;       ///< no sum of this command can leave [min, max]
  int product_shift_ = 0;
  int bias_offset_ = 0;  ///< one bias LSB is 2^bias_offset product LSBs
  TileStats stats_;
};

}  // namespace binade::datapath
