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

/// The squares of a vector at `from`, in binary64.
template <class D64>
HWY_INLINE hn::Vec<D64> add_squares(D64 d, const double* from, hn::Vec<D64> sum) {
  const auto value = hn::LoadU(d, from);
  return hn::MulAdd(value, value, sum);
}
template <class D64>
HWY_INLINE hn::Vec<D64> add_squares(D64 d, const float* from, hn::Vec<D64> sum) {
  const auto value = hn::PromoteTo(d, hn::LoadU(hn::Rebind<float, D64>(), from));
  return hn::MulAdd(value, value, sum);
}

template <class T>
HWY_INLINE Range range(const T* HWY_RESTRICT values, std::int64_t count) {
  const hn::ScalableTag<T> d;
  const hn::ScalableTag<double> d64;
  const hn::RebindToSigned<decltype(d)> di;
  using Bits = hn::TFromD<decltype(di)>;
  constexpr int kFractionBits = sizeof(T) == 4 ? 23 : 52;
  const auto fraction = hn::Set(di, (Bits{1} << kFractionBits) - 1), one = hn::Set(di, 1);
  const auto infinity = hn::Set(d, std::numeric_limits<T>::infinity());
  auto lsb = infinity;
  auto largest = hn::Zero(di);  // magnitudes order like their bits, infinity and NaN above all others
  auto squares = hn::Zero(d64);
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d)), lanes64 = static_cast<std::int64_t>(hn::Lanes(d64));
  for (std::int64_t i = 0; i < count; i += lanes) {
    const auto value = hn::LoadU(d, values + i);
    const auto magnitude = hn::Abs(value);
    const auto bits = hn::BitCast(di, magnitude);
    // Without its least set fraction bit the magnitude is smaller by that bit.
    const auto cleared = hn::BitCast(d, hn::And(bits, bits - one));
    const auto whole = hn::MaskFromVec(hn::BitCast(d, hn::VecFromMask(di, hn::And(bits, fraction) == hn::Zero(di))));
    const auto least = hn::IfThenElse(whole, magnitude, magnitude - cleared);
    lsb = hn::Min(lsb, hn::IfThenElse(magnitude == hn::Zero(d), infinity, least));
    largest = hn::Max(largest, bits);
    for (std::int64_t j = 0; j < lanes; j += lanes64) squares = add_squares(d64, values + i + j, squares);
  }
  return {hn::GetLane(hn::MinOfLanes(d, lsb)), hn::GetLane(hn::BitCast(d, hn::MaxOfLanes(di, largest))),
          hn::GetLane(hn::SumOfLanes(d64, squares))};
}
Range range_of(const double* values, std::int64_t count) { return range(values, count); }
Range range_of_binary32(const float* values, std::int64_t count) { return range(values, count); }

template <class T, class Scale>
HWY_INLINE void scale_values(const T* HWY_RESTRICT values, Scale scale, std::int64_t count, std::int16_t* HWY_RESTRICT out) {
  for (std::int64_t i = 0; i < count; ++i) out[i] = static_cast<std::int16_t>(static_cast<std::int32_t>(values[i] * scale));
}
void scale_to_int16(const double* values, double scale, std::int64_t count, std::int16_t* out) {
  scale_values(values, scale, count, out);
}
void scale_binary32_to_int16(const float* values, double scale, std::int64_t count, std::int16_t* out) {
  // Binary32 does not hold the inverse of each of its least bits.
  if (scale < 0x1p127) return scale_values(values, static_cast<float>(scale), count, out);
  scale_values(values, scale, count, out);
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
HWY_EXPORT(range_of_binary32);
HWY_EXPORT(scale_to_int16);
HWY_EXPORT(scale_binary32_to_int16);
HWY_EXPORT(cut_digits);

Range range_of(const double* values, std::int64_t count) { return HWY_DYNAMIC_DISPATCH(range_of)(values, count); }
Range range_of(const float* values, std::int64_t count) { return HWY_DYNAMIC_DISPATCH(range_of_binary32)(values, count); }
void scale_to_int16(const float* values, double scale, std::int64_t count, std::int16_t* out) {
  HWY_DYNAMIC_DISPATCH(scale_binary32_to_int16)(values, scale, count, out);
}
void scale_to_int16(const double* values, double scale, std::int64_t count, std::int16_t* out) {
  HWY_DYNAMIC_DISPATCH(scale_to_int16)(values, scale, count, out);
}

void cut_digits(double* values, double unit, std::int64_t count, std::int16_t* digits) {
  HWY_DYNAMIC_DISPATCH(cut_digits)(values, unit, count, digits);
}

}  // namespace binade::kernels::simd
#endif
