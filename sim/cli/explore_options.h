// SPDX-License-Identifier: Apache-2.0
// The command line of `binade explore`, as given.
#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <string>
#include <vector>

#include "sim/cli/run_options.h"
#include "sim/explore/space.h"

namespace binade::sim {

struct ExploreOptions {
  RunOptions run;                 ///< of every point; `values` may be auto
  std::string space;              ///< file; empty: axes of the command line alone
  std::vector<std::string> axes;  ///< NAME=WORD,WORD...
  std::vector<std::string> objectives, constraints, derived;
  std::optional<std::int64_t> samples;  ///< points to draw
  std::optional<std::int64_t> screen;   ///< points to rank before the best are simulated
  std::string method;                   ///< grid, random or pareto; empty: by whether points are drawn
  std::string out, store;
  std::size_t jobs = 1;
  int threads = 1;
  std::string executor = "local";   ///< local or slurm
  std::size_t tasks = 0;            ///< --jobs with slurm; 0: not said
  std::size_t chunk = 0;            ///< points of a task; 0: not said
  std::vector<std::string> sbatch;  ///< options of sbatch
  bool resume = false;
  std::string front = "modelled";  ///< or all
};

void declare(CLI::App& command, ExploreOptions& options);

/// The file's space with what the command line says: its axes, objectives and constraints beside those of the file, an axis of
/// the same name in its place. Options under `run` become those of `command` that the command line has not said. Throws
/// InputError with every problem.
Space space_of(CLI::App& command, ExploreOptions& options);

}  // namespace binade::sim
