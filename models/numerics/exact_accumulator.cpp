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
  ExactAccumulator(const OperandFormats& formats, const AccumulateSpec& spec, int product_shift, int bias_shift)
      : formats_(in_lsbs(formats)),
        rounding_(spec.rounding),
        product_shift_(product_shift),
        bias_offset_(formats.integers_to_float() ? 0 : product_shift - bias_shift),
        fraction_bits_(formats.integers() ? std::max(0, -bias_offset_) : bias_fraction_bits(formats)),
        lsb_exponent_(exact_register(formats).lsb_exponent - fraction_bits_),
        bits_(accumulator_bits(formats, spec)),
        overflows_to_nar_(formats.a.family == Family::Posit && bits_ == exact_register(formats).full_bits),
        sum_(storage(formats)) {}

  void clear() override {
    sum_.clear();
    nan_ = positive_infinity_ = negative_infinity_ = false;
    float_bias_ = {};
  }
  void mac(Code a, Code b) override { add(mul(decode(formats_.a, a), decode(formats_.b, b))); }
  void add_bias(Code bias) override {
    const Unpacked value = decode(formats_.out, bias);
    if (formats_.integers_to_float()) {
      float_bias_ = scaled(value, product_shift_);
    } else {
      add(scaled(value, bias_offset_));
    }
  }

  Code result(bool relu, std::uint32_t random) override {
    return encode(formats_.out, rectified(scaled(value(), -product_shift_), relu), {rounding_, 0, random, false}, events_);
  }

  void state(std::span<std::uint64_t> words) const override {
    check_state();
    std::fill(words.begin(), words.end(), 0);
    if (nan_) {
      put_bits(words, bits_, 1, 1);
    } else {
      WideInteger sum = sum_;
      sum.drop(fraction_bits_);
      sum.get(bits_, words);
    }
  }
  void set_state(std::span<const std::uint64_t> words) override {
    check_state();
    clear();
    nan_ = formats_.a.family == Family::Posit && signed_bits(words, bits_, 1) != 0;
    if (nan_) return;
    sum_.set(bits_, words);
    sum_.raise(fraction_bits_);
  }

 private:
  /// Room for the register and, before it is clamped, for the largest term: a product, or a bias.
  int storage(const OperandFormats& formats) const {
    const ExactRegister full = exact_register(formats);
    int above = std::max(0, bias_offset_);
    if (!formats.integers()) above = std::max(0, value_span(formats.out).top_exponent - (full.lsb_exponent + full.full_bits));
    return std::max(bits_, full.full_bits) + fraction_bits_ + above + 64;
  }
  void check_state() const {
    const bool posits = formats_.a.family == Family::Posit;
    if (!posits && (fraction_bits_ != 0 || !formats_.integers()))
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
    if (nan_ || positive_infinity_ || negative_infinity_) return;  // a finite term changes none of them, nor clamps
    const int shift = term.scale - 63 - lsb_exponent_;
    sum_.add(term.negative, shift >= 0 ? term.significand : term.significand >> -shift, std::max(shift, 0));
    if (overflows_to_nar_) {
      const int bits = bits_ + fraction_bits_;
      if (sum_.fits(bits) && !sum_.is_negative_power(bits - 1)) return;  // 10...0 is the quire's NaR
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
    const Unpacked sum = sum_.to_unpacked(lsb_exponent_);
    return float_bias_.is_zero() ? sum : numerics::add(sum, float_bias_);
  }

  OperandFormats formats_;
  Rounding rounding_;
  int product_shift_;  ///< one product LSB is 2^-product_shift output LSBs
  int bias_offset_;    ///< one bias LSB is 2^bias_offset product LSBs
  int fraction_bits_;  ///< kept below the product LSB for a finer bias; the clamp acts on the bits above them
  int lsb_exponent_;
  int bits_;
  bool overflows_to_nar_;
  WideInteger sum_;
  Unpacked float_bias_;  ///< product LSBs: the bias of integer sums that leave as a float
  bool nan_ = false;
  bool positive_infinity_ = false;
  bool negative_infinity_ = false;
};

}  // namespace

ValueSpan value_span(const FormatSpec& format) {
  if (format.family == Family::Posit) {
    const int max_scale = (format.bits - 2) * (1 << format.exponent_bits);
    return {-max_scale, max_scale + 1};
  }
  if (format.shared_exponent()) throw InvariantError("accumulate: integers have no span of values");
  const int reserved_exponents = format.family == Family::IeeeFloat && format.specials == Specials::InfNan ? 1 : 0;
  const int highest_scale = (1 << format.exponent_bits) - 1 - reserved_exponents - format.bias();
  return {1 - format.bias() - format.fraction_bits, highest_scale + 1};
}

int significand_bits(const FormatSpec& format) {
  if (format.shared_exponent()) return format.bits;
  if (format.family == Family::Posit) return std::max(format.bits - 2 - format.exponent_bits, 1);
  return format.fraction_bits + 1;
}

// Products are multiples of the product of the smallest magnitudes' LSBs. Those of floats lie below the product of twice the
// largest binades, and the largest of posits is maxpos_a maxpos_b itself; 31 bits of carry and the sign complete the register: for
// posits exactly the quire of the standard, 4(N-2)2^es + 32 bits where both have N.
ExactRegister exact_register(const OperandFormats& formats) {
  constexpr int kCarryAndSign = 32;
  constexpr int kWidestInteger = 64;
  if (formats.integers()) return {0, kWidestInteger};
  const ValueSpan a = value_span(formats.a), b = value_span(formats.b);
  const int lsb = a.lsb_exponent + b.lsb_exponent;
  const int largest = a.top_exponent + b.top_exponent - (formats.a.family == Family::Posit ? 2 : 0);
  return {lsb, largest - lsb + kCarryAndSign};
}

int bias_fraction_bits(const OperandFormats& formats) {
  return std::max(0, exact_register(formats).lsb_exponent - value_span(formats.out).lsb_exponent);
}

std::unique_ptr<Accumulator> make_exact(const OperandFormats& formats, const AccumulateSpec& spec, int product_shift,
                                        int bias_shift) {
  return std::make_unique<ExactAccumulator>(formats, spec, product_shift, bias_shift);
}

}  // namespace binade::numerics
