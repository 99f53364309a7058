// SPDX-License-Identifier: Apache-2.0
#include "models/kernels/simd/fp32.h"

#include <cmath>
#include <limits>

#include "models/kernels/simd/tile_width.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/kernels/simd/fp32.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace binade::kernels::simd {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;
constexpr int kLanes = static_cast<int>(hn::MaxLanes(D()));
constexpr int kRows = 4;
constexpr int kVectors = HWY_TARGET <= HWY_AVX3 ? 3 : 2;
static_assert(kRows * kVectors * kLanes <= kMostFp32Outputs);

HWY_INLINE V fused(V a, V b, V sum) {
#if HWY_TARGET == HWY_SCALAR
  return V{std::fma(a.raw, b.raw, sum.raw)};
#else
  return hn::MulAdd(a, b, sum);
#endif
}

template <int kWidth>
HWY_INLINE bool sum_tile(const float* HWY_RESTRICT a, const float* HWY_RESTRICT b, std::int64_t k, bool goes_on,
                         float* HWY_RESTRICT sums) {
  const D d;
  V acc[kRows][kWidth];
#pragma GCC unroll 4
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 3
    for (int v = 0; v < kWidth; ++v) acc[r][v] = goes_on ? hn::LoadU(d, sums + (r * kWidth + v) * kLanes) : hn::Zero(d);
  }
  for (std::int64_t i = 0; i < k; ++i) {
#pragma GCC unroll 4
    for (int r = 0; r < kRows; ++r) {
      const V broadcast = hn::Set(d, a[r]);
#pragma GCC unroll 3
      for (int v = 0; v < kWidth; ++v) acc[r][v] = fused(broadcast, hn::LoadU(d, b + v * kLanes), acc[r][v]);
    }
    a += kRows;
    b += kWidth * kLanes;
  }
  bool finite = true;
  const V infinity = hn::Set(d, std::numeric_limits<float>::infinity());
#pragma GCC unroll 4
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 3
    for (int v = 0; v < kWidth; ++v) {
      hn::StoreU(acc[r][v], d, sums + (r * kWidth + v) * kLanes);
      finite = finite && hn::AllTrue(d, hn::Abs(acc[r][v]) < infinity);
    }
  }
  return finite;
}

bool sum_fp32(const float* a, const float* b, std::int64_t k, int vectors, bool goes_on, float* sums) {
  if (vectors == 1) return sum_tile<1>(a, b, k, goes_on, sums);
  return vectors == 2 ? sum_tile<2>(a, b, k, goes_on, sums) : sum_tile<kVectors>(a, b, k, goes_on, sums);
}

Fp32TileShape fp32_tile_shape(std::int64_t n) {
  const int vectors = tile_vectors(n, kLanes, kRows, kVectors, 1);
  return {kRows, vectors, vectors * kLanes};
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace binade::kernels::simd
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace binade::kernels::simd {

HWY_EXPORT(sum_fp32);
HWY_EXPORT(fp32_tile_shape);

Fp32TileShape fp32_tile_shape(std::int64_t n) { return HWY_DYNAMIC_DISPATCH(fp32_tile_shape)(n); }
bool sum_fp32(const float* a, const float* b, std::int64_t k, int vectors, bool goes_on, float* sums) {
  return HWY_DYNAMIC_DISPATCH(sum_fp32)(a, b, k, vectors, goes_on, sums);
}

}  // namespace binade::kernels::simd
#endif
