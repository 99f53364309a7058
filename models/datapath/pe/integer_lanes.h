// SPDX-License-Identifier: Apache-2.0
// Multiply-accumulate over a row of integer lanes.
#pragma once

#include <cstddef>
#include <cstdint>

#include "models/numerics/events.h"
#include "models/numerics/format_spec.h"

namespace binade::datapath {

/// sum[j] += a * b[j]. No overflow is possible by the caller's bound.
void multiply_accumulate(std::int64_t* sum, std::int32_t a, const std::int32_t* b, std::size_t lanes);

/// One step of `serial` on mantissas, as constants of a branch-free loop: the product of two mantissas, at most 2^62, times
/// 2^-shift is rounded and saturated, and so is the sum.
struct IntegerStep {
  IntegerStep() = default;
  IntegerStep(const numerics::FormatSpec& format, numerics::Rounding rounding, int shift);

  int left = 0, right = 0;  ///< places; at most one is not zero
  /// What to add to a magnitude so that dropping `right` bits rounds.
  std::uint64_t base = 0, even = 0, toward_positive = 0;
  std::int64_t product_min = 0, product_max = 0;  ///< a product beyond them saturates and may be clamped before `left` moves it
  std::int64_t min = 0, max = 0;
};

/// sum[j] = step(sum[j] + step(a[j] * b[j])), a_stride 0 or 1. Counts saturations and underflows.
void serial_multiply_accumulate(const IntegerStep& step, std::int64_t* sum, const std::int32_t* a, std::size_t a_stride,
                                const std::int32_t* b, std::size_t lanes, numerics::Events& events);

}  // namespace binade::datapath
