// SPDX-License-Identifier: Apache-2.0
// ws_mac (docs/verify.md, Elements that people have): a weight that stays, and a sum that passes through.
#include <algorithm>
#include <optional>

#include "sim/verify/codes.h"
#include "sim/verify/element_unit.h"
#include "sim/verify/operation_units.h"
#include "sim/verify/stall_source.h"
#include "sim/verify/states.h"

namespace binade::verify {

using numerics::Code;

namespace {

/// The second operand is the weight.
struct WeightShape : ElementShape {
  using ElementShape::ElementShape;
  std::size_t sum_in = 0;
};

class WeightModel final : public ElementModel {
 public:
  WeightModel(const WeightShape& shape, std::size_t classes)
      : ElementModel(shape, classes), shape_(shape), stages_(static_cast<std::size_t>(shape.latency)) {}

  void clock(const Row& in, Row& out, Row& care) override {
    std::fill(care.begin(), care.end(), 0);
    if (in[shape_.reset] == 0) {
      std::fill(stages_.begin(), stages_.end(), std::nullopt);
      weight_.reset();
      a_.reset();
      known_ = false;
      hit_control(ElementControl::Reset);
    } else if (in[shape_.enable] == 0) {
      hit_control(ElementControl::Frozen);
    } else {
      beat(in, out, care);
    }
    const auto show = [&](std::size_t pin, const std::optional<Code>& code) {
      out[pin] = code.value_or(0);
      care[pin] = code ? ~std::uint64_t{0} : 0;
    };
    show(shape_.a_out, a_);
    show(shape_.b_out, weight_);
    show_sum(out, care);
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
      weight_ = static_cast<Code>(in[shape_.b]);
      known_ = false;
      return hit_control(ElementControl::Load);
    }
    stages_.front() = weight_ ? std::optional<Product>({*a_, *weight_}) : std::nullopt;
    const std::optional<Product> product = stages_.back();
    std::rotate(stages_.begin(), stages_.end() - 1, stages_.end());
    known_ = product.has_value();
    if (!product) return;
    hit_control(ElementControl::Add);
    hit_operands(product->a, product->weight);
    std::copy_n(in.begin() + static_cast<std::ptrdiff_t>(shape_.sum_in), sum_.size(), sum_.begin());
    put(adder_.add(sum_, product->a, product->weight), out, care);
  }

  const WeightShape& shape_;
  std::vector<std::optional<Product>> stages_;  ///< by age
  std::optional<Code> weight_, a_;
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
      in[shape_.b] = b_.draw(draw_);
      return true;
    }
    in[shape_.load] = load_ ? 1 : 0;
    in[shape_.b] = weight_;
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

class WeightUnit final : public ElementUnit {
 public:
  WeightUnit(const datapath::CoreConfig& config, Overflow overflow) : shape_(config, overflow) {
    name_ = "ws_mac";
    add_controls(shape_);
    shape_.load = inputs_.add("load_i", 1);
    shape_.b = add_operand("weight_i", config.format.b);
    shape_.a = add_operand("a_i", config.format.a);
    shape_.sum_in = inputs_.add("sum_i", shape_.adder().bits());
    add_outputs(shape_, "weight_o");
    using enum ElementControl;
    add_classes(shape_, {Add, Load, Frozen, Reset}, shape_.adder().possible_events());
  }

  std::uint64_t corner_vectors() const override { return corner_pairs(shape_.formats.a, shape_.formats.b); }
  std::unique_ptr<UnitModel> make_model() const override { return std::make_unique<WeightModel>(shape_, classes_.size()); }
  std::unique_ptr<Stimulus> make_stimulus(const Block& block) const override {
    return std::make_unique<WeightStimulus>(shape_, block);
  }

 private:
  const ElementShape& element() const override { return shape_; }

  WeightShape shape_;
};

}  // namespace

std::unique_ptr<Unit> make_weight_unit(const datapath::CoreConfig& config, const OperationOptions& options) {
  return std::make_unique<WeightUnit>(config, options.overflow.value_or(Overflow::Saturate));
}

}  // namespace binade::verify
