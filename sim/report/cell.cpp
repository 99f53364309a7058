// SPDX-License-Identifier: Apache-2.0
#include "sim/report/cell.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <regex>
#include <type_traits>

namespace binade::sim {
namespace {

std::string word_or_nothing(const std::string& word) { return word.empty() ? "nothing" : word; }

bool text_allowed(const Constraint& constraint, const std::string& text) {
  if (!constraint.words.empty() && std::find(constraint.words.begin(), constraint.words.end(), text) == constraint.words.end())
    return false;
  return constraint.pattern.empty() || std::regex_match(text, std::regex(constraint.pattern));
}

/// Bounds are small integers: they and the value compare as binary64 without a change of order.
bool number_allowed(const Constraint& constraint, double value) {
  if (!constraint.minimum && !constraint.maximum) return true;
  return std::isfinite(value) && (!constraint.minimum || value >= *constraint.minimum) &&
         (!constraint.maximum || value <= *constraint.maximum);
}

}  // namespace

bool allows(const Constraint& constraint, const Cell& cell) {
  return std::visit(
      [&](const auto& value) {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, std::string>)
          return text_allowed(constraint, value);
        else if constexpr (std::is_same_v<T, std::monostate> || std::is_same_v<T, bool>)
          return true;
        else
          return number_allowed(constraint, static_cast<double>(value));
      },
      cell);
}

std::string constraint_text(const Constraint& constraint) {
  if (constraint.minimum && constraint.maximum) return fmt::format("{} to {}", *constraint.minimum, *constraint.maximum);
  if (constraint.minimum) return fmt::format("{} or more", *constraint.minimum);
  if (constraint.maximum) return fmt::format("{} or less", *constraint.maximum);
  if (!constraint.pattern.empty()) return fmt::format("text like {}", constraint.pattern);
  std::string text;
  for (std::size_t i = 0; i < constraint.words.size(); ++i)
    text += (i == 0 ? "" : i + 1 == constraint.words.size() ? " or " : ", ") + word_or_nothing(constraint.words[i]);
  return text;
}

}  // namespace binade::sim
