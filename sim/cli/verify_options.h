// SPDX-License-Identifier: Apache-2.0
// The command line of `binade verify`, as given.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/datapath/core_config.h"
#include "sim/verify/adapter.h"
#include "sim/verify/operation_units.h"

namespace binade::sim {

struct VerifyOptions {
  std::string unit, format;
  std::vector<std::string> sets;       ///< key=value; 4 x 4 arrays unless they say otherwise
  std::optional<std::uint64_t> count;  ///< absent: all of a corner or exhaustive run, else the unit's own
  std::string stalls = "random";       ///< none bursty random
  std::string stimulus = "random";     ///< corner random exhaustive trace
  std::string trace;                   ///< file of --stimulus trace
  std::string layer, pass, product;    ///< of products in it; empty: any
  std::string to, tininess, overflow;  ///< of single operations and sums; empty: none, after, saturate
  std::uint64_t seed = 0;
  std::size_t jobs = 1;
  std::optional<std::size_t> failures;  ///< absent: 5, or of exhaustive runs of combinational units all
  std::string wave;                     ///< FST file
  std::string coverage;                 ///< "", line, toggle
  std::string coverage_file;            ///< where Verilator's data goes
  std::string out = "mismatch.csv";     ///< inputs up to the first mismatch
  std::string adapter;                  ///< file of more options
  std::vector<std::string> rtl;         ///< somebody else's sources: files and folders
  std::vector<std::string> lists, incdirs, defines;
  std::string top;                          ///< their module
  std::vector<std::string> parameters;      ///< K=V of it
  std::vector<std::string> verilator_args;  ///< further options of Verilator for it
  std::vector<std::string> maps, values;    ///< OURS=THEIRS, OURS:WORD=NUMBER
  std::vector<std::string> ignores;         ///< ports that play no part
  std::vector<std::string> drives;          ///< PORT=VALUE, further inputs held constant
  std::vector<std::string> roundings;       ///< that the module has
  std::optional<int> latency;               ///< of a combinational unit in a module with a clock
  std::optional<int> timeout;
  std::string junit;  ///< file for continuous integration
  std::string report_format = "text";
  bool print_schema = false;  ///< of adapter files
  bool print_report_schema = false;
  bool print_wrapper = false;  ///< a module with the unit's ports
  bool print_module = false;   ///< nothing runs: the module, its parameters and its sources as JSON
};

void declare(CLI::App& command, VerifyOptions& options);
/// --to and --tininess, which `binade vectors` has too.
void declare_operation_options(CLI::App& command, VerifyOptions& options);
/// The core that the options describe; the unit takes from it what it has. Throws InputError with every problem.
datapath::CoreConfig core_of(const VerifyOptions& options);
/// --map, --map-value, --ignore, --drive, --rounding and --latency; --param as pairs. Throw InputError.
verify::Adapter adapter_of(const VerifyOptions& options);
/// --to, --tininess, --overflow and --set dot.length. Throws InputError.
verify::OperationOptions operation_options_of(const VerifyOptions& options);
std::vector<std::pair<std::string, std::string>> parameters_of(const VerifyOptions& options);

}  // namespace binade::sim
