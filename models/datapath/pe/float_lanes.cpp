// SPDX-License-Identifier: Apache-2.0
#include "models/datapath/pe/float_lanes.h"

#include <algorithm>
#include <bit>

#include "models/datapath/pe/float_bits.h"
#include "models/datapath/pe/vector_clones.h"
#include "models/numerics/bound.h"

namespace binade::datapath {
namespace {

using numerics::Rounding;

// Conditions are arithmetic on bits: a conditional expression may become a branch, and a loop with a branch stays scalar.
inline std::int64_t choose(std::int64_t condition, std::int64_t yes, std::int64_t no) {
  return (yes & -condition) | (no & (condition - 1));
}

/// One step; the sign bit of `beyond` is set where the result is not one of this loop.
template <FloatLanes::Small kSmall>
[[gnu::always_inline]] inline double step_lane(const FloatLanes& c, double value, std::int64_t& beyond, std::int64_t& underflows) {
  const std::int64_t bits = bits_of(value), magnitude = bits & kMagnitude;
  const auto last_kept = static_cast<std::int64_t>(static_cast<std::uint64_t>(magnitude) >> c.drop);
  std::int64_t rounded = (magnitude + c.base + (last_kept & c.even) - (is_negative(bits) & c.toward_positive)) & c.keep;
  if constexpr (kSmall == FloatLanes::Small::Leave) {
    beyond |= (magnitude - c.smallest_normal) & -magnitude;
  } else if constexpr (kSmall == FloatLanes::Small::Flush) {
    // Rounding is monotonic, so what rounds below the normal range was below it.
    const std::int64_t flushed = choose(is_negative(rounded - c.smallest_normal), 0, rounded);
    underflows += is_positive(magnitude) - is_positive(flushed);
    rounded = flushed;
  } else {
    const std::int64_t small = bits_of((value_of(magnitude) + c.magic) - c.magic);
    rounded = choose(is_negative(magnitude - c.smallest_normal), small, rounded);
    underflows += is_positive(magnitude) - is_positive(rounded);
  }
  beyond |= c.largest - rounded;
  return value_of(rounded | (bits & ~kMagnitude));
}

template <FloatLanes::Small kSmall>
[[gnu::always_inline]] inline bool serial_row(FloatLanes c, double* __restrict sum, const double* __restrict a,
                                              std::size_t a_stride, const double* __restrict b, std::size_t lanes,
                                              std::uint64_t& underflows) {
  BINADE_BOUND(lanes <= kLaneChunk);
  double next[kLaneChunk];
  std::int64_t beyond = 0, small = 0;
  if (a_stride == 0) {
    for (std::size_t j = 0; j < lanes; ++j) {
      const double product = step_lane<kSmall>(c, a[0] * b[j], beyond, small);
      next[j] = step_lane<kSmall>(c, add_finite_to_odd(sum[j], product), beyond, small);
    }
  } else {
    for (std::size_t j = 0; j < lanes; ++j) {
      const double product = step_lane<kSmall>(c, a[j] * b[j], beyond, small);
      next[j] = step_lane<kSmall>(c, add_finite_to_odd(sum[j], product), beyond, small);
    }
  }
  if (beyond < 0) return false;
  std::copy_n(next, lanes, sum);
  underflows += static_cast<std::uint64_t>(small);
  return true;
}

BINADE_VECTOR_CLONES
bool serial_leave(const FloatLanes& c, double* sum, const double* a, std::size_t a_stride, const double* b, std::size_t lanes,
                  std::uint64_t& underflows) {
  return serial_row<FloatLanes::Small::Leave>(c, sum, a, a_stride, b, lanes, underflows);
}
BINADE_VECTOR_CLONES
bool serial_flush(const FloatLanes& c, double* sum, const double* a, std::size_t a_stride, const double* b, std::size_t lanes,
                  std::uint64_t& underflows) {
  return serial_row<FloatLanes::Small::Flush>(c, sum, a, a_stride, b, lanes, underflows);
}
BINADE_VECTOR_CLONES
bool serial_subnormal(const FloatLanes& c, double* sum, const double* a, std::size_t a_stride, const double* b, std::size_t lanes,
                      std::uint64_t& underflows) {
  return serial_row<FloatLanes::Small::Subnormal>(c, sum, a, a_stride, b, lanes, underflows);
}

}  // namespace

FloatLanes::FloatLanes(const numerics::FormatSpec& format, Rounding rounding, int fraction_drop, std::uint64_t normal,
                       std::uint64_t maximum, double smallest_quantum)
    : drop(fraction_drop),
      base((rounding == Rounding::Rtz ? 0 : std::int64_t{1} << (drop - 1)) - (rounding == Rounding::Rne ? 1 : 0)),
      even(rounding == Rounding::Rne),
      toward_positive(rounding == Rounding::Rhu),
      keep(~((std::int64_t{1} << drop) - 1)),
      smallest_normal(static_cast<std::int64_t>(normal)),
      largest(static_cast<std::int64_t>(maximum)),
      magic(0x1p52 * smallest_quantum),
      small(format.family == numerics::Family::HillFloat ? Small::Flush
            : rounding == Rounding::Rne                  ? Small::Subnormal
                                                         : Small::Leave) {}

bool serial_lanes(const FloatLanes& step, double* sum, const double* a, std::size_t a_stride, const double* b, std::size_t lanes,
                  std::uint64_t& underflows) {
  switch (step.small) {
    case FloatLanes::Small::Flush:
      return serial_flush(step, sum, a, a_stride, b, lanes, underflows);
    case FloatLanes::Small::Subnormal:
      return serial_subnormal(step, sum, a, a_stride, b, lanes, underflows);
    case FloatLanes::Small::Leave:
      break;
  }
  return serial_leave(step, sum, a, a_stride, b, lanes, underflows);
}

BINADE_VECTOR_CLONES
bool fp32_lanes(float* sum, const double* a, std::size_t a_stride, const double* b, std::size_t lanes) {
  constexpr std::int32_t kInfinity = 0x7f800000;
  BINADE_BOUND(lanes <= kLaneChunk);
  float next[kLaneChunk];
  std::int32_t beyond = 0;
  for (std::size_t j = 0; j < lanes; ++j) {
    const double exact = add_finite_to_odd(static_cast<double>(sum[j]), a[j * a_stride] * b[j]);
    next[j] = static_cast<float>(exact);
    const std::int32_t magnitude = std::bit_cast<std::int32_t>(next[j]) & 0x7fffffff;
    beyond |= kInfinity - 1 - magnitude;
    // A zero that was something: the magnitude of `exact` is positive and that of the sum is not.
    const std::int64_t vanished = is_positive(bits_of(exact) & kMagnitude) & (is_positive(magnitude) ^ 1);
    beyond |= -static_cast<std::int32_t>(vanished);
  }
  if (beyond < 0) return false;
  std::copy_n(next, lanes, sum);
  return true;
}

}  // namespace binade::datapath
