// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/eval_text.h"

#include <array>
#include <charconv>
#include <cstdio>

#include "models/numerics/decimal.h"
#include "models/numerics/error.h"

namespace binade::sim {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

void split_line(const std::string& line, std::vector<std::string_view>& words) {
  words.clear();
  std::size_t i = 0;
  while (i < line.size()) {
    while (i < line.size() && is_space(line[i])) ++i;
    const std::size_t first = i;
    while (i < line.size() && !is_space(line[i])) ++i;
    if (i > first) words.emplace_back(line.data() + first, i - first);
  }
}

numerics::Code parse_code(const numerics::FormatSpec& format, std::string_view word) {
  const auto fail = [&](std::string_view why) {
    throw InputError("'" + std::string(word) + "' " + std::string(why) + "; a code of " + to_string(format) +
                     " is 0x and hex digits of at most " + std::to_string(format.bits) + " bits");
  };
  if (word.size() < 3 || word[0] != '0' || (word[1] != 'x' && word[1] != 'X')) fail("is not a code");
  std::uint64_t value = 0;
  for (const char c : word.substr(2)) {
    const int digit = hex_digit(c);
    if (digit < 0) fail("is not a code");
    value = value << 4 | static_cast<unsigned>(digit);
    if (value >> format.bits != 0) fail("has bits above the width");
  }
  return static_cast<numerics::Code>(value);
}

double parse_real(std::string_view word) { return numerics::to_double(numerics::parse_number(word)); }

numerics::Unpacked parse_value(std::span<const std::string_view> words) {
  if (words.empty() || words.size() > 2)
    throw InputError(std::to_string(words.size()) + " operands; encode takes a number, or the two fields that decode prints");
  const numerics::Unpacked value = numerics::parse_number(words[0]);
  if (words.size() == 2 && numerics::from_double(numerics::to_double(value)) != numerics::from_double(parse_real(words[1])))
    throw InputError("'" + std::string(words[0]) + "' and '" + std::string(words[1]) +
                     "' are two values; encode takes one, or the two fields that decode prints");
  return value;
}

void append_code(std::string& out, const numerics::FormatSpec& format, numerics::Code code) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += "0x";
  for (int digit = (format.bits + 3) / 4 - 1; digit >= 0; --digit) out += kDigits[code >> (4 * digit) & 15];
}

void append_value(std::string& out, const numerics::FormatSpec& format, const numerics::Unpacked& value) {
  if (value.is_nan()) {
    out += format.family == numerics::Family::Posit ? "NaR" : "nan";
    return;
  }
  if (value.number_class == numerics::NumberClass::Inf) {
    out += value.negative ? "-inf" : "inf";
    return;
  }
  const double real = to_double(value);  // exact: no format has more than 32 significant bits
  std::array<char, 64> text{};
  out.append(text.data(), static_cast<std::size_t>(std::snprintf(text.data(), text.size(), "%a ", real)));
  out.append(text.data(), std::to_chars(text.data(), text.data() + text.size(), real).ptr);
}

}  // namespace binade::sim
