// SPDX-License-Identifier: Apache-2.0
// `exact`: quire, Kulisch register or wide integer; one rounding at the end.
#include <algorithm>

#include "models/numerics/accumulators.h"
#include "models/numerics/arithmetic.h"
#include "models/numerics/error.h"
#include "models/numerics/wide_integer.h"

namespace binade::numerics {
namespace {

class ExactAccumulator final : public Accumulator {
 public:
  ExactAccumulator(const FormatSpec& format, const AccumulateSpec& spec, int product_shift, int bias_shift)
      : format_(in_output_lsbs(format)),
        rounding_(spec.rounding),
        product_shift_(product_shift),
        bias_offset_(product_shift - bias_shift),
        fraction_bits_(std::max(0, -bias_offset_)),
        lsb_exponent_(exact_register(format).lsb_exponent - fraction_bits_),
        bits_(accumulator_bits(format, spec)),
        overflows_to_nar_(format.family == Family::Posit && bits_ == exact_register(format).full_bits),
        // Room for the register and, before it is clamped, for the largest term.
        sum_(std::max(bits_, exact_register(format).full_bits) + fraction_bits_ + std::max(0, bias_offset_) + 64) {}

  void clear() override {
    sum_.clear();
    nan_ = positive_infinity_ = negative_infinity_ = false;
  }
  void mac(Code a, Code b) override { add(mul(decode(format_, a), decode(format_, b))); }
  void add_bias(Code bias) override { add(scaled(decode(format_, bias), bias_offset_)); }

  Code result(bool relu, std::uint32_t random) override {
    return encode(format_, rectified(scaled(value(), -product_shift_), relu), {rounding_, 0, random, false}, events_);
  }

  void state(std::span<std::uint64_t> words) const override {
    check_state();
    std::fill(words.begin(), words.end(), 0);
    if (nan_) {
      put_bits(words, bits_, 1, 1);
    } else {
      sum_.get(bits_, words);
    }
  }
  void set_state(std::span<const std::uint64_t> words) override {
    check_state();
    clear();
    nan_ = format_.family == Family::Posit && signed_bits(words, bits_, 1) != 0;
    if (!nan_) sum_.set(bits_, words);
  }

 private:
  void check_state() const {
    if (fraction_bits_ != 0 || format_.family == Family::HillFloat || format_.family == Family::IeeeFloat)
      throw InvariantError("accumulate: this exact register has no state of its own");
  }
  void add(const Unpacked& term) {
    switch (term.number_class) {
      case NumberClass::Zero:
        return;
      case NumberClass::Nan:
        nan_ = true;
        return;
      case NumberClass::Inf:
        (term.negative ? negative_infinity_ : positive_infinity_) = true;
        return;
      case NumberClass::Finite:
        break;
    }
    if (nan_) return;
    const int shift = term.scale - 63 - lsb_exponent_;
    sum_.add(term.negative, shift >= 0 ? term.significand : term.significand >> -shift, std::max(shift, 0));
    if (overflows_to_nar_) {
      if (sum_.fits(bits_) && !sum_.is_negative_power(bits_ - 1)) return;  // 10...0 is the quire's NaR
      nan_ = true;
      ++events_.overflow;
    } else if (!sum_.fits(bits_ + fraction_bits_)) {
      sum_.set_limit(sum_.negative(), bits_, fraction_bits_);
      ++events_.saturation;
    }
  }

  Unpacked value() const {
    if (nan_ || (positive_infinity_ && negative_infinity_)) return {NumberClass::Nan, false, false, 0, 0};
    if (positive_infinity_ || negative_infinity_) return {NumberClass::Inf, negative_infinity_, false, 0, 0};
    return sum_.to_unpacked(lsb_exponent_);
  }

  FormatSpec format_;
  Rounding rounding_;
  int product_shift_;  ///< one product LSB is 2^-product_shift output LSBs
  int bias_offset_;    ///< one bias LSB is 2^bias_offset product LSBs
  int fraction_bits_;  ///< kept below the product LSB for a finer bias; the clamp acts on the bits above them
  int lsb_exponent_;
  int bits_;
  bool overflows_to_nar_;
  WideInteger sum_;
  bool nan_ = false;
  bool positive_infinity_ = false;
  bool negative_infinity_ = false;
};

}  // namespace

// Products are multiples of the square of the smallest magnitude's LSB and below the square of twice the largest binade; 31
// bits of carry and the sign complete the register: for posits exactly the quire of the standard, 4(N-2)2^es + 32 bits.
ExactRegister exact_register(const FormatSpec& format) {
  constexpr int kCarryAndSign = 32;
  constexpr int kWidestInteger = 64;
  const auto kulisch = [&](int reserved_exponents) {
    const int lowest_lsb = 1 - format.bias() - format.fraction_bits;
    const int highest_scale = (1 << format.exponent_bits) - 1 - reserved_exponents - format.bias();
    return ExactRegister{2 * lowest_lsb, 2 * (highest_scale + 1) - 2 * lowest_lsb + kCarryAndSign};
  };
  switch (format.family) {
    case Family::Posit: {
      const int max_scale = (format.bits - 2) * (1 << format.exponent_bits);
      return {-2 * max_scale, 4 * max_scale + kCarryAndSign};
    }
    case Family::HillFloat:
      return kulisch(0);
    case Family::IeeeFloat:
      return kulisch(format.specials == Specials::InfNan ? 1 : 0);
    case Family::Flex:
    case Family::Dfp:
    case Family::Sdfp:
    case Family::Fixed:
      break;
  }
  return {0, kWidestInteger};
}

std::unique_ptr<Accumulator> make_exact(const FormatSpec& format, const AccumulateSpec& spec, int product_shift, int bias_shift) {
  return std::make_unique<ExactAccumulator>(format, spec, product_shift, bias_shift);
}

}  // namespace binade::numerics
