// SPDX-License-Identifier: Apache-2.0
// Loops without branches, which the compiler vectorises for each target.
#include "models/kernels/simd/real.h"

#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/kernels/simd/real.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace binade::kernels::simd {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

constexpr int kFractionBits = 52;
constexpr std::uint64_t kFraction = (std::uint64_t{1} << kFractionBits) - 1;

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

void cut_digits(double* HWY_RESTRICT values, double unit, std::int64_t count, std::int16_t* HWY_RESTRICT digits) {
  const double magic = 0x1.8p52 * unit, inverse = 1 / unit;  // adding the former rounds to a multiple of the unit
  for (std::int64_t i = 0; i < count; ++i) {
    const double part = (values[i] + magic) - magic;
    values[i] -= part;
    digits[i] = static_cast<std::int16_t>(static_cast<std::int32_t>(part * inverse));
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace binade::kernels::simd
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace binade::kernels::simd {

HWY_EXPORT(range_of);
HWY_EXPORT(scale_to_int16);
HWY_EXPORT(cut_digits);

Range range_of(const double* values, std::int64_t count) { return HWY_DYNAMIC_DISPATCH(range_of)(values, count); }
void scale_to_int16(const double* values, double scale, std::int64_t count, std::int16_t* out) {
  HWY_DYNAMIC_DISPATCH(scale_to_int16)(values, scale, count, out);
}

void cut_digits(double* values, double unit, std::int64_t count, std::int16_t* digits) {
  HWY_DYNAMIC_DISPATCH(cut_digits)(values, unit, count, digits);
}

}  // namespace binade::kernels::simd
#endif
