// SPDX-License-Identifier: Apache-2.0
#include "models/exponent/dfp.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace binade::exponent {
namespace {

constexpr int kSmallestFlexExponent = -32;
constexpr int kLargestFlexExponent = 0;

}  // namespace

int floor_log2(double value) { return std::ilogb(value); }

int dfp_exponent(double max_abs, int bits, int add_shift) {
  return max_abs == 0 ? 0 : floor_log2(max_abs) - (bits - 2) + add_shift;
}

int dfp_exponent(std::uint64_t max_abs_raw, int raw_lsb_exponent, int bits, int add_shift) {
  if (max_abs_raw == 0) return 0;
  return static_cast<int>(std::bit_width(max_abs_raw)) - 1 + raw_lsb_exponent - (bits - 2) + add_shift;
}

int flex_host_exponent(double max_abs, int bits) {
  if (max_abs == 0) return 0;
  return std::clamp(floor_log2(max_abs) - (bits - 2), kSmallestFlexExponent, kLargestFlexExponent);
}

}  // namespace binade::exponent
