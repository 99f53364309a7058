// SPDX-License-Identifier: Apache-2.0
#include "sim/report/cell_json.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <type_traits>
#include <variant>

#include "models/numerics/error.h"

namespace binade::sim {
namespace {

using Json = nlohmann::ordered_json;

Cell typed_cell(const Json& json, ColumnType type) {
  switch (type) {
    case ColumnType::Text:
      return json.get<std::string>();
    case ColumnType::Flag:
      return json.get<bool>();
    case ColumnType::Integer:
      return json.is_number_unsigned() ? Cell(json.get<std::uint64_t>()) : Cell(json.get<std::int64_t>());
    case ColumnType::Real:
      return real_from_json(json);
    case ColumnType::Structure:
      break;
  }
  throw InvariantError("typed_cell: a structure is no cell");
}

/// A NaN has no sign that means something.
std::string number(double value) { return std::isnan(value) ? "nan" : fmt::format("{}", value); }

}  // namespace

Json real_to_json(double value) {
  if (std::isfinite(value)) return value;
  return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
}
double real_from_json(const Json& json) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (json == "inf") return kInfinity;
  if (json == "-inf") return -kInfinity;
  if (json == "nan") return std::numeric_limits<double>::quiet_NaN();
  return json.get<double>();
}

Json setting_to_json(const std::string& text) {
  if (text == "true" || text == "false") return text == "true";
  const auto* end = text.data() + text.size();
  std::int64_t integer = 0;
  if (auto [stop, error] = std::from_chars(text.data(), end, integer); error == std::errc{} && stop == end) return integer;
  double real = 0;
  if (auto [stop, error] = std::from_chars(text.data(), end, real); error == std::errc{} && stop == end && std::isfinite(real))
    return real;
  return text;
}

Json cell_to_json(const Cell& cell) {
  return std::visit(
      [](const auto& value) -> Json {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, std::monostate>)
          return nullptr;
        else if constexpr (std::is_same_v<T, double>)
          return real_to_json(value);
        else
          return value;
      },
      cell);
}

Cell cell_from_json(const Json& json, const ColumnFacts& column, const char* owner) {
  if (!column.absent.empty() && json.is_null()) return {};
  auto cell = typed_cell(json, column.type);
  if (!allows(column.allowed, cell))
    throw InputError(
        fmt::format("report: {}{} is {}; allowed: {}", column.name, owner, json.dump(), constraint_text(column.allowed)));
  return cell;
}

std::string setting_from_json(const Json& json) { return json.is_string() ? json.get<std::string>() : json.dump(); }

std::string cell_to_csv(const Cell& cell) {
  return std::visit(
      [](const auto& value) -> std::string {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, std::monostate>)
          return "";
        else if constexpr (std::is_same_v<T, double>)
          return number(value);
        else
          return fmt::format("{}", value);
      },
      cell);
}

}  // namespace binade::sim
