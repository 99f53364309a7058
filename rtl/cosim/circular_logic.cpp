// SPDX-License-Identifier: Apache-2.0
#include "rtl/cosim/circular_logic.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <regex>
#include <sstream>
#include <vector>

#include "rtl/cosim/content.h"

namespace binade::rtl {
namespace {

struct Warning {
  std::string file, signal;
  int line = 0;
};
std::vector<Warning> warnings_in(const std::string& log) {
  static const std::regex kWarning("%Warning-UNOPTFLAT: ([^\n]+):([0-9]{1,8}):[0-9]+: [^\n]*: '([^'\n]+)'");
  std::vector<Warning> warnings;
  for (std::sregex_iterator one(log.begin(), log.end(), kWarning), end; one != end; ++one)
    warnings.push_back({(*one)[1], (*one)[3], std::stoi((*one)[2])});
  return warnings;
}

/// The module that a line of a source lies in; "" where none begins before it.
std::string module_at(const std::string& source, int line) {
  static const std::regex kModule("\\bmodule\\s+(?:automatic\\s+|static\\s+)?(\\w+)");
  std::istringstream lines(source);
  std::string module, text;
  std::smatch found;
  for (int number = 1; number <= line && std::getline(lines, text); ++number)
    if (std::regex_search(text, found, kModule)) module = found[1];
  return module;
}

}  // namespace

std::string circular_signals(const std::string& log, const std::string& statistics) {
  constexpr std::size_t kNamed = 3;
  static const std::regex kHybrid("size of class: hybrid +([0-9]+)");
  std::vector<std::string> names;
  for (const Warning& warning : warnings_in(log)) names.push_back(warning.signal);
  if (!names.empty()) {
    const std::size_t named = std::min(names.size(), kNamed);
    std::string text = fmt::format("{}", fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(named), " "));
    return names.size() > named ? fmt::format("{} and {} more", text, names.size() - named) : text;
  }
  std::smatch size;
  return std::regex_search(statistics, size, kHybrid) && size[1] != "0" ? "the warning is switched off" : "";
}

std::string splitting(const std::string& log) {
  std::string text;
  for (const Warning& warning : warnings_in(log)) {
    const std::string module = module_at(content_of(warning.file).value_or(""), warning.line);
    if (module.empty()) return {};
    text += fmt::format("split_var -module \"{}\" -var \"{}\"\n", module, warning.signal.substr(warning.signal.rfind('.') + 1));
  }
  return text.empty() ? text : "`verilator_config\n" + text;
}

}  // namespace binade::rtl
