// SPDX-License-Identifier: Apache-2.0
// ws_mac (docs/verify.md, Elements that people have): a weight that stays, and a sum that passes through.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "models/numerics/error.h"
#include "sim/verify/codes.h"
#include "sim/verify/element_adder.h"
#include "sim/verify/element_classes.h"
#include "sim/verify/operation_units.h"
#include "sim/verify/stall_source.h"
#include "sim/verify/states.h"

namespace binade::verify {

using numerics::Code;

namespace {

struct WeightShape {
  numerics::OperandFormats formats;
  numerics::AccumulateSpec accumulate;
  Overflow overflow = Overflow::Saturate;
  int latency = 1;
  std::size_t reset = 0, enable = 0, load = 0, weight = 0, a = 0, sum_in = 0;
  std::size_t sum = 0, a_out = 0, weight_out = 0, events = 0;
  ElementClasses classes;

  ElementAdder adder() const { return {formats, accumulate, overflow}; }
};

class WeightModel final : public UnitModel {
 public:
  WeightModel(const WeightShape& shape, std::size_t classes)
      : UnitModel(classes),
        shape_(shape),
        adder_(shape.adder()),
        stages_(static_cast<std::size_t>(shape.latency)),
        sum_(adder_.words()) {}

  void clock(const Row& in, Row& out, Row& care) override {
    std::fill(care.begin(), care.end(), 0);
    if (in[shape_.reset] == 0) {
      std::fill(stages_.begin(), stages_.end(), std::nullopt);
      weight_.reset();
      a_.reset();
      known_ = false;
      hit(shape_.classes.control(ElementControl::Reset));
    } else if (in[shape_.enable] == 0) {
      hit(shape_.classes.control(ElementControl::Frozen));
    } else {
      beat(in, out, care);
    }
    const auto show = [&](std::size_t pin, const std::optional<Code>& code) {
      out[pin] = code.value_or(0);
      care[pin] = code ? ~std::uint64_t{0} : 0;
    };
    show(shape_.a_out, a_);
    show(shape_.weight_out, weight_);
    std::copy(sum_.begin(), sum_.end(), out.begin() + static_cast<std::ptrdiff_t>(shape_.sum));
    if (!known_) return;
    const auto specified = adder_.care(sum_);
    std::copy(specified.begin(), specified.end(), care.begin() + static_cast<std::ptrdiff_t>(shape_.sum));
  }

 private:
  struct Product {
    Code a = 0, weight = 0;
  };

  void beat(const Row& in, Row& out, Row& care) {
    a_ = static_cast<Code>(in[shape_.a]);
    if (in[shape_.load] != 0) {
      // Products under way may have met either weight.
      std::fill(stages_.begin(), stages_.end(), std::nullopt);
      weight_ = static_cast<Code>(in[shape_.weight]);
      known_ = false;
      return hit(shape_.classes.control(ElementControl::Load));
    }
    stages_.front() = weight_ ? std::optional<Product>({*a_, *weight_}) : std::nullopt;
    const std::optional<Product> product = stages_.back();
    std::rotate(stages_.begin(), stages_.end() - 1, stages_.end());
    known_ = product.has_value();
    if (!product) return;
    hit(shape_.classes.control(ElementControl::Add));
    hit(shape_.classes.operand(0, class_of(shape_.formats.a, product->a)));
    hit(shape_.classes.operand(1, class_of(shape_.formats.b, product->weight)));
    std::copy_n(in.begin() + static_cast<std::ptrdiff_t>(shape_.sum_in), sum_.size(), sum_.begin());
    const numerics::Events events = adder_.add(sum_, product->a, product->weight);
    put_events(out, care, shape_.events, events);
    events_ += events;
    shape_.classes.events.count(events, hits_);
  }

  const WeightShape& shape_;
  ElementAdder adder_;
  std::vector<std::optional<Product>> stages_;  ///< by age
  std::vector<std::uint64_t> sum_;
  std::optional<Code> weight_, a_;
  bool known_ = false;
};

/// A weight, then products with it: one of every code of an exhaustive run, one of every corner, or some.
class WeightStimulus final : public Stimulus {
 public:
  WeightStimulus(const WeightShape& shape, const Block& block)
      : shape_(shape),
        block_(block),
        draw_(block.seed),
        stalls_(block.stalls, draw_.bits()),
        a_(shape.formats.a),
        b_(shape.formats.b) {}

  bool next(Row& in, const Row& /*outputs*/) override {
    if (drained_ > shape_.latency) return false;
    std::fill(in.begin(), in.end(), 0);
    in[shape_.reset] = resets_ == 0 ? 1 : 0;
    in[shape_.enable] = resets_ > 0 || stalls_.moves() ? 1 : 0;
    if (resets_ > 0) {
      --resets_;
      in[shape_.load] = 1;
      in[shape_.weight] = b_.draw(draw_);
      return true;
    }
    in[shape_.load] = load_ ? 1 : 0;
    in[shape_.weight] = weight_;
    in[shape_.a] = code_;
    draw_state(draw_, shape_.formats, shape_.accumulate, &in[shape_.sum_in]);
    if (in[shape_.enable] == 0) return true;
    draw_beat();
    return true;
  }

 private:
  void draw_beat() {
    if (vectors_ == block_.vectors) {  // what is under way still meets this weight
      load_ = false;
      ++drained_;
      return;
    }
    constexpr std::uint64_t kResetOneIn = 4000;
    if (block_.kind == StimulusKind::Random && draw_.one_in(kResetOneIn)) {
      resets_ = 2;
      loaded_ = false;
    }
    const std::uint64_t index = block_.first + vectors_;
    Code a = a_.draw(draw_), wanted = weight_;
    if (block_.kind == StimulusKind::Exhaustive) {
      wanted = static_cast<Code>(index >> shape_.formats.a.bits & low_bits(shape_.formats.b.bits));
      a = static_cast<Code>(index & low_bits(shape_.formats.a.bits));
    } else if (block_.kind == StimulusKind::Corner) {
      wanted = b_.corners()[index / a_.corners().size() % b_.corners().size()];
      a = a_.corners()[index % a_.corners().size()];
    } else if (!loaded_ || draw_.one_in(kProductsOfWeight)) {
      wanted = b_.draw(draw_);
      loaded_ = false;
    }
    code_ = a;
    load_ = !loaded_ || wanted != weight_;
    if (load_ && loaded_ && waits_ < shape_.latency) {  // the last products of the old weight come out first
      load_ = false;
      ++waits_;
      return;
    }
    waits_ = 0;
    if (load_) {
      weight_ = wanted;
      loaded_ = true;
      return;
    }
    ++vectors_;
  }

  static constexpr std::uint64_t kProductsOfWeight = 24;
  const WeightShape& shape_;
  const Block block_;
  Draw draw_;
  StallSource stalls_;
  CodeSource a_, b_;
  Code weight_ = 0, code_ = 0;
  bool load_ = false, loaded_ = false;
  int resets_ = 2, drained_ = 0, waits_ = 0;
};

class WeightUnit final : public Unit {
 public:
  WeightUnit(const datapath::CoreConfig& config, Overflow overflow) {
    shape_.formats = config.format;
    shape_.accumulate = config.accumulate;
    shape_.overflow = overflow;
    shape_.latency = config.pe_latency;
    const ElementAdder adder = shape_.adder();
    name_ = "ws_mac";
    shape_.reset = inputs_.add_optional("rst_ni", 1, false, 1);
    shape_.enable = inputs_.add_optional("enable_i", 1, false, 1);
    shape_.load = inputs_.add("load_i", 1);
    shape_.weight = inputs_.add("weight_i", config.format.b.bits);
    inputs_.last().format = config.format.b;
    shape_.a = inputs_.add("a_i", config.format.a.bits);
    inputs_.last().format = config.format.a;
    shape_.sum_in = inputs_.add("sum_i", adder.bits());
    shape_.sum = outputs_.add("sum_o", adder.bits());
    shape_.a_out = outputs_.add_optional("a_o", config.format.a.bits);
    shape_.weight_out = outputs_.add_optional("weight_o", config.format.b.bits);
    shape_.events = outputs_.add_optional("events_o", kEventBits);
    using enum ElementControl;
    shape_.classes = ElementClasses(classes_, config.format, {Add, Load, Frozen, Reset}, adder.possible_events());
    need("frozen", "enable_i", 0);
    need("reset", "rst_ni", 0);
  }

  rtl::ModuleSpec module(const rtl::ModuleCache& /*cache*/) const override {
    throw InputError("verify: ws_mac: there is no module of it here; allowed: yours, with --rtl DIR --top NAME");
  }
  std::uint64_t exhaustive_vectors() const override {
    constexpr int kMostBits = 8;
    const int a = shape_.formats.a.bits, b = shape_.formats.b.bits;
    return std::max(a, b) <= kMostBits ? std::uint64_t{1} << (a + b) : 0;
  }
  std::uint64_t corner_vectors() const override {
    return corner_codes(shape_.formats.a).size() * corner_codes(shape_.formats.b).size();
  }
  std::unique_ptr<UnitModel> make_model() const override { return std::make_unique<WeightModel>(shape_, classes_.size()); }
  std::unique_ptr<Stimulus> make_stimulus(const Block& block) const override {
    return std::make_unique<WeightStimulus>(shape_, block);
  }

 private:
  WeightShape shape_;
};

}  // namespace

std::unique_ptr<Unit> make_weight_unit(const datapath::CoreConfig& config, const OperationOptions& options) {
  return std::make_unique<WeightUnit>(config, options.overflow.value_or(Overflow::Saturate));
}

}  // namespace binade::verify
