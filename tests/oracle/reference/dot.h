// SPDX-License-Identifier: Apache-2.0
// The four accumulate policies of a dot product, in exact rationals, written as docs/formats.md and docs/fidelity.md 1.3 state
// them.
#pragma once

#include <optional>
#include <vector>

#include "tests/oracle/reference/codec.h"

namespace binade::oracle {

enum class Policy { Exact, Blocked, Serial, Fp32 };

struct DotSpec {
  Policy policy = Policy::Exact;
  int acc_bits = 0;  ///< 0: the full or default width
  int block = 32;
  Mode mode = Mode::Rne;
  int product_shift = 0;  ///< one product LSB is 2^-product_shift output LSBs
  int bias_shift = 0;     ///< one bias LSB is 2^-bias_shift output LSBs
  bool relu = false;
  std::uint32_t random = 0;
};

/// Width in bits of the exact accumulator that acc_bits = 0 means; 0: never the limit (the Kulisch width of a float).
int full_width(const Format& format);

Code dot(const Format& format, const DotSpec& spec, const std::vector<Code>& a, const std::vector<Code>& b,
         std::optional<Code> bias, Events& events);

}  // namespace binade::oracle
