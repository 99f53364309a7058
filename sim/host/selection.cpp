// SPDX-License-Identifier: Apache-2.0
#include "sim/host/selection.h"

#include <fnmatch.h>

#include "models/numerics/error.h"

namespace binade::sim {

std::vector<bool> select(const programs::Program& program, const std::vector<std::string>& patterns) {
  std::vector<bool> selected(program.operations.size(), patterns.empty());
  for (const std::string& pattern : patterns) {
    const auto matches = [&](int layer) { return ::fnmatch(pattern.c_str(), program.layer(layer).name.c_str(), 0) == 0; };
    bool used = false;
    for (std::size_t i = 0; i < selected.size(); ++i) {
      const programs::Operation& operation = program.operations[i];
      if (!matches(operation.layer) && !matches(operation.output)) continue;
      selected[i] = used = true;
    }
    if (!used)
      throw InputError("layers: '" + pattern + "' matches no layer that runs; allowed: layer names of " + program.network->name +
                       " or patterns with * and ?");
  }
  return selected;
}

}  // namespace binade::sim
