// SPDX-License-Identifier: Apache-2.0
// Integer multiply, `chained` accumulate (Das et al. 2018; docs/formats.md): an exact sum of `chain` products, added to a binary32
// running sum. Both count product LSBs; the lane is that of `fp32`.
#pragma once

#include <algorithm>
#include <vector>

#include "models/datapath/pe/fp32_pe.h"
#include "models/datapath/pe/integer_lanes.h"
#include "models/datapath/pe/integer_rows.h"
#include "models/datapath/pe/lane.h"
#include "models/numerics/uint128.h"

namespace binade::datapath {

class ChainedPe {
 public:
  using Operand = std::int32_t;
  static constexpr bool kClosesBlocks = true;
  static constexpr bool kStartsFromBias = true;

  class Sums {
   public:
    Sums(const ChainedPe&, std::size_t count) : chains_(count), runs_(count) {}

   private:
    friend class ChainedPe;
    std::vector<std::int64_t> chains_;
    std::vector<float> runs_;
  };

  explicit ChainedPe(const CoreConfig& config);

  void begin(const CoreCommand& command) { steps_.begin(command); }
  const TileStats& stats() const { return steps_.stats(); }
  Operand decode_a(numerics::Code code) const { return static_cast<Operand>(numerics::mantissa_of(formats_.a, code)); }
  Operand decode_b(numerics::Code code) const { return static_cast<Operand>(numerics::mantissa_of(formats_.b, code)); }
  Operand idle() const { return 0; }

  static void clear(Sums& sums, std::size_t i, std::size_t n) {
    std::fill_n(sums.chains_.data() + i, n, 0);
    std::fill_n(sums.runs_.data() + i, n, 0.0F);
  }
  void start(Sums& sums, std::size_t i, numerics::Code bias) {
    sums.chains_[i] = 0;
    sums.runs_[i] = steps_.add_bias(0.0F, bias);
  }
  static void move(Sums& to, std::size_t i, Sums& from, std::size_t j, std::size_t n) {
    std::copy_n(from.chains_.data() + j, n, to.chains_.data() + i);
    std::copy_n(from.runs_.data() + j, n, to.runs_.data() + i);
  }

  // Idle operands are zero, and sums outside the mask are never looked at: only a clamp, which is counted, needs the mask.
  void mac_rows(Sums& sums, std::span<const MacRow<Operand>> rows) {
    if (fits_) {
      multiply_accumulate(sums.chains_.data(), rows);
      return;
    }
    for (const MacRow<Operand>& row : rows) {
      std::int64_t* const sum = sums.chains_.data() + row.sum;
      for (std::size_t j = 0; j < row.lanes; ++j) {
        if (row.contains(j)) sum[j] = clamped_add(sum[j], std::int64_t{row.a[j]} * row.b[j]);
      }
    }
  }
  void mac_broadcast(Sums& sums, std::size_t first, Operand a, const Operand* b, std::size_t n) {
    std::int64_t* const sum = sums.chains_.data() + first;
    if (fits_) {
      multiply_accumulate(sum, a, b, n);
    } else {
      for (std::size_t j = 0; j < n; ++j) sum[j] = clamped_add(sum[j], std::int64_t{a} * b[j]);
    }
  }
  void close(Sums& sums, std::size_t i) {
    std::int64_t& chain = sums.chains_[i];
    if (chain != 0) sums.runs_[i] = steps_.add_integer(sums.runs_[i], chain);
    chain = 0;
  }
  std::uint64_t finish(Sums& sums, std::size_t i, const LaneInput& lane) {
    close(sums, i);
    return steps_.finish(sums.runs_[i], lane);
  }

 private:
  std::int64_t clamped_add(std::int64_t sum, std::int64_t product) {
    const numerics::Int128 exact = numerics::Int128{sum} + product;
    const auto clamped = static_cast<std::int64_t>(std::clamp<numerics::Int128>(exact, min_, max_));
    if (clamped != exact) ++steps_.events().saturation;
    return clamped;
  }

  numerics::OperandFormats formats_;
  Fp32Pe steps_;                ///< the running sums' additions, the lane, and all that is counted
  std::int64_t min_, max_ = 0;  ///< of a chain's sum
  bool fits_ = false;           ///< no chain's sum can leave [min, max]
};

}  // namespace binade::datapath
