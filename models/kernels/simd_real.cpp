// SPDX-License-Identifier: Apache-2.0
// Loops without branches, which the compiler vectorises for each target.
#include "models/kernels/simd_real.h"

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
void encode_posits(const FormatSpec& format, numerics::Rounding rounding, const double* HWY_RESTRICT values, int count,
                   std::uint64_t* HWY_RESTRICT out, numerics::Events& events) {
  const int n = format.bits, es = format.exponent_bits, drop = 65 - n;
  constexpr std::int64_t kOffset = 1024;  // keeps shifted exponents positive
  const std::int64_t offset = (kOffset << es) - kBias;
  const std::uint64_t exponent_mask = (std::uint64_t{1} << es) - 1, mask = (std::uint64_t{1} << n) - 1;
  const std::uint64_t rest_mask = (std::uint64_t{1} << drop) - 1;
  const bool nearest = rounding != numerics::Rounding::Rtz;
  const std::uint64_t half = nearest ? std::uint64_t{1} << (drop - 1) : 0;
  const std::uint64_t even = rounding == numerics::Rounding::Rne ? 1 : 0, up = rounding == numerics::Rounding::Rhu ? 1 : 0;
  const std::uint64_t maxpos = (std::uint64_t{1} << (n - 1)) - 1;
  const std::uint64_t maxpos_bits = static_cast<std::uint64_t>(kBias + (std::int64_t{n - 2} << es)) << kFractionBits;
  const std::int64_t limit = n - 2;
  std::int64_t inexact = 0, saturated = 0, underflowed = 0, nars = 0;
  for (int i = 0; i < count; ++i) {
    const auto bits = std::bit_cast<std::uint64_t>(values[i]);
    const std::uint64_t magnitude = bits & ~kSign, negative = bits >> 63;
    const std::uint64_t scale = (magnitude >> kFractionBits) + static_cast<std::uint64_t>(offset);
    const auto regime = static_cast<std::int64_t>(scale >> es) - kOffset;
    const std::uint64_t body = ((scale & exponent_mask) << kFractionBits | (magnitude & kFraction)) << (10 - es);
    const std::uint64_t ones = regime >= 0 ? ~std::uint64_t{0} : 0;
    const std::uint64_t word = body | (regime >= 0 ? std::uint64_t{2} : std::uint64_t{1}) << 62;
    const std::int64_t run = regime >= 0 ? regime : -regime - 1;
    const std::uint64_t places = static_cast<std::uint64_t>(run < 63 ? run : 63);
    const std::uint64_t shifted = ((word ^ ones) >> places) ^ ones;
    const std::uint64_t lost = word & ((std::uint64_t{1} << places) - 1);
    const std::uint64_t string = shifted | (lost != 0 ? 1 : 0);
    const std::uint64_t last = string >> drop & 1;
    const std::uint64_t rounded = (string + (half - even + (last & even) - (negative & up))) >> drop;
    // Conditions as numbers: a short-circuit would be a branch.
    const std::int64_t beyond = regime >= limit, below = regime < -limit;
    const std::int64_t finite = static_cast<std::int64_t>(magnitude != 0) & static_cast<std::int64_t>(magnitude < kInfinity);
    const std::int64_t off_maxpos = magnitude != maxpos_bits, cut = (string & rest_mask) != 0;
    const std::int64_t differs = finite & ((beyond & off_maxpos) | below | (cut & (beyond ^ 1)));
    inexact += differs;
    saturated += differs & beyond;
    underflowed += finite & below;
    nars += magnitude >= kInfinity;
    std::uint64_t kept = beyond != 0 ? maxpos : rounded;
    kept = below != 0 ? 1 : kept;
    kept = magnitude != 0 ? kept : 0;
    const std::uint64_t code = negative != 0 ? 0 - kept : kept;
    out[i] = (magnitude >= kInfinity ? maxpos + 1 : code) & mask;
  }
  events.inexact += static_cast<std::uint64_t>(inexact);
  events.saturation += static_cast<std::uint64_t>(saturated);
  events.underflow += static_cast<std::uint64_t>(underflowed);
  events.nar += static_cast<std::uint64_t>(nars);
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
