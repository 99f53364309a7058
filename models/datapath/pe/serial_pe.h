// SPDX-License-Identifier: Apache-2.0
// `serial` for floats and posits: round(sum + round(a * b)), everything in the output format, values held as binary64. `Step` is
// the rounding: FloatStep or PositStep. A Hill float has no code for what IEEE factors may be, infinities and NaN: not served.
#pragma once

#include <algorithm>
#include <vector>

#include "models/datapath/pe/float_step.h"
#include "models/datapath/pe/lane.h"
#include "models/datapath/pe/operand_table.h"
#include "models/datapath/pe/posit_step.h"

namespace binade::datapath {

template <class Step>
class SerialPeOf {
 public:
  using Operand = double;
  static constexpr bool kClosesBlocks = false;
  static constexpr bool kStartsFromBias = true;

  class Sums {
   public:
    Sums(const SerialPeOf&, std::size_t count) : values_(count) {}

   private:
    friend class SerialPeOf;
    std::vector<double> values_;
  };

  static bool serves(const numerics::OperandFormats& formats);

  explicit SerialPeOf(const CoreConfig& config)
      : formats_(config.format),
        rounding_(config.accumulate.rounding),
        step_(config.format.out, config.accumulate.rounding),
        a_(formats_.a, [this](numerics::Code code) { return value_of(formats_.a, code); }),
        b_(formats_.b, [this](numerics::Code code) { return value_of(formats_.b, code); }) {}

  void begin(const CoreCommand&) { stats_ = {}; }
  const TileStats& stats() const { return stats_; }
  Operand decode_a(numerics::Code code) const { return a_.empty() ? value_of(formats_.a, code) : a_[code]; }
  Operand decode_b(numerics::Code code) const { return b_.empty() ? value_of(formats_.b, code) : b_[code]; }
  Operand idle() const { return 0.0; }

  static void clear(Sums& sums, std::size_t i, std::size_t n) { std::fill_n(sums.values_.data() + i, n, 0.0); }
  void start(Sums& sums, std::size_t i, numerics::Code bias) { sums.values_[i] = add_bias(0.0, bias); }
  static void move(Sums& to, std::size_t i, Sums& from, std::size_t j, std::size_t n) {
    std::copy_n(from.values_.data() + j, n, to.values_.data() + i);
  }

  void mac_rows(Sums& sums, std::span<const MacRow<Operand>> rows) {
    for (const MacRow<Operand>& row : rows) {
      double* const sum = sums.values_.data() + row.sum;
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
  std::uint64_t finish(Sums& sums, std::size_t i, const LaneInput& lane);

 private:
  double add_bias(double sum, numerics::Code bias) { return step_(add_to_odd(sum, value_of(formats_.out, bias)), stats_.events); }
  static double value_of(const numerics::FormatSpec& format, numerics::Code code);
  void mac_lanes(double* sum, const double* a, std::size_t a_stride, const double* b, std::size_t n) {
    for (std::size_t first = 0; first < n; first += kLaneChunk) {
      const std::size_t chunk = std::min(kLaneChunk, n - first);
      if (step_.row(sum + first, a + first * a_stride, a_stride, b + first, chunk, stats_.events)) continue;
      for (std::size_t j = first; j < first + chunk; ++j) sum[j] = mac(sum[j], a[j * a_stride], b[j]);
    }
  }
  double mac(double sum, double a, double b) {
    // Significands of at most 53 bits together: the product is exact.
    const double product = step_(a * b, stats_.events);
    return step_(add_to_odd(sum, product), stats_.events);
  }

  numerics::OperandFormats formats_;
  numerics::Rounding rounding_;
  Step step_;
  OperandTable<double> a_, b_;
  TileStats stats_;
};

extern template class SerialPeOf<FloatStep>;
extern template class SerialPeOf<PositStep>;
using SerialPe = SerialPeOf<FloatStep>;
using PositSerialPe = SerialPeOf<PositStep>;

}  // namespace binade::datapath
