// SPDX-License-Identifier: Apache-2.0
// The command line of `binade search`, as given.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "sim/cli/run_options.h"
#include "sim/run/cost_tables.h"

namespace binade::sim {

/// A network whose formats the model is fitted to.
struct FitWords {
  std::string network, data, weights;
};

struct SearchOptions {
  RunOptions run;  ///< workload, keys, seed, jobs, out, report format
  std::vector<std::string> families, formats, fits;
  std::string loss = "1%", objective = "speed", table = kDefaultTechnology, model, line = "anchored";
  std::int64_t inputs = 10, fit_samples = 200;
  int evaluations = 2;
  bool exhaustive = false;
};

void declare(CLI::App& command, SearchOptions& options);

/// All throw InputError that names the option.
double loss_of(const std::string& text);  ///< `1%` or `0.01`: 0.01
FitWords fit_of(const std::string& text);
/// Canonical words of families and of formats, each once.
std::vector<std::string> formats_of(const SearchOptions& options);

}  // namespace binade::sim
