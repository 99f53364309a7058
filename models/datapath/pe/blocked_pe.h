// SPDX-License-Identifier: Apache-2.0
// Integer multiply, `blocked` accumulate (docs/fidelity.md 1.3): an exact block sum, folded every `block` products into a running
// sum in output LSBs. Serves block sums of at most 64 bits.
#pragma once

#include <algorithm>
#include <vector>

#include "models/datapath/pe/integer_lanes.h"
#include "models/datapath/pe/integer_rows.h"
#include "models/datapath/pe/lane.h"
#include "models/numerics/blocked.h"
#include "models/numerics/uint128.h"

namespace binade::datapath {

class BlockedPe {
 public:
  using Operand = std::int32_t;
  static constexpr bool kClosesBlocks = true;
  static constexpr bool kStartsFromBias = true;

  /// True where a block sum is at most 64 bits wide.
  static bool serves(const CoreConfig& config);

  class Sums {
   public:
    Sums(const BlockedPe&, std::size_t count) : blocks_(count), runs_(count) {}

   private:
    friend class BlockedPe;
    std::vector<std::int64_t> blocks_;  ///< product LSBs
    std::vector<std::int64_t> runs_;    ///< output LSBs
  };

  explicit BlockedPe(const CoreConfig& config);

  void begin(const CoreCommand& command);
  const TileStats& stats() const { return stats_; }
  Operand decode_a(numerics::Code code) const { return static_cast<Operand>(numerics::mantissa_of(formats_.a, code)); }
  Operand decode_b(numerics::Code code) const { return static_cast<Operand>(numerics::mantissa_of(formats_.b, code)); }
  Operand idle() const { return 0; }

  static void clear(Sums& sums, std::size_t i, std::size_t n) {
    std::fill_n(sums.blocks_.data() + i, n, 0);
    std::fill_n(sums.runs_.data() + i, n, 0);
  }
  void start(Sums& sums, std::size_t i, numerics::Code bias) {
    sums.blocks_[i] = 0;
    sums.runs_[i] = add_bias(0, bias);
  }
  static void move(Sums& to, std::size_t i, Sums& from, std::size_t j, std::size_t n) {
    std::copy_n(from.blocks_.data() + j, n, to.blocks_.data() + i);
    std::copy_n(from.runs_.data() + j, n, to.runs_.data() + i);
  }

  // Idle operands are zero, and sums outside the mask are never looked at: only a clamp, which is counted, needs the mask.
  void mac_rows(Sums& sums, std::span<const MacRow<Operand>> rows) {
    if (fits_) {
      multiply_accumulate(sums.blocks_.data(), rows);
      return;
    }
    for (const MacRow<Operand>& row : rows) {
      std::int64_t* const sum = sums.blocks_.data() + row.sum;
      for (std::size_t j = 0; j < row.lanes; ++j) {
        if (row.contains(j)) sum[j] = clamped_add(sum[j], std::int64_t{row.a[j]} * row.b[j]);
      }
    }
  }
  void mac_broadcast(Sums& sums, std::size_t first, Operand a, const Operand* b, std::size_t n) {
    std::int64_t* const sum = sums.blocks_.data() + first;
    if (fits_) {
      multiply_accumulate(sum, a, b, n);
    } else {
      for (std::size_t j = 0; j < n; ++j) sum[j] = clamped_add(sum[j], std::int64_t{a} * b[j]);
    }
  }
  void close(Sums& sums, std::size_t i) {
    std::int64_t& run = sums.runs_[i];
    std::int64_t& block = sums.blocks_[i];
    run = direct_ && block > -kDirectBlock && block < kDirectBlock
              ? direct_step(run, block)
              : numerics::blocked_step(run, block, product_shift_, integer_bits_, stats_.events);
    block = 0;
  }
  std::uint64_t finish(Sums& sums, std::size_t i, const LaneInput& lane);

 private:
  static constexpr std::int64_t kDirectBlock = std::int64_t{1} << 44;

  /// numerics::blocked_step in 64 bits, where nothing can overflow them.
  std::int64_t direct_step(std::int64_t run, std::int64_t block) {
    constexpr int kGuard = numerics::kBlockedGuardBits;
    std::int64_t t = 0;
    if (product_shift_ <= kGuard) {
      t = run * (1 << kGuard) + block * (std::int64_t{1} << (kGuard - product_shift_));
    } else {
      const int places = product_shift_ - kGuard;
      const std::int64_t combined = run * (std::int64_t{1} << product_shift_) + block;
      t = (combined + ((combined >> 63) & ((std::int64_t{1} << places) - 1))) >> places;  // toward zero
    }
    const std::int64_t limit = std::int64_t{1} << (integer_bits_ - 1 + kGuard);
    const std::int64_t clamped = std::clamp(t, -limit, limit - 1);
    const std::int64_t rounded = (clamped + (1 << (kGuard - 1))) >> kGuard;
    const std::int64_t result = std::min(rounded, (std::int64_t{1} << (integer_bits_ - 1)) - 1);
    stats_.events.saturation += clamped != t || result != rounded;
    return result;
  }
  /// The bias is a block of its own.
  std::int64_t add_bias(std::int64_t run, numerics::Code bias) {
    return numerics::blocked_step(run, numerics::mantissa_of(formats_.out, bias), bias_shift_, integer_bits_, stats_.events);
  }
  std::int64_t clamped_add(std::int64_t sum, std::int64_t product) {
    const numerics::Int128 exact = numerics::Int128{sum} + product;
    const auto clamped = static_cast<std::int64_t>(std::clamp<numerics::Int128>(exact, min_, max_));
    if (clamped != exact) ++stats_.events.saturation;
    return clamped;
  }

  numerics::OperandFormats formats_;
  StoredStats stored_;
  std::int64_t min_ = 0, max_ = 0;  ///< of the block sum
  bool fits_ = false;               ///< no block sum can leave [min, max]
  int integer_bits_;
  int product_shift_ = 0, bias_shift_ = 0;
  bool direct_ = false;  ///< direct_step() serves this command's shift
  TileStats stats_;
};

}  // namespace binade::datapath
