// SPDX-License-Identifier: Apache-2.0
// Elements for a lane: states drawn and states that sums reached, every control drawn anew with each element.
#include "sim/verify/lane_stimulus.h"

#include <algorithm>
#include <optional>

#include "models/numerics/accumulators.h"
#include "models/numerics/arithmetic.h"
#include "models/numerics/hash.h"
#include "models/spec/ranges.h"
#include "sim/verify/boundaries.h"
#include "sim/verify/codes.h"
#include "sim/verify/float_steps.h"
#include "sim/verify/stall_source.h"
#include "sim/verify/states.h"
#include "sim/verify/step.h"

namespace binade::verify {

using numerics::Code;
using numerics::Rounding;

bool LaneShape::is_negative(const std::vector<std::uint64_t>& state) const {
  // Below a posit's NaR flag; at the top elsewhere.
  const int sign = accumulator_bits - 1 + (is_flex() ? state_bits - accumulator_bits : 0);
  return (state[static_cast<std::size_t>(sign) / 64] >> (sign % 64) & 1) != 0;
}

bool LaneShape::has_open_block(const std::vector<std::uint64_t>& state) const {
  for (int bit = 0; bit < accumulator_bits; ++bit)
    if ((state[static_cast<std::size_t>(bit) / 64] >> (bit % 64) & 1) != 0) return true;
  return false;
}

LaneElement LaneShape::element_of(const std::vector<std::uint64_t>& in) const {
  LaneElement element;
  const auto* const state = &in[pins.state];
  element.state.assign(state, state + state_words());
  element.bias_valid = in[pins.bias_valid] != 0;
  element.bias = static_cast<Code>(in[pins.bias]);
  element.relu = in[pins.relu] != 0;
  element.raw = pins.raw != LanePins::kNone && in[pins.raw] != 0;
  if (pins.shift != LanePins::kNone) element.product_shift = static_cast<std::int8_t>(in[pins.shift]);
  if (is_flex()) {
    element.bias_shift = static_cast<std::int8_t>(in[pins.bias_shift]);
  } else if (pins.bias_shift != LanePins::kNone) {
    element.bias_left = static_cast<int>(in[pins.bias_shift]);
    element.bias_shift = element.product_shift - element.bias_left;
  }
  if (pins.rounding != LanePins::kNone) {
    element.rounding = static_cast<Rounding>(in[pins.rounding]);
    element.random = numerics::element_bits(static_cast<std::uint32_t>(in[pins.key]), in[pins.index]);
  }
  return element;
}

std::unique_ptr<numerics::Accumulator> LaneShape::accumulator(const LaneElement& element) const {
  numerics::AccumulateSpec spec = stepwise(formats, accumulate);
  spec.rounding = element.rounding;
  return numerics::make_accumulator(formats, spec, element.product_shift, element.bias_shift);
}

namespace {

class LaneStimulus final : public Stimulus {
 public:
  LaneStimulus(const LaneShape& shape, const Block& block)
      : shape_(shape),
        block_(block),
        draw_(block.seed),
        stalls_(block.stalls, draw_.bits()),
        bubbles_(block.stalls, draw_.bits()),
        a_codes_(shape.formats.a),
        b_codes_(shape.formats.b),
        biases_(shape.format()),
        one_(one_of(shape.format())),
        steps_(adds_floats(shape.formats, shape.accumulate) ? std::optional(FloatSteps(shape.format(), shape.accumulate))
                                                            : std::nullopt),
        reset_after_(block.kind == StimulusKind::Random && draw_.one_in(3) ? 1 + draw_.below(block.vectors) : block.vectors + 1) {}

  bool next(Row& in, const Row& /*outputs*/) override {
    constexpr int kLatency = 2;
    const LanePins& pins = shape_.pins;
    if (vectors_ == block_.vectors && drained_++ > kLatency) return false;
    // Clocks on which nothing is taken carry inputs of their own: they must not matter.
    draw_element(in);
    in[pins.reset] = 1;
    in[pins.enable] = stalls_.moves() ? 1 : 0;
    in[pins.valid] = vectors_ < block_.vectors && bubbles_.moves() ? 1 : 0;
    if (!started_ || vectors_ == reset_after_) {
      if (started_) reset_after_ = block_.vectors + 1;
      started_ = true;
      in[pins.reset] = 0;
      return true;
    }
    vectors_ += in[pins.enable] & in[pins.valid];
    return true;
  }

 private:
  void draw_element(Row& in) {
    const LanePins& pins = shape_.pins;
    std::fill(in.begin(), in.end(), 0);
    in[pins.bias_valid] = draw_.below(2);
    in[pins.bias] = biases_.draw(draw_);
    in[pins.relu] = draw_.one_in(4) ? 1 : 0;
    if (pins.shift != LanePins::kNone) in[pins.shift] = draw_shift();
    if (pins.bias_shift != LanePins::kNone) in[pins.bias_shift] = shape_.is_flex() ? draw_shift() : draw_left();
    if (pins.raw != LanePins::kNone) in[pins.raw] = draw_.one_in(3) ? 1 : 0;
    if (pins.rounding != LanePins::kNone) {
      in[pins.rounding] = static_cast<std::uint64_t>(shape_.modes[draw_.below(shape_.modes.size())]);
      in[pins.key] = numerics::tensor_key(static_cast<std::uint32_t>(draw_.bits()), static_cast<std::uint32_t>(draw_.below(100)));
      in[pins.index] = draw_.bits() >> (draw_.one_in(4) ? 0 : 40);
    }
    put_drawn_state(in);
    const bool stochastic = pins.rounding != LanePins::kNone && shape_.draws(Rounding::Sr);
    if (stochastic && block_.kind == StimulusKind::Random && draw_.one_in(8)) choose_random(in);
  }

  void put_drawn_state(Row& in) {
    const LanePins& pins = shape_.pins;
    switch (block_.kind) {
      case StimulusKind::Exhaustive:
        return put_exhaustive(in);
      case StimulusKind::Corner: {
        const auto &a = a_codes_.corners(), &b = b_codes_.corners();
        const std::uint64_t index = block_.first + vectors_;
        return put_product(in, a[index / b.size() % a.size()], b[index % b.size()]);
      }
      case StimulusKind::Random:
        if (steps_ && draw_.one_in(3) && put_hard_bias(in)) return;
        if (shape_.formats.integers_to_float() && draw_.one_in(2)) return put_float_boundary(in);
        if (!shape_.is_flex() && !shape_.is_serial() && draw_.one_in(3) && put_boundary(in)) return;
        if (draw_.one_in(3)) return put_sum(in);
        if (shape_.is_flex() && draw_.one_in(8)) return put_limit(in);
        if (draw_.one_in(4)) {  // what the bias cancels
          put_cancelling_state(shape_.formats, shape_.accumulate, static_cast<Code>(in[pins.bias]),
                               shape_.element_of(in).product_shift, &in[pins.state]);
          if (shape_.datapath == datapath::Datapath::PositPe && draw_.one_in(4)) move_to_end(in);
          return;
        }
        if (shape_.accumulate.policy == numerics::Accumulate::Fp32 && draw_.one_in(4))
          return draw_last_places(draw_, shape_.format(), static_cast<Code>(in[pins.bias]), &in[pins.state]);
        if (shape_.is_flex() && draw_.one_in(2))
          return draw_closing_state(draw_, shape_.formats, shape_.accumulate, static_cast<std::int8_t>(in[pins.shift]),
                                    &in[pins.state]);
        return draw_state(draw_, shape_.formats, shape_.accumulate, &in[pins.state]);
    }
  }

  /// Floats: a state that the bias, a step with 1 as the other operand, is hard to add to. False where the bias is no number.
  bool put_hard_bias(Row& in) {
    const LaneElement element = shape_.element_of(in);
    const auto sum = steps_->draw_sum(draw_, element.bias, one_, element.rounding);
    if (!sum) return false;
    in[shape_.pins.bias_valid] = 1;
    in[shape_.pins.state] = *sum;
    return true;
  }

  /// A state that, the bias added, lies where the output's rounding turns to the next code, or a little beside: by the state's last
  /// place, or by any place below. False where the state has no room for it.
  bool put_boundary(Row& in) {
    const LanePins& pins = shape_.pins;
    const LaneElement element = shape_.element_of(in);
    std::vector<std::uint64_t> state(shape_.state_words());
    const Code code = biases_.draw(draw_);
    const int bits = shape_.accumulator_bits;
    numerics::Unpacked value;
    int lsb = 0;  // of the register
    if (shape_.stores_integers()) {
      if (element.product_shift < 1 || element.product_shift >= bits - 1) return false;
      value = numerics::from_integer(2 * numerics::mantissa_of(shape_.format(), code) + 1, element.product_shift - 1);
    } else {
      value = boundary_above(shape_.format(), code);
      if (!value.is_finite()) return false;
      if (shape_.accumulate.policy == numerics::Accumulate::Fp32) return put_boundary_sum(in, element, value);
      lsb = numerics::exact_register(shape_.formats).lsb_exponent;
    }
    if (!put_fixed(value, lsb, bits, state)) return false;
    if (!draw_.one_in(3)) {
      const std::uint64_t last = draw_.one_in(2) ? 0 : draw_.below(static_cast<std::uint64_t>(value.scale - lsb + 1));
      add_bit(state, static_cast<int>(last), bits, draw_.one_in(2));
    }
    if (element.bias_valid) {  // the other way round, so that the lane's own addition comes back to it
      const auto accumulator = shape_.accumulator(element);
      accumulator->set_state(state);
      accumulator->add_bias(static_cast<Code>((~element.bias + 1) & low_bits(shape_.format().bits)));
      accumulator->state(state);
    }
    std::copy(state.begin(), state.end(), in.begin() + static_cast<std::ptrdiff_t>(pins.state));
    return true;
  }

  /// The same of a binary32 sum.
  bool put_boundary_sum(Row& in, const LaneElement& element, numerics::Unpacked value) {
    if (element.bias_valid) value = numerics::sub(value, numerics::decode(shape_.format(), element.bias));
    if (!value.is_finite()) return false;
    in[shape_.pins.state] = steps_->near_sum(draw_, value);
    return true;
  }

  /// Integer sums that leave as a float: a number of few bits, and a shift at which its last place is about half the last place of
  /// the bias, or of itself where it has more bits than the output: ties and what lies beside them.
  void put_float_boundary(Row& in) {
    const LanePins& pins = shape_.pins;
    const numerics::FormatSpec& format = shape_.format();
    const int bits = shape_.accumulator_bits, kept = format.fraction_bits + 1;
    std::vector<std::uint64_t> state(shape_.state_words());
    const numerics::Unpacked bias = numerics::decode(format, static_cast<Code>(in[pins.bias]));
    if (in[pins.bias_valid] != 0 && bias.is_finite()) {
      constexpr std::uint64_t kAround = 7;
      const int shift = kept - bias.scale + static_cast<int>(draw_.below(kAround)) - 3;
      if (shift >= spec::kLowestShift && shift <= spec::kHighestShift) in[pins.shift] = static_cast<std::uint64_t>(shift) & 0xff;
      state[0] = draw_.bits() >> draw_.below(64) & low_bits(bits);
    } else if (bits > kept + 2) {
      // Odd, of one bit more than is kept, anywhere in the register; then perhaps one LSB beside it.
      const auto place = draw_.below(static_cast<std::uint64_t>(bits - kept - 2));
      state[0] = (std::uint64_t{1} << kept | (draw_.bits() & low_bits(kept)) | 1) << place;
      if (draw_.one_in(2)) add_bit(state, 0, bits, draw_.one_in(2));
    } else {
      state[0] = draw_.bits() & low_bits(bits);
    }
    if (draw_.one_in(2)) state[0] = (0 - state[0]) & low_bits(bits);
    in[pins.state] = state[0];
  }

  /// A value as a two's-complement register of `bits` bits whose lowest counts 2^lsb. False where it does not fit.
  static bool put_fixed(const numerics::Unpacked& value, int lsb, int bits, std::vector<std::uint64_t>& words) {
    std::fill(words.begin(), words.end(), 0);
    const int foot = value.scale - 63 - lsb;  // place of the significand's bit 0
    if (value.scale - lsb >= bits - 1) return false;
    for (int bit = 0; bit < 64; ++bit) {
      if ((value.significand >> bit & 1) == 0) continue;
      if (foot + bit < 0) return false;
      set_field(words.data(), foot + bit, 1, 1);
    }
    if (!value.negative) return true;
    for (int bit = 0; bit < bits; ++bit) set_field(words.data(), bit, 1, 1 - field(words.data(), bit, 1));
    add_bit(words, 0, bits, false);
    return true;
  }

  /// Adds or subtracts 2^bit modulo 2^bits.
  static void add_bit(std::vector<std::uint64_t>& words, int bit, int bits, bool subtract) {
    for (; bit < bits; ++bit) {
      const std::uint64_t before = field(words.data(), bit, 1);
      set_field(words.data(), bit, 1, 1 - before);
      if (before == (subtract ? 1 : 0)) return;
    }
  }

  /// Every product of two codes in every rounding mode; where the state is a code itself, every sum of two codes instead.
  void put_exhaustive(Row& in) {
    const LanePins& pins = shape_.pins;
    const std::uint64_t index = block_.first + vectors_, pair = index / shape_.modes.size();
    const auto [a_format, b_format] = shape_.exhausted();
    const Code a = static_cast<Code>(pair >> b_format.bits & low_bits(a_format.bits));
    const Code b = static_cast<Code>(pair & low_bits(b_format.bits));
    if (pins.rounding != LanePins::kNone) in[pins.rounding] = static_cast<std::uint64_t>(shape_.modes[index % shape_.modes.size()]);
    if (shape_.is_serial()) {
      numerics::Events ignored;  // states are canonical
      in[pins.state] = numerics::encode(shape_.format(), numerics::decode(shape_.format(), a), {}, ignored);
      in[pins.bias] = b;
      in[pins.bias_valid] = 1;
      in[pins.relu] = 0;
    } else {
      in[pins.bias_valid] = 0;
      put_product(in, a, b);
    }
  }

  /// posit: half of the quire's range and one bit away, so that the bias brings the sum to the most negative pattern or beside it.
  void move_to_end(Row& in) {
    std::uint64_t* const state = &in[shape_.pins.state];
    const int top = shape_.accumulator_bits - 1;
    const std::uint64_t sign = std::uint64_t{1} << (top % 64);
    if ((state[(top + 1) / 64] >> ((top + 1) % 64) & 1) != 0) return;  // NaR
    state[top / 64] ^= sign;
    const auto bit = draw_.below(static_cast<std::uint64_t>(top));
    state[bit / 64] |= std::uint64_t{1} << (bit % 64);
  }

  /// Stochastic rounding: the index whose random bits are the least with which the element is rounded up, or the next lower.
  void choose_random(Row& in) {
    const LanePins& pins = shape_.pins;
    constexpr int kRandomBits = 32;
    in[pins.rounding] = static_cast<std::uint64_t>(Rounding::Sr);
    if (pins.raw != LanePins::kNone) in[pins.raw] = 0;
    const LaneElement element = shape_.element_of(in);
    const auto code_with = [&](std::uint64_t random) {
      const auto accumulator = shape_.accumulator(element);
      accumulator->set_state(element.state);
      accumulator->close_block();
      if (element.bias_valid) accumulator->add_bias(element.bias);
      return accumulator->result(element.relu, static_cast<std::uint32_t>(random));
    };
    std::uint64_t down = 0, up = low_bits(kRandomBits);
    const Code rounded_down = code_with(down);
    if (rounded_down == code_with(up)) return;
    while (up - down > 1) {
      const std::uint64_t middle = (down + up) / 2;
      (code_with(middle) == rounded_down ? down : up) = middle;
    }
    const auto random = static_cast<std::uint32_t>(draw_.one_in(2) ? up : down);
    const std::uint32_t key = numerics::element_key(static_cast<std::uint32_t>(in[pins.key]), in[pins.index]);
    in[pins.index] = (in[pins.index] >> kRandomBits << kRandomBits) | (numerics::lowbias32_inverse(random) ^ key);
  }

  /// flex: a running sum at an end of the mantissa's range, or one LSB beside it.
  void put_limit(Row& in) {
    const std::uint64_t end = std::uint64_t{1} << (shape_.format().bits - 1), sum = end + draw_.below(3) - 1;
    const int sum_bits = shape_.state_bits - shape_.accumulator_bits;
    set_field(&in[shape_.pins.state], shape_.accumulator_bits, sum_bits, draw_.one_in(2) ? sum : 0 - sum);
  }

  void put_product(Row& in, Code a, Code b) {
    const auto accumulator = shape_.accumulator(shape_.element_of(in));
    accumulator->clear();
    accumulator->mac(a, b);
    put_state(in, *accumulator);
  }

  void put_sum(Row& in) {
    constexpr std::uint64_t kLongest = 40;
    const auto accumulator = shape_.accumulator(shape_.element_of(in));
    accumulator->clear();
    for (std::uint64_t left = 1 + draw_.below(kLongest); left != 0; --left) {
      const Code a = a_codes_.draw(draw_);
      accumulator->mac(a, b_codes_.draw(draw_));
      if (draw_.one_in(8)) accumulator->close_block();
    }
    put_state(in, *accumulator);
  }

  void put_state(Row& in, const numerics::Accumulator& accumulator) const {
    accumulator.state(std::span(&in[shape_.pins.state], shape_.state_words()));
  }

  /// Mostly what brings a sum near the output's range, now and then any.
  std::uint64_t draw_shift() {
    constexpr int kShifts = 60, kLeast = -16;
    const int shift = draw_.one_in(8) ? static_cast<std::int8_t>(draw_.bits()) : static_cast<int>(draw_.below(kShifts)) + kLeast;
    return static_cast<std::uint64_t>(shift) & 0xff;
  }
  std::uint64_t draw_left() { return draw_.below(draw_.one_in(4) ? 1 << spec::kShiftBits : 16); }

  const LaneShape& shape_;
  const Block block_;
  Draw draw_;
  StallSource stalls_, bubbles_;
  CodeSource a_codes_, b_codes_, biases_;
  Code one_;
  std::optional<FloatSteps> steps_;  ///< where the bias is a rounded addition
  std::uint64_t reset_after_;
  bool started_ = false;
  int drained_ = 0;
};

}  // namespace

std::unique_ptr<Stimulus> make_lane_stimulus(const LaneShape& shape, const Block& block) {
  return std::make_unique<LaneStimulus>(shape, block);
}

}  // namespace binade::verify
