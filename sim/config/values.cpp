// SPDX-License-Identifier: Apache-2.0
#include "sim/config/values.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "models/numerics/error.h"
#include "models/numerics/nearest.h"

namespace binade::sim {
namespace {

template <typename T>
bool read_all(std::string_view text, T& value) {
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc{} && stop == end;
}

}  // namespace

std::int64_t parse_integer(std::string_view text, const spec::Limit& limit) {
  std::int64_t value = 0;
  if (!read_all(text, value)) throw InputError(fmt::format("'{}' is not an integer; allowed: {}", text, limit.allowed()));
  if (!limit.contains(value)) throw InputError(limit.refusal(value));
  return value;
}

double parse_number(std::string_view text, double min, double max) {
  double value = 0;
  if (!read_all(text, value) || !std::isfinite(value))
    throw InputError(fmt::format("'{}' is not a number; allowed: {}..{}", text, min, max));
  if (value < min || value > max) throw InputError(fmt::format("{} is out of range; allowed: {}..{}", text, min, max));
  return value;
}

bool parse_boolean(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  throw InputError(fmt::format("'{}' is not a boolean; allowed: true, false", text));
}

std::string parse_word(std::string_view text, std::span<const std::string> words) {
  for (const auto& word : words)
    if (text == word) return word;
  std::string allowed;
  for (const auto& word : words) allowed += (allowed.empty() ? "" : ", ") + word;
  throw InputError(fmt::format("unknown word '{}', the nearest is '{}'; allowed: {}", text, nearest_word(text, words), allowed));
}

std::string print_number(double value) { return fmt::format("{}", value); }

}  // namespace binade::sim
