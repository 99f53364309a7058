// SPDX-License-Identifier: Apache-2.0
#include "models/kernels/simd/posit_serial.h"

#include <algorithm>
#include <cfenv>
#include <cmath>

#include "models/kernels/simd/tile_width.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/kernels/simd/posit_serial.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace binade::kernels::simd {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using numerics::FormatSpec;

constexpr int kRows = kMostPositRows;
constexpr int kVectors = HWY_TARGET <= HWY_AVX3 ? 3 : 2;

// Shifts by a count beyond the word give zero.
template <class V>
HWY_INLINE V shift_left(V value, V count) {
#if HWY_TARGET <= HWY_AVX2
  return hn::Shl(value, count);
#else
  const hn::DFromV<V> d;
  const V word = hn::Set(d, sizeof(hn::TFromD<decltype(d)>) * 8);
  const auto within = count < word;
  return hn::IfThenElseZero(within, hn::Shl(value, hn::IfThenElseZero(within, count)));
#endif
}
template <class V>
HWY_INLINE V shift_right(V value, V count) {
#if HWY_TARGET <= HWY_AVX2
  return hn::Shr(value, count);
#else
  const hn::DFromV<V> d;
  const V word = hn::Set(d, sizeof(hn::TFromD<decltype(d)>) * 8);
  const auto within = count < word;
  return hn::IfThenElseZero(within, hn::Shr(value, hn::IfThenElseZero(within, count)));
#endif
}

/// What a * b, exact, has beside `product`: not zero where that is inexact.
template <class V>
HWY_INLINE V remainder(V a, V b, V product) {
#if HWY_TARGET <= HWY_AVX2
  return hn::NegMulAdd(a, b, product);
#else  // not fused
  const hn::DFromV<V> d;
  using T = hn::TFromD<decltype(d)>;
  HWY_ALIGN T x[hn::MaxLanes(decltype(d)())], y[hn::MaxLanes(decltype(d)())], z[hn::MaxLanes(decltype(d)())];
  hn::Store(a, d, x);
  hn::Store(b, d, y);
  hn::Store(product, d, z);
  for (std::size_t i = 0; i < hn::Lanes(d); ++i) z[i] = std::fma(-x[i], y[i], z[i]);
  return hn::Load(d, z);
#endif
}

/// The rounding of models/datapath/pe/posit_lanes.h in words of either width: add one to the exponent field, so that its bias is a
/// multiple of 2^es, and the code string is what the word has from a bit on that depends on the regime only.
template <class D, PositSteps kHow>
class PositStep {
 public:
  using T = hn::TFromD<D>;
  using V = hn::Vec<D>;
  using M = hn::Mask<D>;

  explicit PositStep(const FormatSpec& format) : regime_at_(kFraction + format.exponent_bits) {
    const int es = format.exponent_bits, longest_run = format.bits - 3, shortest_drop = regime_at_ - longest_run;
    const auto regime_bias = static_cast<Bits>(kBias + 1) >> es;
    // What is left of the word's top bits, W - 1 - drop, where drop is shortest_drop + k for k >= 0, or + -1 - k.
    const auto kept = static_cast<Bits>(kWord - 1 - shortest_drop);
    kept_positive_ = hn::Set(di_, kept + regime_bias);
    kept_negative_ = hn::Set(di_, kept + 1 - regime_bias);
    // A regime that fills the code is followed by its end, a one after zeros: where n is even, not what the last bit of k + bias
    // says, so that bit is turned over, which no shorter regime looks at.
    turn_ = hn::Set(du_, static_cast<Word>(kOne + (format.bits % 2 == 0 ? Word{1} << regime_at_ : Word{0})));
    const int largest = (format.bits - 2) << es;
    largest_ = hn::Set(d_, static_cast<T>(std::ldexp(1.0, largest)));
    smallest_ = hn::Set(d_, static_cast<T>(std::ldexp(1.0, format.minpos_scale())));
    becomes_zero_ = hn::Set(d_, static_cast<T>(format.underflows ? std::ldexp(1.0, format.zero_scale()) : 0.0));
  }

  struct Counts {
    bool in_range = true;
    std::uint64_t underflows = 0, saturations = 0;
  };

  HWY_INLINE V product(V a, V b, Counts& counts) const {
    const V near = a * b;
    const V exact = kHow == PositSteps::Near ? near : to_odd(near, remainder(a, b, near) == hn::Zero(d_));
    const V magnitude = hn::Abs(exact);
    const auto under = magnitude < smallest_;
    counts.underflows += hn::CountTrue(d_, hn::And(magnitude > hn::Zero(d_), under));
    const V small = hn::IfThenElseZero(magnitude > becomes_zero_, smallest_);
    const V rounded = hn::IfThenElse(under, small, within(magnitude, counts));
    return hn::CopySignToAbs(rounded, exact);
  }
  /// Values of the format are multiples of its smallest magnitude, and so are sums of them: none is below it.
  HWY_INLINE V sum(V a, V b, Counts& counts) const {
    const V near = a + b;
    // Where a truncated sum is not exact, less one term it is smaller than the other, of the two the one that has its sign.
    const V exact = kHow == PositSteps::Near ? near : to_odd(near, hn::And(near - a == b, near - b == a));
    return hn::CopySignToAbs(within(hn::Abs(exact), counts), exact);
  }

 private:
  using DI = hn::RebindToSigned<D>;
  using DU = hn::RebindToUnsigned<D>;
  using Bits = hn::TFromD<DI>;
  using Word = hn::TFromD<DU>;
  static constexpr int kWord = sizeof(T) * 8;
  static constexpr int kFraction = sizeof(T) == 4 ? 23 : 52;
  static constexpr int kBias = sizeof(T) == 4 ? 127 : 1023;
  static constexpr Word kOne = Word{1} << kFraction;

  HWY_INLINE V to_odd(V truncated, M exact) const {
    const V odd = hn::BitCast(d_, hn::Or(hn::BitCast(du_, truncated), hn::Set(du_, Word{1})));
    return hn::IfThenElse(exact, truncated, odd);
  }

  HWY_INLINE V within(V magnitude, Counts& counts) const {
    const V result = rounded(magnitude);
    const auto reached = magnitude >= largest_;
    if constexpr (kHow == PositSteps::Saturate) {
      counts.saturations += hn::CountTrue(d_, magnitude > largest_);
      return hn::IfThenElse(reached, largest_, result);
    } else {
      if (HWY_UNLIKELY(!hn::AllFalse(d_, reached))) counts.in_range = false;
      return result;
    }
  }

  /// A magnitude of the format's range, or zero: its regime leaves less than no bits, a count beyond the word.
  HWY_INLINE V rounded(V magnitude) const {
    const auto bits = hn::BitCast(du_, magnitude);
    const auto word = bits + hn::Set(du_, kOne);
    const auto regime = hn::BitCast(di_, hn::ShiftRightSame(word, regime_at_));
    const auto kept = hn::BitCast(du_, hn::Min(kept_positive_ - regime, kept_negative_ + regime));
    const auto below = shift_right(hn::Set(du_, static_cast<Word>(~Word{0} >> 1)), kept);  // the bits that go
    const auto last = hn::ShiftRight<kWord - 1>(shift_left(bits + turn_, kept));           // the lowest one that stays
    const auto raised = word + hn::ShiftRight<1>(below) + last;
    return hn::BitCast(d_, hn::AndNot(below, raised) - hn::Set(du_, kOne));
  }

  const D d_{};
  const DI di_{};
  const DU du_{};
  int regime_at_;
  hn::Vec<DI> kept_positive_, kept_negative_;
  hn::Vec<DU> turn_;
  V largest_, smallest_, becomes_zero_;
};

template <int kWidth, class D, class Step>
HWY_INLINE PositTile run_tile(D d, const Step& step, const hn::TFromD<D>* HWY_RESTRICT a, const std::int32_t* HWY_RESTRICT at,
                              const hn::TFromD<D>* HWY_RESTRICT b, std::int64_t steps, hn::TFromD<D>* HWY_RESTRICT sums) {
  using V = hn::Vec<D>;
  constexpr int kLanes = static_cast<int>(hn::MaxLanes(D()));
  typename Step::Counts counts;
  V acc[kRows][kWidth];
#pragma GCC unroll 4
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 3
    for (int v = 0; v < kWidth; ++v) acc[r][v] = hn::Zero(d);
  }
  for (std::int64_t i = 0; i < steps; ++i, a += kRows, at += kRows) {
#pragma GCC unroll 4
    for (int r = 0; r < kRows; ++r) {
      const V broadcast = hn::Set(d, a[r]);
#pragma GCC unroll 3
      for (int v = 0; v < kWidth; ++v)
        acc[r][v] = step.sum(acc[r][v], step.product(broadcast, hn::LoadU(d, b + at[r] + v * kLanes), counts), counts);
    }
  }
#pragma GCC unroll 4
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 3
    for (int v = 0; v < kWidth; ++v) hn::StoreU(acc[r][v], d, sums + (r * kWidth + v) * kLanes);
  }
  return {counts.in_range, counts.underflows, counts.saturations};
}

template <PositSteps kHow, class D>
HWY_INLINE PositTile of_width(D d, const FormatSpec& format, const hn::TFromD<D>* a, const std::int32_t* at, const hn::TFromD<D>* b,
                              std::int64_t steps, int vectors, hn::TFromD<D>* sums) {
  const PositStep<D, kHow> step(format);
  if (vectors == 1) return run_tile<1>(d, step, a, at, b, steps, sums);
  return vectors == 2 ? run_tile<2>(d, step, a, at, b, steps, sums) : run_tile<kVectors>(d, step, a, at, b, steps, sums);
}

template <class D>
PositTile dispatch(D d, const FormatSpec& format, PositSteps how, const hn::TFromD<D>* a, const std::int32_t* at,
                   const hn::TFromD<D>* b, std::int64_t steps, int vectors, hn::TFromD<D>* sums) {
  if (how == PositSteps::Near) return of_width<PositSteps::Near>(d, format, a, at, b, steps, vectors, sums);
  const int mode = std::fegetround();
  std::fesetround(FE_TOWARDZERO);
  const PositTile tile = how == PositSteps::Odd ? of_width<PositSteps::Odd>(d, format, a, at, b, steps, vectors, sums)
                                                : of_width<PositSteps::Saturate>(d, format, a, at, b, steps, vectors, sums);
  std::fesetround(mode);
  return tile;
}

PositTile sum_posits32(const FormatSpec& format, PositSteps how, const float* a, const std::int32_t* at, const float* b,
                       std::int64_t steps, int vectors, float* sums) {
  return dispatch(hn::ScalableTag<float>(), format, how, a, at, b, steps, vectors, sums);
}
PositTile sum_posits64(const FormatSpec& format, PositSteps how, const double* a, const std::int32_t* at, const double* b,
                       std::int64_t steps, int vectors, double* sums) {
  return dispatch(hn::ScalableTag<double>(), format, how, a, at, b, steps, vectors, sums);
}
PositTileShape posit_tile_shape(bool binary32, std::int64_t n) {
  constexpr int kStep = 50;  // vector instructions that a product, a sum and their roundings take
  const auto lanes = static_cast<int>(binary32 ? hn::MaxLanes(hn::ScalableTag<float>()) : hn::MaxLanes(hn::ScalableTag<double>()));
  static_assert(kRows * kVectors * hn::MaxLanes(hn::ScalableTag<float>()) <= kMostPositOutputs);
  const int vectors = tile_vectors(n, lanes, kRows, kVectors, kStep);
  return {kRows, vectors, vectors * lanes};
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace binade::kernels::simd
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace binade::kernels::simd {

HWY_EXPORT(sum_posits32);
HWY_EXPORT(sum_posits64);
HWY_EXPORT(posit_tile_shape);

PositTileShape posit_tile_shape(bool binary32, std::int64_t n) { return HWY_DYNAMIC_DISPATCH(posit_tile_shape)(binary32, n); }
PositTile sum_posits(const numerics::FormatSpec& format, PositSteps how, const float* a, const std::int32_t* at, const float* b,
                     std::int64_t steps, int vectors, float* sums) {
  return HWY_DYNAMIC_DISPATCH(sum_posits32)(format, how, a, at, b, steps, vectors, sums);
}
PositTile sum_posits(const numerics::FormatSpec& format, PositSteps how, const double* a, const std::int32_t* at, const double* b,
                     std::int64_t steps, int vectors, double* sums) {
  return HWY_DYNAMIC_DISPATCH(sum_posits64)(format, how, a, at, b, steps, vectors, sums);
}

}  // namespace binade::kernels::simd
#endif
