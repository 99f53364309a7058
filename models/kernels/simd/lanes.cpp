// SPDX-License-Identifier: Apache-2.0
#include "models/kernels/simd/lanes.h"

#include <algorithm>
#include <cstring>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/kernels/simd/lanes.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace binade::kernels::simd {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

LaneScan scan_lane(const double* HWY_RESTRICT values, std::int64_t count, std::uint32_t* HWY_RESTRICT zeros) {
  const hn::ScalableTag<double> d;
  const hn::RebindToUnsigned<decltype(d)> du;
  const hn::Rebind<std::uint32_t, decltype(d)> narrow;
  const auto infinity = hn::Set(d, std::numeric_limits<double>::infinity());
  auto smallest = infinity, bad = hn::Zero(d);
  for (std::int64_t i = 0; i < count; i += static_cast<std::int64_t>(hn::Lanes(d))) {
    const auto value = hn::LoadU(d, values + i);
    const auto is_zero = value == hn::Zero(d);
    smallest = hn::Min(smallest, hn::IfThenElse(is_zero, infinity, hn::Abs(value)));
    bad = bad + (value - value);  // zero unless a value is infinite or NaN
    const auto ones = hn::BitCast(du, hn::VecFromMask(d, is_zero));
    hn::StoreU(hn::LoadU(narrow, zeros + i) - hn::TruncateTo(narrow, ones), narrow, zeros + i);
  }
  return {.smallest = hn::GetLane(hn::MinOfLanes(d, smallest)), .finite = hn::GetLane(hn::SumOfLanes(d, bad)) == 0};
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace binade::kernels::simd
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace binade::kernels::simd {

HWY_EXPORT(scan_lane);

LaneScan scan_lane(const double* values, std::int64_t count, std::uint32_t* zeros) {
  return HWY_DYNAMIC_DISPATCH(scan_lane)(values, count, zeros);
}

// For no target in particular: places far apart are best stored to one by one, and a vector target would scatter.
template <class T>
void lay_lane(const double* values, std::int64_t count, int lanes, T* to) {
  for (std::int64_t i = 0; i < count; ++i) to[i * lanes] = static_cast<T>(values[i]);
}
template void lay_lane(const double*, std::int64_t, int, float*);
template void lay_lane(const double*, std::int64_t, int, double*);

namespace {
/// lay(first, count) for stretches of k whose lines stay in the first-level cache while all lanes are written to them.
template <class Lay>
void in_stretches(std::int64_t count, Lay lay) {
  constexpr std::int64_t kStretch = 64;
  for (std::int64_t first = 0; first < count; first += kStretch) lay(first, std::min(kStretch, count - first));
}
}  // namespace

void lay_pairs(const std::int16_t* const* rows, int lanes, std::int64_t pairs, std::int16_t* to) {
  in_stretches(pairs, [&](std::int64_t first, std::int64_t count) {
    for (int lane = 0; lane < lanes; ++lane) {
      const std::int16_t* const from = rows[lane] + 2 * first;
      std::int16_t* place = to + 2 * (first * lanes + lane);
      for (std::int64_t pair = 0; pair < count; ++pair, place += 2 * lanes) {
        std::int32_t both;
        std::memcpy(&both, from + 2 * pair, sizeof both);
        std::memcpy(place, &both, sizeof both);
      }
    }
  });
}

template <class T>
void lay_lanes(const T* const* rows, int lanes, std::int64_t k, T* to) {
  in_stretches(k, [&](std::int64_t first, std::int64_t count) {
    for (int lane = 0; lane < lanes; ++lane) {
      const T* const from = rows[lane] + first;
      T* const place = to + first * lanes + lane;
      for (std::int64_t i = 0; i < count; ++i) place[i * lanes] = from[i];
    }
  });
}
template void lay_lanes(const float* const*, int, std::int64_t, float*);
template void lay_lanes(const double* const*, int, std::int64_t, double*);

}  // namespace binade::kernels::simd
#endif
