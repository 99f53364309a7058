// SPDX-License-Identifier: Apache-2.0
// The formats of a multiply-accumulate: those of its two factors and that of what it stores. One format for all three converts to
// them by itself.
#pragma once

#include <string>

#include "models/numerics/format_spec.h"

namespace binade::numerics {

struct OperandFormats {
  FormatSpec a, b;  ///< of the factors
  FormatSpec out;   ///< of the result and of the bias

  OperandFormats() = default;
  OperandFormats(const FormatSpec& all) : a(all), b(all), out(all) {}  // NOLINT(google-explicit-constructor): the common case
  OperandFormats(const FormatSpec& a_format, const FormatSpec& b_format, const FormatSpec& out_format)
      : a(a_format), b(b_format), out(out_format) {}
  bool operator==(const OperandFormats&) const = default;

  bool uniform() const { return a == b && b == out; }
  /// The one format of all three, where uniform(); a broken invariant elsewhere.
  const FormatSpec& common() const;
  /// The factors are integers that count a shared exponent's LSBs (both or neither).
  bool integers() const { return a.shared_exponent(); }
  /// Integer products, whose sum leaves as a float.
  bool integers_to_float() const { return integers() && !out.shared_exponent(); }
  Rounding default_rounding() const { return out.default_rounding(); }
};

/// What no datapath has, in words that name the formats and what is allowed; empty where there is nothing to say.
/// Factors: integers (flex, dfp, sdfp, fixed) of any two widths; posits of any two widths and one es; floats of any two kinds.
/// Results: a factor's family, a posit of the factors' es; fp32, bf16 and fp16 also of Hill's floats, and of dfp and sdfp.
std::string operand_problem(const OperandFormats& formats);

/// One word where all are alike, else `A x B -> OUT`.
std::string to_string(const OperandFormats& formats);

}  // namespace binade::numerics
