// SPDX-License-Identifier: Apache-2.0
// Loops without branches, which the compiler vectorises for each target.
#include <bit>

#include "models/numerics/vector_codec.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/numerics/vector_decode.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace binade::numerics {
namespace HWY_NAMESPACE {
namespace {

constexpr int kFractionBits = 52;
constexpr std::int64_t kBias = 1023;
constexpr std::uint64_t kSign = std::uint64_t{1} << 63;
constexpr std::uint64_t kNan = std::uint64_t{0x7ff8} << 48;
constexpr std::uint64_t kInfinity = std::uint64_t{0x7ff} << 52;

// decode_posit(), the regime's length taken from the exponent of the body as a binary64. The half behind the body ends a run that
// fills it, the 31 ones of a 32-bit maxpos, and adds nothing to the exponent of a body that is not zero.
void decode_posits(int bits, int es, const Code* HWY_RESTRICT codes, std::int64_t stride, std::int64_t count,
                   double* HWY_RESTRICT values) {
  const int to_top = 32 - bits;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto code = static_cast<std::int32_t>(codes[i * stride] << to_top);
    const std::int32_t negative = code >> 31;
    const auto magnitude = static_cast<std::uint32_t>(code ^ negative) - static_cast<std::uint32_t>(negative);
    const auto first = static_cast<std::int32_t>(magnitude << 1) >> 31;  // all ones where the regime is a run of ones
    const auto run_end = static_cast<std::int32_t>((magnitude ^ static_cast<std::uint32_t>(first)) & 0x7fffffffU);
    const std::int64_t top = (std::bit_cast<std::int64_t>(static_cast<double>(run_end) + 0.5) >> kFractionBits) - kBias;
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
  const bool hill = format.family == Family::HillFloat;
  const bool has_infinity = format.specials == Specials::InfNan, has_nan = format.specials != Specials::None;
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
  if (format.family == Family::Posit) {
    if (stride == 1) {
      decode_posits(format.bits, format.exponent_bits, codes, 1, count, values);
    } else {
      decode_posits(format.bits, format.exponent_bits, codes, stride, count, values);
    }
  } else {
    decode_floats(format, codes, stride, count, values);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace binade::numerics
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace binade::numerics {

HWY_EXPORT(decode_reals);

void decode_reals(const FormatSpec& format, const Code* codes, std::int64_t stride, std::int64_t count, double* values) {
  HWY_DYNAMIC_DISPATCH(decode_reals)(format, codes, stride, count, values);
}

}  // namespace binade::numerics
#endif
