// SPDX-License-Identifier: Apache-2.0
// A number out of a calibrated table, with how it came about.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace binade::cost {

enum class Standing : std::uint8_t {
  Exact,         ///< measured at these parameters
  Interpolated,  ///< of a regression, between its samples
  Extrapolated   ///< of a regression, beyond its samples
};
std::string_view to_string(Standing standing);  ///< exact interpolated extrapolated
inline Standing worse(Standing one, Standing two) { return std::max(one, two); }

struct Figure {
  double value = 0;
  Standing standing = Standing::Exact;
  /// Of the value: rms of the samples that a regression did not see; of an extrapolated one the largest of these, which it may well
  /// exceed; 0 where it was measured.
  double error_percent = 0;
};

}  // namespace binade::cost
