// SPDX-License-Identifier: Apache-2.0
// Text <-> value of the scalar types of the configuration. Parsers throw InputError("'text' is not ...; allowed: ...").
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "models/spec/limits.h"

namespace binade::sim {

/// A decimal integer within `limit`.
std::int64_t parse_integer(std::string_view text, const spec::Limit& limit);
/// A finite decimal number of min..max.
double parse_number(std::string_view text, double min, double max);
/// true or false.
bool parse_boolean(std::string_view text);
/// One of `words`; the message names the nearest.
std::string parse_word(std::string_view text, std::span<const std::string> words);

/// The shortest decimal that reads back to the same value.
std::string print_number(double value);

}  // namespace binade::sim
