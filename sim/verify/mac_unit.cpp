// SPDX-License-Identifier: Apache-2.0
// mac (docs/verify.md, Elements that people have): a register that sums products and begins anew when it is told to.
#include <algorithm>
#include <optional>
#include <utility>

#include "sim/verify/codec_pins.h"
#include "sim/verify/codes.h"
#include "sim/verify/element_unit.h"
#include "sim/verify/operation_units.h"
#include "sim/verify/stall_source.h"

namespace binade::verify {

using numerics::Code;

namespace {

struct MacShape : ElementShape {
  MacShape(const datapath::CoreConfig& config, Overflow sums) : ElementShape(config, sums), march(adder().steps_to_overflow()) {}

  std::uint64_t march;  ///< ElementAdder::steps_to_overflow
  std::size_t valid = 0, clear = 0;
};

class MacModel final : public ElementModel {
 public:
  MacModel(const MacShape& shape, std::size_t classes)
      : ElementModel(shape, classes), shape_(shape), stages_(static_cast<std::size_t>(shape.latency)) {}

  void clock(const Row& in, Row& out, Row& care) override {
    std::fill(care.begin(), care.end(), 0);
    if (in[shape_.reset] == 0) {
      std::fill(stages_.begin(), stages_.end(), Stage{});
      std::fill(sum_.begin(), sum_.end(), 0);
      known_ = true;
      passed_.reset();
      hit_control(ElementControl::Reset);
    } else if (in[shape_.enable] == 0) {
      hit_control(ElementControl::Frozen);
    } else {
      beat(in, out, care);
    }
    show_sum(out, care);
    if (passed_) {
      out[shape_.a_out] = passed_->first;
      out[shape_.b_out] = passed_->second;
      care[shape_.a_out] = care[shape_.b_out] = ~std::uint64_t{0};
    }
  }

 private:
  struct Stage {
    bool valid = false, load = false, clear = false;
    Code a = 0, b = 0;
  };

  void beat(const Row& in, Row& out, Row& care) {
    stages_.front() = {in[shape_.valid] != 0, in[shape_.load] != 0, in[shape_.clear] != 0, static_cast<Code>(in[shape_.a]),
                       static_cast<Code>(in[shape_.b])};
    passed_ = {stages_.front().a, stages_.front().b};
    count(stages_.front());
    const Stage stage = stages_.back();
    std::rotate(stages_.begin(), stages_.end() - 1, stages_.end());
    numerics::Events events;
    if (stage.clear || (stage.load && stage.valid)) {
      std::fill(sum_.begin(), sum_.end(), 0);
      known_ = true;
    }
    if (stage.valid && !stage.clear && known_) events = adder_.add(sum_, stage.a, stage.b);
    put(events, out, care);
  }

  void count(const Stage& stage) {
    if (stage.clear) return hit_control(ElementControl::Clear);
    if (!stage.valid) return hit_control(ElementControl::Hold);
    hit_control(stage.load ? ElementControl::Load : ElementControl::Add);
    hit_operands(stage.a, stage.b);
  }

  const MacShape& shape_;
  std::vector<Stage> stages_;  ///< by age: what enters first, what meets the sum last
  std::optional<std::pair<Code, Code>> passed_;
};

/// Sums of many lengths; of integers first a march of the largest products out of either end of the register, where a run
/// reaches them.
class MacStimulus final : public Stimulus {
 public:
  MacStimulus(const MacShape& shape, const Block& block)
      : shape_(shape),
        block_(block),
        draw_(block.seed),
        stalls_(block.stalls, draw_.bits()),
        bubbles_(block.stalls, draw_.bits()),
        a_(shape.formats.a),
        b_(shape.formats.b) {}

  bool next(Row& in, const Row& /*outputs*/) override {
    if (drained_ > shape_.latency) return false;
    std::fill(in.begin(), in.end(), 0);
    if (resets_ > 0) return give_reset(in);
    in[shape_.reset] = 1;
    in[shape_.enable] = stalls_.moves() ? 1 : 0;
    put(in);
    if (in[shape_.enable] == 0) return true;  // the same again
    vectors_ += beat_.counts;
    beat_ = {};
    if (vectors_ == block_.vectors) {  // clocks that let the last products reach the sum
      ++drained_;
      return true;
    }
    // NaR and the like end a sum.
    const std::uint64_t reset_one_in = shape_.formats.integers() ? 400 : 16;
    if (!marching() && block_.kind == StimulusKind::Random && draw_.one_in(reset_one_in)) resets_ = shape_.latency + 1;
    draw_step();
    return true;
  }

 private:
  struct Beat {
    std::uint64_t valid = 0, load = 0, clear = 0, counts = 0;
    Code a = 0, b = 0;
  };

  void put(Row& in) const {
    in[shape_.valid] = beat_.valid;
    in[shape_.load] = beat_.load;
    in[shape_.clear] = beat_.clear;
    in[shape_.a] = beat_.a;
    in[shape_.b] = beat_.b;
  }

  /// The first clock has products that must not count; the later ones are zeros, for product registers without a reset.
  bool give_reset(Row& in) {
    const bool first = resets_-- == shape_.latency + 1;
    in[shape_.enable] = in[shape_.valid] = 1;
    if (first) in[shape_.a] = a_.draw(draw_), in[shape_.b] = b_.draw(draw_);
    left_ = 0;
    if (resets_ == 0 && !beat_.valid && !beat_.clear) draw_step();
    return true;
  }

  /// Of a random run the first block marches.
  bool marching() const { return block_.kind == StimulusKind::Random && block_.first + vectors_ < 2 * shape_.march; }

  void draw_step() {
    const std::uint64_t index = block_.first + vectors_;
    const std::uint64_t pairs = a_.corners().size() * b_.corners().size();
    if (marching()) return march(vectors_);
    if (block_.kind == StimulusKind::Corner && index >= pairs) return march(index - pairs);
    if (block_.kind == StimulusKind::Random && !bubbles_.moves()) {
      beat_ = {0, 0, 0, 0, a_.draw(draw_), b_.draw(draw_)};
      return;
    }
    if (left_ == 0 && begins()) return;
    const bool load = left_ == 0 && loads_;
    if (left_ == 0) left_ = draw_length();
    --left_;
    beat_ = {1, load ? 1U : 0U, 0, 1, 0, 0};
    if (block_.kind == StimulusKind::Exhaustive) {
      beat_.a = static_cast<Code>(index >> shape_.formats.b.bits & low_bits(shape_.formats.a.bits));
      beat_.b = static_cast<Code>(index & low_bits(shape_.formats.b.bits));
    } else if (block_.kind == StimulusKind::Corner) {
      beat_.a = a_.corners()[index / b_.corners().size()];
      beat_.b = b_.corners()[index % b_.corners().size()];
    } else {
      beat_.a = a_.draw(draw_);
      beat_.b = b_.draw(draw_);
    }
  }

  /// Decides how the next sum begins; true: a clock that clears comes first, with a product that must not count.
  bool begins() {
    if (cleared_) {
      cleared_ = false;
      loads_ = false;
      return false;
    }
    loads_ = draw_.one_in(2);
    if (loads_) return false;
    cleared_ = true;
    beat_ = {draw_.below(2), 0, 1, 0, a_.draw(draw_), b_.draw(draw_)};
    return true;
  }

  /// Up, and from a new sum on down.
  void march(std::uint64_t index) {
    if (index == shape_.march && !cleared_) {
      cleared_ = true;
      beat_ = {0, 0, 1, 0, 0, 0};
      return;
    }
    const std::uint64_t loads = std::exchange(cleared_, false) ? 1 : 0;  // of a module without clear_i
    left_ = 0;
    const Code least_a = Code{1} << (shape_.formats.a.bits - 1), least_b = Code{1} << (shape_.formats.b.bits - 1);
    beat_ = {1, loads, 0, 1, index < shape_.march ? least_a : least_a - 1, least_b};
  }

  std::uint64_t draw_length() {
    if (block_.kind != StimulusKind::Random) return 1;
    constexpr std::uint64_t kLong = 400, kShort = 40;
    return draw_.one_in(3) ? 1 : 1 + draw_.below(draw_.one_in(20) ? kLong : kShort);
  }

  const MacShape& shape_;
  const Block block_;
  Draw draw_;
  StallSource stalls_, bubbles_;
  CodeSource a_, b_;
  Beat beat_;
  int resets_ = shape_.latency + 1, drained_ = 0;
  std::uint64_t left_ = 0;  ///< products of the running sum still to come
  bool loads_ = false, cleared_ = false;
};

class MacUnit final : public ElementUnit {
 public:
  MacUnit(const datapath::CoreConfig& config, Overflow overflow) : shape_(config, overflow) {
    name_ = "mac";
    add_controls(shape_);
    shape_.valid = inputs_.add_optional("valid_i", 1, false, 1);
    shape_.load = inputs_.add_optional("load_i", 1);
    shape_.clear = inputs_.add_optional("clear_i", 1);
    shape_.a = add_operand("a_i", config.format.a);
    shape_.b = add_operand("b_i", config.format.b);
    add_outputs(shape_, "b_o");
    using enum ElementControl;
    add_classes(shape_, {Add, Load, Clear, Hold, Frozen, Reset}, possible_events());
    need("load", "load_i", 1);
    need("clear", "clear_i", 1);
    need("hold", "valid_i", 0);
  }

  std::string unusable(const PinLookup& has) const override {
    if (has("rst_ni") || has("load_i") || has("clear_i")) return {};
    return "mac: nothing says when a sum begins; allowed: --map clear_i=PORT, --map load_i=PORT, --map rst_ni=PORT";
  }
  std::uint64_t corner_vectors() const override { return corners(); }
  std::uint64_t block_vectors() const override {
    constexpr std::uint64_t kDrawn = 4096;
    return kDrawn + (shape_.march == 0 ? 0 : corners());
  }
  std::unique_ptr<UnitModel> make_model() const override { return std::make_unique<MacModel>(shape_, classes_.size()); }
  std::unique_ptr<Stimulus> make_stimulus(const Block& block) const override {
    return std::make_unique<MacStimulus>(shape_, block);
  }

 private:
  /// No sum of a run leaves a full quire.
  EventSet possible_events() const {
    const EventSet step = shape_.adder().possible_events();
    return shape_.formats.a.family == numerics::Family::Posit ? step & ~kOverflow : step;
  }
  std::uint64_t corners() const { return corner_pairs(shape_.formats.a, shape_.formats.b) + 2 * shape_.march; }
  const ElementShape& element() const override { return shape_; }

  MacShape shape_;
};

}  // namespace

std::unique_ptr<Unit> make_mac_unit(const datapath::CoreConfig& config, const OperationOptions& options) {
  return std::make_unique<MacUnit>(config, options.overflow.value_or(Overflow::Saturate));
}

}  // namespace binade::verify
