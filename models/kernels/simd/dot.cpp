// SPDX-License-Identifier: Apache-2.0
#include "models/kernels/simd/dot.h"

#include "models/kernels/simd/tile_width.h"
#include "models/numerics/error.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/kernels/simd/dot.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
#if HWY_TARGET == HWY_AVX3_DL
#pragma GCC target("avx512vnni")  // part of the target, but not of the attribute that Highway 1.0 gives it
#endif
namespace binade::kernels::simd {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Accumulators, one row of B and one broadcast fit the registers.
constexpr int kRows = HWY_TARGET <= HWY_AVX3 ? 8 : 4;
constexpr int kVectors = 3;

using D32 = hn::ScalableTag<std::int32_t>;
using D64 = hn::ScalableTag<double>;
using V32 = hn::Vec<D32>;
using V64 = hn::Vec<D64>;
constexpr int kLanes = static_cast<int>(hn::MaxLanes(D32()));
constexpr int kLanes64 = static_cast<int>(hn::MaxLanes(D64()));
static_assert(kRows <= kMostTileRows && kVectors * kLanes <= kMostTileCols && kLanes % kLanes64 == 0);

/// Calls tile(std::integral_constant) of a width.
template <class Tile>
HWY_INLINE void of_width(int vectors, Tile tile) {
  switch (vectors) {
    case 1:
      return tile(std::integral_constant<int, 1>());
    case 2:
      return tile(std::integral_constant<int, 2>());
    case 3:
      return tile(std::integral_constant<int, 3>());
    default:
      throw InvariantError("simd: a tile of " + std::to_string(vectors) + " vectors");
  }
}

/// sum + the dot product of two pairs of int16 a lane, modulo 2^32.
HWY_INLINE V32 multiply_pairs(V32 sum, V32 a, V32 b) {
#if HWY_TARGET == HWY_AVX3_DL
  return V32{_mm512_dpwssd_epi32(sum.raw, a.raw, b.raw)};
#elif HWY_TARGET == HWY_AVX3
  return sum + V32{_mm512_madd_epi16(a.raw, b.raw)};
#elif HWY_TARGET == HWY_AVX2
  return sum + V32{_mm256_madd_epi16(a.raw, b.raw)};
#else
  const V32 even = hn::ShiftRight<16>(hn::ShiftLeft<16>(a)) * hn::ShiftRight<16>(hn::ShiftLeft<16>(b));
  return sum + even + hn::ShiftRight<16>(a) * hn::ShiftRight<16>(b);
#endif
}

template <int kWidth>
HWY_INLINE void modular_tile(const std::int16_t* const* a, std::int64_t first, const std::int16_t* HWY_RESTRICT b,
                             std::int64_t pairs, std::int32_t* HWY_RESTRICT c) {
  const D32 d;
  const std::int16_t* rows[kRows];
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) rows[r] = a[r] + 2 * first;
  V32 sums[kRows][kWidth];
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 3
    for (int v = 0; v < kWidth; ++v) sums[r][v] = hn::Zero(d);
  }
  for (std::int64_t p = 0; p < pairs; ++p) {
    const auto* const b32 = reinterpret_cast<const std::int32_t*>(b);
    V32 columns[kWidth];
#pragma GCC unroll 3
    for (int v = 0; v < kWidth; ++v) columns[v] = hn::LoadU(d, b32 + v * kLanes);
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) {
      std::int32_t pair;
      __builtin_memcpy(&pair, rows[r] + 2 * p, sizeof pair);
      const V32 broadcast = hn::Set(d, pair);
#pragma GCC unroll 3
      for (int v = 0; v < kWidth; ++v) sums[r][v] = multiply_pairs(sums[r][v], broadcast, columns[v]);
    }
    b += 2 * kWidth * kLanes;
  }
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 3
    for (int v = 0; v < kWidth; ++v) hn::StoreU(sums[r][v], d, c + (r * kWidth + v) * kLanes);
  }
}
void dot_int16_modular(const std::int16_t* const* a, std::int64_t first, const std::int16_t* b, std::int64_t pairs, int vectors,
                       std::int32_t* c) {
  of_width(vectors, [&](auto width) { modular_tile<width>(a, first, b, pairs, c); });
}

void dot_int16(const std::int16_t* const* a, const std::int16_t* HWY_RESTRICT b, std::int64_t pairs, std::int64_t chunk,
               double weight, int vectors, double* HWY_RESTRICT c) {
  const D64 d;
  const hn::Rebind<std::int32_t, D64> d32;
  const V64 w = hn::Set(d, weight);
  HWY_ALIGN std::int32_t sums[kRows * kVectors * kLanes];
  const int cols = vectors * kLanes;
  for (std::int64_t first = 0; first < pairs; first += chunk) {
    dot_int16_modular(a, first, b + 2 * cols * first, HWY_MIN(chunk, pairs - first), vectors, sums);
    for (int i = 0; i < kRows * cols; i += kLanes64) {
      hn::StoreU(hn::MulAdd(w, hn::PromoteTo(d, hn::LoadU(d32, sums + i)), hn::LoadU(d, c + i)), d, c + i);
    }
  }
}

// With value = run * 2^shift + block, a step is floor((value + half) / 2^shift) for value >= 0: truncation to 12 guard bits and
// rounding half up make one floor. For value < 0 truncation toward zero is a ceiling of 2^(shift-12) units, which adds
// 2^(shift-12) - 1 before the floor. run being whole, run + floor((block + ...) / 2^shift) is the same.
void dot_blocked(const std::int16_t* const* a, const std::int16_t* HWY_RESTRICT b, std::int64_t blocks, std::int64_t block_pairs,
                 int shift, int vectors, std::int32_t* HWY_RESTRICT run) {
  const D32 d;
  constexpr int kGuardBits = 12;
  const std::int32_t half = std::int32_t{1} << (shift - 1);
  const V32 addend = hn::Set(d, half);
  const V32 addend_negative = hn::Set(d, half + (shift > kGuardBits ? (std::int32_t{1} << (shift - kGuardBits)) - 1 : 0));
  HWY_ALIGN std::int32_t sums[kRows * kVectors * kLanes];
  const int cols = vectors * kLanes;
  for (std::int64_t block = 0; block < blocks; ++block) {
    dot_int16_modular(a, block * block_pairs, b, block_pairs, vectors, sums);
    for (int i = 0; i < kRows * cols; i += kLanes) {
      const V32 sum = hn::Load(d, sums + i), old = hn::LoadU(d, run + i);
      const V32 floored = old + hn::ShiftRightSame(sum, shift);
      const V32 add = hn::IfThenElse(floored < hn::Zero(d), addend_negative, addend);
      hn::StoreU(old + hn::ShiftRightSame(sum + add, shift), d, run + i);
    }
    b += 2 * cols * block_pairs;
  }
}

void dot_chained(const std::int16_t* const* a, const std::int16_t* HWY_RESTRICT b, std::int64_t chains, std::int64_t chain_pairs,
                 int vectors, float* HWY_RESTRICT run) {
  HWY_ALIGN std::int32_t sums[kRows * kVectors * kLanes];
  const int cols = vectors * kLanes;
  for (std::int64_t chain = 0; chain < chains; ++chain) {
    dot_int16_modular(a, chain * chain_pairs, b, chain_pairs, vectors, sums);
    for (int i = 0; i < kRows * cols; ++i) run[i] = static_cast<float>(static_cast<double>(run[i]) + sums[i]);
    b += 2 * cols * chain_pairs;
  }
}

HWY_INLINE V64 load_fp64(const double* from) { return hn::LoadU(D64(), from); }
HWY_INLINE V64 load_fp64(const float* from) { return hn::PromoteTo(D64(), hn::LoadU(hn::Rebind<float, D64>(), from)); }

template <int kWidth, class T>
HWY_INLINE void fp64_tile(const double* const* a, const T* HWY_RESTRICT b, std::int64_t k, double* HWY_RESTRICT c) {
  const D64 d;
  const double* rows[kRows];
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) rows[r] = a[r];
  V64 sums[kRows][kWidth];
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 3
    for (int v = 0; v < kWidth; ++v) sums[r][v] = hn::Zero(d);
  }
  for (std::int64_t i = 0; i < k; ++i) {
    V64 columns[kWidth];
#pragma GCC unroll 3
    for (int v = 0; v < kWidth; ++v) columns[v] = load_fp64(b + v * kLanes64);
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) {
      const V64 broadcast = hn::Set(d, rows[r][i]);
#pragma GCC unroll 3
      for (int v = 0; v < kWidth; ++v) sums[r][v] = hn::MulAdd(broadcast, columns[v], sums[r][v]);
    }
    b += kWidth * kLanes64;
  }
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 3
    for (int v = 0; v < kWidth; ++v) hn::StoreU(sums[r][v], d, c + (r * kWidth + v) * kLanes64);
  }
}
void dot_fp64(const double* const* a, const double* b, std::int64_t k, int vectors, double* c) {
  of_width(vectors, [&](auto width) { fp64_tile<width>(a, b, k, c); });
}
void dot_fp64_of_binary32(const double* const* a, const float* b, std::int64_t k, int vectors, double* c) {
  of_width(vectors, [&](auto width) { fp64_tile<width>(a, b, k, c); });
}

template <int kWidth>
HWY_INLINE void fp64_list_tile(const double* HWY_RESTRICT a, const std::int32_t* HWY_RESTRICT at, const float* HWY_RESTRICT b,
                               std::int64_t steps, double* HWY_RESTRICT c) {
  const D64 d;
  V64 sums[kRows][kWidth];
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 3
    for (int v = 0; v < kWidth; ++v) sums[r][v] = hn::Zero(d);
  }
  for (std::int64_t i = 0; i < steps; ++i, a += kRows, at += kRows) {
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) {
      const V64 broadcast = hn::Set(d, a[r]);
      const float* const columns = b + std::int64_t{at[r]} * (kWidth * kLanes64);
#pragma GCC unroll 3
      for (int v = 0; v < kWidth; ++v) sums[r][v] = hn::MulAdd(broadcast, load_fp64(columns + v * kLanes64), sums[r][v]);
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 3
    for (int v = 0; v < kWidth; ++v) hn::StoreU(sums[r][v], d, c + (r * kWidth + v) * kLanes64);
  }
}
void dot_fp64_of_lists(const double* a, const std::int32_t* at, const float* b, std::int64_t steps, int vectors, double* c) {
  of_width(vectors, [&](auto width) { fp64_list_tile<width>(a, at, b, steps, c); });
}

// A step is run + floor((block + addend) * 2^-shift), as in dot_blocked; blocks of whole output LSBs (shift <= 0) need no rounding.
// Every value has at most 53 bits: block and addend are whole, |block| <= 2^38 and an addend is below 2^51, and run in
// [-2^19, 2^19) is compared with 12 bits behind the point.
std::uint64_t fold_blocks(const std::int32_t* HWY_RESTRICT high, const std::int32_t* HWY_RESTRICT low, int shift, int integer_bits,
                          double* HWY_RESTRICT run, int count) {
  const D64 d;
  const hn::Rebind<std::int32_t, D64> d32;
  constexpr int kGuardBits = 12;
  shift = HWY_MIN(shift, kHighestFoldShift);
  const auto power = [](int exponent) {
    const double magnitude = static_cast<double>(std::int64_t{1} << HWY_MAX(exponent, -exponent));
    return exponent >= 0 ? magnitude : 1 / magnitude;
  };
  const double half = shift > 0 ? power(shift - 1) : 0, limit = power(integer_bits - 1);
  const V64 w = hn::Set(d, power(-shift)), byte = hn::Set(d, 256.0), zero = hn::Zero(d);
  const V64 addend = hn::Set(d, half);
  const V64 addend_negative = hn::Set(d, shift > kGuardBits ? half + (power(shift - kGuardBits) - 1) : half);
  const V64 largest = hn::Set(d, limit - 1), smallest = hn::Set(d, -limit), clamps_below = hn::Set(d, -limit - power(-kGuardBits));
  std::uint64_t clamped = 0;
  for (int i = 0; i < count; i += kLanes64) {
    V64 block = hn::PromoteTo(d, hn::LoadU(d32, low + i));
    if (high != nullptr) block = hn::MulAdd(hn::PromoteTo(d, hn::LoadU(d32, high + i)), byte, block);
    const V64 old = hn::LoadU(d, run + i), scaled = block * w;
    const V64 add = hn::IfThenElse(scaled < zero - old, addend_negative, addend);
    const V64 rounded = old + hn::Floor((block + add) * w);
    clamped += hn::CountTrue(d, hn::Or(rounded > largest, scaled <= clamps_below - old));
    hn::StoreU(hn::Max(hn::Min(rounded, largest), smallest), d, run + i);
  }
  return clamped;
}

TileShape tile_shape(std::int64_t n) {
  const int vectors = tile_vectors(n, kLanes, kRows, kVectors, 1);
  return {kRows, vectors, vectors * kLanes, vectors * kLanes64};
}
int tile_rows() { return kRows; }
const char* target_name() { return hwy::TargetName(HWY_TARGET); }

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace binade::kernels::simd
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace binade::kernels::simd {

HWY_EXPORT(dot_int16);
HWY_EXPORT(dot_int16_modular);
HWY_EXPORT(dot_blocked);
HWY_EXPORT(dot_chained);
HWY_EXPORT(dot_fp64);
HWY_EXPORT(dot_fp64_of_binary32);
HWY_EXPORT(dot_fp64_of_lists);
HWY_EXPORT(fold_blocks);
HWY_EXPORT(tile_shape);
HWY_EXPORT(tile_rows);
HWY_EXPORT(target_name);

TileShape tile_shape(std::int64_t n) { return HWY_DYNAMIC_DISPATCH(tile_shape)(n); }
int tile_rows() { return HWY_DYNAMIC_DISPATCH(tile_rows)(); }
std::int64_t generated_targets() { return HWY_TARGETS; }
const char* target_name() { return HWY_DYNAMIC_DISPATCH(target_name)(); }
void dot_int16(const std::int16_t* const* a, const std::int16_t* b, std::int64_t pairs, std::int64_t chunk, double weight,
               int vectors, double* c) {
  HWY_DYNAMIC_DISPATCH(dot_int16)(a, b, pairs, chunk, weight, vectors, c);
}
void dot_int16_modular(const std::int16_t* const* a, std::int64_t first, const std::int16_t* b, std::int64_t pairs, int vectors,
                       std::int32_t* c) {
  HWY_DYNAMIC_DISPATCH(dot_int16_modular)(a, first, b, pairs, vectors, c);
}
void dot_blocked(const std::int16_t* const* a, const std::int16_t* b, std::int64_t blocks, std::int64_t block_pairs, int shift,
                 int vectors, std::int32_t* run) {
  HWY_DYNAMIC_DISPATCH(dot_blocked)(a, b, blocks, block_pairs, shift, vectors, run);
}
void dot_chained(const std::int16_t* const* a, const std::int16_t* b, std::int64_t chains, std::int64_t chain_pairs, int vectors,
                 float* run) {
  HWY_DYNAMIC_DISPATCH(dot_chained)(a, b, chains, chain_pairs, vectors, run);
}
void dot_fp64(const double* const* a, const double* b, std::int64_t k, int vectors, double* c) {
  HWY_DYNAMIC_DISPATCH(dot_fp64)(a, b, k, vectors, c);
}
void dot_fp64(const double* const* a, const float* b, std::int64_t k, int vectors, double* c) {
  HWY_DYNAMIC_DISPATCH(dot_fp64_of_binary32)(a, b, k, vectors, c);
}
void dot_fp64_of_lists(const double* a, const std::int32_t* at, const float* b, std::int64_t steps, int vectors, double* c) {
  HWY_DYNAMIC_DISPATCH(dot_fp64_of_lists)(a, at, b, steps, vectors, c);
}
std::uint64_t fold_blocks(const std::int32_t* high, const std::int32_t* low, int shift, int integer_bits, double* run, int count) {
  return HWY_DYNAMIC_DISPATCH(fold_blocks)(high, low, shift, integer_bits, run, count);
}

}  // namespace binade::kernels::simd
#endif
