// SPDX-License-Identifier: Apache-2.0
// Plain loops that the compiler vectorises for each target.
#include "models/kernels/simd/integer.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "models/numerics/bound.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/kernels/simd/integer.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace binade::kernels::simd {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

void decode_mantissas(const numerics::Code* HWY_RESTRICT codes, std::int64_t stride, std::int64_t count, int bits,
                      std::int16_t* HWY_RESTRICT mantissas) {
  const int shift = 32 - bits;
  const auto extended = [shift](numerics::Code code) {
    return static_cast<std::int16_t>(static_cast<std::int32_t>(code << shift) >> shift);
  };
  if (stride == 1) {
    for (std::int64_t i = 0; i < count; ++i) mantissas[i] = extended(codes[i]);
  } else {
    for (std::int64_t i = 0; i < count; ++i) mantissas[i] = extended(codes[i * stride]);
  }
}

template <class To>
HWY_INLINE void decode_pairs_of_bytes(const std::uint16_t* HWY_RESTRICT codes, std::int64_t count, int bits, To* HWY_RESTRICT to) {
  const int shift = 16 - bits;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto at_top = static_cast<std::int16_t>(static_cast<std::uint16_t>(codes[i] << shift));
    to[i] = static_cast<std::int16_t>(at_top >> shift);
  }
}
void decode_to_int16(const std::uint16_t* codes, std::int64_t count, int bits, std::int16_t* mantissas) {
  decode_pairs_of_bytes(codes, count, bits, mantissas);
}
void decode_to_binary32(const std::uint16_t* codes, std::int64_t count, int bits, float* mantissas) {
  decode_pairs_of_bytes(codes, count, bits, mantissas);
}

#if HWY_TARGET == HWY_SCALAR
/// Of the first values, as many as it counts; none here.
HWY_INLINE std::int64_t sum_of_vectors(const std::int16_t*, std::int64_t, std::int64_t&) { return 0; }
#else
/// Adds the squares of the values that fill whole vectors, or of all where a part of one can be loaded; returns how many those are.
HWY_INLINE std::int64_t sum_of_vectors(const std::int16_t* HWY_RESTRICT values, std::int64_t count, std::int64_t& sum) {
  const hn::ScalableTag<std::int16_t> d16;
  const hn::RepartitionToWide<decltype(d16)> d32;
  const hn::Repartition<std::uint64_t, decltype(d16)> d64;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d16));
  const auto low_half = hn::Set(d64, 0xffffffff);
  const std::int64_t summed = HWY_TARGET <= HWY_AVX3 ? count : count / lanes * lanes;
  if (summed == 0) return 0;
  auto sums = hn::Zero(d64);
  for (std::int64_t i = 0; i < summed; i += lanes) {
    const std::int64_t left = summed - i;
    const auto v = left >= lanes ? hn::LoadU(d16, values + i)
                                 : hn::MaskedLoad(hn::FirstN(d16, static_cast<std::size_t>(left)), d16, values + i);
    auto rest = hn::Zero(d32);
    // Two squares a lane are at most 2^31, so a number without sign.
    const auto pairs = hn::BitCast(d64, hn::ReorderWidenMulAccumulate(d32, v, v, hn::Zero(d32), rest));
    const auto others = hn::BitCast(d64, rest);
    sums = sums + hn::And(pairs, low_half) + hn::ShiftRight<32>(pairs) + hn::And(others, low_half) + hn::ShiftRight<32>(others);
  }
  sum += static_cast<std::int64_t>(hn::GetLane(hn::SumOfLanes(d64, sums)));
  return summed;
}
#endif

void sums_of_squares(const std::int16_t* HWY_RESTRICT values, std::int64_t count, std::int64_t segment, double* HWY_RESTRICT sums) {
  for (std::int64_t first = 0; first < count; first += segment) {
    const std::int64_t size = HWY_MIN(segment, count - first);
    const std::int16_t* const from = values + first;
    std::int64_t sum = 0;
    for (std::int64_t i = sum_of_vectors(from, size, sum); i < size; ++i) sum += std::int32_t{from[i]} * from[i];
    *sums++ = static_cast<double>(sum);
  }
}

void split_bytes(const std::int16_t* HWY_RESTRICT values, std::int64_t count, std::int16_t* HWY_RESTRICT high,
                 std::int16_t* HWY_RESTRICT low) {
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int32_t value = values[i];
    const std::int32_t upper = (value + 128) >> 8;
    high[i] = static_cast<std::int16_t>(upper);
    low[i] = static_cast<std::int16_t>(value - upper * 256);
  }
}

/// word_of(0) plus a whole number below 2^51 in magnitude, two's complement; its low 32 bits are that number's. Unlike a conversion
/// to int64, every instruction set has it in vectors.
inline std::uint64_t word_of(double value) { return std::bit_cast<std::uint64_t>(value + 0x1.8p52); }

double store_raw(const double* HWY_RESTRICT values, int count, bool relu, std::uint64_t* HWY_RESTRICT out,
                 LeadingBits& leading_bits) {
  constexpr std::int64_t kExponentOfHalf = 1022;
  std::int64_t largest = 0;  // as bits, which order like magnitudes: a maximum of doubles would stay scalar
  const double least = relu ? 0.0 : -0x1p63;
  // In chunks: vector loops for bit positions and words, a scalar one for the histogram.
  constexpr int kChunk = 64;
  constexpr double kWholeLimit = 0x1p51;
  std::int32_t positions[kChunk];
  double whole[kChunk];
  for (int first = 0; first < count; first += kChunk) {
    const int n = std::min(kChunk, count - first);
    for (int i = 0; i < n; ++i) {
      const double value = values[first + i] > least ? values[first + i] : least;
      whole[i] = value;
      const auto magnitude = std::bit_cast<std::int64_t>(std::fabs(value));
      largest = magnitude > largest ? magnitude : largest;
      const std::int64_t exponent = magnitude >> 52;
      positions[i] = static_cast<std::int32_t>(exponent == 0 ? 0 : exponent - kExponentOfHalf);
      BINADE_BOUND(positions[i] >= 0 && positions[i] < static_cast<std::int32_t>(leading_bits.size()));
    }
    if (largest < std::bit_cast<std::int64_t>(kWholeLimit)) {
      for (int i = 0; i < n; ++i) out[first + i] = word_of(whole[i]) - word_of(0.0);
    } else {
      for (int i = 0; i < n; ++i) out[first + i] = static_cast<std::uint64_t>(static_cast<std::int64_t>(whole[i]));
    }
    for (int i = 0; i < n; ++i) ++leading_bits[static_cast<std::size_t>(positions[i])][static_cast<std::size_t>(i % kBanks)];
  }
  return std::bit_cast<double>(largest);
}

Clamped store_clamped(const double* HWY_RESTRICT values, int count, bool relu, double min, double max, double overflow_limit,
                      int bits, std::uint64_t* HWY_RESTRICT out) {
  const std::uint64_t mask = (std::uint64_t{1} << bits) - 1;
  const double least = relu ? 0.0 : -0x1p63;
  std::int64_t clamped = 0, overflowed = 0, largest = 0;
  for (int i = 0; i < count; ++i) {
    const double value = values[i] > least ? values[i] : least;
    const double low = value < max ? value : max;
    const double stored = low > min ? low : min;
    const double magnitude = std::fabs(stored);
    clamped += stored != value;
    overflowed += magnitude >= overflow_limit;
    const auto bits_of_magnitude = std::bit_cast<std::int64_t>(magnitude);
    largest = bits_of_magnitude > largest ? bits_of_magnitude : largest;
    out[i] = word_of(stored) & mask;
  }
  return {static_cast<std::uint64_t>(clamped), static_cast<std::uint64_t>(overflowed), std::bit_cast<double>(largest)};
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace binade::kernels::simd
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace binade::kernels::simd {

HWY_EXPORT(decode_mantissas);
HWY_EXPORT(decode_to_int16);
HWY_EXPORT(decode_to_binary32);
HWY_EXPORT(sums_of_squares);
HWY_EXPORT(split_bytes);
HWY_EXPORT(store_raw);
HWY_EXPORT(store_clamped);

void decode_mantissas(const numerics::Code* codes, std::int64_t stride, std::int64_t count, int bits, std::int16_t* mantissas) {
  HWY_DYNAMIC_DISPATCH(decode_mantissas)(codes, stride, count, bits, mantissas);
}
void decode_mantissas(const std::uint16_t* codes, std::int64_t count, int bits, std::int16_t* mantissas) {
  HWY_DYNAMIC_DISPATCH(decode_to_int16)(codes, count, bits, mantissas);
}
void decode_mantissas(const std::uint16_t* codes, std::int64_t count, int bits, float* mantissas) {
  HWY_DYNAMIC_DISPATCH(decode_to_binary32)(codes, count, bits, mantissas);
}
void sums_of_squares(const std::int16_t* values, std::int64_t count, std::int64_t segment, double* sums) {
  HWY_DYNAMIC_DISPATCH(sums_of_squares)(values, count, segment, sums);
}
void split_bytes(const std::int16_t* values, std::int64_t count, std::int16_t* high, std::int16_t* low) {
  HWY_DYNAMIC_DISPATCH(split_bytes)(values, count, high, low);
}
double store_raw(const double* values, int count, bool relu, std::uint64_t* out, LeadingBits& leading_bits) {
  return HWY_DYNAMIC_DISPATCH(store_raw)(values, count, relu, out, leading_bits);
}
Clamped store_clamped(const double* values, int count, bool relu, double min, double max, double overflow_limit, int bits,
                      std::uint64_t* out) {
  return HWY_DYNAMIC_DISPATCH(store_clamped)(values, count, relu, min, max, overflow_limit, bits, out);
}

}  // namespace binade::kernels::simd
#endif
