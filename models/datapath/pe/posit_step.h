// SPDX-License-Identifier: Apache-2.0
// One posit rounding on binary64, bit for bit what numerics::encode and decode do.
#pragma once

#include <cstddef>
#include <cstdint>

#include "models/datapath/pe/posit_lanes.h"
#include "models/numerics/events.h"
#include "models/numerics/format_spec.h"

namespace binade::datapath {

class PositStep {
 public:
  PositStep(const numerics::FormatSpec& format, numerics::Rounding rounding)
      : format_(format), rounding_(rounding), lanes_(format, rounding) {}

  /// True where products of two posits are exact in binary64.
  static bool serves(const numerics::FormatSpec& a, const numerics::FormatSpec& b) {
    return (a.bits - 2 - a.exponent_bits) + (b.bits - 2 - b.exponent_bits) <= 53;
  }

  /// `value` is exact or rounded to odd.
  double operator()(double value, numerics::Events& events) const {
    std::int64_t beyond = 0;
    const double rounded = posit_step(lanes_, value, beyond);
    return beyond < 0 ? by_codec(value, events) : rounded;
  }
  /// sum[j] = step(sum[j] + step(a[j] * b[j])), a_stride 0 or 1, and true; or false, and nothing has changed. At most kLaneChunk
  /// lanes.
  bool row(double* sum, const double* a, std::size_t a_stride, const double* b, std::size_t lanes, numerics::Events&) const {
    return serial_lanes(lanes_, sum, a, a_stride, b, lanes);
  }

 private:
  double by_codec(double value, numerics::Events& events) const;

  numerics::FormatSpec format_;
  numerics::Rounding rounding_;
  PositLanes lanes_;
};

}  // namespace binade::datapath
