// SPDX-License-Identifier: Apache-2.0
// Codecs of every family: code <-> Unpacked, one rounding per encode.
#pragma once

#include <span>
#include <vector>

#include "models/numerics/events.h"
#include "models/numerics/format_spec.h"
#include "models/numerics/unpacked.h"

namespace binade::numerics {

/// How a value becomes a code.
struct Quantisation {
  Rounding rounding = Rounding::Rne;
  int lsb_exponent = 0;            ///< shared-exponent formats: value of one mantissa LSB is 2^lsb_exponent (fixed: always -F)
  std::uint32_t random = 0;        ///< for Rounding::Sr: random_bits(...)
  bool saturate_specials = false;  ///< IeeeFloat: as if the format saturated (FormatSpec::saturates)
};

/// Decodes a code; `lsb_exponent` is used by flex, dfp and sdfp only (fixed uses -F).
Unpacked decode(const FormatSpec& format, Code code, int lsb_exponent = 0);
/// Encodes with one rounding, counting saturation, underflow, overflow, nar and inexact.
Code encode(const FormatSpec& format, const Unpacked& value, const Quantisation& how, Events& events);

/// Encodes a tensor of finite binary64 values; element i draws random_bits(seed, tensor, first + i) for Rounding::Sr.
void encode_tensor(const FormatSpec& format, const Quantisation& how, std::uint32_t seed, std::uint32_t tensor,
                   std::span<const double> values, std::span<Code> codes, Events& events, std::uint64_t first = 0);

}  // namespace binade::numerics
