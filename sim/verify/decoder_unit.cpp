// SPDX-License-Identifier: Apache-2.0
// posit_decoder and float_decoder (docs/rtl/posit.md, float.md): every code's class, sign, scale and significand.
#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "rtl/cosim/parameters.h"
#include "sim/verify/codec_pins.h"
#include "sim/verify/codes.h"
#include "sim/verify/units.h"

namespace binade::verify {

using numerics::Code;
using numerics::FormatSpec;
using numerics::Unpacked;

namespace {

struct DecoderShape {
  FormatSpec format;
  int scale_bits = 0, significand_bits = 0;
  std::size_t code = 0;
  std::size_t zero = 0, infinite = kNoPin, nan = 0, negative = 0, scale = 0, significand = 0;
};

class DecoderModel final : public UnitModel {
 public:
  DecoderModel(const DecoderShape& shape, std::size_t classes) : UnitModel(classes), shape_(shape) {}

  void clock(const Row& in, Row& out, Row& care) override {
    const auto code = static_cast<Code>(in[shape_.code]);
    const Unpacked value = numerics::decode(shape_.format, code);
    hit(static_cast<std::size_t>(class_of(shape_.format, code)));
    std::fill(care.begin(), care.end(), 0);
    const auto put = [&](std::size_t pin, std::uint64_t bits, bool specified = true) {
      if (pin == kNoPin) return;
      out[pin] = bits;
      care[pin] = specified ? ~std::uint64_t{0} : 0;
    };
    put(shape_.zero, value.is_zero() ? 1 : 0);
    put(shape_.infinite, value.number_class == numerics::NumberClass::Inf ? 1 : 0);
    put(shape_.nan, value.is_nan() ? 1 : 0);
    // A NaR has no sign, a NaN a positive one.
    put(shape_.negative, value.negative ? 1 : 0, !value.is_nan() || shape_.infinite != kNoPin);
    put(shape_.scale, static_cast<std::uint64_t>(value.scale) & low_bits(shape_.scale_bits), value.is_finite());
    put(shape_.significand, value.significand >> (64 - shape_.significand_bits), value.is_finite());
  }

 private:
  const DecoderShape& shape_;
};

class DecoderStimulus final : public Stimulus {
 public:
  DecoderStimulus(const DecoderShape& shape, const Block& block)
      : shape_(shape), block_(block), draw_(block.seed), codes_(shape.format) {}

  bool next(Row& in, const Row& /*outputs*/) override {
    if (vectors_ == block_.vectors) return false;
    const std::uint64_t index = block_.first + vectors_++;
    switch (block_.kind) {
      case StimulusKind::Exhaustive:
        in[shape_.code] = index;
        break;
      case StimulusKind::Corner:
        in[shape_.code] = codes_.corners()[index % codes_.corners().size()];
        break;
      case StimulusKind::Random:
        in[shape_.code] = codes_.draw(draw_);
        break;
    }
    return true;
  }

 private:
  const DecoderShape& shape_;
  const Block block_;
  Draw draw_;
  CodeSource codes_;
};

/// Bits of a signed number from -most to most.
int signed_bits(int most) { return std::bit_width(static_cast<unsigned>(most)) + 1; }

class DecoderUnit final : public Unit {
 public:
  explicit DecoderUnit(const datapath::CoreConfig& config) {
    const FormatSpec& format = shape_.format = config.format.common();
    const bool posit = format.family == numerics::Family::Posit;
    clocked_ = false;
    name_ = posit ? "posit_decoder" : "float_decoder";
    if (posit) {
      shape_.scale_bits = signed_bits((format.bits - 2) << format.exponent_bits);
      shape_.significand_bits = std::max(format.bits - 2 - format.exponent_bits, 1);
    } else {
      shape_.scale_bits = signed_bits((1 << (format.exponent_bits - 1)) + format.fraction_bits);
      shape_.significand_bits = format.fraction_bits + 1;
    }
    shape_.code = inputs_.add("code_i", format.bits);
    inputs_.last().format = format;
    shape_.zero = outputs_.add_optional("zero_o", 1, true);
    if (!posit) shape_.infinite = outputs_.add_optional("infinite_o", 1, true);
    shape_.nan = outputs_.add_optional(posit ? "nar_o" : "nan_o", 1, true);
    shape_.negative = outputs_.add_optional("negative_o", 1, true);
    shape_.scale = outputs_.add("scale_o", shape_.scale_bits, true);
    shape_.significand = outputs_.add("significand_o", shape_.significand_bits, true);
    for (std::size_t i = 0; i < kCodeClassNames.size(); ++i)
      classes_.emplace_back(has_class(format, static_cast<CodeClass>(i)) ? kCodeClassNames[i] : "");
  }

  rtl::ModuleSpec module(const rtl::ModuleCache& cache) const override {
    return {.top = name_, .sources = cache.own_sources(), .parameters = rtl::codec_parameters(shape_.format)};
  }
  std::uint64_t exhaustive_vectors() const override {
    return shape_.format.bits <= kMostExhaustiveBits ? std::uint64_t{1} << shape_.format.bits : 0;
  }
  std::uint64_t corner_vectors() const override { return corner_codes(shape_.format).size(); }
  std::unique_ptr<UnitModel> make_model() const override { return std::make_unique<DecoderModel>(shape_, classes_.size()); }
  std::unique_ptr<Stimulus> make_stimulus(const Block& block) const override {
    return std::make_unique<DecoderStimulus>(shape_, block);
  }

 private:
  DecoderShape shape_;
};

}  // namespace

std::unique_ptr<Unit> make_decoder_unit(const datapath::CoreConfig& config) { return std::make_unique<DecoderUnit>(config); }

}  // namespace binade::verify
