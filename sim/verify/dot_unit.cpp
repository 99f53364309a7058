// SPDX-License-Identifier: Apache-2.0
// dot (docs/verify.md, Arithmetic units): the sum of `length` products under the accumulation policy, element 0 in the low bits.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "models/numerics/accumulator.h"
#include "models/numerics/error.h"
#include "models/numerics/uint128.h"
#include "sim/verify/codec_pins.h"
#include "sim/verify/codes.h"
#include "sim/verify/event_pins.h"
#include "sim/verify/operation_shape.h"
#include "sim/verify/operation_units.h"

namespace binade::verify {

using numerics::Code;
using numerics::Family;
using numerics::FormatSpec;
using numerics::Rounding;

namespace {

struct DotShape {
  numerics::OperandFormats formats;
  numerics::AccumulateSpec accumulate;
  int length = 0, product_shift = 0;
  bool wraps = false;
  std::vector<Rounding> roundings;
  std::size_t a = 0, b = 0, rounding = 0, random = 0, result = 0, events = 0;
  std::size_t mode_classes = 0;
  EventClasses event_classes;

  int bits() const { return length * (formats.a.bits + formats.b.bits); }
};

class DotModel final : public UnitModel {
 public:
  DotModel(const DotShape& shape, std::size_t classes) : UnitModel(classes), shape_(shape) {
    for (const Rounding rounding : shape.roundings) {
      numerics::AccumulateSpec spec = shape.accumulate;
      spec.rounding = rounding;
      sums_[static_cast<std::size_t>(rounding)] = numerics::make_accumulator(shape.formats, spec, shape.product_shift);
    }
  }

  void clock(const Row& in, Row& out, Row& care) override {
    numerics::Accumulator& sum = *sums_.at(in[shape_.rounding]);
    const numerics::Events before = sum.events();
    sum.clear();
    numerics::Events events;
    if (shape_.wraps) {
      events = wrap(in, out);
    } else {
      for (int i = 0; i < shape_.length; ++i)
        sum.mac(element(in, shape_.a, i, shape_.formats.a), element(in, shape_.b, i, shape_.formats.b));
      out[shape_.result] = sum.result(false, static_cast<std::uint32_t>(in[shape_.random]));
      events = sum.events() - before;
    }
    care[shape_.result] = ~std::uint64_t{0};
    put_events(out, care, shape_.events, events);
    events_ += events;
    shape_.event_classes.count(events, hits_);
    hit(shape_.mode_classes + 2 * in[shape_.rounding] + (events.inexact != 0 ? 1 : 0));
  }

 private:
  /// The low bits of an integer sum.
  numerics::Events wrap(const Row& in, Row& out) const {
    const FormatSpec& format = shape_.formats.out;
    numerics::Int128 sum = 0;
    for (int i = 0; i < shape_.length; ++i)
      sum += static_cast<numerics::Int128>(mantissa_of(shape_.formats.a, element(in, shape_.a, i, shape_.formats.a))) *
             mantissa_of(shape_.formats.b, element(in, shape_.b, i, shape_.formats.b));
    const Code code = code_of_mantissa(format, static_cast<std::int64_t>(sum));
    out[shape_.result] = code;
    numerics::Events events;
    events.overflow = sum != mantissa_of(format, code) ? 1 : 0;
    return events;
  }
  static Code element(const Row& in, std::size_t pin, int index, const FormatSpec& format) {
    return static_cast<Code>(field(&in[pin], index * format.bits, format.bits));
  }

  const DotShape& shape_;
  std::array<std::unique_ptr<numerics::Accumulator>, kRoundings> sums_;
};

class DotStimulus final : public Stimulus {
 public:
  DotStimulus(const DotShape& shape, const Block& block)
      : shape_(shape), block_(block), draw_(block.seed), a_(shape.formats.a), b_(shape.formats.b) {}

  bool next(Row& in, const Row& /*outputs*/) override {
    if (vectors_ == block_.vectors) return false;
    const std::uint64_t index = block_.first + vectors_++;
    std::fill(in.begin(), in.end(), 0);
    const std::uint64_t modes = shape_.roundings.size();
    const std::uint64_t mode = block_.kind == StimulusKind::Random ? draw_.below(modes) : index % modes;
    in[shape_.rounding] = static_cast<std::uint64_t>(shape_.roundings[mode]);
    in[shape_.random] = draw_.bits() & low_bits(32);
    const std::uint64_t kind = draw_.below(4);
    Code last_a = 0, last_b = 0;
    for (int i = 0; i < shape_.length; ++i) {
      Code a = code(a_, shape_.formats.a, kind), b = code(b_, shape_.formats.b, kind);
      if (kind == 1 && i % 2 != 0) {  // the negative of the product before, or nearly
        a = last_a;
        b = negative_of(shape_.formats.b, last_b) ^ static_cast<Code>(draw_.below(2));
      }
      if (kind == 2 && i > 0 && draw_.one_in(2)) b = 0;
      if (block_.kind == StimulusKind::Exhaustive) {
        const std::uint64_t codes = index / modes;
        const int at = i * shape_.formats.a.bits, behind = shape_.length * shape_.formats.a.bits + i * shape_.formats.b.bits;
        a = static_cast<Code>(codes >> at & low_bits(shape_.formats.a.bits));
        b = static_cast<Code>(codes >> behind & low_bits(shape_.formats.b.bits));
      }
      set_field(&in[shape_.a], i * shape_.formats.a.bits, shape_.formats.a.bits, a);
      set_field(&in[shape_.b], i * shape_.formats.b.bits, shape_.formats.b.bits, b);
      last_a = a;
      last_b = b;
    }
    return true;
  }

 private:
  Code code(CodeSource& source, const FormatSpec& format, std::uint64_t kind) {
    const bool corner = block_.kind == StimulusKind::Corner || draw_.one_in(kind == 3 ? 2 : 8);
    Code code = corner ? source.corners()[draw_.below(source.corners().size())] : source.draw(draw_);
    // Sums of several are seldom anything else than NaN where one in a few operands is.
    while (shape_.length > 2 && class_of(format, code) == CodeClass::Special && !draw_.one_in(16)) code = source.draw(draw_);
    return code;
  }
  static Code negative_of(const FormatSpec& format, Code code) {
    const bool complement = format.family == Family::Posit || format.shared_exponent();
    const auto mask = static_cast<Code>(low_bits(format.bits));
    return (complement ? ~code + 1 : code ^ (Code{1} << (format.bits - 1))) & mask;
  }

  const DotShape& shape_;
  const Block block_;
  Draw draw_;
  CodeSource a_, b_;
};

EventSet possible_events(const DotShape& shape) {
  const FormatSpec& out = shape.formats.out;
  if (shape.wraps) return kOverflow;
  if (out.shared_exponent()) return kSaturation | kInexact | (shape.product_shift > 0 ? kUnderflow : 0);
  if (shape.formats.integers()) return kInexact;
  if (out.family == Family::Posit) return kSaturation | kUnderflow | kNar | kInexact;
  if (out.family == Family::HillFloat || out.saturates) return kSaturation | kUnderflow | kInexact;
  return kSaturation | kUnderflow | kOverflow | kNar | kInexact;
}

class DotUnit final : public Unit {
 public:
  DotUnit(const datapath::CoreConfig& config, const OperationOptions& options) {
    constexpr int kMostLength = 1024;
    if (options.length < 1 || options.length > kMostLength)
      throw InputError(fmt::format("dot.length: {}; allowed: 1..{}", options.length, kMostLength));
    shape_.formats = config.format;
    shape_.accumulate = config.accumulate;
    shape_.length = options.length;
    const auto fraction = [](const FormatSpec& format) { return format.family == Family::Fixed ? format.fraction_bits : 0; };
    shape_.product_shift = fraction(config.format.a) + fraction(config.format.b) - fraction(config.format.out);
    shape_.wraps = options.overflow == Overflow::Wrap;
    if (shape_.wraps && (!config.format.out.shared_exponent() || shape_.product_shift != 0 || config.accumulate.acc_bits != 0))
      throw InputError(fmt::format(
          "--overflow wrap: a sum of {} is cut or rounded before it could wrap around; allowed: results of the products' "
          "last place, without core.acc_bits",
          numerics::to_string(config.format)));
    clocked_ = false;
    name_ = "dot";
    constexpr int kRoundingBits = 3, kRandomBits = 32;
    shape_.a = inputs_.add("a_i", options.length * config.format.a.bits);
    shape_.b = inputs_.add("b_i", options.length * config.format.b.bits);
    shape_.rounding =
        inputs_.add_optional("rounding_i", kRoundingBits, false, static_cast<std::uint64_t>(config.accumulate.rounding));
    for (std::size_t mode = 0; mode < kRoundings; ++mode) {
      const auto rounding = static_cast<Rounding>(mode);
      // Steps of a sum do not round stochastically.
      const bool has = rounding != Rounding::Sr || config.accumulate.policy != numerics::Accumulate::Serial;
      inputs_.last().names.emplace_back(has ? to_string(rounding) : "");
      const auto& wanted = options.roundings;
      if (has && (wanted.empty() || std::find(wanted.begin(), wanted.end(), rounding) != wanted.end()))
        shape_.roundings.push_back(rounding);
    }
    shape_.random = inputs_.add_optional("random_i", kRandomBits);
    shape_.result = outputs_.add("result_o", config.format.out.bits, true);
    outputs_.last().format = config.format.out;
    shape_.events = outputs_.add_optional("events_o", kEventBits, true);

    shape_.mode_classes = classes_.size();
    const bool exact_only = shape_.formats.integers() && config.format.out.shared_exponent() && shape_.product_shift <= 0;
    for (std::size_t mode = 0; mode < kRoundings; ++mode)
      for (const char* what : {"exact", "inexact"}) {
        const bool has = !inputs_.find("rounding_i")->names[mode].empty() && !(exact_only && what[0] == 'i');
        needs_[classes_.size()] = {"rounding_i", mode};
        classes_.push_back(has ? fmt::format("{} {}", to_string(static_cast<Rounding>(mode)), what) : "");
      }
    shape_.event_classes = EventClasses(classes_, possible_events(shape_));
  }

  rtl::ModuleSpec module(const rtl::ModuleCache& /*cache*/) const override {
    throw InputError("verify: dot: there is no module of it here; allowed: yours, with --rtl DIR --top NAME");
  }
  std::uint64_t exhaustive_vectors() const override {
    return shape_.bits() <= kMostExhaustiveOperandBits ? (std::uint64_t{1} << shape_.bits()) * shape_.roundings.size() : 0;
  }
  std::uint64_t corner_vectors() const override {
    constexpr std::uint64_t kSums = 20'000;
    return kSums * shape_.roundings.size();
  }
  std::unique_ptr<UnitModel> make_model() const override { return std::make_unique<DotModel>(shape_, classes_.size()); }
  std::unique_ptr<Stimulus> make_stimulus(const Block& block) const override {
    return std::make_unique<DotStimulus>(shape_, block);
  }

 private:
  DotShape shape_;
};

}  // namespace

std::unique_ptr<Unit> make_dot_unit(const datapath::CoreConfig& config, const OperationOptions& options) {
  return std::make_unique<DotUnit>(config, options);
}

}  // namespace binade::verify
