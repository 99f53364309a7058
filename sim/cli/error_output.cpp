// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/error_output.h"

#include <iostream>
#include <sstream>

#include "models/numerics/text.h"

namespace binade::sim {

void report_error(const std::string& what) {
  std::istringstream lines(what);
  for (std::string line; std::getline(lines, line);) std::cerr << "binade: error: " << printable(line) << '\n';
}

void report_note(const std::string& what) {
  if (!what.empty()) std::cerr << "binade: note: " << what << '\n';
}

}  // namespace binade::sim
