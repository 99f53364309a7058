// SPDX-License-Identifier: Apache-2.0
// Loops without branches, which the compiler vectorises for each target.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "models/numerics/bound.h"
#include "models/numerics/vector_codec.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/numerics/vector_binary32.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace binade::numerics {
namespace HWY_NAMESPACE {
namespace {

void decode_binary32(const std::byte* bytes, std::size_t count, double* HWY_RESTRICT values) {
  for (std::size_t i = 0; i < count; ++i) {
    float value;
    std::memcpy(&value, bytes + 4 * i, 4);
    values[i] = value;
  }
}

/// Of values that rounded to these and are no ordinary ones.
void count_rare(const double* values, const float* narrow, std::size_t count, Events& events) {
  for (std::size_t i = 0; i < count; ++i) {
    if (std::isnan(values[i])) {
      ++events.nar;
      --events.inexact;  // counted where it differed from itself
    } else if (narrow[i] != values[i]) {
      events.overflow += std::isinf(narrow[i]) ? 1 : 0;
      events.underflow += narrow[i] == 0 ? 1 : 0;
    }
  }
}

/// At most kChunk values.
constexpr std::size_t kChunk = 256;
void encode_chunk(const double* values, std::size_t count, std::byte* bytes, double* rounded, Events& events) {
  BINADE_BOUND(count <= kChunk);
  alignas(64) float narrow[kChunk];
  std::uint64_t inexact = 0, rare = 0;
  for (std::size_t i = 0; i < count; ++i) narrow[i] = static_cast<float>(values[i]);
  for (std::size_t i = 0; i < count; ++i) {
    constexpr double kTop = std::numeric_limits<float>::max();
    const double value = values[i], back = narrow[i];
    inexact += back != value ? 1 : 0;
    rare |= (std::fabs(back) <= kTop ? 0 : 1) | (back == 0 ? std::bit_cast<std::uint64_t>(value) << 1 : 0);
  }
  events.inexact += inexact;
  if (rare != 0) {
    count_rare(values, narrow, count, events);
    constexpr std::uint32_t kNan = 0x7fc00000;
    for (std::size_t i = 0; i < count; ++i) narrow[i] = narrow[i] != narrow[i] ? std::bit_cast<float>(kNan) : narrow[i];
  }
  std::memcpy(bytes, narrow, 4 * count);
  if (rounded != nullptr)
    for (std::size_t i = 0; i < count; ++i) rounded[i] = narrow[i];
}

void encode_binary32(const double* values, std::size_t count, std::byte* bytes, double* rounded, Events& events) {
  for (std::size_t done = 0; done < count; done += kChunk)
    encode_chunk(values + done, std::min(kChunk, count - done), bytes + 4 * done, rounded == nullptr ? nullptr : rounded + done,
                 events);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace binade::numerics
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace binade::numerics {

HWY_EXPORT(decode_binary32);
HWY_EXPORT(encode_binary32);

void decode_binary32(const std::byte* bytes, std::size_t count, double* values) {
  HWY_DYNAMIC_DISPATCH(decode_binary32)(bytes, count, values);
}
void encode_binary32(const double* values, std::size_t count, std::byte* bytes, double* rounded, Events& events) {
  HWY_DYNAMIC_DISPATCH(encode_binary32)(values, count, bytes, rounded, events);
}

}  // namespace binade::numerics
#endif
