// SPDX-License-Identifier: Apache-2.0
// `fp32` accumulate for every format: sum = RNE32(sum + exact product), one rounding to the output format. Integers count product
// LSBs; raw outputs (dfp, sdfp) are the sum as an integer.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "models/datapath/pe/float_lanes.h"
#include "models/datapath/pe/float_step.h"
#include "models/datapath/pe/lane.h"
#include "models/datapath/pe/operand_table.h"

namespace binade::datapath {

class Fp32Pe {
 public:
  using Operand = double;
  static constexpr bool kClosesBlocks = false;
  static constexpr bool kStartsFromBias = true;

  class Sums {
   public:
    Sums(const Fp32Pe&, std::size_t count) : values_(count) {}

   private:
    friend class Fp32Pe;
    std::vector<float> values_;
  };

  explicit Fp32Pe(const CoreConfig& config);

  void begin(const CoreCommand& command);
  const TileStats& stats() const { return stats_; }
  numerics::Events& events() { return stats_.events; }
  Operand decode_a(numerics::Code code) const { return a_.empty() ? value_of(formats_.a, code) : a_[code]; }
  Operand decode_b(numerics::Code code) const { return b_.empty() ? value_of(formats_.b, code) : b_[code]; }
  Operand idle() const { return 0.0; }

  static void clear(Sums& sums, std::size_t i, std::size_t n) { std::fill_n(sums.values_.data() + i, n, 0.0F); }
  static void move(Sums& to, std::size_t i, Sums& from, std::size_t j, std::size_t n) {
    std::copy_n(from.values_.data() + j, n, to.values_.data() + i);
  }
  void start(Sums& sums, std::size_t i, numerics::Code bias) { sums.values_[i] = add_bias(0.0F, bias); }

  void mac_rows(Sums& sums, std::span<const MacRow<Operand>> rows) {
    for (const MacRow<Operand>& row : rows) {
      float* const sum = sums.values_.data() + row.sum;
      if (row.masks == nullptr) {
        mac_lanes(sum, row.a, 1, row.b, row.lanes);
        continue;
      }
      for (std::size_t j = 0; j < row.lanes; ++j) {
        if (row.contains(j)) sum[j] = mac(sum[j], row.a[j], row.b[j]);
      }
    }
  }
  void mac_broadcast(Sums& sums, std::size_t first, Operand a, const Operand* b, std::size_t n) {
    mac_lanes(sums.values_.data() + first, &a, 0, b, n);
  }
  static void close(Sums&, std::size_t) {}
  std::uint64_t finish(Sums& sums, std::size_t i, const LaneInput& lane) { return finish(sums.values_[i], lane); }
  /// A step that adds a term which is no product, and counts what it meets.
  float add(float sum, double term) { return rounded(add_to_odd(static_cast<double>(sum), term)); }
  float add_integer(float sum, std::int64_t term);
  /// A step that adds a bias, in the sum's LSBs.
  float add_bias(float sum, numerics::Code bias);
  /// The lane on a sum that was computed elsewhere.
  std::uint64_t finish(float sum, const LaneInput& lane);

 private:
  static double value_of(const numerics::FormatSpec& format, numerics::Code code);
  void mac_lanes(float* sum, const double* a, std::size_t a_stride, const double* b, std::size_t n) {
    for (std::size_t first = 0; first < n; first += kLaneChunk) {
      const std::size_t chunk = std::min(kLaneChunk, n - first);
      if (!wide_products_ && fp32_lanes(sum + first, a + first * a_stride, a_stride, b + first, chunk)) continue;
      for (std::size_t j = first; j < first + chunk; ++j) sum[j] = mac(sum[j], a[j * a_stride], b[j]);
    }
  }
  float mac(float sum, double a, double b) {
    return wide_products_ ? wide_mac(sum, a, b) : rounded(add_to_odd(static_cast<double>(sum), a * b));
  }
  /// To binary32, RNE. `value` is exact or rounded to odd.
  float rounded(double value) {
    const auto result = static_cast<float>(value);
    const std::uint32_t magnitude = std::bit_cast<std::uint32_t>(result) & 0x7fffffffU;
    if (magnitude == 0 || magnitude >= 0x7f800000U) count_special(value, result);
    return result;
  }
  void count_special(double value, float result);
  /// Products that binary64 does not hold.
  float wide_mac(float sum, double a, double b);
  float add_term(float sum, const numerics::Unpacked& term);

  numerics::OperandFormats formats_;
  numerics::Rounding rounding_;
  StoredStats stored_;
  bool wide_products_;
  OperandTable<double> a_, b_;
  int product_shift_ = 0, bias_shift_ = 0;
  TileStats stats_;
};

}  // namespace binade::datapath
