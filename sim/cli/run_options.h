// SPDX-License-Identifier: Apache-2.0
// The command line of `binade run`, as given.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/config/settings.h"

namespace binade::sim {

struct RunOptions {
  std::string network;                      ///< a built-in name or a file; empty: the trace's
  std::vector<std::string> gemms;           ///< M,N,K[,COUNT]; instead of a network
  std::vector<std::string> formats;         ///< empty: the configuration's
  std::string preset;                       ///< a word of kPresets; empty: none
  std::string config;                       ///< YAML file, or SCALE-Sim's .cfg
  std::vector<std::string> sets;            ///< key=value
  std::string core = "fast";                ///< a word of kCoreKinds
  std::string values = "full";              ///< full, none
  std::string reference = "full";           ///< full, none
  bool check = false;                       ///< every layer on the golden model too
  std::string rtl_sample;                   ///< tiles a layer, or a share of them, that also run through the RTL; empty: none
  std::string data, weights, trace, input;  ///< where real tensors come from; empty: synthetic
  std::string save;                         ///< file of layer outputs; empty: none
  std::vector<std::string> save_layers;     ///< names or globs; empty: all
  std::optional<std::int64_t> batch, samples;
  std::vector<std::string> layers;     ///< names or globs; empty: all
  std::string out;                     ///< directory; empty: no files
  std::string report_format = "text";  ///< text | json
  std::uint64_t seed = 0;
  std::size_t jobs = 1;
  int threads = 1;           ///< of one format's run
  std::string flex_init;     ///< golden | device; empty: the configuration's
  std::string energy_table;  ///< empty: the one that comes with the program
  bool timeline = false, print_config = false, resume = false;
};

/// Declares the options that settings_of() reads and other commands share: --format, --config, --set.
void declare_configuration(CLI::App& command, RunOptions& options);
/// Declares every option on `command` and its help.
void declare(CLI::App& command, RunOptions& options);

/// Preset, configuration file, --set, then --format and --flex-init. Throws InputError with every problem.
Settings settings_of(const RunOptions& options);

}  // namespace binade::sim
