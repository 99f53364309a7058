// SPDX-License-Identifier: Apache-2.0
// The policies that round at every step: `serial` in the element format, `fp32` in binary32.
#include "models/numerics/accumulators.h"
#include "models/numerics/arithmetic.h"

namespace binade::numerics {
namespace {

/// The code of a value that the format holds.
Code code_of(const FormatSpec& format, const Unpacked& value) {
  Events of_no_rounding;
  return encode(format, value, {}, of_no_rounding);
}

/// s = round(s + round(a * b)), everything in the output format (mantissas: in output LSBs).
class SerialAccumulator final : public Accumulator {
 public:
  SerialAccumulator(const OperandFormats& formats, const AccumulateSpec& spec, int product_shift, int bias_shift)
      : formats_(in_lsbs(formats)), rounding_(spec.rounding), product_shift_(product_shift), bias_shift_(bias_shift) {}

  void clear() override { sum_ = {}; }
  void mac(Code a, Code b) override {
    const Events before = events_;
    const Unpacked product = rounded(scaled(mul(decode(formats_.a, a), decode(formats_.b, b)), -product_shift_));
    product_events_ += events_ - before;
    sum_ = rounded(add(sum_, product));
  }
  void add_bias(Code bias) override { sum_ = rounded(add(sum_, scaled(decode(formats_.out, bias), -bias_shift_))); }
  Code result(bool relu, std::uint32_t /*random*/) override {
    return code_of(formats_.out, rectified(sum_, relu));  // the sum is a value of the format
  }
  void state(std::span<std::uint64_t> words) const override { words[0] = code_of(formats_.out, sum_); }
  void set_state(std::span<const std::uint64_t> words) override { sum_ = decode(formats_.out, static_cast<Code>(words[0])); }

 private:
  Unpacked rounded(const Unpacked& value) {
    return decode(formats_.out, encode_step(formats_.out, value, {rounding_, 0, 0, false}, events_));
  }

  OperandFormats formats_;
  Rounding rounding_;
  int product_shift_;
  int bias_shift_;
  Unpacked sum_;
};

/// s = RNE32(s + a * b), the product exact; one rounding to the format at the end. Mantissas: s counts product LSBs.
class Fp32Accumulator final : public Accumulator {
 public:
  Fp32Accumulator(const OperandFormats& formats, const AccumulateSpec& spec, int product_shift, int bias_shift)
      : formats_(in_lsbs(formats)), rounding_(spec.rounding), product_shift_(product_shift), bias_shift_(bias_shift) {}

  void clear() override { sum_ = {}; }
  void mac(Code a, Code b) override { add_term(mul(decode(formats_.a, a), decode(formats_.b, b))); }
  void add_bias(Code bias) override { add_term(scaled(decode(formats_.out, bias), product_shift_ - bias_shift_)); }
  Code result(bool relu, std::uint32_t random) override {
    return encode(formats_.out, rectified(scaled(sum_, -product_shift_), relu), {rounding_, 0, random, false}, events_);
  }
  void state(std::span<std::uint64_t> words) const override { words[0] = code_of(kBinary32, sum_); }
  void set_state(std::span<const std::uint64_t> words) override { sum_ = decode(kBinary32, static_cast<Code>(words[0])); }

 private:
  void add_term(const Unpacked& term) { sum_ = decode(kBinary32, encode_step(kBinary32, add(sum_, term), {}, events_)); }

  OperandFormats formats_;
  Rounding rounding_;
  int product_shift_;
  int bias_shift_;
  Unpacked sum_;
};

}  // namespace

std::unique_ptr<Accumulator> make_serial(const OperandFormats& formats, const AccumulateSpec& spec, int product_shift,
                                         int bias_shift) {
  return std::make_unique<SerialAccumulator>(formats, spec, product_shift, bias_shift);
}

std::unique_ptr<Accumulator> make_fp32(const OperandFormats& formats, const AccumulateSpec& spec, int product_shift,
                                       int bias_shift) {
  return std::make_unique<Fp32Accumulator>(formats, spec, product_shift, bias_shift);
}

}  // namespace binade::numerics
