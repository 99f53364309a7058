// SPDX-License-Identifier: Apache-2.0
// Loops without branches, which the compiler vectorises for each target.
#include "models/kernels/simd_real.h"

#include <algorithm>
#include <bit>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/kernels/simd_real.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace binade::kernels::simd {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using numerics::Code;
using numerics::FormatSpec;

constexpr int kFractionBits = 52;
constexpr std::int64_t kBias = 1023;
constexpr std::uint64_t kFraction = (std::uint64_t{1} << kFractionBits) - 1;
constexpr std::uint64_t kSign = std::uint64_t{1} << 63;
constexpr std::uint64_t kNan = std::uint64_t{0x7ff8} << 48;
constexpr std::uint64_t kInfinity = std::uint64_t{0x7ff} << 52;

// numerics::decode_posit, the regime's length taken from the exponent of the body as a binary64.
void decode_posits(int bits, int es, const Code* HWY_RESTRICT codes, std::int64_t stride, std::int64_t count,
                   double* HWY_RESTRICT values) {
  const int to_top = 32 - bits;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto code = static_cast<std::int32_t>(codes[i * stride] << to_top);
    const std::int32_t negative = code >> 31;
    const auto magnitude = static_cast<std::uint32_t>(code ^ negative) - static_cast<std::uint32_t>(negative);
    const auto first = static_cast<std::int32_t>(magnitude << 1) >> 31;  // all ones where the regime is a run of ones
    const auto run_end = static_cast<std::int32_t>(((magnitude ^ static_cast<std::uint32_t>(first)) & 0x7fffffffU) | 1U);
    const std::int64_t top = (std::bit_cast<std::int64_t>(static_cast<double>(run_end)) >> kFractionBits) - kBias;
    const std::int64_t run = 30 - top;
    const std::int64_t regime = first != 0 ? run - 1 : -run;
    const std::uint64_t body = (std::uint64_t{magnitude} << 33) << (run + 1);
    const auto exponent = static_cast<std::int64_t>((body >> 1) >> (63 - es));
    const std::int64_t scale = regime * (std::int64_t{1} << es) + exponent;
    const std::uint64_t fraction = (body << es) >> 12;
    const std::uint64_t sign = static_cast<std::uint64_t>(std::int64_t{negative}) & kSign;
    const std::uint64_t finite = static_cast<std::uint64_t>(scale + kBias) << kFractionBits | fraction | sign;
    const std::uint64_t special = magnitude == 0 ? 0 : kNan;
    values[i] = std::bit_cast<double>((magnitude & 0x7fffffffU) == 0 ? special : finite);
  }
}

void decode_floats(const FormatSpec& format, const Code* HWY_RESTRICT codes, std::int64_t stride, std::int64_t count,
                   double* HWY_RESTRICT values) {
  const int fraction_bits = format.fraction_bits, sign_place = format.bits - 1;
  const std::int64_t top = (std::int64_t{1} << format.exponent_bits) - 1;
  const std::uint64_t fraction_mask = (std::uint64_t{1} << fraction_bits) - 1;
  const bool hill = format.family == numerics::Family::HillFloat;
  const bool has_infinity = format.specials == numerics::Specials::InfNan, has_nan = format.specials != numerics::Specials::None;
  // Exponent 0: a multiple of the smallest quantum, or zero without a sign.
  const double quantum =
      hill ? 0.0 : std::bit_cast<double>(static_cast<std::uint64_t>(kBias + 1 - format.bias() - fraction_bits) << kFractionBits);
  const std::int64_t rebias = kBias - format.bias();
  for (std::int64_t i = 0; i < count; ++i) {
    const std::uint64_t code = codes[i * stride];
    const std::uint64_t fraction = code & fraction_mask;
    const auto exponent = static_cast<std::int64_t>(code >> fraction_bits) & top;
    const std::uint64_t sign = (code >> sign_place & 1) << 63;
    const std::uint64_t normal =
        static_cast<std::uint64_t>(exponent + rebias) << kFractionBits | fraction << (kFractionBits - fraction_bits) | sign;
    const double subnormal = static_cast<double>(static_cast<std::int32_t>(fraction)) * quantum;
    const std::uint64_t small = std::bit_cast<std::uint64_t>(subnormal) | (hill ? 0 : sign);
    const std::uint64_t infinite = fraction == 0 ? kInfinity | sign : kNan;
    std::uint64_t result = exponent == 0 ? small : normal;
    result = has_infinity && exponent == top ? infinite : result;
    result = has_nan && !has_infinity && exponent == top && fraction == fraction_mask ? kNan : result;
    values[i] = std::bit_cast<double>(result);
  }
}

void decode_reals(const FormatSpec& format, const Code* codes, std::int64_t stride, std::int64_t count, double* values) {
  if (format.family == numerics::Family::Posit) {
    if (stride == 1) {
      decode_posits(format.bits, format.exponent_bits, codes, 1, count, values);
    } else {
      decode_posits(format.bits, format.exponent_bits, codes, stride, count, values);
    }
  } else {
    decode_floats(format, codes, stride, count, values);
  }
}

Range range_of(const double* HWY_RESTRICT values, std::int64_t count) {
  const hn::ScalableTag<double> d;
  const hn::RebindToSigned<decltype(d)> di;
  const auto fraction = hn::Set(di, static_cast<std::int64_t>(kFraction)), one = hn::Set(di, 1);
  const auto infinity = hn::Set(d, std::numeric_limits<double>::infinity());
  auto lsb = infinity, largest = hn::Zero(d), squares = hn::Zero(d);
  auto nan = hn::Zero(d);
  for (std::int64_t i = 0; i < count; i += static_cast<std::int64_t>(hn::Lanes(d))) {
    const auto value = hn::LoadU(d, values + i);
    const auto magnitude = hn::Abs(value);
    const auto bits = hn::BitCast(di, magnitude);
    // Without its least set fraction bit the magnitude is smaller by that bit.
    const auto cleared = hn::BitCast(d, hn::And(bits, bits - one));
    const auto whole = hn::MaskFromVec(hn::BitCast(d, hn::VecFromMask(di, hn::And(bits, fraction) == hn::Zero(di))));
    const auto least = hn::IfThenElse(whole, magnitude, magnitude - cleared);
    lsb = hn::Min(lsb, hn::IfThenElse(magnitude == hn::Zero(d), infinity, least));
    largest = hn::Max(largest, magnitude);
    nan = nan + (value - value);  // zero unless a value is infinite or NaN
    squares = hn::MulAdd(value, value, squares);
  }
  const double bad = hn::GetLane(hn::SumOfLanes(d, nan));
  return {hn::GetLane(hn::MinOfLanes(d, lsb)), hn::GetLane(hn::MaxOfLanes(d, largest)) + bad,
          hn::GetLane(hn::SumOfLanes(d, squares))};
}

void scale_to_int16(const double* HWY_RESTRICT values, double scale, std::int64_t count, std::int16_t* HWY_RESTRICT out) {
  for (std::int64_t i = 0; i < count; ++i) out[i] = static_cast<std::int16_t>(static_cast<std::int32_t>(values[i] * scale));
}

// numerics::encode_posit on a 64-bit string: a regime run comes from shifting the bits 10 (with ones) or 01 (with zeros) down.
class PositEncoder {
 public:
  PositEncoder(const FormatSpec& format, numerics::Rounding rounding)
      : bits_(format.bits), es_(format.exponent_bits), drop_(65 - bits_), rounding_(rounding) {}

  /// One vector; zeros count nothing.
  void encode(const double* values, std::uint64_t* out, numerics::Events& events) const {
    constexpr std::int64_t kOffset = 1024;  // keeps exponents positive where they are shifted
    const std::int64_t limit = bits_ - 2;   // regimes of -limit .. limit - 1 have a code of their own
    const std::uint64_t maxpos = (std::uint64_t{1} << (bits_ - 1)) - 1;
    const auto bits = hn::BitCast(du_, hn::LoadU(d_, values));
    const auto magnitude = hn::AndNot(set(kSign), bits), negative = hn::ShiftRight<63>(bits);
    const auto scale = hn::ShiftRight<kFractionBits>(magnitude) + set(static_cast<std::uint64_t>((kOffset << es_) - kBias));
    const auto regime = hn::BitCast(di_, hn::ShiftRightSame(scale, es_)) - hn::Set(di_, kOffset);
    const auto falls = regime < hn::Zero(di_);
    const auto exponent = hn::ShiftLeft<kFractionBits>(hn::And(scale, set((std::uint64_t{1} << es_) - 1)));
    const auto body = hn::ShiftLeftSame(hn::Or(exponent, hn::And(magnitude, set(kFraction))), 10 - es_);
    const auto ones = hn::BitCast(du_, hn::Not(hn::VecFromMask(di_, falls)));
    const auto one_zero =
        hn::IfThenElse(falls, hn::Set(di_, std::int64_t{1} << 62), hn::Set(di_, static_cast<std::int64_t>(kSign)));
    const auto word = hn::Or(body, hn::BitCast(du_, one_zero));
    const auto run = hn::Min(hn::IfThenElse(falls, hn::Not(regime), regime), hn::Set(di_, 63));
    const auto places = hn::BitCast(du_, run);
    const auto shifted = hn::Xor(hn::Xor(word, ones) >> places, ones);
    const auto lost = hn::And(word, (set(1) << places) - set(1));
    const auto string = hn::Or(shifted, hn::IfThenZeroElse(lost == hn::Zero(du_), set(1)));
    const auto rounded = hn::ShiftRightSame(string + addend(string, negative), drop_);
    const auto cut = hn::And(string, set((std::uint64_t{1} << drop_) - 1)) != hn::Zero(du_);
    const auto maxpos_bits = set(static_cast<std::uint64_t>(kBias + (std::int64_t{bits_ - 2} << es_)) << kFractionBits);

    const auto beyond = hn::RebindMask(du_, regime > hn::Set(di_, limit - 1));
    const auto below = hn::RebindMask(du_, regime < hn::Set(di_, -limit));
    const auto zero = magnitude == hn::Zero(du_);
    const auto special = hn::RebindMask(du_, hn::BitCast(di_, magnitude) > hn::Set(di_, static_cast<std::int64_t>(kInfinity - 1)));
    const auto finite = hn::Not(hn::Or(zero, special));
    const auto saturated = hn::And(hn::And(finite, beyond), magnitude != maxpos_bits);
    const auto underflowed = hn::And(finite, below);
    const auto inexact = hn::Or(hn::Or(saturated, underflowed), hn::And(hn::And(finite, cut), hn::Not(hn::Or(beyond, below))));
    events.inexact += hn::CountTrue(du_, inexact);
    events.saturation += hn::CountTrue(du_, saturated);
    events.underflow += hn::CountTrue(du_, underflowed);
    events.nar += hn::CountTrue(du_, special);

    const auto kept = hn::IfThenElse(beyond, set(maxpos), hn::IfThenElse(below, set(1), rounded));
    const auto sign = hn::Zero(du_) - negative;
    const auto code = hn::And(hn::Xor(kept, sign) + negative, set(maxpos * 2 + 1));
    hn::StoreU(hn::IfThenElse(special, set(maxpos + 1), hn::IfThenZeroElse(zero, code)), du_, out);
  }
  static constexpr int kLanes = static_cast<int>(hn::MaxLanes(hn::ScalableTag<double>()));

 private:
  using DU = hn::RebindToUnsigned<hn::ScalableTag<double>>;
  using VU = hn::Vec<DU>;
  VU set(std::uint64_t value) const { return hn::Set(du_, value); }
  /// What to add so that dropping the low bits rounds the magnitude.
  VU addend(VU string, VU negative) const {
    const std::uint64_t half = std::uint64_t{1} << (drop_ - 1);
    switch (rounding_) {
      case numerics::Rounding::Rne:
        return set(half - 1) + hn::And(hn::ShiftRightSame(string, drop_), set(1));
      case numerics::Rounding::Rhu:
        return set(half) - negative;
      case numerics::Rounding::Rha:
        return set(half);
      case numerics::Rounding::Rtz:
      case numerics::Rounding::Sr:
        break;
    }
    return hn::Zero(du_);
  }

  const hn::ScalableTag<double> d_{};
  const DU du_{};
  const hn::RebindToSigned<hn::ScalableTag<double>> di_{};
  const int bits_, es_, drop_;
  const numerics::Rounding rounding_;
};

void encode_posits(const FormatSpec& format, numerics::Rounding rounding, const double* values, int count, std::uint64_t* out,
                   numerics::Events& events) {
  const PositEncoder encoder(format, rounding);
  int i = 0;
  for (; i + PositEncoder::kLanes <= count; i += PositEncoder::kLanes) encoder.encode(values + i, out + i, events);
  if (i == count) return;
  double last[PositEncoder::kLanes] = {};
  std::uint64_t codes[PositEncoder::kLanes];
  for (int j = i; j < count; ++j) last[(j - i) % PositEncoder::kLanes] = values[j];
  encoder.encode(last, codes, events);
  for (int j = i; j < count; ++j) out[j] = codes[(j - i) % PositEncoder::kLanes];
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace binade::kernels::simd
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace binade::kernels::simd {

HWY_EXPORT(decode_reals);
HWY_EXPORT(range_of);
HWY_EXPORT(scale_to_int16);
HWY_EXPORT(encode_posits);

void decode_reals(const numerics::FormatSpec& format, const numerics::Code* codes, std::int64_t stride, std::int64_t count,
                  double* values) {
  HWY_DYNAMIC_DISPATCH(decode_reals)(format, codes, stride, count, values);
}
Range range_of(const double* values, std::int64_t count) { return HWY_DYNAMIC_DISPATCH(range_of)(values, count); }
void scale_to_int16(const double* values, double scale, std::int64_t count, std::int16_t* out) {
  HWY_DYNAMIC_DISPATCH(scale_to_int16)(values, scale, count, out);
}
void encode_posits(const numerics::FormatSpec& format, numerics::Rounding rounding, const double* values, int count,
                   std::uint64_t* out, numerics::Events& events) {
  HWY_DYNAMIC_DISPATCH(encode_posits)(format, rounding, values, count, out, events);
}

}  // namespace binade::kernels::simd
#endif
