// SPDX-License-Identifier: Apache-2.0
#include "sim/host/draws.h"

#include <algorithm>
#include <array>
#include <numbers>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sim/host/draws.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace binade::sim {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<double>;
using DU = hn::RebindToUnsigned<D>;
using V = hn::Vec<D>;
using VU = hn::Vec<DU>;
constexpr std::size_t kLanes = hn::MaxLanes(D());

constexpr int kFractionBits = 52;
constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15U;

HWY_INLINE V set(double value) { return hn::Set(D(), value); }
HWY_INLINE VU set_bits(std::uint64_t value) { return hn::Set(DU(), value); }

/// Of an integer below 2^52: it becomes the fraction of 2^52.
HWY_INLINE V to_double(VU integer) {
  constexpr std::uint64_t kTwoTo52 = std::uint64_t{1023 + kFractionBits} << kFractionBits;
  return hn::BitCast(D(), hn::Or(integer, set_bits(kTwoTo52))) - set(0x1p52);
}

/// The output function of SplitMix64 (Steele, Lea and Flood 2014).
HWY_INLINE VU mix(VU z) {
  z = hn::Xor(z, hn::ShiftRight<30>(z)) * set_bits(0xbf58476d1ce4e5b9U);
  z = hn::Xor(z, hn::ShiftRight<27>(z)) * set_bits(0x94d049bb133111ebU);
  return hn::Xor(z, hn::ShiftRight<31>(z));
}

/// `at`: the stream plus kGolden times the draw's index plus 1, a lane each.
HWY_INLINE V uniform(VU at) { return (to_double(hn::ShiftRight<32>(mix(at))) + set(0.5)) * set(0x1p-32); }

/// A multiply and an add each, never fused.
template <std::size_t N>
HWY_INLINE V polynomial(const std::array<double, N>& coefficients, V x) {
  V value = set(coefficients[N - 1]);
  for (std::size_t i = N - 1; i-- > 0;) value = value * x + set(coefficients[i]);
  return value;
}

/// ln x of a normal x = e ln 2 + 2 atanh((f-1)/(f+1)), f in [sqrt(1/2), sqrt 2): the odd series to s^25 is exact to binary64.
HWY_INLINE V natural_log(V x) {
  constexpr std::array kSeries{1.0,      1.0 / 3,  1.0 / 5,  1.0 / 7,  1.0 / 9,  1.0 / 11, 1.0 / 13,
                               1.0 / 15, 1.0 / 17, 1.0 / 19, 1.0 / 21, 1.0 / 23, 1.0 / 25};
  constexpr std::uint64_t kHalf = std::uint64_t{1022} << kFractionBits;
  const VU bits = hn::BitCast(DU(), x);
  const V half = hn::BitCast(D(), hn::Or(hn::And(bits, set_bits((std::uint64_t{1} << kFractionBits) - 1)), set_bits(kHalf)));
  const auto small = half < set(std::numbers::sqrt2 / 2);
  const V fraction = hn::IfThenElse(small, half * set(2), half);
  const V whole = to_double(hn::ShiftRight<kFractionBits>(bits)) - set(1022);
  const V exponent = hn::IfThenElse(small, whole - set(1), whole);
  const V s = (fraction - set(1)) / (fraction + set(1));
  return exponent * set(std::numbers::ln2) + set(2) * s * polynomial(kSeries, s * s);
}

/// The quantile of p where |p - 1/2| <= 0.425.
HWY_INLINE V central_quantile(V p) {
  constexpr std::array kA{3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
                          4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3};
  constexpr std::array kB{1.0,
                          4.2313330701600911252e1,
                          6.8718700749205790830e2,
                          5.3941960214247511077e3,
                          2.1213794301586595867e4,
                          3.9307895800092710610e4,
                          2.8729085735721942674e4,
                          5.2264952788528545610e3};
  const V q = p - set(0.5);
  const V r = set(0.180625) - q * q;
  return q * polynomial(kA, r) / polynomial(kB, r);
}

/// Of the others. 32-bit uniforms stay within sqrt(-ln p) <= 5.
HWY_INLINE V outer_quantile(V p) {
  constexpr std::array kC{1.42343711074968357734e0,  4.63033784615654529590e0, 5.76949722146069140550e0,
                          3.64784832476320460504e0,  1.27045825245236838258e0, 2.41780725177450611770e-1,
                          2.27238449892691845833e-2, 7.74545014278341407640e-4};
  constexpr std::array kD{1.0,
                          2.05319162663775882187e0,
                          1.67638483018380384940e0,
                          6.89767334985100004550e-1,
                          1.48103976427480074590e-1,
                          1.51986665636164571966e-2,
                          5.47593808499534494600e-4,
                          1.05075007164441684324e-9};
  const auto below = p < set(0.5);
  const V distance = hn::IfThenElse(below, p, set(1) - p);
  const V r = hn::Sqrt(hn::Neg(natural_log(distance))) - set(1.6);
  const V magnitude = polynomial(kC, r) / polynomial(kD, r);
  return hn::IfThenElse(below, hn::Neg(magnitude), magnitude);
}

/// Calls use(i, uniforms) for every vector that begins at draw first + i.
template <class Use>
HWY_INLINE void each_vector(std::uint64_t stream, std::uint64_t first, std::size_t count, Use use) {
  VU at = set_bits(stream + (first + 1) * kGolden) + hn::Iota(DU(), 0) * set_bits(kGolden);
  for (std::size_t i = 0; i < count; i += kLanes) {
    use(i, uniform(at));
    at = at + set_bits(kLanes * kGolden);
  }
}

HWY_INLINE void store(V values, double* out, std::size_t i, std::size_t count) {
  if (i + kLanes <= count) return hn::StoreU(values, D(), out + i);
  double rest[kLanes];
  hn::StoreU(values, D(), rest);
  std::copy(rest, rest + (count - i), out + i);
}

void uniforms(std::uint64_t stream, std::uint64_t first, std::size_t count, double* out) {
  each_vector(stream, first, count, [&](std::size_t i, V p) { store(p, out, i, count); });
}

/// Up to kBlock normals: the three in twenty outside the centre are drawn together afterwards.
constexpr std::size_t kBlock = 512;
void normal_block(std::uint64_t stream, std::uint64_t first, std::size_t count, double* out) {
  double outer[kBlock + 2 * kLanes], place[kBlock + 2 * kLanes];
  std::size_t outside = 0;
  V index = hn::Iota(D(), 0);
  each_vector(stream, first, count, [&](std::size_t i, V p) {
    store(central_quantile(p), out, i, count);
    const auto is_outer = hn::Abs(p - set(0.5)) > set(0.425);
    hn::CompressStore(index, is_outer, D(), place + outside);
    outside += hn::CompressStore(p, is_outer, D(), outer + outside);
    index = index + set(kLanes);
  });
  std::fill_n(outer + outside, kLanes, 0.25);  // the last vector's other lanes
  for (std::size_t i = 0; i < outside; i += kLanes) {
    double quantiles[kLanes];
    hn::StoreU(outer_quantile(hn::LoadU(D(), outer + i)), D(), quantiles);
    for (std::size_t lane = 0; lane < std::min(kLanes, outside - i); ++lane)
      if (const auto at = static_cast<std::size_t>(place[i + lane]); at < count) out[at] = quantiles[lane];
  }
}

void normals(std::uint64_t stream, std::uint64_t first, std::size_t count, double* out) {
  for (std::size_t i = 0; i < count; i += kBlock) normal_block(stream, first + i, std::min(kBlock, count - i), out + i);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace binade::sim
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace binade::sim {

HWY_EXPORT(uniforms);
HWY_EXPORT(normals);

std::uint64_t stream_of(std::uint64_t seed, std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  std::uint64_t z = seed + 0x9e3779b97f4a7c15U;  // one step of SplitMix64
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return (z ^ (z >> 31)) ^ hash;
}

void draw_uniform(std::uint64_t stream, std::int64_t first, std::span<double> out) {
  HWY_DYNAMIC_DISPATCH(uniforms)(stream, static_cast<std::uint64_t>(first), out.size(), out.data());
}

void draw_normal(std::uint64_t stream, std::int64_t first, std::span<double> out) {
  HWY_DYNAMIC_DISPATCH(normals)(stream, static_cast<std::uint64_t>(first), out.size(), out.data());
}

}  // namespace binade::sim
#endif
