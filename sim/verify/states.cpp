// SPDX-License-Identifier: Apache-2.0
#include "sim/verify/states.h"

#include <algorithm>

#include "models/numerics/accumulators.h"
#include "models/numerics/arithmetic.h"
#include "models/numerics/blocked.h"
#include "models/numerics/error.h"
#include "models/spec/ranges.h"
#include "sim/verify/float_steps.h"
#include "sim/verify/step.h"

namespace binade::verify {

using numerics::Accumulate;
using numerics::AccumulateSpec;
using numerics::Code;
using numerics::Family;
using numerics::FormatSpec;
using numerics::kBinary32;
using numerics::OperandFormats;

namespace {

bool is_full_quire(const OperandFormats& formats, const AccumulateSpec& accumulate) {
  return formats.a.family == Family::Posit &&
         numerics::accumulator_bits(formats, accumulate) == numerics::default_acc_bits(formats, {Accumulate::Exact, 0});
}

/// Bits [first, first + width) of `from` become the same field of `to`, whose bits there are zero.
void place(const std::uint64_t* from, int width, int first, std::uint64_t* to) {
  for (int bit = 0; bit < width; ++bit) {
    const std::uint64_t one = from[bit / 64] >> (bit % 64) & 1;
    to[(first + bit) / 64] |= one << ((first + bit) % 64);
  }
}

void draw_register(Draw& draw, const OperandFormats& formats, const AccumulateSpec& accumulate, std::uint64_t* words) {
  constexpr std::uint64_t kNarOneIn = 24;
  const int bits = numerics::accumulator_bits(formats, accumulate);
  const auto count = static_cast<std::size_t>(numerics::state_bits(formats, accumulate) + 63) / 64;
  std::fill_n(words, count, 0);
  if (formats.a.family == Family::Posit && draw.one_in(kNarOneIn)) {
    words[bits / 64] = std::uint64_t{1} << (bits % 64);
    return;
  }
  draw_integer(draw, bits, words);
  // 10...0 is what a full quire never holds: it would be its NaR.
  const auto top = static_cast<std::size_t>(bits - 1) / 64;
  const bool only_sign = words[top] == std::uint64_t{1} << ((bits - 1) % 64) &&
                         std::all_of(words, words + top, [](std::uint64_t word) { return word == 0; });
  const std::uint64_t beside = draw.below(static_cast<std::uint64_t>(bits - 1));
  if (only_sign && is_full_quire(formats, accumulate)) words[beside / 64] |= std::uint64_t{1} << (beside % 64);
}

void draw_sums(Draw& draw, const OperandFormats& formats, const AccumulateSpec& accumulate, std::uint64_t* words) {
  const int block_bits = numerics::accumulator_bits(formats, accumulate), bits = numerics::state_bits(formats, accumulate);
  std::fill_n(words, static_cast<std::size_t>(bits + 63) / 64, 0);
  std::uint64_t part[2];
  draw_integer(draw, block_bits, part);
  place(part, block_bits, 0, words);
  draw_integer(draw, bits - block_bits, part);
  place(part, bits - block_bits, block_bits, words);
}

/// A value of the format as binary32 (every format's values fit), that and a bit more, any binary32, or a single bit of it.
Code draw_binary32(Draw& draw, const FormatSpec& format) {
  constexpr int kMagnitudeBits = 31;
  if (draw.one_in(8)) return Code{1} << draw.below(kMagnitudeBits);
  const FormatSpec& from = draw.one_in(2) ? kBinary32 : format;
  numerics::Events ignored;
  const numerics::Unpacked value = numerics::decode(from, CodeSource(from).draw(draw));
  const Code code = numerics::encode(kBinary32, value, {}, ignored);
  return value.is_finite() && draw.one_in(4) ? code | Code{1} << draw.below(kBinary32.fraction_bits) : code;
}

}  // namespace

void draw_state(Draw& draw, const OperandFormats& formats, const AccumulateSpec& accumulate, std::uint64_t* words) {
  switch (accumulate.policy) {
    case Accumulate::Exact:
      return draw_register(draw, formats, accumulate, words);
    case Accumulate::Blocked:
      return draw_sums(draw, formats, accumulate, words);
    case Accumulate::Serial: {
      numerics::Events ignored;  // canonical: one NaN, one zero of Hill
      words[0] = numerics::encode(formats.out, numerics::decode(formats.out, CodeSource(formats.out).draw(draw)), {}, ignored);
      return;
    }
    case Accumulate::Fp32:
      words[0] = draw_binary32(draw, formats.out);
      return;
    case Accumulate::Chained:
      break;
  }
  throw InvariantError("verify: no unit has states of this policy");
}

void put_cancelling_state(const OperandFormats& formats, const AccumulateSpec& accumulate, Code bias, int shift,
                          std::uint64_t* words) {
  const FormatSpec& format = formats.out;
  const Code opposite = (~bias + 1) & static_cast<Code>(low_bits(format.bits));
  if (formats.integers_to_float()) {
    const numerics::Unpacked value = numerics::decode(format, bias);
    const int bits = numerics::accumulator_bits(formats, accumulate);
    numerics::Events ignored;  // the nearest integer of so many bits, symmetric
    const FormatSpec integer{Family::Dfp, std::min(bits, 32), 0, 0, numerics::Specials::None};
    const Code code =
        value.is_finite() ? numerics::encode(integer, numerics::scaled(numerics::negate(value), shift), {}, ignored) : 0;
    words[0] = static_cast<std::uint64_t>(numerics::mantissa_of(integer, code)) & low_bits(bits);
    return;
  }
  if (!format.shared_exponent() && format.family != Family::Posit) {
    FormatSpec ordinary = format;
    ordinary.specials = numerics::Specials::None;
    const numerics::Unpacked value = numerics::decode(ordinary, bias);
    numerics::Events ignored;
    words[0] = numerics::encode(accumulate.policy == Accumulate::Fp32 ? kBinary32 : format, numerics::negate(value), {}, ignored);
    return;
  }
  const std::span state(words, static_cast<std::size_t>(numerics::state_bits(formats, accumulate) + 63) / 64);
  if (format.family == Family::Posit) {
    const auto accumulator = numerics::make_accumulator(formats, accumulate);
    accumulator->clear();
    accumulator->add_bias(opposite);
    accumulator->state(state);
    return;
  }
  // As a product of such a bias, in the open block where there are blocks.
  AccumulateSpec same_width = stepwise(formats, accumulate);
  same_width.acc_bits = numerics::accumulator_bits(formats, accumulate);
  const auto accumulator = numerics::make_accumulator(OperandFormats(format), same_width);
  accumulator->clear();
  accumulator->mac(bias, static_cast<Code>(low_bits(format.bits)));  // times -1
  accumulator->state(state);
}

Code one_of(const FormatSpec& format) {
  numerics::Events ignored;
  return format.shared_exponent() ? 1 : numerics::encode(format, numerics::from_integer(1, 0), {}, ignored);
}

void draw_last_places(Draw& draw, const FormatSpec& format, Code bias, std::uint64_t* words) {
  constexpr std::uint64_t kAround = 9;
  numerics::Unpacked value = numerics::decode(format, bias);
  if (!value.is_finite()) value = numerics::from_integer(1, 0);
  value.scale -= kBinary32.fraction_bits - 2 + static_cast<int>(draw.below(kAround));
  value.negative = draw.one_in(2);
  value.significand = std::uint64_t{1} << 63 | std::uint64_t{1}
                                                   << (62 - draw.below(static_cast<std::uint64_t>(kBinary32.fraction_bits)));
  numerics::Events ignored;
  words[0] = numerics::encode(kBinary32, value, {}, ignored);
}

void draw_closing_state(Draw& draw, const OperandFormats& formats, const AccumulateSpec& accumulate, int shift,
                        std::uint64_t* words) {
  const int block_bits = numerics::accumulator_bits(formats, accumulate), bits = numerics::state_bits(formats, accumulate);
  const int sum_bits = bits - block_bits;
  const auto power = [](int exponent) { return exponent < 0 || exponent > 62 ? std::int64_t{0} : std::int64_t{1} << exponent; };
  // Half an output LSB, and the last guard bit below it, in product LSBs; then a little more or less.
  const auto nudge = power(static_cast<int>(draw.below(static_cast<std::uint64_t>(block_bits)))) * (draw.one_in(2) ? 1 : -1);
  std::int64_t block = draw.one_in(3) ? 0 : nudge;
  if (draw.one_in(2)) block += power(shift - 1);
  if (draw.one_in(2)) block -= power(shift - numerics::kBlockedGuardBits);
  if (draw.one_in(3)) block += power(shift) * (static_cast<std::int64_t>(draw.below(9)) - 4);
  const std::int64_t limit = power(sum_bits - 1);
  const std::int64_t sums[] = {
      0, -1, 1, limit - 1, -limit, -limit + 1, -static_cast<std::int64_t>(draw.below(static_cast<std::uint64_t>(limit)))};
  std::fill_n(words, static_cast<std::size_t>(bits + 63) / 64, 0);
  const auto part = [](std::int64_t value) { return static_cast<std::uint64_t>(value); };
  const std::uint64_t block_words[] = {part(block), block < 0 ? ~std::uint64_t{0} : 0};
  place(block_words, block_bits, 0, words);
  const std::uint64_t sum_word = part(sums[draw.below(std::size(sums))]);
  place(&sum_word, sum_bits, block_bits, words);
}

namespace {

bool has_specials(const FormatSpec& format) { return has_class(format, CodeClass::Special); }

/// Scale of the smallest magnitude.
int smallest_scale_of(const FormatSpec& format) {
  return format.family == Family::HillFloat ? min_scale_of(format) : lsb_of(format);
}

/// Steps whose sum is rounded to the format `sum`: what the largest and the smallest products do to it.
EventSet rounded_step_events(const OperandFormats& formats, const FormatSpec& sum) {
  const FormatSpec &a = formats.a, &b = formats.b;
  const bool hill = sum.family == Family::HillFloat, bounded = hill || sum.saturates;
  // A product that reaches half an LSB of the largest sum takes it out of the range. One of half the smallest sum vanishes; without
  // subnormals what is left of two parts does too.
  const bool leaves = max_scale_of(a) + max_scale_of(b) + 1 >= max_scale_of(sum) - sum.fraction_bits - 1;
  const bool vanishes =
      hill ? lsb_of(a) + lsb_of(b) < min_scale_of(sum) : smallest_scale_of(a) + smallest_scale_of(b) < lsb_of(sum);
  const auto has_infinity = [](const FormatSpec& format) { return format.specials == numerics::Specials::InfNan; };
  EventSet events = vanishes ? kUnderflow : 0;
  if (leaves) events |= bounded ? kSaturation : kOverflow;
  if (bounded && (has_infinity(a) || has_infinity(b))) events |= kSaturation;
  if (has_specials(a) || has_specials(b)) events |= kNar;
  return events;
}

}  // namespace

EventSet step_events(const OperandFormats& formats, const AccumulateSpec& accumulate) {
  switch (accumulate.policy) {
    case Accumulate::Exact:
      return is_full_quire(formats, accumulate) ? kOverflow : kSaturation;
    case Accumulate::Blocked:
      return kSaturation;
    case Accumulate::Serial: {
      // Toward zero an overflow saturates; infinite sums of either sign meet.
      const EventSet events = rounded_step_events(formats, formats.out);
      return events | ((events & kOverflow) != 0 ? kSaturation | kNar : 0);
    }
    case Accumulate::Fp32:
      return rounded_step_events(formats, kBinary32);
    case Accumulate::Chained:  // a sum that is drawn may be NaN
      return kSaturation | kNar;
  }
  return 0;
}

EventSet output_events(const OperandFormats& formats, const AccumulateSpec& accumulate) {
  const int bits = numerics::accumulator_bits(formats, accumulate);
  const FormatSpec& format = formats.out;
  switch (format.family) {
    case Family::Flex:
      // A running sum no wider than the mantissa cannot leave its range.
      return numerics::state_bits(formats, accumulate) - bits > format.bits ? kSaturation | kInexact : 0;
    case Family::Posit: {
      // The quire counts minpos_a minpos_b: values beyond maxpos, and others than zero below minpos, if it has room for them.
      const int max_scale = (format.bits - 2) << format.exponent_bits, point = -numerics::exact_register(formats).lsb_exponent;
      return kNar | kInexact | (point > max_scale ? kUnderflow : 0) | (bits - 1 - point > max_scale ? kSaturation : 0);
    }
    case Family::HillFloat:
    case Family::IeeeFloat:
      break;
    default:
      return kSaturation | kUnderflow | kInexact;
  }
  if (formats.integers_to_float()) {
    const bool vanishes = -spec::kHighestShift < lsb_of(format);
    return kOverflow | kSaturation | kNar | (vanishes ? kUnderflow : 0) | (bits - 1 > format.fraction_bits + 1 ? kInexact : 0);
  }
  if (accumulate.policy == Accumulate::Serial) return 0;  // the sum is a value of the format
  if (format.family == Family::HillFloat) return kSaturation | kUnderflow | kNar | kInexact;
  if (format.saturates) return kSaturation | kUnderflow | kNar | kInexact;
  if (format.exponent_bits == kBinary32.exponent_bits && format.fraction_bits == kBinary32.fraction_bits) return kNar;
  // Toward zero, a binary32 sum of the format's own exponent range becomes its largest value at most without saturating.
  return kUnderflow | kOverflow | kNar | kInexact | (format.exponent_bits < kBinary32.exponent_bits ? kSaturation : 0);
}

bool is_nar_state(const OperandFormats& formats, int state_bits, const std::uint64_t* words) {
  return formats.a.family == Family::Posit && (words[(state_bits - 1) / 64] >> ((state_bits - 1) % 64) & 1) != 0;
}

}  // namespace binade::verify
