// SPDX-License-Identifier: Apache-2.0
// posit_encoder and float_encoder (docs/rtl/posit.md, float.md): codes and events of every rounding boundary, of what lies just
// below and just above it, in every rounding mode; specials and scales far outside the range.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "rtl/cosim/parameters.h"
#include "sim/verify/boundaries.h"
#include "sim/verify/codec_pins.h"
#include "sim/verify/codes.h"
#include "sim/verify/event_pins.h"
#include "sim/verify/operation_units.h"
#include "sim/verify/rounding_cut.h"
#include "sim/verify/units.h"

namespace binade::verify {

using numerics::Code;
using numerics::Family;
using numerics::FormatSpec;
using numerics::NumberClass;
using numerics::Rounding;
using numerics::Unpacked;

namespace {

constexpr int kScaleBits = 16;
constexpr std::uint64_t kLeadingOne = std::uint64_t{1} << 63;
constexpr std::array<Rounding, 5> kModes{Rounding::Rne, Rounding::Rtz, Rounding::Rhu, Rounding::Rha, Rounding::Sr};
/// Just below a value, the value, just above it.
constexpr std::uint64_t kPlaces = 3;

enum EncoderClass : std::size_t { kZero, kInfinite, kNan, kNegative, kPositive, kBelowRange, kAboveRange, kFirstMode };
constexpr std::array<std::string_view, kFirstMode> kClassNames{"zero",     "infinite",    "nan",        "negative",
                                                               "positive", "below range", "above range"};

struct EncoderShape {
  FormatSpec format;
  std::vector<Rounding> modes;  ///< that vectors go through
  std::size_t zero = 0, infinite = kNoPin, nan = 0, negative = 0, scale = 0, significand = 0, sticky = 0, rounding = 0, random = 0;
  std::size_t code = 0, events = 0;
  EventClasses event_classes;

  bool posit() const { return format.family == Family::Posit; }
  /// |scale| of the largest or smallest finite value, whichever is larger.
  int largest_scale() const {
    return posit() ? (format.bits - 2) << format.exponent_bits : (1 << (format.exponent_bits - 1)) + format.fraction_bits;
  }
};

/// The value that a row's inputs are.
Unpacked value_of(const EncoderShape& shape, const Row& in) {
  Unpacked value;
  value.negative = in[shape.negative] != 0;
  if (in[shape.nan] != 0) return {NumberClass::Nan, false, false, 0, 0};
  if (in[shape.zero] != 0) return value;
  if (shape.infinite != kNoPin && in[shape.infinite] != 0) return {NumberClass::Inf, value.negative, false, 0, 0};
  value.number_class = NumberClass::Finite;
  value.sticky = in[shape.sticky] != 0;
  value.scale = static_cast<std::int16_t>(in[shape.scale]);
  value.significand = in[shape.significand] | kLeadingOne;
  return value;
}

class EncoderModel final : public UnitModel {
 public:
  EncoderModel(const EncoderShape& shape, std::size_t classes) : UnitModel(classes), shape_(shape) {}

  void clock(const Row& in, Row& out, Row& care) override {
    const Unpacked value = value_of(shape_, in);
    const auto mode = static_cast<Rounding>(in[shape_.rounding]);
    numerics::Events events;
    out[shape_.code] =
        numerics::encode(shape_.format, value, {mode, 0, static_cast<std::uint32_t>(in[shape_.random]), false}, events);
    care[shape_.code] = ~std::uint64_t{0};
    put_events(out, care, shape_.events, events);
    count(value, mode, events);
  }

 private:
  void count(const Unpacked& value, Rounding mode, const numerics::Events& events) {
    events_ += events;
    shape_.event_classes.count(events, hits_);
    switch (value.number_class) {
      case NumberClass::Zero:
        return hit(kZero);
      case NumberClass::Inf:
        return hit(kInfinite);
      case NumberClass::Nan:
        return hit(kNan);
      case NumberClass::Finite:
        break;
    }
    hit(value.negative ? kNegative : kPositive);
    if (value.scale > shape_.largest_scale()) hit(kAboveRange);
    if (value.scale < -shape_.largest_scale()) hit(kBelowRange);
    hit(kFirstMode + 2 * static_cast<std::size_t>(mode) + (events.inexact != 0 ? 1 : 0));
  }

  const EncoderShape& shape_;
};

class EncoderStimulus final : public Stimulus {
 public:
  EncoderStimulus(const EncoderShape& shape, const Block& block)
      : shape_(shape), block_(block), draw_(block.seed), codes_(shape.format) {}

  bool next(Row& in, const Row& /*outputs*/) override {
    if (vectors_ == block_.vectors) return false;
    std::uint64_t index = block_.first + vectors_++;
    std::fill(in.begin(), in.end(), 0);
    if (block_.kind == StimulusKind::Random) {
      put(in, draw_value(), shape_.modes[draw_.below(shape_.modes.size())]);
      return true;
    }
    const Rounding mode = shape_.modes[index % shape_.modes.size()];
    index /= shape_.modes.size();
    const std::uint64_t place = index % kPlaces;
    index /= kPlaces;
    if (block_.kind == StimulusKind::Exhaustive) {
      put(in, moved(numerics::decode(finer(shape_.format), static_cast<Code>(index)), place), mode);
    } else {
      const auto& corners = codes_.corners();
      const Code code = corners[index / 2 % corners.size()];
      put(in, moved(index % 2 == 0 ? numerics::decode(shape_.format, code) : boundary_above(shape_.format, code), place), mode);
    }
    return true;
  }

 private:
  /// A finite value, or what is nearest to it in an ordering of all reals: place 0 below, 1 the value, 2 above.
  static Unpacked moved(Unpacked value, std::uint64_t place) {
    if (!value.is_finite() || place == 1) return value;
    if (place == 0) {
      if (value.significand == kLeadingOne) --value.scale;
      value.significand = value.significand == kLeadingOne ? ~std::uint64_t{0} : value.significand - 1;
    }
    value.sticky = true;
    return value;
  }

  Unpacked draw_value() {
    constexpr std::uint64_t kFar = 30000, kNear = 40;
    const Code code = codes_.draw(draw_);
    switch (draw_.below(8)) {
      case 0:
        return moved(numerics::decode(shape_.format, code), draw_.below(kPlaces));
      case 1: {  // a code and one bit more
        Unpacked value = numerics::decode(shape_.format, code);
        if (value.is_finite()) value.significand |= std::uint64_t{1} << draw_.below(63);
        return value;
      }
      case 2:
      case 3:
        return moved(boundary_above(shape_.format, code), draw_.below(kPlaces));
      case 4:
        return draw_finite(kFar);
      default:
        return draw_finite(static_cast<std::uint64_t>(shape_.largest_scale()) + kNear);
    }
  }

  /// Any significand, often one with few bits, and a scale from -most to most, often near an end of the range.
  Unpacked draw_finite(std::uint64_t most) {
    // With all regimes next to the last, where posits underflow.
    const std::uint64_t near_end = shape_.posit() ? (std::uint64_t{4} << shape_.format.exponent_bits) + 1 : 9;
    int scale = static_cast<int>(draw_.below(2 * most + 1)) - static_cast<int>(most);
    if (draw_.one_in(4)) {
      const int beside = shape_.largest_scale() + static_cast<int>(draw_.below(near_end)) - static_cast<int>(near_end / 2);
      scale = draw_.one_in(2) ? beside : -beside;
    } else if (draw_.one_in(4)) {  // a bit of it that is easily cut off
      scale += (draw_.one_in(2) ? 1 : -1) << draw_.below(kScaleBits - 2);
    }
    std::uint64_t significand = draw_.bits();
    switch (draw_.below(4)) {
      case 0:
        significand &= ~low_bits(static_cast<int>(draw_.below(64)));
        break;
      case 1:  // a bit or two far below the first
        significand = draw_.below(2) << draw_.below(32) | draw_.below(2) << draw_.below(64);
        break;
      case 2:
        significand = 0;
        break;
      default:
        break;
    }
    return {NumberClass::Finite, draw_.one_in(2), draw_.one_in(2), scale, significand | kLeadingOne};
  }

  void put(Row& in, const Unpacked& value, Rounding mode) {
    constexpr std::uint64_t kSpecialOneIn = 32;
    const std::uint64_t fraction_mask = shape_.posit() ? kLeadingOne - 1 : ~std::uint64_t{0};
    in[shape_.negative] = value.negative ? 1 : 0;
    in[shape_.zero] = value.is_zero() ? 1 : 0;
    in[shape_.nan] = value.is_nan() ? 1 : 0;
    if (shape_.infinite != kNoPin) in[shape_.infinite] = value.number_class == NumberClass::Inf ? 1 : 0;
    in[shape_.scale] = static_cast<std::uint64_t>(value.scale) & low_bits(kScaleBits);
    in[shape_.significand] = value.significand & fraction_mask;
    in[shape_.sticky] = value.sticky ? 1 : 0;
    in[shape_.rounding] = static_cast<std::uint64_t>(mode);
    in[shape_.random] = draw_random();
    // Specials beside any other input, which must not matter.
    if (block_.kind != StimulusKind::Random || !draw_.one_in(kSpecialOneIn)) return;
    switch (draw_.below(3)) {
      case 0:
        in[shape_.zero] = 1;
        break;
      case 1:
        if (shape_.infinite != kNoPin && in[shape_.zero] == 0) in[shape_.infinite] = 1;
        break;
      default:
        in[shape_.nan] = 1;
        break;
    }
    if (shape_.infinite != kNoPin && in[shape_.zero] != 0 && in[shape_.nan] == 0) in[shape_.infinite] = 0;
  }

  /// Random bits of which many turn the carry of a tail with few bits, or with all.
  std::uint64_t draw_random() {
    constexpr std::uint64_t kHalf = std::uint64_t{1} << 31;
    const std::uint64_t small = draw_.below(4);
    switch (draw_.below(4)) {
      case 0:
        return small;
      case 1:
        return ~small & low_bits(32);
      case 2:
        return kHalf - 2 + small;
      default:
        return draw_.bits() & low_bits(32);
    }
  }

  const EncoderShape& shape_;
  const Block block_;
  Draw draw_;
  CodeSource codes_;
};

class EncoderUnit final : public Unit {
 public:
  EncoderUnit(const datapath::CoreConfig& config, const OperationOptions& options) {
    const FormatSpec& format = shape_.format = config.format.common();
    shape_.modes = chosen_roundings({kModes.begin(), kModes.end()}, options);
    const bool posit = shape_.posit();
    clocked_ = false;
    name_ = posit ? "posit_encoder" : "float_encoder";
    shape_.zero = inputs_.add("zero_i", 1);
    if (!posit) shape_.infinite = inputs_.add_optional("infinite_i", 1);
    shape_.nan = inputs_.add_optional(posit ? "nar_i" : "nan_i", 1);
    shape_.negative = inputs_.add("negative_i", 1);
    shape_.scale = inputs_.add("scale_i", kScaleBits);
    shape_.significand = posit ? inputs_.add("fraction_i", 63) : inputs_.add("significand_i", 64);
    shape_.sticky = inputs_.add_optional("sticky_i", 1);
    shape_.rounding = inputs_.add_optional("rounding_i", 3, false, static_cast<std::uint64_t>(config.accumulate.rounding));
    for (const Rounding mode : kModes) inputs_.last().names.emplace_back(to_string(mode));
    shape_.random = inputs_.add_optional("random_i", 32);
    shape_.code = outputs_.add("code_o", format.bits, true);
    outputs_.last().format = format;
    shape_.events = outputs_.add_optional("events_o", kEventBits, true);

    for (const auto name : kClassNames) classes_.emplace_back(name);
    if (posit) classes_[kInfinite].clear();
    if (!posit) need("infinite", "infinite_i", 1);
    need("nan", posit ? "nar_i" : "nan_i", 1);
    for (const Rounding mode : kModes)
      for (const char* what : {"exact", "inexact"}) {
        classes_.push_back(fmt::format("{} {}", to_string(mode), what));
        need(classes_.back(), "rounding_i", static_cast<std::uint64_t>(mode));
      }
    const bool hill = format.family == Family::HillFloat;
    shape_.event_classes = EventClasses(
        classes_, kSaturation | kUnderflow | kNar | kInexact | (posit || hill || shape_.format.saturates ? 0 : kOverflow));
  }

  rtl::ModuleSpec module(const rtl::ModuleCache& cache) const override {
    rtl::Parameters parameters = rtl::codec_parameters(shape_.format);
    parameters.emplace_back("ScaleBits", fmt::format("{}", kScaleBits));
    if (shape_.posit()) {
      parameters.emplace_back("FractionBits", "63");
      parameters.emplace_back("Underflow", shape_.format.underflows ? "1'b1" : "1'b0");
    } else {
      parameters.insert(parameters.end(), {{"SigBits", "64"}, {"Stochastic", "1'b1"}});
    }
    return {.top = name_, .sources = cache.own_sources(), .parameters = std::move(parameters)};
  }
  std::string explain(const Row& in) const override {
    const auto mode = static_cast<Rounding>(in[shape_.rounding]);
    const Unpacked value = value_of(shape_, in);
    numerics::Events ignored;
    return cut_of(shape_.format, value, mode,
                  numerics::encode(shape_.format, value, {mode, 0, static_cast<std::uint32_t>(in[shape_.random]), false}, ignored));
  }
  std::uint64_t exhaustive_vectors() const override {
    if (shape_.format.bits > kMostExhaustiveBits) return 0;
    return (std::uint64_t{1} << finer(shape_.format).bits) * kPlaces * shape_.modes.size();
  }
  std::uint64_t corner_vectors() const override { return corner_codes(shape_.format).size() * 2 * kPlaces * shape_.modes.size(); }
  std::unique_ptr<UnitModel> make_model() const override { return std::make_unique<EncoderModel>(shape_, classes_.size()); }
  std::unique_ptr<Stimulus> make_stimulus(const Block& block) const override {
    return std::make_unique<EncoderStimulus>(shape_, block);
  }

 private:
  EncoderShape shape_;
};

}  // namespace

std::unique_ptr<Unit> make_encoder_unit(const datapath::CoreConfig& config, const OperationOptions& options) {
  return std::make_unique<EncoderUnit>(config, options);
}

}  // namespace binade::verify
