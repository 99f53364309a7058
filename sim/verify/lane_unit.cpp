// SPDX-License-Identifier: Apache-2.0
// The four post-processing lanes (docs/rtl/lane.md): every stored word, its statistics and events, on every clock.
#include "sim/verify/lane_unit.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "models/numerics/uint128.h"
#include "models/spec/ranges.h"
#include "rtl/cosim/parameters.h"
#include "sim/verify/lane_stimulus.h"
#include "sim/verify/operation_units.h"
#include "sim/verify/states.h"
#include "sim/verify/units.h"

namespace binade::verify {

using datapath::Datapath;
using numerics::Accumulate;
using numerics::Family;
using numerics::FormatSpec;

namespace {

constexpr std::array<std::string_view, kLaneControls> kControlNames{"no bias",        "bias",   "relu clears", "relu keeps", "raw",
                                                                    "closes a block", "bubble", "frozen",      "reset"};
constexpr std::array<std::string_view, kLaneRoundings> kRoundingNames{"rne", "rtz", "rhu", "rha", "sr"};

class LaneModel final : public UnitModel {
 public:
  LaneModel(const LaneShape& shape, std::size_t classes) : UnitModel(classes), shape_(shape) {}

  void clock(const Row& in, Row& out, Row& care) override {
    const LanePins& pins = shape_.pins;
    const bool reset = in[pins.reset] == 0, enable = in[pins.enable] != 0, valid = in[pins.valid] != 0;
    count(in, reset, enable, valid);
    if (reset) {
      // Outputs are not reset, only their validity.
      inside_.valid = held_.valid = known_ = false;
    } else if (enable) {
      held_.valid = inside_.valid;
      if (inside_.valid) {
        held_ = inside_;
        known_ = true;
        count_events(held_);
      }
      inside_.valid = valid;
      if (valid) inside_ = element(in);
    }
    write(out, care);
  }

 private:
  struct Element {
    bool valid = false;
    std::uint64_t word = 0, magnitude = 0;
    bool overflow = false;
    numerics::Events events, bias_events, block_events;
  };

  Element element(const Row& in) {
    const LaneElement given = shape_.element_of(in);
    return given.raw ? raw_element(given) : rounded_element(given);
  }

  Element rounded_element(const LaneElement& given) {
    const auto accumulator = shape_.accumulator(given);
    accumulator->set_state(given.state);
    Element element;
    element.valid = true;
    numerics::Events before = accumulator->events();
    const auto since = [&] {
      const numerics::Events passed = accumulator->events() - before;
      before = accumulator->events();
      return passed;
    };
    accumulator->close_block();
    element.block_events = since();
    if (given.bias_valid) accumulator->add_bias(given.bias);
    element.bias_events = since();
    const numerics::Code code = accumulator->result(given.relu, given.random);
    element.events = since();
    element.word = code;
    if (!shape_.format().shared_exponent()) return element;
    const std::int64_t mantissa = numerics::mantissa_of(shape_.format(), code), most = shape_.format().max_mantissa();
    element.magnitude = static_cast<std::uint64_t>(std::abs(mantissa));
    // Flex counts the ends of the range, integers what the lane clamped.
    element.overflow =
        shape_.is_flex() ? mantissa >= most || mantissa <= -most : element.events.saturation + element.bias_events.saturation != 0;
    return element;
  }

  /// The accumulator itself, bias and ReLU applied: what dfp and sdfp store at first.
  Element raw_element(const LaneElement& given) const {
    constexpr int kFarthest = 64;  // places that take any bias but zero out of any accumulator
    const int bits = shape_.accumulator_bits;
    const numerics::Int128 limit = numerics::Int128{1} << (bits - 1);
    const std::int64_t sum = static_cast<std::int64_t>(given.state[0] << (64 - bits)) >> (64 - bits);
    const numerics::Int128 bias = given.bias_valid ? numerics::Int128{numerics::mantissa_of(shape_.format(), given.bias)}
                                                         << std::min(given.bias_left, kFarthest)
                                                   : 0;
    const numerics::Int128 clamped = std::clamp(sum + bias, -limit, limit - 1);
    Element element;
    element.valid = true;
    element.bias_events.saturation = clamped != sum + bias ? 1 : 0;
    element.overflow = element.bias_events.saturation != 0;
    const numerics::Int128 stored = given.relu && clamped < 0 ? 0 : clamped;
    element.word = static_cast<std::uint64_t>(stored);
    element.magnitude = static_cast<std::uint64_t>(stored < 0 ? -stored : stored);
    return element;
  }

  void write(Row& out, Row& care) const {
    const LanePins& pins = shape_.pins;
    std::fill(care.begin(), care.end(), 0);
    const auto put = [&](std::size_t pin, std::uint64_t value) {
      if (pin == LanePins::kNone) return;
      out[pin] = value;
      care[pin] = known_ ? ~std::uint64_t{0} : 0;
    };
    out[pins.valid_out] = held_.valid ? 1 : 0;
    care[pins.valid_out] = 1;
    put(pins.word, held_.word);
    put(pins.magnitude, held_.magnitude);
    put(pins.overflow, held_.overflow ? 1 : 0);
    put_events(out, care, pins.events, held_.events, known_);
    if (pins.bias_events != LanePins::kNone) put_events(out, care, pins.bias_events, held_.bias_events, known_);
    if (pins.block_events != LanePins::kNone) put_events(out, care, pins.block_events, held_.block_events, known_);
  }

  void count_events(const Element& element) {
    events_ += element.events;
    events_ += element.bias_events;
    events_ += element.block_events;
    shape_.output_classes.count(element.events, hits_);
    shape_.bias_classes.count(element.bias_events, hits_);
    shape_.block_classes.count(element.block_events, hits_);
  }

  void count(const Row& in, bool reset, bool enable, bool valid) {
    const std::size_t controls = shape_.control_classes;
    if (reset) return hit(controls + kLaneResets);
    if (!enable) return hit(controls + kLaneFrozen);
    if (!valid) return hit(controls + kLaneBubbles);
    const LaneElement given = shape_.element_of(in);
    hit(controls + (given.bias_valid ? kLaneBias : kLaneNoBias));
    if (given.relu) hit(controls + (shape_.is_negative(given.state) ? kLaneReluClears : kLaneReluKeeps));
    if (given.raw) hit(controls + kLaneRaw);
    if (shape_.is_flex() && shape_.has_open_block(given.state)) hit(controls + kLaneCloses);
    if (shape_.pins.rounding != LanePins::kNone) hit(shape_.rounding_classes + in[shape_.pins.rounding]);
  }

  const LaneShape& shape_;
  Element inside_, held_;  ///< in the first stage, at the outputs
  bool known_ = false;     ///< an element has reached the outputs since the last reset
};

EventSet bias_events(const LaneShape& shape) {
  if (shape.formats.integers_to_float()) return 0;  // the addition is exact
  if (shape.datapath != Datapath::FloatPe) return step_events(shape.formats, shape.accumulate);
  const FormatSpec& format = shape.format();
  if (shape.is_serial()) {
    // Sums of IEEE values are multiples of the smallest one: none becomes zero by rounding.
    if (format.family == Family::HillFloat) return kSaturation | kUnderflow;
    return kSaturation | (format.saturates ? 0 : kOverflow) | (has_class(format, CodeClass::Special) ? kNar : 0);
  }
  // A bias that reaches half an LSB of the largest binary32 can overflow it.
  return kNar | (format.exponent_bits == numerics::kBinary32.exponent_bits ? kOverflow : 0);
}

class LaneUnit final : public Unit {
 public:
  LaneUnit(const datapath::CoreConfig& config, const OperationOptions& options) {
    shape_.formats = config.format;
    shape_.accumulate = config.accumulate;
    shape_.datapath = datapath::datapath_of(config.format);
    shape_.accumulator_bits = numerics::accumulator_bits(config.format, config.accumulate);
    shape_.state_bits = numerics::state_bits(config.format, config.accumulate);
    std::vector<numerics::Rounding> modes;
    for (std::uint64_t mode = 0; mode < shape_.roundings(); ++mode) modes.push_back(static_cast<numerics::Rounding>(mode));
    shape_.modes = chosen_roundings(std::move(modes), options);
    name_ = lane_of(config.format);
    add_pins();
    add_classes();
  }

  rtl::ModuleSpec module(const rtl::ModuleCache& cache) const override {
    return {.top = name_, .sources = cache.own_sources(), .parameters = rtl::lane_parameters(shape_.formats, shape_.accumulate)};
  }
  std::uint64_t exhaustive_vectors() const override {
    const auto [a, b] = shape_.exhausted();
    return all_pairs(a, b) * shape_.modes.size();
  }
  std::uint64_t corner_vectors() const override { return corner_pairs(shape_.formats.a, shape_.formats.b); }
  std::unique_ptr<UnitModel> make_model() const override { return std::make_unique<LaneModel>(shape_, classes_.size()); }
  std::unique_ptr<Stimulus> make_stimulus(const Block& block) const override { return make_lane_stimulus(shape_, block); }
  OperandItems items_of(const programs::ProductOperands& operands) const override { return {sums_of(operands), 1}; }
  std::unique_ptr<Stimulus> make_operand_stimulus(const OperandBlock& block) const override {
    return make_lane_operand_stimulus(shape_, block);
  }

 private:
  void add_pins() {
    LanePins& pins = shape_.pins;
    const int bits = shape_.format().bits;
    const bool flex = shape_.is_flex(), dfp = shape_.stores_integers(), sums = shape_.datapath == Datapath::DfpPe;
    pins.reset = inputs_.add("rst_ni", 1);
    pins.enable = inputs_.add("enable_i", 1);
    pins.valid = inputs_.add("valid_i", 1);
    pins.state = inputs_.add("state_i", shape_.state_bits);
    if (flex) pins.shift = inputs_.add("product_shift_i", spec::kShiftBits);
    pins.bias_valid = inputs_.add("bias_valid_i", 1);
    pins.bias = inputs_.add("bias_i", bits);
    if (flex) pins.bias_shift = inputs_.add("bias_shift_i", spec::kShiftBits);
    if (dfp) pins.bias_shift = inputs_.add("bias_left_i", spec::kShiftBits);
    pins.relu = inputs_.add("relu_i", 1);
    if (dfp) pins.raw = inputs_.add("raw_i", 1);
    if (sums) pins.shift = inputs_.add("shift_i", spec::kShiftBits);
    if (!flex) {
      pins.rounding = inputs_.add("rounding_i", 3);
      inputs_.last().names.assign(kRoundingNames.begin(), kRoundingNames.begin() + static_cast<std::ptrdiff_t>(shape_.roundings()));
      pins.key = inputs_.add("key_i", 32);
      pins.index = inputs_.add("index_i", 64);
    }
    pins.valid_out = outputs_.add("valid_o", 1);
    pins.word = dfp ? outputs_.add("word_o", 64) : outputs_.add("code_o", bits);
    if (dfp || flex) pins.magnitude = outputs_.add_optional("magnitude_o", dfp ? 64 : bits);
    if (dfp || flex) pins.overflow = outputs_.add_optional("overflow_o", 1);
    pins.events = outputs_.add_optional("events_o", kEventBits);
    if (dfp == sums) pins.bias_events = outputs_.add_optional("bias_events_o", kEventBits);
    if (flex) pins.block_events = outputs_.add_optional("block_events_o", kEventBits);
  }

  void add_classes() {
    shape_.control_classes = classes_.size();
    for (const auto name : kControlNames) classes_.emplace_back(name);
    if (!shape_.stores_integers()) classes_[shape_.control_classes + kLaneRaw].clear();
    if (!shape_.is_flex()) classes_[shape_.control_classes + kLaneCloses].clear();
    shape_.rounding_classes = classes_.size();
    for (std::uint64_t mode = 0; mode < kLaneRoundings; ++mode) {
      const bool has = !shape_.is_flex() && mode < shape_.roundings();
      if (has) needs_[classes_.size()] = {"rounding_i", mode};
      classes_.push_back(has ? fmt::format("rounding {}", kRoundingNames[mode]) : "");
    }
    const auto add = [&](EventClasses& of, const char* what, EventSet possible) {
      const std::size_t first = classes_.size();
      of = EventClasses(classes_, possible);
      for (std::size_t i = first; i < classes_.size(); ++i)
        if (!classes_[i].empty()) classes_[i] = fmt::format("{} {}", what, classes_[i]);
    };
    add(shape_.output_classes, "output", output_events(shape_.formats, shape_.accumulate));
    add(shape_.bias_classes, "bias", bias_events(shape_));
    add(shape_.block_classes, "block", shape_.is_flex() ? EventSet{kSaturation} : 0);
  }

  LaneShape shape_;
};

}  // namespace

std::unique_ptr<Unit> make_lane_unit(const datapath::CoreConfig& config, const OperationOptions& options) {
  return std::make_unique<LaneUnit>(config, options);
}

}  // namespace binade::verify
