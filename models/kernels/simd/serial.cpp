// SPDX-License-Identifier: Apache-2.0
#include "models/kernels/simd/serial.h"

#include <algorithm>
#include <cfenv>
#include <cmath>
#include <limits>

#include "models/kernels/simd/tile_width.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/kernels/simd/serial.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace binade::kernels::simd {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using numerics::FormatSpec;

constexpr int kRows = 4;
constexpr int kVectors = HWY_TARGET <= HWY_AVX3 ? 3 : 2;

template <class D>
struct Counts {
  hn::Vec<D> largest;
  std::uint64_t zero_products = 0, lost_sums = 0, saturations = 0;
};

/// HillFloat, toward zero: cut the fraction, flush below the normal range. kSaturates: what is beyond the range becomes the largest
/// magnitude; a step that overflows, toward zero, is still finite.
template <class D, bool kSaturates>
class HillStep {
 public:
  using T = hn::TFromD<D>;
  using V = hn::Vec<D>;

  explicit HillStep(const FormatSpec& format)
      : keep_(hn::Set(di_, -(Bits{1} << (kFraction - format.fraction_bits)))),
        smallest_(hn::Set(d_, static_cast<T>(std::ldexp(1.0, 1 - format.bias())))),
        beyond_(hn::Set(d_, static_cast<T>(std::ldexp(1.0, (1 << format.exponent_bits) - format.bias())))),
        greatest_(hn::Set(d_, static_cast<T>(std::ldexp(2.0 - std::ldexp(1.0, -format.fraction_bits),
                                                        (1 << format.exponent_bits) - 1 - format.bias())))) {}

  HWY_INLINE V product(V exact, Counts<D>& counts) const {
    const V magnitude = hn::Abs(exact);
    const auto kept = magnitude >= smallest_;
    counts.zero_products += hn::CountTrue(d_, kept);  // the others, once all are counted
    return hn::IfThenElseZero(kept, limited(cut(exact), magnitude, counts));
  }
  HWY_INLINE V sum(V exact, Counts<D>& counts) const {
    const V magnitude = hn::Abs(exact);
    const auto kept = magnitude >= smallest_;
    const auto lost = hn::And(magnitude<smallest_, magnitude> hn::Zero(d_));
    if (HWY_UNLIKELY(!hn::AllFalse(d_, lost))) counts.lost_sums += hn::CountTrue(d_, lost);
    return hn::IfThenElseZero(kept, limited(cut(exact), magnitude, counts));
  }
  static constexpr bool kCountsKept = true;

 private:
  using DI = hn::RebindToSigned<D>;
  using Bits = hn::TFromD<DI>;
  static constexpr int kFraction = sizeof(T) == 4 ? 23 : 52;
  HWY_INLINE V cut(V value) const { return hn::BitCast(d_, hn::And(hn::BitCast(di_, value), keep_)); }
  HWY_INLINE V limited(V value, V magnitude, Counts<D>& counts) const {
    if constexpr (kSaturates) {
      const auto over = magnitude >= beyond_;
      counts.saturations += hn::CountTrue(d_, over);
      return hn::IfThenElse(over, hn::CopySign(greatest_, value), value);
    } else {
      counts.largest = hn::Max(counts.largest, magnitude);
      return value;
    }
  }

  const D d_{};
  const DI di_{};
  hn::Vec<DI> keep_;
  V smallest_;
  V beyond_;    ///< the least magnitude that saturates
  V greatest_;  ///< of the format
};

/// IeeeFloat, to nearest even: adding and subtracting 1.5 * 2^e leaves a multiple of its ulp, e following the value down to the
/// smallest normal binade.
template <class D>
class IeeeStep {
 public:
  using T = hn::TFromD<D>;
  using V = hn::Vec<D>;

  explicit IeeeStep(const FormatSpec& format)
      : exponent_(hn::Set(di_, (Bits{2} * kBias + 1) << kFraction)),
        lowest_(hn::Set(di_, static_cast<Bits>(kBias + 1 - format.bias()) << kFraction)),
        raise_(hn::Set(di_, (static_cast<Bits>(kFraction - format.fraction_bits) << kFraction) + (Bits{1} << (kFraction - 1)))) {}

  HWY_INLINE V product(V exact, Counts<D>& counts) const {
    const V result = rounded(exact);
    counts.zero_products += hn::CountTrue(d_, result == hn::Zero(d_));
    counts.largest = hn::Max(counts.largest, hn::Abs(result));
    return result;
  }
  HWY_INLINE V sum(V exact, Counts<D>& counts) const {
    const V result = rounded(exact);
    counts.largest = hn::Max(counts.largest, hn::Abs(result));
    return result;
  }
  static constexpr bool kCountsKept = false;
  /// Values below it have a finite 1.5 * 2^e.
  static double limit(const FormatSpec& format) {
    return std::ldexp(1.0, static_cast<int>(kBias) - kFraction + format.fraction_bits);
  }
  HWY_INLINE V rounded(V value) const {
    const auto binade = hn::Max(hn::And(hn::BitCast(di_, value), exponent_), lowest_);
    const V magic = hn::BitCast(d_, binade + raise_);
    return (value + magic) - magic;
  }

 private:
  using DI = hn::RebindToSigned<D>;
  using Bits = hn::TFromD<DI>;
  static constexpr int kFraction = sizeof(T) == 4 ? 23 : 52;
  static constexpr Bits kBias = sizeof(T) == 4 ? 127 : 1023;

  const D d_{};
  const DI di_{};
  hn::Vec<DI> exponent_, lowest_, raise_;
};

/// IeeeFloat with the infinities and NaN that the format has; the caller says that what its IeeeStep cannot round is beyond
/// `largest`.
template <class D>
class SpecialStep {
 public:
  using T = hn::TFromD<D>;
  using V = hn::Vec<D>;
  using M = hn::Mask<D>;

  SpecialStep(const FormatSpec& format, double largest)
      : step_(format),
        limit_(hn::Set(d_, static_cast<T>(IeeeStep<D>::limit(format)))),
        largest_(hn::Set(d_, static_cast<T>(largest))),
        infinity_(hn::Set(d_, std::numeric_limits<T>::infinity())),
        beyond_(format.specials == numerics::Specials::InfNan ? infinity_ : hn::Set(d_, std::numeric_limits<T>::quiet_NaN())) {}

  HWY_INLINE M finite(V value) const { return hn::Abs(value) < infinity_; }
  /// The rounding of x * y or x + y; lanes outside `counted` count nothing.
  HWY_INLINE V round(V exact, M operands_finite, M counted, SerialTile& tile) const {
    const V near = hn::IfThenElse(hn::Abs(exact) < limit_, step_.rounded(exact), exact);
    const M over = hn::Abs(near) > largest_;
    const V result = hn::IfThenElse(over, hn::CopySign(beyond_, near), near);
    tile.overflows += hn::CountTrue(d_, hn::And(hn::And(over, operands_finite), counted));
    tile.nans += hn::CountTrue(d_, hn::And(hn::IsNaN(result), counted));
    tile.lost_sums += hn::CountTrue(d_, hn::And(hn::And(result == hn::Zero(d_), exact != hn::Zero(d_)), counted));
    return result;
  }

 private:
  const D d_{};
  IeeeStep<D> step_;
  V limit_, largest_, infinity_, beyond_;
};

template <class D>
SerialTile run_specials(D d, const FormatSpec& format, double largest, int cols, int vectors, const hn::TFromD<D>* HWY_RESTRICT a,
                        const hn::TFromD<D>* HWY_RESTRICT b, std::int64_t k, hn::TFromD<D>* HWY_RESTRICT sums) {
  using V = hn::Vec<D>;
  constexpr int kLanes = static_cast<int>(hn::MaxLanes(D()));
  const SpecialStep<D> step(format, largest);
  SerialTile tile{.in_range = true};
  for (int v = 0; v < vectors; ++v) {
    const auto counted = hn::FirstN(d, static_cast<std::size_t>(std::clamp(cols - v * kLanes, 0, kLanes)));
    V acc[kRows];
#pragma GCC unroll 4
    for (int r = 0; r < kRows; ++r) acc[r] = hn::Zero(d);
    for (std::int64_t i = 0; i < k; ++i) {
      const V factor = hn::LoadU(d, b + (i * vectors + v) * kLanes);
      const auto finite = step.finite(factor);
#pragma GCC unroll 4
      for (int r = 0; r < kRows; ++r) {
        const V broadcast = hn::Set(d, a[i * kRows + r]);
        const V product = step.round(broadcast * factor, hn::And(step.finite(broadcast), finite), counted, tile);
        acc[r] = step.round(acc[r] + product, hn::And(step.finite(acc[r]), step.finite(product)), counted, tile);
      }
    }
#pragma GCC unroll 4
    for (int r = 0; r < kRows; ++r) hn::StoreU(acc[r], d, sums + (r * vectors + v) * kLanes);
  }
  return tile;
}

double largest_finite(const FormatSpec& format) {
  const int reserved = format.specials == numerics::Specials::InfNan ? 1 : 0;
  const double lsbs = format.specials == numerics::Specials::NanOnly ? 2.0 : 1.0;
  return std::ldexp(2.0 - std::ldexp(lsbs, -format.fraction_bits), (1 << format.exponent_bits) - 1 - reserved - format.bias());
}

template <int kWidth, class D, class Step>
HWY_INLINE SerialTile run_tile(D d, const Step& step, double largest, const hn::TFromD<D>* HWY_RESTRICT a,
                               const hn::TFromD<D>* HWY_RESTRICT b, std::int64_t k, hn::TFromD<D>* HWY_RESTRICT sums) {
  using T = hn::TFromD<D>;
  using V = hn::Vec<D>;
  constexpr int kLanes = static_cast<int>(hn::MaxLanes(D()));
  Counts<D> counts{hn::Zero(d)};
  V acc[kRows][kWidth];
#pragma GCC unroll 4
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 3
    for (int v = 0; v < kWidth; ++v) acc[r][v] = hn::Zero(d);
  }
  for (std::int64_t i = 0; i < k; ++i) {
#pragma GCC unroll 4
    for (int r = 0; r < kRows; ++r) {
      const V broadcast = hn::Set(d, a[r]);
#pragma GCC unroll 3
      for (int v = 0; v < kWidth; ++v) {
        const V product = step.product(broadcast * hn::LoadU(d, b + v * kLanes), counts);
        acc[r][v] = step.sum(acc[r][v] + product, counts);
      }
    }
    a += kRows;
    b += kWidth * kLanes;
  }
  SerialTile tile;
  V reach = counts.largest;
#pragma GCC unroll 4
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 3
    for (int v = 0; v < kWidth; ++v) {
      hn::StoreU(acc[r][v], d, sums + (r * kWidth + v) * kLanes);
      reach = hn::Max(reach, hn::Abs(acc[r][v]));
    }
  }
  // An infinite step stays in `largest`, or makes its sum infinite or NaN.
  tile.in_range = hn::AllTrue(d, reach <= hn::Set(d, static_cast<T>(largest)));
#pragma GCC unroll 4
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 3
    for (int v = 0; v < kWidth; ++v)
      tile.in_range = tile.in_range && hn::AllTrue(d, hn::Abs(acc[r][v]) <= hn::Set(d, static_cast<T>(largest)));
  }
  const auto steps = static_cast<std::uint64_t>(k) * kRows * kWidth * kLanes;
  tile.zero_products = Step::kCountsKept ? steps - counts.zero_products : counts.zero_products;
  tile.lost_sums = counts.lost_sums;
  tile.saturations = counts.saturations;
  return tile;
}

template <class D, class Step>
SerialTile run(D d, const Step& step, double largest, const hn::TFromD<D>* a, const hn::TFromD<D>* b, std::int64_t k, int vectors,
               hn::TFromD<D>* sums) {
  if (vectors == 1) return run_tile<1>(d, step, largest, a, b, k, sums);
  return vectors == 2 ? run_tile<2>(d, step, largest, a, b, k, sums) : run_tile<kVectors>(d, step, largest, a, b, k, sums);
}

template <class D>
SerialTile dispatch(D d, const FormatSpec& format, bool saturates, const hn::TFromD<D>* a, const hn::TFromD<D>* b, std::int64_t k,
                    int vectors, hn::TFromD<D>* sums) {
  if (format.family == numerics::Family::HillFloat) {
    const double binade = std::ldexp(1.0, (1 << format.exponent_bits) - 1 - format.bias());
    // Truncation brings all of the top binade to codes of it.
    const double below = std::nextafter(2 * binade, 0.0);
    const double largest =
        sizeof(hn::TFromD<D>) == 4 ? static_cast<double>(std::nextafter(static_cast<float>(2 * binade), 0.0F)) : below;
    const HillStep<D, false> step(format);
    const HillStep<D, true> saturating_step(format);
    const int mode = std::fegetround();
    std::fesetround(FE_TOWARDZERO);
    const SerialTile tile =
        saturates ? run(d, saturating_step, largest, a, b, k, vectors, sums) : run(d, step, largest, a, b, k, vectors, sums);
    std::fesetround(mode);
    return tile;
  }
  return run(d, IeeeStep<D>(format), std::min(largest_finite(format), IeeeStep<D>::limit(format)), a, b, k, vectors, sums);
}

SerialTile sum_binary32(const FormatSpec& format, bool saturates, const float* a, const float* b, std::int64_t k, int vectors,
                        float* sums) {
  return dispatch(hn::ScalableTag<float>(), format, saturates, a, b, k, vectors, sums);
}
SerialTile sum_binary64(const FormatSpec& format, bool saturates, const double* a, const double* b, std::int64_t k, int vectors,
                        double* sums) {
  return dispatch(hn::ScalableTag<double>(), format, saturates, a, b, k, vectors, sums);
}
SerialTile specials_binary32(const FormatSpec& format, int cols, const float* a, const float* b, std::int64_t k, int vectors,
                             float* sums) {
  return run_specials(hn::ScalableTag<float>(), format, largest_finite(format), cols, vectors, a, b, k, sums);
}
SerialTile specials_binary64(const FormatSpec& format, int cols, const double* a, const double* b, std::int64_t k, int vectors,
                             double* sums) {
  return run_specials(hn::ScalableTag<double>(), format, largest_finite(format), cols, vectors, a, b, k, sums);
}
SerialTileShape serial_tile_shape(bool binary32, std::int64_t n) {
  constexpr int kStep = 14;  // vector instructions that a product, a sum and their roundings take
  const auto lanes = static_cast<int>(binary32 ? hn::MaxLanes(hn::ScalableTag<float>()) : hn::MaxLanes(hn::ScalableTag<double>()));
  const int vectors = tile_vectors(n, lanes, kRows, kVectors, kStep);
  return {kRows, vectors, vectors * lanes};
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace binade::kernels::simd
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace binade::kernels::simd {

HWY_EXPORT(sum_binary32);
HWY_EXPORT(sum_binary64);
HWY_EXPORT(specials_binary32);
HWY_EXPORT(specials_binary64);
HWY_EXPORT(serial_tile_shape);

SerialTileShape serial_tile_shape(bool binary32, std::int64_t n) { return HWY_DYNAMIC_DISPATCH(serial_tile_shape)(binary32, n); }
SerialTile sum_serially(const numerics::FormatSpec& format, bool saturates, const float* a, const float* b, std::int64_t k,
                        int vectors, float* sums) {
  return HWY_DYNAMIC_DISPATCH(sum_binary32)(format, saturates, a, b, k, vectors, sums);
}
SerialTile sum_serially(const numerics::FormatSpec& format, bool saturates, const double* a, const double* b, std::int64_t k,
                        int vectors, double* sums) {
  return HWY_DYNAMIC_DISPATCH(sum_binary64)(format, saturates, a, b, k, vectors, sums);
}

SerialTile sum_specials(const numerics::FormatSpec& format, int cols, const float* a, const float* b, std::int64_t k, int vectors,
                        float* sums) {
  return HWY_DYNAMIC_DISPATCH(specials_binary32)(format, cols, a, b, k, vectors, sums);
}
SerialTile sum_specials(const numerics::FormatSpec& format, int cols, const double* a, const double* b, std::int64_t k, int vectors,
                        double* sums) {
  return HWY_DYNAMIC_DISPATCH(specials_binary64)(format, cols, a, b, k, vectors, sums);
}

}  // namespace binade::kernels::simd
#endif
