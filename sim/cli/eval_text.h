// SPDX-License-Identifier: Apache-2.0
// The text of `binade eval`: operands of a line, codes in hex, exact values. Parsers throw InputError without the line.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/numerics/format_spec.h"
#include "models/numerics/unpacked.h"

namespace binade::sim {

/// Splits at white space.
void split_line(const std::string& line, std::vector<std::string_view>& words);

/// `0x` and hex digits in any case, any number of leading zeros; bits above the format's width are an error.
numerics::Code parse_code(const numerics::FormatSpec& format, std::string_view word);
/// Decimal or C hexfloat, `inf`, `nan`, `NaR`, rounded once to binary64.
double parse_real(std::string_view word);
/// What encode reads: a number as parse_number() has it, exact; or the two fields that decode prints, which must be one value.
numerics::Unpacked parse_value(std::span<const std::string_view> words);

/// Lower case, zero-padded to ceil(width / 4) digits.
void append_code(std::string& out, const numerics::FormatSpec& format, numerics::Code code);
/// The exact value: C hexfloat, a space, the shortest decimal that reads back; or NaR, nan, inf, -inf.
void append_value(std::string& out, const numerics::FormatSpec& format, const numerics::Unpacked& value);

}  // namespace binade::sim
