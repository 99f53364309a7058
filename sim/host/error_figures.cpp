// SPDX-License-Identifier: Apache-2.0
#include "sim/host/error_figures.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "models/numerics/codec.h"

namespace binade::sim {

using numerics::Code;
using numerics::Family;

namespace {

constexpr int kTableBits = 16;

Code maxpos(const numerics::FormatSpec& format) { return static_cast<Code>((std::uint64_t{1} << (format.bits - 1)) - 1); }

double float_spacing(const numerics::FormatSpec& format, double magnitude) {
  const int top = (1 << format.exponent_bits) - 1 - (format.specials == numerics::Specials::InfNan ? 1 : 0);
  const int exponent = std::clamp(std::ilogb(magnitude), 1 - format.bias(), top - format.bias());
  return std::ldexp(1.0, exponent - format.fraction_bits);
}

}  // namespace

Spacing::Spacing(const numerics::FormatSpec& format) : format_(format) {
  if (format.family != Family::Posit || format.bits > kTableBits) return;
  positive_.resize(maxpos(format));
  for (std::size_t i = 0; i < positive_.size(); ++i) positive_[i] = to_double(decode(format, static_cast<Code>(i + 1)));
  tabulate_binades();
}

// A binade whose ends are codes is cut evenly.
void Spacing::tabulate_binades() {
  lowest_ = std::ilogb(positive_.front());
  const int highest = std::ilogb(positive_.back());
  for (int binade = lowest_; binade < highest; ++binade) {
    const auto begin = std::lower_bound(positive_.begin(), positive_.end(), std::ldexp(1.0, binade));
    const auto end = std::lower_bound(begin, positive_.end(), std::ldexp(2.0, binade));
    const bool whole = *begin == std::ldexp(1.0, binade) && *end == std::ldexp(2.0, binade);
    in_binade_.push_back(whole ? *(begin + 1) - *begin : 0.0);
  }
}

double Spacing::at(double value, int lsb_exponent) const {
  if (format_.shared_exponent()) return std::ldexp(1.0, lsb_exponent);
  const double magnitude = std::abs(value);
  if (format_.family != Family::Posit) return float_spacing(format_, magnitude);
  if (!positive_.empty()) {
    constexpr int kFractionBits = 52, kBias = 1023;
    const int binade = static_cast<int>(std::bit_cast<std::uint64_t>(magnitude) >> kFractionBits) - kBias - lowest_;
    if (binade >= 0 && static_cast<std::size_t>(binade) < in_binade_.size()) {
      const double spacing = in_binade_[static_cast<std::size_t>(binade)];
      if (spacing != 0) return spacing;
    }
    const auto above = std::upper_bound(positive_.begin() + 1, positive_.end() - 1, magnitude);
    return *above - *(above - 1);
  }
  numerics::Events ignored;
  const Code below = std::min(encode(format_, numerics::from_double(magnitude), {.rounding = numerics::Rounding::Rtz}, ignored),
                              maxpos(format_) - 1);
  return to_double(decode(format_, below + 1)) - to_double(decode(format_, below));
}

void ErrorSums::add(std::span<const double> reference, std::span<const double> result, const Spacing& spacing, int lsb_exponent) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < reference.size(); ++i) {
    const double r = reference[i];
    if (!std::isfinite(r)) {
      broken_ = true;
      continue;
    }
    const double error = std::isfinite(result[i]) ? std::abs(result[i] - r) : kInfinity;
    signal_ += r * r;
    noise_ += error * error;
    if (r != 0) {
      ++non_zero_;
      relative_sum_ += error / std::abs(r);
      relative_max_ = std::max(relative_max_, error / std::abs(r));
    }
    if (error != 0) ulp_max_ = std::max(ulp_max_, error / spacing.at(r, lsb_exponent));
  }
}

ErrorFigures ErrorSums::figures() const {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (broken_) return {-kInfinity, kInfinity, kInfinity, kInfinity};
  ErrorFigures f;
  if (signal_ > 0) f.sqnr_db = 10 * std::log10(signal_ / noise_);
  f.max_relative = relative_max_;
  f.mean_relative = non_zero_ == 0 ? 0 : relative_sum_ / static_cast<double>(non_zero_);
  f.max_ulp = ulp_max_;
  return f;
}

}  // namespace binade::sim
