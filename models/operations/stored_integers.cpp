// SPDX-License-Identifier: Apache-2.0
#include "models/operations/stored_integers.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <type_traits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/operations/stored_integers.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h.
#include <hwy/highway.h>

#ifndef BINADE_STORED_INTEGERS_ONCE
#define BINADE_STORED_INTEGERS_ONCE
namespace binade::operations::loops {
namespace {

struct Integers {
  int bits = 0, element_bytes = 0;
  double unit = 0, limit = 0;  ///< a power of two; what is served is below this many of them
};
struct Counts {
  std::int64_t largest = 0;       ///< magnitude
  std::uint64_t inexact = 0;      ///< values that rounding changed
  std::uint64_t became_zero = 0;  ///< of those
};

}  // namespace
}  // namespace binade::operations::loops
#endif

HWY_BEFORE_NAMESPACE();
namespace binade::operations::loops {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

HWY_INLINE hn::Vec<hn::ScalableTag<float>> to_real(hn::ScalableTag<float> d, hn::Vec<hn::ScalableTag<std::int32_t>> whole) {
  return hn::ConvertTo(d, whole);
}
using D64 = hn::ScalableTag<double>;
HWY_INLINE hn::Vec<D64> to_real(D64 d, hn::Vec<hn::Rebind<std::int32_t, D64>> whole) { return hn::PromoteTo(d, whole); }
HWY_INLINE hn::Vec<hn::ScalableTag<std::int32_t>> to_whole(hn::ScalableTag<std::int32_t> d, hn::Vec<hn::ScalableTag<float>> real) {
  return hn::ConvertTo(d, real);
}
HWY_INLINE hn::Vec<hn::Rebind<std::int32_t, D64>> to_whole(hn::Rebind<std::int32_t, D64> d, hn::Vec<D64> real) {
  return hn::DemoteTo(d, real);
}

template <class Element, class T>
HWY_INLINE void decode_as(const std::byte* bytes, int bits, T unit, std::size_t count, T* HWY_RESTRICT values) {
  const hn::ScalableTag<T> d;
  const hn::Rebind<std::int32_t, decltype(d)> d32;
  const hn::Rebind<Element, decltype(d)> narrow;
  constexpr std::size_t kLanes = hn::MaxLanes(hn::ScalableTag<T>());
  const int to_top = 32 - bits;
  const bool whole_words = bits == static_cast<int>(8 * sizeof(Element));
  const auto by = hn::Set(d, unit);
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    Element elements[kLanes];  // tensors begin at any address
    std::memcpy(elements, bytes + i * sizeof(Element), sizeof elements);
    auto word = [&]() HWY_ATTR {
      if constexpr (sizeof(Element) == sizeof(std::int32_t))
        return hn::LoadU(d32, elements);
      else
        return hn::PromoteTo(d32, hn::LoadU(narrow, elements));
    }();
    if (!whole_words) word = hn::ShiftRightSame(hn::ShiftLeftSame(word, to_top), to_top);
    hn::StoreU(to_real(d, word) * by, d, values + i);
  }
  for (; i < count; ++i) {
    Element element;
    std::memcpy(&element, bytes + i * sizeof element, sizeof element);
    const auto at_top = static_cast<std::int32_t>(static_cast<std::uint32_t>(std::int32_t{element}) << to_top);
    values[i] = static_cast<T>(at_top >> to_top) * unit;
  }
}
template <class T>
void decode(const std::byte* bytes, int element_bytes, int bits, T unit, std::size_t count, T* values) {
  if (element_bytes == 1) return decode_as<std::int8_t>(bytes, bits, unit, count, values);
  if (element_bytes == 2) return decode_as<std::int16_t>(bytes, bits, unit, count, values);
  decode_as<std::int32_t>(bytes, bits, unit, count, values);
}
void decode_to_binary32(const std::byte* bytes, int element_bytes, int bits, float unit, std::size_t count, float* values) {
  decode(bytes, element_bytes, bits, unit, count, values);
}
void decode_to_binary64(const std::byte* bytes, int element_bytes, int bits, double unit, std::size_t count, double* values) {
  decode(bytes, element_bytes, bits, unit, count, values);
}

/// A value in LSBs loses nothing but what rounds to zero either way, and has not left the finite range below `limit`. Whether it
/// was whole shows when it is scaled back.
template <class Element, class T>
HWY_INLINE bool store_as(const T* HWY_RESTRICT values, std::size_t count, const Integers& to, std::byte* bytes, Counts& counts) {
  const hn::ScalableTag<T> d;
  const hn::Rebind<std::int32_t, decltype(d)> d32;
  const hn::Rebind<Element, decltype(d)> narrow;
  constexpr std::size_t kLanes = hn::MaxLanes(hn::ScalableTag<T>());
  const auto unit = hn::Set(d, static_cast<T>(to.unit)), per_unit = hn::Set(d, static_cast<T>(1 / to.unit));
  const auto limit = hn::Set(d, static_cast<T>(to.limit)), zero = hn::Zero(d);
  const auto mask = hn::Set(d32, static_cast<std::int32_t>((std::uint32_t{1} << to.bits) - 1));
  const bool whole_words = to.bits == static_cast<int>(8 * sizeof(Element));
  auto largest = zero;
  auto small = zero == zero;
  std::uint64_t inexact = 0, became_zero = 0;
  const auto store_vector = [&](const T* from, std::size_t place, std::size_t elements) HWY_ATTR {
    const auto value = hn::LoadU(d, from);
    const auto whole = hn::Round(value * per_unit);
    const auto magnitude = hn::Abs(whole);
    largest = hn::Max(largest, magnitude);
    small = hn::And(small, magnitude < limit);  // of a NaN nothing is true
    const auto changed = whole * unit != value;
    inexact += hn::CountTrue(d, changed);
    became_zero += hn::CountTrue(d, hn::And(changed, whole == zero));
    // Words of the element's size keep the low bits, those of a mantissa.
    auto word = to_whole(d32, whole);
    if (!whole_words) word = hn::And(word, mask);
    Element out[kLanes];  // tensors begin at any address
    hn::StoreU(hn::DemoteTo(narrow, word), narrow, out);
    std::memcpy(bytes + place * sizeof(Element), out, elements * sizeof(Element));
  };
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) store_vector(values + i, i, kLanes);
  if (i < count) {  // zeros behind count nothing
    T last[kLanes] = {};
    std::copy(values + i, values + count, last);
    store_vector(last, i, count - i);
  }
  if (!hn::AllTrue(d, small)) return false;
  counts = {static_cast<std::int64_t>(hn::GetLane(hn::MaxOfLanes(d, largest))), inexact, became_zero};
  return true;
}
template <class T>
bool store(const T* values, std::size_t count, const Integers& to, std::byte* bytes, Counts& counts) {
  return to.element_bytes == 1 ? store_as<std::int8_t>(values, count, to, bytes, counts)
                               : store_as<std::int16_t>(values, count, to, bytes, counts);
}
bool store_binary32(const float* values, std::size_t count, const Integers& to, std::byte* bytes, Counts& counts) {
  return store(values, count, to, bytes, counts);
}
bool store_binary64(const double* values, std::size_t count, const Integers& to, std::byte* bytes, Counts& counts) {
  return store(values, count, to, bytes, counts);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace binade::operations::loops
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace binade::operations::loops {

HWY_EXPORT(decode_to_binary32);
HWY_EXPORT(decode_to_binary64);
HWY_EXPORT(store_binary32);
HWY_EXPORT(store_binary64);

template <>
void decode_stored_integers(const std::byte* bytes, int element_bytes, int bits, float unit, std::size_t count, float* values) {
  HWY_DYNAMIC_DISPATCH(decode_to_binary32)(bytes, element_bytes, bits, unit, count, values);
}
template <>
void decode_stored_integers(const std::byte* bytes, int element_bytes, int bits, double unit, std::size_t count, double* values) {
  HWY_DYNAMIC_DISPATCH(decode_to_binary64)(bytes, element_bytes, bits, unit, count, values);
}

namespace {

bool store(const float* values, std::size_t count, const Integers& to, std::byte* bytes, Counts& counts) {
  return HWY_DYNAMIC_DISPATCH(store_binary32)(values, count, to, bytes, counts);
}
bool store(const double* values, std::size_t count, const Integers& to, std::byte* bytes, Counts& counts) {
  return HWY_DYNAMIC_DISPATCH(store_binary64)(values, count, to, bytes, counts);
}

}  // namespace

template <class T>
bool store_integers(const T* values, std::size_t count, const ElementFormat& to, int lsb_exponent, std::byte* bytes,
                    datapath::TileStats& stats) {
  constexpr int kMostBits = 16, kFarthest = 100;
  const numerics::FormatSpec& format = to.format;
  const bool serves = format.shared_exponent() && to.rounding == numerics::Rounding::Rne && format.bits <= kMostBits &&
                      std::abs(lsb_exponent) <= kFarthest;
  const Integers integers{format.bits, format.storage_bytes(), std::ldexp(1.0, lsb_exponent),
                          static_cast<double>(format.max_mantissa())};
  Counts counts;
  if (!serves || !store(values, count, integers, bytes, counts)) return false;
  stats.max_abs = std::max(stats.max_abs, static_cast<std::uint64_t>(counts.largest));
  stats.events.inexact += counts.inexact;
  stats.events.underflow += counts.became_zero;
  return true;
}
template bool store_integers(const float*, std::size_t, const ElementFormat&, int, std::byte*, datapath::TileStats&);
template bool store_integers(const double*, std::size_t, const ElementFormat&, int, std::byte*, datapath::TileStats&);

}  // namespace binade::operations::loops
#endif
