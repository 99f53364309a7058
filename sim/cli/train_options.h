// SPDX-License-Identifier: Apache-2.0
// The command line of `binade train`, as given.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/cli/run_options.h"
#include "sim/train/training_parts.h"

namespace binade::sim {

struct TrainOptions : TrainWords {
  RunOptions configuration;  ///< recipe, config and sets alone
  std::optional<std::int64_t> epochs, batch;
  std::optional<std::uint64_t> steps;
  std::string out;         ///< directory; empty: no files
  std::string checkpoint;  ///< empty: in `out`
  std::string capture;     ///< empty: none
  std::vector<std::uint64_t> capture_steps;
  std::string report_format = "text";  ///< text | json
  std::string core = "fast";           ///< of the simulation of --cost
  bool core_given = false;             ///< --core
  std::string energy_table;            ///< of --cost; empty: the one that comes with the program
  bool cost = false, resume = false, print_config = false;
};

/// Declares the options that say what is trained, on what and how, but for --network and --data: other commands have them too.
std::vector<CLI::Option*> declare_run(CLI::App& command, TrainOptions& options);
/// Declares every option on `command` and its help.
void declare(CLI::App& command, TrainOptions& options);

/// Files and folders that the options of declare_run(), --network and --data name: what the command reads.
std::vector<std::string> files_of(const TrainOptions& options);

/// The settings with --epochs and --batch. Throws InputError with every problem, those of options that do not go together too.
Settings settings_of(const TrainOptions& options, const RecipeFile* recipe);

}  // namespace binade::sim
