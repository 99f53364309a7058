// SPDX-License-Identifier: Apache-2.0
// `serial` for floats and posits: round(sum + round(a * b)), everything in the element format, values held as binary64. `Step` is
// the rounding: FloatStep or PositStep.
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

  class Sums {
   public:
    Sums(const SerialPeOf&, std::size_t count) : values_(count) {}

   private:
    friend class SerialPeOf;
    std::vector<double> values_;
  };

  explicit SerialPeOf(const CoreConfig& config)
      : format_(config.format),
        rounding_(config.accumulate.rounding),
        step_(config.format, config.accumulate.rounding),
        table_(config.format, [this](numerics::Code code) { return value_of(code); }) {}

  void begin(const CoreCommand&) { stats_ = {}; }
  const TileStats& stats() const { return stats_; }
  Operand decode(numerics::Code code) const { return table_.empty() ? value_of(code) : table_[code]; }
  Operand idle() const { return 0.0; }

  static void clear(Sums& sums, std::size_t i, std::size_t n) { std::fill_n(sums.values_.data() + i, n, 0.0); }
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
  double value_of(numerics::Code code) const;
  void mac_lanes(double* sum, const double* a, std::size_t a_stride, const double* b, std::size_t n) {
    for (std::size_t first = 0; first < n; first += kLaneChunk) {
      const std::size_t chunk = std::min(kLaneChunk, n - first);
      if (step_.row(sum + first, a + first * a_stride, a_stride, b + first, chunk, stats_.events)) continue;
      for (std::size_t j = first; j < first + chunk; ++j) sum[j] = mac(sum[j], a[j * a_stride], b[j]);
    }
  }
  double mac(double sum, double a, double b) {
    // Significands of at most 26 bits: the product is exact.
    const double product = step_(a * b, stats_.events);
    return step_(add_to_odd(sum, product), stats_.events);
  }

  numerics::FormatSpec format_;
  numerics::Rounding rounding_;
  Step step_;
  OperandTable<double> table_;
  TileStats stats_;
};

extern template class SerialPeOf<FloatStep>;
extern template class SerialPeOf<PositStep>;
using SerialPe = SerialPeOf<FloatStep>;
using PositSerialPe = SerialPeOf<PositStep>;

}  // namespace binade::datapath
