// SPDX-License-Identifier: Apache-2.0
#include "models/kernels/simd/lanes.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

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

constexpr int kWord = sizeof(std::uint32_t);

template <class T>
HWY_INLINE void lay_word(const T* from, T* to) {
  static_assert(kWord % sizeof(T) == 0);
  std::memcpy(to, from, kWord);
}

/// to[i][lane] = word i of a lane, a word being 4 bytes of T.
template <class T>
HWY_INLINE void lay_stretch(const T* const* rows, int lanes, std::int64_t first, std::int64_t count, T* HWY_RESTRICT to) {
  constexpr std::int64_t kOne = kWord / sizeof(T);
  int lane = 0;
#if HWY_TARGET != HWY_SCALAR
  // Four words of four lanes are transposed in registers.
  constexpr int kSide = 4;
  const hn::CappedTag<std::uint32_t, kSide> d;
  const auto load = [&](int row, std::int64_t i) { return hn::LoadU(d, reinterpret_cast<const std::uint32_t*>(rows[row] + i)); };
  for (; lane + kSide <= lanes; lane += kSide) {
    std::int64_t i = 0;
    for (; i + kSide <= count; i += kSide) {
      const std::int64_t at = (first + i) * kOne;
      const auto a = load(lane, at), b = load(lane + 1, at), c = load(lane + 2, at), e = load(lane + 3, at);
      const auto ac_low = hn::InterleaveLower(d, a, c), be_low = hn::InterleaveLower(d, b, e);
      const auto ac_high = hn::InterleaveUpper(d, a, c), be_high = hn::InterleaveUpper(d, b, e);
      auto* const place = reinterpret_cast<std::uint32_t*>(to + ((first + i) * lanes + lane) * kOne);
      hn::StoreU(hn::InterleaveLower(d, ac_low, be_low), d, place);
      hn::StoreU(hn::InterleaveUpper(d, ac_low, be_low), d, place + lanes);
      hn::StoreU(hn::InterleaveLower(d, ac_high, be_high), d, place + 2 * lanes);
      hn::StoreU(hn::InterleaveUpper(d, ac_high, be_high), d, place + 3 * lanes);
    }
    for (; i < count; ++i) {
      for (int other = lane; other < lane + kSide; ++other)
        lay_word(rows[other] + (first + i) * kOne, to + ((first + i) * lanes + other) * kOne);
    }
  }
#endif
  for (; lane < lanes; ++lane) {
    for (std::int64_t i = first; i < first + count; ++i) lay_word(rows[lane] + i * kOne, to + (i * lanes + lane) * kOne);
  }
}

/// In stretches whose lines stay in the first-level cache while all lanes are written to them.
template <class T>
HWY_INLINE void lay_words(const T* const* rows, int lanes, std::int64_t count, T* to) {
  constexpr std::int64_t kStretch = 64;
  for (std::int64_t first = 0; first < count; first += kStretch)
    lay_stretch(rows, lanes, first, HWY_MIN(kStretch, count - first), to);
}
void lay_pairs(const std::int16_t* const* rows, int lanes, std::int64_t pairs, std::int16_t* to) {
  lay_words(rows, lanes, pairs, to);
}
void lay_binary32(const float* const* rows, int lanes, std::int64_t k, float* to) { lay_words(rows, lanes, k, to); }

/// Squares of 16 bytes a side are transposed in registers: interleaving row i with the one half a square below it, as often as
/// halves go into one, does that. A stretch of columns at a time, whose lines stay in the first-level cache while all rows are
/// written to them.
template <class T>
HWY_INLINE void transpose_as(const T* from, std::int64_t from_step, std::int64_t rows, std::int64_t columns, T* to,
                             std::int64_t to_step) {
  constexpr std::int64_t kStretch = 64;
  const auto element_by_element = [&](std::int64_t r, std::int64_t r_end, std::int64_t first, std::int64_t end) {
    for (; r < r_end; ++r)
      for (std::int64_t i = first; i < end; ++i) to[i * to_step + r] = from[r * from_step + i];
  };
  for (std::int64_t first = 0; first < columns; first += kStretch) {
    const std::int64_t end = HWY_MIN(first + kStretch, columns);
    std::int64_t r = 0;
#if HWY_TARGET != HWY_SCALAR
    constexpr std::int64_t kSide = 16 / sizeof(T);
    const hn::CappedTag<T, kSide> d;
    for (; r + kSide <= rows; r += kSide) {
      std::int64_t i = first;
      for (; i + kSide <= end; i += kSide) {
        hn::Vec<hn::CappedTag<T, kSide>> square[kSide], next[kSide];
#pragma GCC unroll 8
        for (std::int64_t row = 0; row < kSide; ++row) square[row] = hn::LoadU(d, from + (r + row) * from_step + i);
#pragma GCC unroll 3
        for (std::int64_t side = 1; side < kSide; side *= 2) {
#pragma GCC unroll 4
          for (std::int64_t row = 0; row < kSide / 2; ++row) {
            next[2 * row] = hn::InterleaveLower(d, square[row], square[row + kSide / 2]);
            next[2 * row + 1] = hn::InterleaveUpper(d, square[row], square[row + kSide / 2]);
          }
#pragma GCC unroll 8
          for (std::int64_t row = 0; row < kSide; ++row) square[row] = next[row];
        }
#pragma GCC unroll 8
        for (std::int64_t row = 0; row < kSide; ++row) hn::StoreU(square[row], d, to + (i + row) * to_step + r);
      }
      element_by_element(r, r + kSide, i, end);
    }
#endif
    element_by_element(r, rows, first, end);
  }
}
void transpose_int16(const std::int16_t* from, std::int64_t from_step, std::int64_t rows, std::int64_t columns, std::int16_t* to,
                     std::int64_t to_step) {
  transpose_as(from, from_step, rows, columns, to, to_step);
}
void transpose_binary32(const float* from, std::int64_t from_step, std::int64_t rows, std::int64_t columns, float* to,
                        std::int64_t to_step) {
  transpose_as(from, from_step, rows, columns, to, to_step);
}
void transpose_binary64(const double* from, std::int64_t from_step, std::int64_t rows, std::int64_t columns, double* to,
                        std::int64_t to_step) {
  transpose_as(from, from_step, rows, columns, to, to_step);
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

HWY_EXPORT(lay_pairs);
HWY_EXPORT(lay_binary32);
HWY_EXPORT(transpose_int16);
HWY_EXPORT(transpose_binary32);
HWY_EXPORT(transpose_binary64);

template <class T>
void transpose(const T* from, std::int64_t from_step, std::int64_t rows, std::int64_t columns, T* to, std::int64_t to_step) {
  if constexpr (std::is_same_v<T, float>)
    HWY_DYNAMIC_DISPATCH(transpose_binary32)(from, from_step, rows, columns, to, to_step);
  else if constexpr (std::is_same_v<T, double>)
    HWY_DYNAMIC_DISPATCH(transpose_binary64)(from, from_step, rows, columns, to, to_step);
  else
    HWY_DYNAMIC_DISPATCH(transpose_int16)(from, from_step, rows, columns, to, to_step);
}
template void transpose(const std::int16_t*, std::int64_t, std::int64_t, std::int64_t, std::int16_t*, std::int64_t);
template void transpose(const float*, std::int64_t, std::int64_t, std::int64_t, float*, std::int64_t);
template void transpose(const double*, std::int64_t, std::int64_t, std::int64_t, double*, std::int64_t);

void lay_pairs(const std::int16_t* const* rows, int lanes, std::int64_t pairs, std::int16_t* to) {
  HWY_DYNAMIC_DISPATCH(lay_pairs)(rows, lanes, pairs, to);
}
void lay_lanes(const float* const* rows, int lanes, std::int64_t k, float* to) {
  HWY_DYNAMIC_DISPATCH(lay_binary32)(rows, lanes, k, to);
}
void lay_lanes(const double* const* rows, int lanes, std::int64_t k, double* to) {
  constexpr std::int64_t kStretch = 64;  // its lines stay in the first-level cache while all lanes are written to them
  for (std::int64_t first = 0; first < k; first += kStretch) {
    for (int lane = 0; lane < lanes; ++lane) {
      for (std::int64_t i = first; i < std::min(first + kStretch, k); ++i) to[i * lanes + lane] = rows[lane][i];
    }
  }
}

}  // namespace binade::kernels::simd
#endif
