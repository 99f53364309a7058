// SPDX-License-Identifier: Apache-2.0
#include "models/datapath/pe/integer_lanes.h"

#include <algorithm>
#include <limits>

#include "models/datapath/pe/vector_clones.h"

namespace binade::datapath {

BINADE_VECTOR_CLONES
void multiply_accumulate(std::int64_t* __restrict sum, std::int32_t a, const std::int32_t* __restrict b, std::size_t lanes) {
  for (std::size_t j = 0; j < lanes; ++j) sum[j] += std::int64_t{a} * b[j];
}

IntegerStep::IntegerStep(const numerics::FormatSpec& format, numerics::Rounding rounding, int shift)
    : product_min(std::numeric_limits<std::int64_t>::min()),
      product_max(std::numeric_limits<std::int64_t>::max()),
      min(format.min_mantissa()),
      max(format.max_mantissa()) {
  using numerics::Rounding;
  constexpr int kLeft = 32, kRight = 63;
  if (shift < 0) {
    // By 32 places every number but zero leaves 32 bits; from the clamp's limits on one place suffices.
    left = std::min(-shift, kLeft);
    product_max = std::numeric_limits<std::int32_t>::max();
    product_min = -product_max;
  } else if (shift > kRight) {
    right = kRight;  // less than half an LSB: truncated
  } else if (shift > 0) {
    right = shift;
    if (rounding != Rounding::Rtz) base = std::uint64_t{1} << (shift - 1);
    if (rounding == Rounding::Rne) base -= even = 1;
    if (rounding == Rounding::Rhu) toward_positive = 1;
  }
}

namespace {

[[gnu::always_inline]] inline void serial_lane(const IntegerStep& c, std::int64_t& sum, std::int64_t product,
                                               std::int64_t& saturations, std::int64_t& underflows) {
  product = static_cast<std::int64_t>(static_cast<std::uint64_t>(std::clamp(product, c.product_min, c.product_max)) << c.left);
  const std::int64_t sign = product >> 63;
  const auto magnitude = static_cast<std::uint64_t>((product ^ sign) - sign);
  const std::uint64_t addend = c.base + ((magnitude >> c.right) & c.even) - (static_cast<std::uint64_t>(sign) & c.toward_positive);
  const auto kept = static_cast<std::int64_t>((magnitude + addend) >> c.right);
  underflows += static_cast<std::int64_t>(kept == 0) & static_cast<std::int64_t>(magnitude != 0);
  const std::int64_t rounded = (kept ^ sign) - sign;
  const std::int64_t term = std::clamp(rounded, c.min, c.max);
  const std::int64_t exact = sum + term;
  sum = std::clamp(exact, c.min, c.max);
  saturations += static_cast<std::int64_t>(term != rounded) + static_cast<std::int64_t>(sum != exact);
}

}  // namespace

BINADE_VECTOR_CLONES
void serial_multiply_accumulate(const IntegerStep& step, std::int64_t* __restrict sum, const std::int32_t* __restrict a,
                                std::size_t a_stride, const std::int32_t* __restrict b, std::size_t lanes,
                                numerics::Events& events) {
  const IntegerStep c = step;
  std::int64_t saturations = 0, underflows = 0;
  if (a_stride == 0) {
    const std::int64_t factor = a[0];
    for (std::size_t j = 0; j < lanes; ++j) serial_lane(c, sum[j], factor * b[j], saturations, underflows);
  } else {
    for (std::size_t j = 0; j < lanes; ++j) serial_lane(c, sum[j], std::int64_t{a[j]} * b[j], saturations, underflows);
  }
  events.saturation += static_cast<std::uint64_t>(saturations);
  events.underflow += static_cast<std::uint64_t>(underflows);
}

}  // namespace binade::datapath
