// SPDX-License-Identifier: Apache-2.0
#include "models/cost/json_place.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ios>
#include <set>
#include <sstream>
#include <string_view>

#include "models/numerics/error.h"
#include "models/numerics/text.h"

namespace binade::cost {

using nlohmann::json;

namespace {

/// Beyond any figure of a cell library, and times the largest count of a counter still finite.
constexpr double kMostFigure = 1e15;

}  // namespace

json json_of(const std::string& text, const std::string& where, const std::string& allowed) {
  std::istringstream stream(text);
  const auto refuse = [&](const std::string& what) {
    // The place of the last character that the parser has read.
    const std::streamoff read = stream.rdbuf()->pubseekoff(0, std::ios::cur, std::ios::in);
    const std::string_view before = std::string_view(text).substr(0, read > 0 ? static_cast<std::size_t>(read - 1) : 0);
    const auto line = 1 + std::ranges::count(before, '\n');
    const auto line_begin = before.rfind('\n') + 1;  // of npos 0
    throw InputError(
        fmt::format("{}, line {}, column {}: {}; allowed: {}", where, line, before.size() - line_begin + 1, what, allowed));
  };
  std::vector<std::set<std::string>> keys;  // of the objects that are open
  const auto watch = [&](int, json::parse_event_t event, json& value) {
    if (event == json::parse_event_t::object_start) keys.emplace_back();
    if (event == json::parse_event_t::object_end) keys.pop_back();
    if (event == json::parse_event_t::key && !keys.back().insert(value.get<std::string>()).second)
      refuse(fmt::format("the key '{}' twice", printable(value.get<std::string>())));
    return true;
  };
  try {
    return json::parse(stream, watch);
  } catch (const json::out_of_range&) {
    refuse("a number beyond binary64");
  } catch (const json::parse_error&) {
    refuse("no JSON");
  }
  return {};
}

void JsonPlace::refuse(const std::string& what, const std::string& allowed) const { refuse(what + "; allowed: " + allowed); }

void JsonPlace::refuse(const std::string& message) const { throw InputError(where() + ": " + message); }

std::string JsonPlace::where() const { return key_.empty() ? file_ : file_ + ": " + key_; }

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

bool JsonPlace::has(const char* name) const {
  if (!value_.is_object()) refuse(shown(), "an object");
  return value_.contains(name);
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
