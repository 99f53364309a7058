// SPDX-License-Identifier: Apache-2.0
// `exact` for posits (the quire) and floats (a Kulisch register): a fixed-point sum of run-time width.
//
// The sum is kept as signed 64-bit digits of weight 2^32. A product touches two or three of them and carries stay where they fall,
// so that fewer than 2^31 products never overflow a digit; resolving the carries once gives the two's-complement register. The
// full-width register has 31 carry bits above the largest product and cannot overflow either. A narrower one (acc_bits) clamps
// after each addition, so there every addition resolves its carries.
#pragma once

#include <algorithm>
#include <vector>

#include "models/datapath/pe/lane.h"
#include "models/datapath/pe/operand_table.h"
#include "models/datapath/pe/quire_rows.h"
#include "models/numerics/bound.h"
#include "models/numerics/uint128.h"

namespace binade::datapath {

class QuirePe {
 public:
  using Operand = QuireOperand;
  static constexpr bool kClosesBlocks = false;
  static constexpr bool kStartsFromBias = false;

  /// Digit d of sum i is word d * digit_step + i * sum_step; its flags follow its digits.
  class Sums {
   public:
    Sums(const QuirePe& pe, std::size_t count)
        : digit_step_(pe.in_rows_ ? count + QuireDigits::kPadding : 1),
          sum_step_(pe.in_rows_ ? 1 : pe.digits_ + 1),
          words_(pe.in_rows_ ? (pe.digits_ + 1) * digit_step_ : count * sum_step_) {}

   private:
    friend class QuirePe;
    std::int64_t* operator[](std::size_t i) { return words_.data() + i * sum_step_; }
    std::size_t digit_step_, sum_step_;
    std::vector<std::int64_t> words_;
  };

  /// False where a narrower register has a bias whose last bits lie below it.
  static bool serves(const CoreConfig& config);

  explicit QuirePe(const CoreConfig& config);

  void begin(const CoreCommand& command);
  bool in_vectors() const { return in_rows_; }    ///< rows run in quire_rows()
  bool whole_products() const { return whole_; }  ///< there, of this command
  const TileStats& stats() const { return stats_; }
  Operand decode_a(numerics::Code code) const { return a_.empty() ? operand_of(formats_.a, a_lsb_, code) : a_[code]; }
  Operand decode_b(numerics::Code code) const { return b_.empty() ? operand_of(formats_.b, b_lsb_, code) : b_[code]; }
  Operand idle() const { return {}; }

  void clear(Sums& sums, std::size_t i, std::size_t n) const {
    std::int64_t* const first = sums[i];
    if (!in_rows_) {
      std::fill_n(first, n * sums.sum_step_, 0);
    } else {
      for (std::size_t d = 0; d <= digits_; ++d) std::fill_n(first + d * sums.digit_step_, n, 0);
    }
  }
  void move(Sums& to, std::size_t i, Sums& from, std::size_t j, std::size_t n) const {
    std::int64_t *const target = to[i], *const source = from[j];
    if (!in_rows_) {
      std::copy_n(source, n * from.sum_step_, target);
    } else {
      for (std::size_t d = 0; d <= digits_; ++d) std::copy_n(source + d * from.digit_step_, n, target + d * to.digit_step_);
    }
  }

  void mac_rows(Sums& sums, std::span<const MacRow<Operand>> rows);
  void mac_broadcast(Sums& sums, std::size_t first, Operand a, const Operand* b, std::size_t n);
  static void close(Sums&, std::size_t) {}
  std::uint64_t finish(Sums& sums, std::size_t i, const LaneInput& lane);

 private:
  static constexpr int kDigitBits = 32;
  static constexpr std::int64_t kDigitMask = 0xffffffff;
  enum Flag : std::int64_t { kNan = 1, kPositiveInfinity = 2, kNegativeInfinity = 4 };

  /// Its position is in units of 2^lsb_exponent.
  static Operand operand_of(const numerics::FormatSpec& format, int lsb_exponent, numerics::Code code);
  int highest_digit() const;

  void mac_rows_in_vectors(Sums& sums, std::span<const MacRow<Operand>> rows);
  void mac(std::int64_t* sum, const Operand& a, const Operand& b) {
    using numerics::NumberClass;
    if ((static_cast<int>(a.special) | static_cast<int>(b.special)) != 0) {
      add_special(sum[digits_], a, b);
      return;
    }
    if (clamps_ && sum[digits_] != 0) return;  // nothing is added to NaR or an infinity, so nothing clamps
    add(sum, std::int64_t{a.significand} * b.significand, a.position + b.position);
  }
  /// sum += value * 2^position, in register LSBs.
  void add(std::int64_t* sum, std::int64_t value, int position) {
    // A product ends at least 32 bits below the register's width, a bias below the room made for it, and the digits are that many
    // and three.
    BINADE_BOUND(position >= 0 && static_cast<std::size_t>(position / kDigitBits) + 2 < digits_);
    std::int64_t* const digit = sum + position / kDigitBits;
    const int offset = position % kDigitBits;
    if (narrow_products_) {
      const std::int64_t shifted = value * (std::int64_t{1} << offset);
      digit[0] += shifted & kDigitMask;
      digit[1] += shifted >> kDigitBits;
    } else {
      const numerics::Int128 shifted = value * (numerics::Int128{1} << offset);
      digit[0] += static_cast<std::int64_t>(shifted) & kDigitMask;
      digit[1] += static_cast<std::int64_t>(shifted >> kDigitBits) & kDigitMask;
      digit[2] += static_cast<std::int64_t>(shifted >> (2 * kDigitBits));
    }
    if (clamps_) clamp(sum);
  }
  static void add_special(std::int64_t& flags, const Operand& a, const Operand& b);
  void resolve(std::int64_t* sum) const;
  void clamp(std::int64_t* sum);
  numerics::Unpacked value_of(std::int64_t* sum) const;
  /// What the full register makes of a sum that a bias took beyond it.
  numerics::Unpacked limited(const numerics::Unpacked& value);

  numerics::OperandFormats formats_;
  numerics::Rounding rounding_;
  int a_lsb_, b_lsb_;     ///< units of the positions: the sum's LSB is 2^(a_lsb + b_lsb), the bias's last bit or the register's
  int top_exponent_;      ///< the register holds magnitudes below 2^top_exponent
  int bits_;              ///< of the register
  bool clamps_;           ///< narrower than full
  bool narrow_products_;  ///< products of at most 32 bits
  std::size_t digits_;
  bool in_rows_;  ///< sums lie digit by digit, for quire_rows()
  OperandTable<Operand> a_, b_;
  int highest_digit_;  ///< at which a product starts
  int product_bits_;
  bool whole_ = false;  ///< no digit of this command's sums overflows by products that are not cut
  std::vector<Operand> a_lanes_, b_lanes_;
  std::vector<std::int64_t> sum_;  ///< one sum, its digits and flags in order
  TileStats stats_;
};

}  // namespace binade::datapath
