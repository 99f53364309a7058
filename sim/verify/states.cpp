// SPDX-License-Identifier: Apache-2.0
#include "sim/verify/states.h"

#include <algorithm>

#include "models/numerics/arithmetic.h"
#include "models/numerics/blocked.h"
#include "sim/verify/step.h"

namespace binade::verify {

using numerics::Accumulate;
using numerics::AccumulateSpec;
using numerics::Code;
using numerics::Family;
using numerics::FormatSpec;
using numerics::kBinary32;

namespace {

bool is_full_quire(const FormatSpec& format, const AccumulateSpec& accumulate) {
  return format.family == Family::Posit &&
         numerics::accumulator_bits(format, accumulate) == numerics::default_acc_bits(format, {Accumulate::Exact, 0});
}

/// Bits [first, first + width) of `from` become the same field of `to`, whose bits there are zero.
void place(const std::uint64_t* from, int width, int first, std::uint64_t* to) {
  for (int bit = 0; bit < width; ++bit) {
    const std::uint64_t one = from[bit / 64] >> (bit % 64) & 1;
    to[(first + bit) / 64] |= one << ((first + bit) % 64);
  }
}

void draw_register(Draw& draw, const FormatSpec& format, const AccumulateSpec& accumulate, std::uint64_t* words) {
  constexpr std::uint64_t kNarOneIn = 24;
  const int bits = numerics::accumulator_bits(format, accumulate);
  const auto count = static_cast<std::size_t>(numerics::state_bits(format, accumulate) + 63) / 64;
  std::fill_n(words, count, 0);
  if (format.family == Family::Posit && draw.one_in(kNarOneIn)) {
    words[bits / 64] = std::uint64_t{1} << (bits % 64);
    return;
  }
  draw_integer(draw, bits, words);
  // 10...0 is what a full quire never holds: it would be its NaR.
  const auto top = static_cast<std::size_t>(bits - 1) / 64;
  const bool only_sign = words[top] == std::uint64_t{1} << ((bits - 1) % 64) &&
                         std::all_of(words, words + top, [](std::uint64_t word) { return word == 0; });
  const std::uint64_t beside = draw.below(static_cast<std::uint64_t>(bits - 1));
  if (only_sign && is_full_quire(format, accumulate)) words[beside / 64] |= std::uint64_t{1} << (beside % 64);
}

void draw_sums(Draw& draw, const FormatSpec& format, const AccumulateSpec& accumulate, std::uint64_t* words) {
  const int block_bits = numerics::accumulator_bits(format, accumulate), bits = numerics::state_bits(format, accumulate);
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

void draw_state(Draw& draw, const FormatSpec& format, const AccumulateSpec& accumulate, std::uint64_t* words) {
  switch (accumulate.policy) {
    case Accumulate::Exact:
      return draw_register(draw, format, accumulate, words);
    case Accumulate::Blocked:
      return draw_sums(draw, format, accumulate, words);
    case Accumulate::Serial: {
      numerics::Events ignored;  // canonical: one NaN, one zero of Hill
      words[0] = numerics::encode(format, numerics::decode(format, CodeSource(format).draw(draw)), {}, ignored);
      return;
    }
    case Accumulate::Fp32:
      words[0] = draw_binary32(draw, format);
      return;
  }
}

void put_cancelling_state(const FormatSpec& format, const AccumulateSpec& accumulate, Code a, Code b, std::uint64_t* words) {
  if (format.family == Family::IeeeFloat || format.family == Family::HillFloat) {
    FormatSpec ordinary = format;
    ordinary.specials = numerics::Specials::None;
    const numerics::Unpacked product = numerics::mul(numerics::decode(ordinary, a), numerics::decode(ordinary, b));
    numerics::Events ignored;
    words[0] = numerics::encode(accumulate.policy == Accumulate::Fp32 ? kBinary32 : format, numerics::negate(product), {}, ignored);
    return;
  }
  const auto accumulator = numerics::make_accumulator(format, stepwise(format, accumulate));
  accumulator->clear();
  accumulator->mac(a, static_cast<Code>((~b + 1) & low_bits(format.bits)));
  accumulator->state({words, static_cast<std::size_t>(numerics::state_bits(format, accumulate) + 63) / 64});
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

void draw_closing_state(Draw& draw, const FormatSpec& format, const AccumulateSpec& accumulate, int shift, std::uint64_t* words) {
  const int block_bits = numerics::accumulator_bits(format, accumulate), bits = numerics::state_bits(format, accumulate);
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

EventSet step_events(const FormatSpec& format, const AccumulateSpec& accumulate) {
  switch (accumulate.policy) {
    case Accumulate::Exact:
      return is_full_quire(format, accumulate) ? kOverflow : kSaturation;
    case Accumulate::Blocked:
      return kSaturation;
    case Accumulate::Serial:
    case Accumulate::Fp32:
      break;
  }
  const EventSet nar = has_class(format, CodeClass::Special) ? kNar : 0;
  if (accumulate.policy == Accumulate::Serial)
    return kSaturation | kUnderflow | (format.family == Family::HillFloat ? 0 : nar | (format.saturates ? 0 : kOverflow));
  // Exact products overflow binary32 where they reach half an LSB of its largest value, 2^103, and vanish below half its smallest.
  constexpr int kHalfLsbScale = 103, kHalfSmallestScale = -150;
  const int half_range = 1 << (format.exponent_bits - 1);
  const int smallest_scale = 2 - half_range - (format.specials == numerics::Specials::None ? 0 : format.fraction_bits);
  return nar | (2 * half_range > kHalfLsbScale ? kOverflow : 0) | (2 * smallest_scale <= kHalfSmallestScale ? kUnderflow : 0);
}

EventSet output_events(const FormatSpec& format, const AccumulateSpec& accumulate) {
  const int bits = numerics::accumulator_bits(format, accumulate);
  switch (format.family) {
    case Family::Flex:
      // A running sum no wider than the mantissa cannot leave its range.
      return numerics::state_bits(format, accumulate) - bits > format.bits ? kSaturation | kInexact : 0;
    case Family::Posit: {
      // The quire's LSB is minpos^2: from 3 scales of maxpos on it holds values beyond maxpos.
      const int max_scale = (format.bits - 2) << format.exponent_bits;
      return kUnderflow | kNar | kInexact | (bits - 1 > 3 * max_scale ? kSaturation : 0);
    }
    case Family::HillFloat:
    case Family::IeeeFloat:
      break;
    default:
      return kSaturation | kUnderflow | kInexact;
  }
  if (accumulate.policy == Accumulate::Serial) return 0;  // the sum is a value of the format
  if (format.family == Family::HillFloat) return kSaturation | kUnderflow | kNar | kInexact;
  if (format.saturates) return kSaturation | kUnderflow | kNar | kInexact;
  if (format.exponent_bits == kBinary32.exponent_bits && format.fraction_bits == kBinary32.fraction_bits) return kNar;
  // Toward zero, a binary32 sum of the format's own exponent range becomes its largest value at most without saturating.
  return kUnderflow | kOverflow | kNar | kInexact | (format.exponent_bits < kBinary32.exponent_bits ? kSaturation : 0);
}

bool is_nar_state(const FormatSpec& format, int state_bits, const std::uint64_t* words) {
  return format.family == Family::Posit && (words[(state_bits - 1) / 64] >> ((state_bits - 1) % 64) & 1) != 0;
}

}  // namespace binade::verify
