// SPDX-License-Identifier: Apache-2.0
// Conversions of whole arrays between values and codes, and the elementwise operations on codes. Wrong input is an InputError
// before anything is written.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "lib/elements.h"
#include "models/exponent/quantize.h"
#include "models/numerics/events.h"

namespace binade::lib {

/// How results are rounded. Rounding::Sr: element i draws random_bits(seed, tensor, first + i).
struct OutputRounding {
  std::optional<numerics::Rounding> mode = std::nullopt;  ///< absent: the format's
  std::uint32_t seed = 0, tensor = 0;
  std::uint64_t first = 0;
};

/// Exact values of codes; NaR is NaN. `lsb_exponent`: of flex, dfp and sdfp. Rounded to nearest where the values are binary32.
void decode(const numerics::FormatSpec& format, const CodesIn& codes, int lsb_exponent, const ValuesOut& values);

/// One rounding a value; NaN and infinities as docs/formats.md has them. `lsb_exponent`: of flex, dfp and sdfp.
void encode(const numerics::FormatSpec& format, const ValuesIn& values, int lsb_exponent, const OutputRounding& rounding,
            const CodesOut& codes, numerics::Events& events);

/// The exponent of a tensor: from its values as the simulator's host has it, or the one that `options` give; 0 of formats that
/// share none, which may hold NaN and infinities. Throws InputError on those elsewhere, naming the element.
int exponent_of(const numerics::FormatSpec& format, const ValuesIn& values, const exponent::QuantizeOptions& options);

/// exponent_of(), then encode() with it. Returns the exponent.
int quantise(const numerics::FormatSpec& format, const ValuesIn& values, const exponent::QuantizeOptions& options,
             const CodesOut& codes, numerics::Events& events);

/// The values that quantise() gives, without their codes. Returns the exponent.
int round_to_format(const numerics::FormatSpec& format, const ValuesIn& values, const exponent::QuantizeOptions& options,
                    const ValuesOut& rounded, numerics::Events& events);

/// Whether every value of the format (of its tensors with that exponent) is a binary32.
bool values_fit_binary32(const numerics::FormatSpec& format, int lsb_exponent);

/// The words of operate(): those of numerics::arithmetic_rows().
std::string operation_words();
/// Operands that a word takes. Throws InputError on an unknown one.
std::size_t operands_of(std::string_view operation);

struct Operand {
  numerics::FormatSpec format;
  CodesIn codes;
};
/// out[i] = the operation on element i of each operand, rounded once to `format`. Every format has its own exponent or is fixed.
void operate(std::string_view operation, std::span<const Operand> operands, const numerics::FormatSpec& format,
             const OutputRounding& rounding, const CodesOut& out, numerics::Events& events);

}  // namespace binade::lib
