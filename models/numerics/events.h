// SPDX-License-Identifier: Apache-2.0
// Counted numeric exceptions. They are results of a run, never C++ exceptions.
#pragma once

#include <cstdint>

namespace binade::numerics {

/// One count per event and rounding; sums over tiles, layers and runs. One rounding may count several events: a posit raised
/// to minpos is underflow and inexact, an fp8e4m3 overflow is overflow, nar and inexact.
struct Events {
  std::uint64_t saturation = 0;  ///< a finite or infinite result was clamped to the largest magnitude, or an accumulator clamped
  std::uint64_t underflow = 0;   ///< a non-zero result became zero (or, for posits, was raised to minpos)
  std::uint64_t overflow = 0;    ///< a finite result became Inf, NaN or NaR (full-width quire overflow included)
  std::uint64_t nar = 0;         ///< a NaR / NaN result was produced, or replaced by 0 in a format without NaN
  std::uint64_t inexact = 0;     ///< an *output* rounding stored something else than the exact finite value (clamps included); the
                                 ///< steps of `serial`, `fp32` and `blocked` sums do not count

  Events& operator+=(const Events& other) {
    saturation += other.saturation;
    underflow += other.underflow;
    overflow += other.overflow;
    nar += other.nar;
    inexact += other.inexact;
    return *this;
  }
  /// What was counted since `earlier`.
  Events operator-(const Events& earlier) const {
    return {saturation - earlier.saturation, underflow - earlier.underflow, overflow - earlier.overflow, nar - earlier.nar,
            inexact - earlier.inexact};
  }
  bool operator==(const Events&) const = default;
};

}  // namespace binade::numerics
