// SPDX-License-Identifier: Apache-2.0
#include "rtl/cosim/module_spec.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <sstream>
#include <string_view>

#include "models/numerics/error.h"
#include "rtl/cosim/content.h"

namespace binade::rtl {

namespace {

/// What is generated, where, and of what: ours to say.
constexpr std::array<std::string_view, 20> kOurs{"binary",    "build",     "cc",   "E",          "exe",        "getenv",  "help",
                                                 "json-only", "lint-only", "main", "Mdir",       "mod-prefix", "o",       "prefix",
                                                 "sc",        "timing",    "top",  "top-module", "version",    "xml-only"};

bool is_identifier(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto inner = [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '$'; };
  return !name.empty() && letter(name.front()) && std::all_of(name.begin(), name.end(), inner);
}

}  // namespace

std::string describe(const ModuleSpec& spec) {
  std::string text = spec.top;
  if (!spec.title.empty()) text += fmt::format(" {}", spec.title);
  for (const auto& [name, value] : spec.parameters) text += fmt::format(" {}={}", name, value);
  for (const auto& argument : spec.verilator_args) text += " " + argument;
  if (spec.waves) text += " (waves)";
  if (spec.line_coverage) text += " (line coverage)";
  if (spec.toggle_coverage) text += " (toggle coverage)";
  return text;
}

void check(const ModuleSpec& spec) {
  if (!is_identifier(spec.top))
    throw InputError(fmt::format("--top {}: no module name; allowed: a letter or _, then letters, digits, _ and $", spec.top));
  for (const auto& argument : spec.verilator_args) {
    std::string_view word = argument;
    while (word.starts_with('-')) word.remove_prefix(1);
    word = word.substr(0, word.find('='));
    if (argument.starts_with('-') && std::find(kOurs.begin(), kOurs.end(), word) != kOurs.end())
      throw InputError(
          fmt::format("--verilator-arg {}: set by the build; allowed: options other than -{}", argument, fmt::join(kOurs, " -")));
    if (argument.empty() || argument.find('\n') != std::string::npos)
      throw InputError("--verilator-arg: empty or with a line break; allowed: one option of Verilator, or its value");
  }
}

std::string source_text(const std::filesystem::path& source) {
  auto text = content_of(source);
  if (!text) throw InputError(source.string() + ": cannot read; allowed: a SystemVerilog source file");
  return std::move(*text);
}

std::vector<std::filesystem::path> listed_sources(const std::filesystem::path& list) {
  std::vector<std::filesystem::path> sources;
  std::istringstream lines(source_text(list));
  for (std::string line; std::getline(lines, line);)
    if (!line.empty()) sources.push_back(list.parent_path() / line);
  return sources;
}

}  // namespace binade::rtl
