// SPDX-License-Identifier: Apache-2.0
#include "models/kernels/simd/lanes.h"

#include <algorithm>
#include <cmath>
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

Listed list_binary32(const float* HWY_RESTRICT values, std::int64_t count, float* HWY_RESTRICT elements,
                     std::int32_t* HWY_RESTRICT places) {
  const hn::ScalableTag<float> d;
  const hn::RebindToSigned<decltype(d)> di;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  static_assert(hn::MaxLanes(hn::ScalableTag<float>()) <= kListRoom);
  auto place = hn::Iota(di, 0), nan = hn::Zero(di);
  std::int64_t listed = 0, i = 0;
  for (; i + lanes <= count; i += lanes, place = place + hn::Set(di, static_cast<std::int32_t>(lanes))) {
    const auto value = hn::LoadU(d, values + i);
    const auto kept = hn::Not(value == hn::Zero(d));  // a NaN is
    nan = hn::Or(nan, hn::BitCast(di, hn::VecFromMask(d, hn::IsNaN(value))));
    // Compressed in a register: where that goes to memory at once, some processors take a hundred clocks.
    hn::StoreU(hn::Compress(value, kept), d, elements + listed);
    hn::StoreU(hn::Compress(place, hn::RebindMask(di, kept)), di, places + listed);
    listed += static_cast<std::int64_t>(hn::CountTrue(d, kept));
  }
  bool bad = !hn::AllTrue(di, nan == hn::Zero(di));
  for (; i < count; ++i) {
    elements[listed] = values[i];
    places[listed] = static_cast<std::int32_t>(i);
    listed += values[i] != 0 ? 1 : 0;
    bad = bad || values[i] != values[i];
  }
  std::fill_n(elements + listed, kListRoom, 0.0F);
  return {listed, bad};
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace binade::kernels::simd
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace binade::kernels::simd {

HWY_EXPORT(scan_lane);
HWY_EXPORT(list_binary32);

Listed list_nonzero(const float* values, std::int64_t count, float* elements, std::int32_t* places) {
  return HWY_DYNAMIC_DISPATCH(list_binary32)(values, count, elements, places);
}
Listed list_nonzero(const double* values, std::int64_t count, double* elements, std::int32_t* places) {
  Listed list;
  for (std::int64_t i = 0; i < count; ++i) {
    elements[list.count] = values[i];
    places[list.count] = static_cast<std::int32_t>(i);
    list.count += values[i] != 0 ? 1 : 0;
    list.nan = list.nan || std::isnan(values[i]);
  }
  std::fill_n(elements + list.count, kListRoom, 0.0);
  return list;
}

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
