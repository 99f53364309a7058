// SPDX-License-Identifier: Apache-2.0
// The four processing elements (docs/rtl/pe.md): every step of the state, every event, on every clock.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "models/numerics/accumulator.h"
#include "models/numerics/error.h"
#include "models/spec/ranges.h"
#include "rtl/cosim/parameters.h"
#include "sim/verify/codes.h"
#include "sim/verify/pe_shape.h"
#include "sim/verify/stall_source.h"
#include "sim/verify/states.h"
#include "sim/verify/step.h"
#include "sim/verify/units.h"

namespace binade::verify {

using datapath::Datapath;
using numerics::AccumulateSpec;
using numerics::FormatSpec;
using numerics::OperandFormats;
using numerics::Rounding;

namespace {

enum Control : std::size_t { kLoads, kPasses, kHolds, kCloses, kFrozen, kResets, kControls };
constexpr std::array<std::string_view, kControls> kControlNames{"load", "pass", "hold", "close", "frozen", "reset"};

class PeModel final : public UnitModel {
 public:
  PeModel(const PeShape& shape, std::size_t classes)
      : UnitModel(classes),
        shape_(shape),
        stages_(static_cast<std::size_t>(shape.latency)),
        state_(shape.state_words()),
        step_(shape.formats, shape.accumulate) {}

  void clock(const Row& in, Row& out, Row& care) override {
    const PePins& pins = shape_.pins;
    std::fill(care.begin(), care.end(), 0);
    const bool reset = in[pins.reset] == 0, enable = in[pins.enable] != 0;
    // The product stages hold what came before; with latency 1 the operands meet the sum at once.
    Stage entering{in[pins.valid] != 0, in[pins.load] != 0, pins.close != PePins::kNone && in[pins.close] != 0,
                   static_cast<numerics::Code>(in[pins.a]), static_cast<numerics::Code>(in[pins.b])};
    if (reset) stages_.assign(stages_.size(), {});
    stages_.front() = entering;
    const Stage& stage = stages_.back();
    count(in, reset, enable);

    const std::span<const std::uint64_t> base = stage.load ? std::span(&in[pins.state], state_.size()) : std::span(state_);
    const bool known = stage.load || known_;
    std::vector<std::uint64_t> next(base.begin(), base.end());
    const std::uint64_t before = base.front();  // the state itself moves on below
    const auto [events, more] = known && stage.valid ? step(in, stage, base, next) : Step::Events{};
    write(out, care, pins.next, next, known && !reset);

    if (enable && !reset && (stage.valid || stage.load)) {
      state_ = next;
      known_ = known;
    }
    // State has no reset: what a reset leaves there is not specified.
    if (reset) known_ = false;
    write(out, care, pins.state_out, state_, known_);
    const bool steps = enable && stage.valid && !reset;
    const bool events_known = known || !steps;
    put_events(out, care, pins.events, steps ? events : numerics::Events{}, events_known);
    if (pins.more_events != PePins::kNone) put_events(out, care, pins.more_events, steps ? more : numerics::Events{}, events_known);
    if (steps && known) {
      if (shape_.steps) count_step(before, stage, static_cast<Rounding>(in[pins.rounding]));
      events_ += events;
      events_ += more;
      shape_.events.count(events, hits_);
      shape_.events.count(more, hits_);
    }
    if (enable && !reset) {
      std::rotate(stages_.begin(), stages_.end() - 1, stages_.end());
    }
    if (reset) stages_.assign(stages_.size(), {});
  }

 private:
  struct Stage {
    bool valid = false, load = false, close = false;
    numerics::Code a = 0, b = 0;
  };

  Step::Events step(const Row& in, const Stage& stage, std::span<const std::uint64_t> base, std::vector<std::uint64_t>& next) {
    const PePins& pins = shape_.pins;
    if (pins.rounding != PePins::kNone && shape_.accumulate.policy == numerics::Accumulate::Serial)
      step_.set_rounding(static_cast<Rounding>(in[pins.rounding]));
    if (pins.shift != PePins::kNone) step_.set_product_shift(static_cast<std::int8_t>(in[pins.shift]));
    return step_(base, stage.a, stage.b, stage.close, next);
  }

  /// A NaR quire's bits are not specified, only the flag.
  void write(Row& out, Row& care, std::size_t pin, const std::vector<std::uint64_t>& state, bool known) const {
    std::copy(state.begin(), state.end(), out.begin() + static_cast<std::ptrdiff_t>(pin));
    if (!known) return;
    const bool nar = is_nar_state(shape_.formats, shape_.state_bits, state.data());
    std::fill_n(care.begin() + static_cast<std::ptrdiff_t>(pin), state.size(), nar ? 0 : ~std::uint64_t{0});
    if (nar) care[pin + state.size() - 1] = std::uint64_t{1} << ((shape_.state_bits - 1) % 64);
  }

  void count(const Row& in, bool reset, bool enable) {
    const PePins& pins = shape_.pins;
    const std::size_t controls = shape_.control_classes;
    if (reset) return hit(controls + kResets);
    if (!enable) return hit(controls + kFrozen);
    const bool valid = in[pins.valid] != 0, load = in[pins.load] != 0;
    if (valid && load) hit(controls + kLoads);
    if (!valid) hit(controls + (load ? kPasses : kHolds));
    if (!valid) return;
    if (pins.close != PePins::kNone && in[pins.close] != 0) hit(controls + kCloses);
    const auto operand = [&](const FormatSpec& format, std::size_t pin) {
      return static_cast<std::size_t>(class_of(format, static_cast<numerics::Code>(in[pin])));
    };
    hit(shape_.operand_classes + operand(shape_.formats.a, pins.a));
    hit(shape_.operand_classes + kCodeClassNames.size() + operand(shape_.formats.b, pins.b));
  }

  void count_step(std::uint64_t sum, const Stage& stage, Rounding rounding) {
    const FloatStepSet kinds = shape_.steps->kinds_of(static_cast<numerics::Code>(sum), stage.a, stage.b, rounding);
    for (std::size_t kind = 0; kind < kFloatStepNames.size(); ++kind)
      if ((kinds >> kind & 1) != 0) hit(shape_.step_classes + kind);
  }

  const PeShape& shape_;
  std::vector<Stage> stages_;  ///< by age: the operand stage first, the accumulate stage last
  std::vector<std::uint64_t> state_;
  bool known_ = false;
  Step step_;
};

/// A command's worth of steps: one rounding and one shift a block, sums of many lengths, states from outside and from earlier sums.
class PeStimulus final : public Stimulus {
 public:
  PeStimulus(const PeShape& shape, const Block& block)
      : shape_(shape),
        block_(block),
        draw_(block.seed),
        stalls_(block.stalls, draw_.bits()),
        bubbles_(block.stalls, draw_.bits()),
        a_codes_(shape.formats.a),
        b_codes_(shape.formats.b),
        pipeline_(static_cast<std::size_t>(shape.latency)) {
    constexpr Rounding kSerial[] = {Rounding::Rne, Rounding::Rtz, Rounding::Rhu, Rounding::Rha};
    rounding_ = static_cast<std::uint64_t>(kSerial[(block.first / block.vectors + draw_.below(4)) % 4]);
    // A float's hard steps are those whose state comes from outside.
    loads_ = shape.steps ? !draw_.one_in(3) : draw_.one_in(2);
    constexpr std::uint64_t kBlock = 32, kOften = 3;
    close_one_in_ = draw_.one_in(2) ? kBlock : kOften;
    constexpr int kShifts = 68, kLeast = -24;
    shift_ = (draw_.one_in(4) ? draw_.bits() : static_cast<std::uint64_t>(static_cast<int>(draw_.below(kShifts)) + kLeast)) & 0xff;
  }

  bool next(Row& in, const Row& outputs) override {
    // After the last operands, clocks that let them reach the sum.
    if (vectors_ == block_.vectors && drained_++ > shape_.latency) return false;
    const PePins& pins = shape_.pins;
    std::fill(in.begin(), in.end(), 0);
    in[pins.reset] = 1;
    if (pins.rounding != PePins::kNone) in[pins.rounding] = rounding_;
    if (pins.shift != PePins::kNone) in[pins.shift] = shift_;
    constexpr std::uint64_t kResetOneIn = 200;
    if (!started_ || (block_.kind == StimulusKind::Random && draw_.one_in(kResetOneIn))) {
      started_ = true;
      left_ = 0;
      load_ = valid_;  // the state is not specified after a reset
      // Reset wins over whatever the other inputs ask for.
      in[pins.reset] = 0;
      in[pins.enable] = in[pins.valid] = in[pins.load] = 1;
      in[pins.a] = a_codes_.draw(draw_);
      in[pins.b] = b_codes_.draw(draw_);
      draw_state(draw_, shape_.formats, shape_.accumulate, &in[pins.state]);
      return true;
    }
    pipeline_.front() = {static_cast<numerics::Code>(a_), static_cast<numerics::Code>(b_)};
    put_state(in, outputs);
    in[pins.enable] = stalls_.moves() ? 1 : 0;
    in[pins.a] = a_;
    in[pins.b] = b_;
    in[pins.valid] = valid_;
    in[pins.load] = load_;
    if (pins.close != PePins::kNone) in[pins.close] = close_;
    if (in[pins.enable] == 0) return true;  // the same operands again
    std::rotate(pipeline_.begin(), pipeline_.end() - 1, pipeline_.end());
    vectors_ += valid_;
    if (is_special(outputs) && !draw_.one_in(kStaysSpecialOneIn)) left_ = 0;
    draw_step();
    return true;
  }

 private:
  /// A sum that has become Inf, NaN or NaR shows little more: mostly, another one begins.
  static constexpr std::uint64_t kStaysSpecialOneIn = 8;
  bool is_special(const Row& outputs) const {
    const std::uint64_t* const state = &outputs[shape_.pins.state_out];
    if (shape_.steps) return shape_.steps->is_special(static_cast<numerics::Code>(*state));
    return is_nar_state(shape_.formats, shape_.state_bits, state);
  }

  /// Decides the coming step's controls and operands.
  void draw_step() {
    const bool over = vectors_ == block_.vectors;
    if (over || (block_.kind == StimulusKind::Random && !bubbles_.moves())) {
      // Nothing enters: the sum stays, or passes on from outside (a masked element).
      valid_ = 0;
      load_ = left_ == 0 && draw_.one_in(2) ? 1 : 0;
      close_ = 0;
      return;
    }
    valid_ = 1;
    load_ = left_ == 0 || loads_ ? 1 : 0;
    if (left_ == 0) left_ = draw_length();
    --left_;
    close_ = left_ == 0 ? draw_.below(2) : static_cast<std::uint64_t>(draw_.one_in(close_one_in_));
    draw_operands();
  }

  std::uint64_t draw_length() {
    if (block_.kind != StimulusKind::Random) return 1;
    constexpr std::uint64_t kLong = 400, kShort = 40;
    if (draw_.one_in(3)) return 1;
    return 1 + draw_.below(draw_.one_in(20) ? kLong : kShort);
  }

  void draw_operands() {
    const std::uint64_t index = block_.first + vectors_;
    switch (block_.kind) {
      case StimulusKind::Exhaustive:
        a_ = index >> shape_.formats.b.bits & low_bits(shape_.formats.a.bits);
        b_ = index & low_bits(shape_.formats.b.bits);
        break;
      case StimulusKind::Corner: {
        const auto &a_corners = a_codes_.corners(), &b_corners = b_codes_.corners();
        const std::uint64_t pairs = a_corners.size() * b_corners.size();
        a_ = index < pairs ? a_corners[index / b_corners.size()] : 1;
        b_ = index < pairs ? b_corners[index % b_corners.size()] : low_bits(index / 2 % 2 == 0 ? 1 : shape_.formats.b.bits);
        edge_ = index < pairs ? 0 : index - pairs + 1;
        break;
      }
      case StimulusKind::Random:
        if (shape_.steps && draw_.one_in(2)) {
          const auto [a, b] = shape_.steps->draw_operands(draw_, a_codes_, b_codes_);
          a_ = a;
          b_ = b;
          break;
        }
        a_ = a_codes_.draw(draw_);
        b_ = b_codes_.draw(draw_);
        break;
    }
  }

  /// What state_i carries: nothing, what makes a float's step hard, an earlier sum, or any state that a sum can reach.
  void put_state(Row& in, const Row& outputs) {
    std::uint64_t* const state = &in[shape_.pins.state];
    if (edge_ != 0) put_edge_state(state);
    if (shape_.steps && block_.kind != StimulusKind::Exhaustive && edge_ == 0 && !draw_.one_in(3)) {
      // What makes the addition of the product that meets it hard.
      const auto [a, b] = pipeline_.back();
      const auto sum = shape_.steps->draw_sum(draw_, a, b, static_cast<Rounding>(rounding_));
      if (sum) {
        *state = *sum;
        return;
      }
    }
    if (block_.kind != StimulusKind::Random || draw_.one_in(3)) return;
    if (shape_.accumulate.policy == numerics::Accumulate::Blocked && load_ != 0 && draw_.one_in(2)) {
      a_ = 0;
      close_ = 1;
      return draw_closing_state(draw_, shape_.formats, shape_.accumulate, static_cast<std::int8_t>(shift_), state);
    }
    if (draw_.one_in(2)) {
      if (vectors_ > 1) std::copy_n(&outputs[shape_.pins.state_out], shape_.state_words(), state);
      canonical(state);
      return;
    }
    draw_state(draw_, shape_.formats, shape_.accumulate, state);
  }
  /// Corner runs: the ends of the accumulator's range less or more 2^bit, which the smallest products reach and miss.
  void put_edge_state(std::uint64_t* state) const {
    const auto bits = static_cast<std::uint64_t>(numerics::accumulator_bits(shape_.formats, shape_.accumulate));
    const bool upper = edge_ % 2 == 0;
    for (std::uint64_t bit = 0; bit + 1 < bits; ++bit)
      set_field(state, static_cast<int>(bit), 1, (bit <= edge_ / 4 % bits) != upper ? 1 : 0);
    set_field(state, static_cast<int>(bits) - 1, 1, upper ? 0 : 1);
    canonical(state);
  }
  /// Expected outputs may be unspecified: only canonical states enter.
  void canonical(std::uint64_t* state) const {
    const auto accumulator = numerics::make_accumulator(shape_.formats, shape_.accumulate);
    const std::span words(state, shape_.state_words());
    accumulator->set_state(words);
    accumulator->state(words);
  }

  const PeShape& shape_;
  const Block block_;
  Draw draw_;
  StallSource stalls_, bubbles_;
  CodeSource a_codes_, b_codes_;
  std::vector<std::array<numerics::Code, 2>> pipeline_;  ///< operands by age: those of state_i last
  std::uint64_t rounding_ = 0, shift_ = 0, close_one_in_ = 1;
  bool started_ = false;
  bool loads_ = false;  ///< every step starts from state_i, as in ws
  int drained_ = 0;
  std::uint64_t left_ = 0;  ///< products of the running sum still to come
  std::uint64_t edge_ = 0;  ///< corner runs: which state at an end of the range, from 1; 0 = none
  std::uint64_t a_ = 0, b_ = 0, valid_ = 0, load_ = 0, close_ = 0;
};

class PeUnit final : public Unit {
 public:
  explicit PeUnit(const datapath::CoreConfig& config) {
    const OperandFormats& formats = shape_.formats = config.format;
    shape_.accumulate = config.accumulate;
    shape_.datapath = datapath::datapath_of(formats);
    shape_.latency = config.pe_latency;
    shape_.state_bits = state_bits(formats, config.accumulate);
    name_ = to_string(shape_.datapath);
    PePins& pins = shape_.pins;
    const int state = shape_.state_bits;
    const bool flex = shape_.datapath == Datapath::FlexPe;
    pins.reset = inputs_.add("rst_ni", 1);
    pins.enable = inputs_.add_optional("enable_i", 1, false, 1);
    pins.valid = inputs_.add_optional("valid_i", 1, false, 1);
    pins.load = inputs_.add_optional("load_i", 1, false, 1);  // without it each step starts from state_i
    if (flex) pins.close = inputs_.add("close_i", 1);
    pins.a = inputs_.add("a_i", formats.a.bits);
    inputs_.last().format = formats.a;
    pins.b = inputs_.add("b_i", formats.b.bits);
    inputs_.last().format = formats.b;
    if (flex) pins.shift = inputs_.add("product_shift_i", spec::kShiftBits);
    if (shape_.is_float()) pins.rounding = inputs_.add("rounding_i", 3);
    if (shape_.is_float()) inputs_.last().names = {"rne", "rtz", "rhu", "rha"};
    const bool serial = config.accumulate.policy == numerics::Accumulate::Serial;  // its steps do not round stochastically
    if (shape_.is_float() && !serial) inputs_.last().names.emplace_back("sr");
    pins.state = inputs_.add_optional("state_i", state);
    pins.next = outputs_.add_optional("next_o", state, true);
    pins.state_out = outputs_.add_optional("state_o", state);
    pins.events = outputs_.add_optional("events_o", kEventBits);
    if (flex) pins.more_events = outputs_.add_optional("round_events_o", kEventBits);
    if (shape_.is_float()) pins.more_events = outputs_.add_optional("product_events_o", kEventBits);

    shape_.operand_classes = 0;
    for (const char* operand : {"a", "b"})
      for (const auto name : kCodeClassNames) classes_.push_back(fmt::format("{} {}", operand, name));
    shape_.control_classes = classes_.size();
    for (const auto name : kControlNames) classes_.emplace_back(name);
    if (!flex) classes_[shape_.control_classes + kCloses].clear();
    need("pass", "valid_i", 0);
    need("hold", "valid_i", 0);
    need("frozen", "enable_i", 0);
    const auto drop_special = [&](const FormatSpec& format, const char* special) {
      if (!has_class(format, CodeClass::Special)) std::find(classes_.begin(), classes_.end(), special)->clear();
    };
    drop_special(formats.a, "a special");
    drop_special(formats.b, "b special");
    shape_.events = EventClasses(classes_, step_events(formats, config.accumulate));
    if (!adds_floats(formats, config.accumulate)) return;
    shape_.steps.emplace(formats, config.accumulate);
    shape_.step_classes = classes_.size();
    for (std::size_t kind = 0; kind < kFloatStepNames.size(); ++kind)
      classes_.emplace_back(shape_.steps->has(static_cast<FloatStep>(kind)) ? kFloatStepNames[kind] : "");
  }

  rtl::ModuleSpec module(const rtl::ModuleCache& cache) const override {
    return {.top = name_,
            .sources = cache.own_sources(),
            .parameters = rtl::pe_parameters(shape_.formats, shape_.accumulate, shape_.latency)};
  }
  std::uint64_t exhaustive_vectors() const override { return all_pairs(shape_.formats.a, shape_.formats.b); }
  std::uint64_t corner_vectors() const override {
    return corner_pairs(shape_.formats.a, shape_.formats.b) +
           4 * static_cast<std::uint64_t>(numerics::accumulator_bits(shape_.formats, shape_.accumulate));
  }
  std::uint64_t block_vectors() const override { return 256; }  // a rounding and a shift each
  std::unique_ptr<UnitModel> make_model() const override { return std::make_unique<PeModel>(shape_, classes_.size()); }
  std::unique_ptr<Stimulus> make_stimulus(const Block& block) const override { return std::make_unique<PeStimulus>(shape_, block); }
  OperandItems items_of(const programs::ProductOperands& operands) const override {
    return {sums_of(operands), static_cast<std::uint64_t>(operands.product().form.shape.k)};
  }
  std::unique_ptr<Stimulus> make_operand_stimulus(const OperandBlock& block) const override {
    return make_pe_operand_stimulus(shape_, block);
  }

 private:
  PeShape shape_;
};

}  // namespace

std::unique_ptr<Unit> make_pe_unit(const datapath::CoreConfig& config) { return std::make_unique<PeUnit>(config); }

}  // namespace binade::verify
