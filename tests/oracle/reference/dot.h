// SPDX-License-Identifier: Apache-2.0
// The accumulate policies of a dot product, in exact rationals, written as docs/formats.md and docs/fidelity.md 1.3 state
// them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/oracle/reference/codec.h"

namespace binade::oracle {

enum class Policy { Exact, Blocked, Serial, Fp32, Chained };

struct DotSpec {
  Policy policy = Policy::Exact;
  int acc_bits = 0;  ///< 0: the full or default width
  int block = 32;
  Mode mode = Mode::Rne;
  int product_shift = 0;  ///< one product LSB is 2^-product_shift output LSBs
  int bias_shift = 0;     ///< one bias LSB is 2^-bias_shift output LSBs
  bool relu = false;
  std::uint32_t random = 0;
  int chain = 31;
  bool bias_first = false;  ///< sums start from the bias; the same under Exact
};

/// Formats of the factors and of the result; the bias has the result's.
struct Operands {
  Format a, b, out;
  Operands(const Format& all) : a(all), b(all), out(all) {}  // NOLINT(google-explicit-constructor)
  Operands(const Format& a_format, const Format& b_format, const Format& out_format) : a(a_format), b(b_format), out(out_format) {}
};
/// `A:B:OUT`, or one word for all three.
Operands parse_operands(const std::string& words);

/// Width in bits of the exact accumulator that acc_bits = 0 means.
int full_width(const Operands& formats);

Code dot(const Operands& formats, const DotSpec& spec, const std::vector<Code>& a, const std::vector<Code>& b,
         std::optional<Code> bias, Events& events);

}  // namespace binade::oracle
