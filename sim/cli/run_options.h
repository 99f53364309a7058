// SPDX-License-Identifier: Apache-2.0
// The command line of `binade run`, as given.
#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <string>
#include <vector>

#include "sim/config/recipe_file.h"
#include "sim/config/settings.h"
#include "sim/run/make_spec.h"

namespace binade::sim {

struct RunOptions : SpecWords {
  std::vector<std::string> formats;      ///< empty: the configuration's
  std::string recipe;                    ///< FILE|NAME[,KEY=WORD...]; empty: none
  std::string preset;                    ///< a word of kPresets; empty: none
  std::string config;                    ///< YAML file, or SCALE-Sim's .cfg
  std::vector<std::string> sets;         ///< key=value
  std::vector<std::string> passes;       ///< of a training step (pass_options.h); empty: the network's forward pass is run
  std::string save;                      ///< file of layer outputs; empty: none
  std::vector<std::string> save_layers;  ///< names or globs; empty: all
  std::string out;                       ///< directory; empty: no files
  std::string report_format = "text";    ///< text | json
  std::size_t jobs = 1;
  int threads = 1;          ///< of one format's run
  std::string tiling;       ///< estimate | search; empty: the configuration's
  std::string flex_init;    ///< golden | device; empty: the configuration's
  bool seed_given = false;  ///< --seed
  bool timeline = false, print_config = false, resume = false;
};

/// Declares --config and --set.
void declare_keys(CLI::App& command, RunOptions& options);
/// Declares --cost-table, and --energy-table, its other name.
CLI::Option* declare_costs(CLI::App& command, std::string& table);
/// Declares the options that settings_of() reads and other commands share: --format, --preset and those of declare_keys.
void declare_configuration(CLI::App& command, RunOptions& options);
/// Declares what is run, on which tensors and at which costs: the options of SpecWords that other commands share.
void declare_workload(CLI::App& command, SpecWords& words);
void declare_recipe(CLI::App& command, std::string& recipe);
/// Declares every option on `command` and its help.
void declare(CLI::App& command, RunOptions& options);

/// Files and folders that the options name: what the command reads.
std::vector<std::string> files_of(const RunOptions& options);

/// What the recipe brings (none where null), preset, configuration file, --format, --set, --flex-init; a `format` in --set does not
/// win over --format. Throws InputError with every problem.
Settings settings_of(const RunOptions& options, const RecipeFile* recipe = nullptr);
/// The same with `base` in place of what the recipe brings.
Settings settings_of(const RunOptions& options, Settings base);

}  // namespace binade::sim
