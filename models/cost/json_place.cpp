// SPDX-License-Identifier: Apache-2.0
#include "models/cost/json_place.h"

#include <fmt/format.h>

#include <cmath>

#include "models/numerics/error.h"

namespace binade::cost {

using nlohmann::json;

namespace {

/// Beyond any figure of a cell library, and times the largest count of a counter still finite.
constexpr double kMostFigure = 1e15;

}  // namespace

void JsonPlace::refuse(const std::string& what, const std::string& allowed) const {
  throw InputError(fmt::format("{}: {}{}; allowed: {}", file_, key_.empty() ? "" : key_ + ": ", what, allowed));
}

std::string JsonPlace::shown() const {
  // Not written out: that recurses, and a file may nest as deep as it likes.
  if (value_.is_structured()) return value_.is_array() ? "a list" : "an object";
  constexpr std::size_t kMost = 40;
  const std::string text = value_.dump(-1, ' ', true, json::error_handler_t::replace);
  return text.size() <= kMost ? text : text.substr(0, kMost) + "...";
}

JsonPlace JsonPlace::member(const json& value, const std::string& name) const {
  return {value, file_, key_.empty() ? name : key_ + "." + name};
}

JsonPlace JsonPlace::at(const char* name) const {
  if (!value_.is_object()) refuse(shown(), "an object");
  const auto found = value_.find(name);
  if (found == value_.end()) member(value_, name).refuse("missing", "what rtl/calibrate writes");
  return member(*found, name);
}

std::vector<std::pair<std::string, JsonPlace>> JsonPlace::members() const {
  if (!value_.is_object()) refuse(shown(), "an object");
  std::vector<std::pair<std::string, JsonPlace>> members;
  for (const auto& [name, value] : value_.items()) members.emplace_back(name, member(value, name));
  return members;
}

std::vector<JsonPlace> JsonPlace::items() const {
  if (!value_.is_array()) refuse(shown(), "a list");
  std::vector<JsonPlace> items;
  for (const auto& value : value_) items.emplace_back(value, file_, fmt::format("{}[{}]", key_, items.size()));
  return items;
}

std::string JsonPlace::text() const {
  if (!value_.is_string()) refuse(shown(), "text");
  return value_.get<std::string>();
}

double JsonPlace::number(double least) const {
  const bool any = least == std::numeric_limits<double>::lowest();
  const std::string allowed =
      any ? fmt::format("a number within +-{:g}", kMostFigure) : fmt::format("a number from {:g} to {:g}", least, kMostFigure);
  if (!value_.is_number()) refuse(shown(), allowed);
  const double number = value_.get<double>();
  if (!(std::abs(number) <= kMostFigure) || number < least) refuse(shown(), allowed);
  return number;
}

double JsonPlace::positive() const {
  const double number = value_.is_number() ? value_.get<double>() : 0;
  if (!(number > 0 && number <= kMostFigure)) refuse(shown(), fmt::format("a number above 0, at most {:g}", kMostFigure));
  return number;
}

}  // namespace binade::cost
