// SPDX-License-Identifier: Apache-2.0
// Accumulates the difference between device results and their reference over tiles, samples and passes.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/numerics/format_spec.h"
#include "sim/report/run_report.h"

namespace binade::sim {

/// Distance between the two neighbours of a real value in a format: 2^lsb_exponent for shared exponents; for floats that of the
/// value's binade, within the format's range; for posits the next code's value minus this one's.
class Spacing {
 public:
  explicit Spacing(const numerics::FormatSpec& format);
  double at(double value, int lsb_exponent) const;

 private:
  numerics::FormatSpec format_;
  void tabulate_binades();

  std::vector<double> positive_;  ///< posits of up to 16 bits: values of codes 1 .. maxpos
  int lowest_ = 0;
  std::vector<double> in_binade_;  ///< of those, from binade 2^lowest_ on: the spacing where it is one, else 0
};

/// A NaN, NaR or infinity in the result or in its reference makes every figure of the tensor infinitely bad: no figure is ever NaN.
class ErrorSums {
 public:
  void add(std::span<const double> reference, std::span<const double> result, const Spacing& spacing, int lsb_exponent);
  ErrorFigures figures() const;

 private:
  double signal_ = 0, noise_ = 0;
  double relative_sum_ = 0, relative_max_ = 0, ulp_max_ = 0;
  std::uint64_t non_zero_ = 0;
  bool broken_ = false;  ///< a reference was not finite
};

}  // namespace binade::sim
