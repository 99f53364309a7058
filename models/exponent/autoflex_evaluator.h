// SPDX-License-Identifier: Apache-2.0
// Autoflex fed with real maxima instead of a kernel: `binade eval FORMAT autoflex` (docs/eval.md). The published arithmetic and
// always the full-history rule.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "models/exponent/autoflex.h"
#include "models/numerics/format_spec.h"

namespace binade::exponent {

/// What one maximum did.
struct AutoflexStep {
  std::vector<AutoflexTry> trace;  ///< tries of the initialisation, which the first touch may run; printed one a line
  int lsb_exponent = 0;            ///< used for this touch
  std::uint64_t max_mantissa = 0;  ///< Gamma = min(2^(N-1)-1, RNE(x / kappa))
  bool overflow = false;           ///< Gamma >= 2^(N-1)-1
  int next_lsb_exponent = 0;
};

class AutoflexEvaluator {
 public:
  static constexpr int kDefaultStart = -8;

  /// `start`: LSB exponent of the first touch, or with `initialise` of the initialisation's first try; -512 to 512.
  /// Throws InputError on a format that is not flex, an unknown preset or a start out of range.
  AutoflexEvaluator(const numerics::FormatSpec& format, std::string_view preset, int start, bool initialise);

  /// `max_abs`: the largest magnitude that the kernel produced. Throws InputError unless it is finite and not negative.
  AutoflexStep touch(double max_abs);

 private:
  AutoflexParameters parameters_;
  int start_;
  bool initialise_;
  std::optional<Autoflex> tensor_;  // empty before the first touch
};

}  // namespace binade::exponent
