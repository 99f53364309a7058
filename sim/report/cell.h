// SPDX-License-Identifier: Apache-2.0
// A value of a report's column and what it may be: the range, words or pattern that the schema states and the reader holds it to.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace binade::sim {

/// Monostate where the figure does not exist: null in JSON, an empty cell in CSV.
using Cell = std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string>;

/// What a value may be beside its type. Numbers have a range, and where they have one they are finite; text has words or a pattern.
struct Constraint {
  std::optional<int> minimum = {}, maximum = {};
  std::vector<std::string> words = {};  ///< empty: any
  std::string pattern = {};             ///< ECMAScript, as JSON Schema has it; empty: any
};

/// A value that does not exist is always allowed: whether it may be absent is not the constraint's.
bool allows(const Constraint& constraint, const Cell& cell);

/// In words, for messages and documents: "0 or more", "0 to 1", "a, b or c"; empty where anything goes.
std::string constraint_text(const Constraint& constraint);

}  // namespace binade::sim
