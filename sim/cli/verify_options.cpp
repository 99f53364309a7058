// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/verify_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <thread>

#include "models/numerics/error.h"
#include "sim/cli/adapter_file.h"
#include "sim/cli/option_words.h"
#include "sim/config/settings.h"
#include "sim/verify/unit.h"

namespace binade::sim {
namespace {

constexpr const char* kExamples = R"(
Examples:
  binade verify posit_pe --format posit8 --stimulus exhaustive
  binade verify posit_encoder --format posit16es1 --stimulus exhaustive --jobs 2
  binade verify core --format dfp8 --set core.dataflow=ws --set core.rows=3 --stalls bursty --count 200
  binade verify core --format posit16 --set core.format_a=posit8         posit8 x posit16 -> posit16
  binade verify posit_pe --format posit11es1 --count 100000            any width is built on demand
  binade verify mac --format dfp8 --overflow wrap --rtl my_rtl --top my_mac --map clear_i=clear
  binade verify posit_pe --format posit8 --rtl my_rtl --top my_pe --param WIDTH=8
  binade verify posit_pe --format posit8 --stimulus trace --trace mismatch.csv --wave mismatch.fst
  binade verify core --stimulus trace --trace traces/step-positnn.npz --layer conv2 --pass backward-weight
)";

constexpr std::int64_t kMostVectors = 1'000'000'000'000;

/// "K=V" in two; `option` for the message.
std::pair<std::string, std::string> split(const std::string& assignment, const char* option, const char* allowed = "NAME=VALUE") {
  const auto equals = assignment.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == assignment.size())
    throw InputError(fmt::format("{} {}: not an assignment; allowed: {}", option, assignment, allowed));
  return {assignment.substr(0, equals), assignment.substr(equals + 1)};
}

std::uint64_t number_of(const std::string& value, const std::string& where) {
  std::size_t used = 0;
  std::uint64_t number = 0;
  try {
    number = std::stoull(value, &used, 0);
  } catch (const std::exception&) {
    used = 0;
  }
  if (used != value.size() || value.find_first_of("+-") != std::string::npos)
    throw InputError(fmt::format("{}: '{}' is no number from 0 to 2^64 - 1; allowed: 12 or 0xc", where, value));
  return number;
}

/// A number from 0 on, which the parser would otherwise take from a negative one modulo 2^64.
const CLI::Validator kNatural(
    [](std::string& text) {
      const bool digits = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
      return digits ? std::string() : fmt::format("{}: not a whole number; allowed: 0 to {}", text, ~std::uint64_t{0});
    },
    "UINT64", "natural");

/// A word of --set that is no key of a core.
constexpr std::string_view kDotLength = "dot.length=";

}  // namespace

void declare_operation_options(CLI::App& command, VerifyOptions& options) {
  command.add_option("--to", options.to, "convert: the format of results")->type_name("WORD");
  command.add_option("--tininess", options.tininess, "flags_o: results of floats are tiny before or after rounding (after)")
      ->type_name("WORD");
}

void declare(CLI::App& command, VerifyOptions& options) {
  options.jobs = std::max(1U, std::thread::hardware_concurrency());
  command.add_option("UNIT", options.unit, fmt::format("what to verify: {}", fmt::join(verify::unit_names(), " ")));
  command
      .add_option("--format", options.format,
                  "number format (`binade formats`); default, of products of a training step: theirs, with the keys that they want")
      ->type_name("WORD");
  command.add_option("--set", options.sets, "set one configuration key (`binade keys`): accumulate, rounding, core.*; repeatable")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  declare_operation_options(command, options);
  command.add_option("--overflow", options.overflow, "mac, ws_mac, dot: integer sums saturate or wrap; default saturate")
      ->type_name("WORD");
  command.add_option("--stimulus", options.stimulus, "corner, random, exhaustive (every operand pair, every code) or trace")
      ->check(CLI::IsMember({"corner", "random", "exhaustive", "trace"}))
      ->capture_default_str();
  command
      .add_option("--trace", options.trace,
                  "for --stimulus trace: a file of input rows, or a trace of a training step, whose products give the operands")
      ->type_name("FILE");
  command.add_option("--layer", options.layer, "products of that layer alone, <loss> being one")->type_name("NAME");
  command.add_option("--product", options.product, "the product that makes that tensor alone")->type_name("NAME");
  command.add_option("--pass", options.pass, "products of that pass alone")
      ->check(CLI::IsMember({"forward", "backward-data", "backward-weight"}));
  command
      .add_option("--count", options.count,
                  "vectors: operand pairs, elements, codes, tiles; default: all, or as many random ones as take seconds")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{1}, kMostVectors));
  command.add_option("--stalls", options.stalls, "frozen clocks, missing operands, full outputs: none, bursty or random")
      ->check(CLI::IsMember({"none", "bursty", "random"}))
      ->capture_default_str();
  command.add_option("--seed", options.seed, "seed of everything random")->check(kNatural)->capture_default_str();
  command.add_option("--jobs", options.jobs, "threads; the result does not depend on them")
      ->type_name("N")
      ->check(CLI::Range(1, kMostJobs));
  command
      .add_option("--failures", options.failures,
                  "failing blocks after which to stop; default 5, but exhaustive runs of what has no state go on to the end")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{1}, kMostVectors));
  command.add_option("--out", options.out, "where the inputs up to the first mismatch go")
      ->type_name("FILE")
      ->capture_default_str();
  command.add_option("--wave", options.wave, "FST waveform of the whole run (one thread)")->type_name("FILE");
  command.add_flag("--coverage{line}", options.coverage, "Verilator's structural coverage: line, or --coverage=toggle for both")
      ->check(CLI::IsMember({"line", "toggle"}));
  command.add_option("--coverage-file", options.coverage_file, "where its data goes, one file a thread (FILE.0, ...)")
      ->type_name("FILE");
  command.add_option("--adapter", options.adapter, "a file that says all this of a module (docs/verify.md)")->type_name("FILE");
  command.add_option("--rtl", options.rtl, "somebody else's SystemVerilog: a file, or a folder, an include path too; repeatable")
      ->type_name("PATH")
      ->allow_extra_args(false);
  command.add_option("-f,--file-list", options.lists, "a file list of simulators; repeatable")
      ->type_name("LIST")
      ->allow_extra_args(false);
  command.add_option("--incdir", options.incdirs, "a further include path; repeatable")->type_name("DIR")->allow_extra_args(false);
  command.add_option("--define", options.defines, "a macro; repeatable")->type_name("NAME=TEXT")->allow_extra_args(false);
  command.add_option("--top", options.top, "its module")->type_name("NAME");
  command.add_option("--param", options.parameters, "a parameter of it; repeatable")->type_name("K=V")->allow_extra_args(false);
  command.add_option("--verilator-arg", options.verilator_args, "an option of Verilator for it, such as -DWIDE or -O3; repeatable")
      ->type_name("ARG")
      ->allow_extra_args(false);
  command
      .add_option("--map", options.maps,
                  "a port of the unit by its name in the module: a_i=x, a_i=x[7:0], rst_ni=!reset; repeatable")
      ->type_name("OURS=THEIRS")
      ->allow_extra_args(false);
  command.add_option("--map-value", options.values, "the module's number for a value of an input: rounding_i:rne=1; repeatable")
      ->type_name("OURS:WORD=NUMBER")
      ->allow_extra_args(false);
  command.add_option("--ignore", options.ignores, "a port, of the unit or the module, that plays no part; repeatable")
      ->type_name("PORT")
      ->allow_extra_args(false);
  command
      .add_option("--rounding", options.roundings,
                  "the rounding modes that the module has (rne,rtz); without rounding_i the one that it does")
      ->type_name("WORD,...")
      ->delimiter(',')
      ->allow_extra_args(false);
  command
      .add_option("--latency", options.latency,
                  "rising edges from inputs to outputs of a decoder, encoder or operation; without it valid_o says when")
      ->type_name("N")
      ->check(CLI::Range(0, kMostLatency));
  command.add_option("--timeout", options.timeout, "clocks within which valid_o follows; default 1000")
      ->type_name("N")
      ->check(CLI::Range(1, kMostTimeout));
  command.add_option("--drive", options.drives, "hold a further input port of it at a value; repeatable")
      ->type_name("PORT=VALUE")
      ->allow_extra_args(false);
  command.add_option("--junit", options.junit, "the outcome as JUnit's XML too")->type_name("FILE");
  command.add_option("--report-format", options.report_format, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  command.add_flag("--print-module", options.print_module,
                   "print the module, its parameters and sources as JSON and build nothing");
  command.add_flag("--print-wrapper", options.print_wrapper, "print a module with the unit's ports, to put yours into");
  command.add_flag("--print-adapter-schema", options.print_schema, "print the JSON schema of adapter files");
  command.add_flag("--print-report-schema", options.print_report_schema, "print the JSON schema of --report-format json");
  command.footer(kExamples);
}

datapath::CoreConfig core_of(const VerifyOptions& options) {
  if (options.format.empty())
    throw InputError(
        "--format is required; allowed: a word that `binade formats` lists; it follows from a --trace of a training step");
  Settings settings;
  std::vector<std::string> problems;
  for (const char* small : {"core.rows=4", "core.cols=4"}) apply_assignment(settings, small, problems);
  for (const auto& assignment : options.sets)
    if (!assignment.starts_with(kDotLength)) apply_assignment(settings, assignment, problems);
  try {
    numerics::parse_format(options.format);
    settings.formats = {options.format};
  } catch (const InputError& error) {
    problems.push_back(fmt::format("--format: {}", error.what()));
  }
  if (problems.empty()) problems = validate(settings);
  if (!problems.empty()) throw InputError(fmt::format("{}", fmt::join(problems, "\n")));
  return platform_of(resolved_for(settings, options.format)).core;
}

verify::Adapter adapter_of(const VerifyOptions& options) {
  verify::Adapter adapter;
  for (const auto& assignment : options.maps) {
    auto [pin, port] = split(assignment, "--map", "OURS=THEIRS");
    adapter.map.push_back({std::move(pin), std::move(port)});
  }
  for (const auto& assignment : options.values) {
    const auto [value, theirs] = split(assignment, "--map-value", "OURS:WORD=NUMBER");
    const auto colon = value.find(':');
    if (colon == std::string::npos)
      throw InputError(
          fmt::format("--map-value {}: no value of a port; allowed: OURS:WORD=NUMBER, such as rounding_i:rne=1", assignment));
    adapter.values.push_back({value.substr(0, colon), value.substr(colon + 1), number_of(theirs, "--map-value " + value)});
  }
  adapter.ignore.insert(options.ignores.begin(), options.ignores.end());
  for (const auto& assignment : options.drives) {
    const auto [name, value] = split(assignment, "--drive");
    if (!adapter.drive.emplace(name, number_of(value, "--drive " + name)).second)
      throw InputError(fmt::format("--drive {}: twice; allowed: one value of each port", name));
  }
  for (const auto& word : options.roundings) {
    numerics::parse_rounding(word);
    adapter.roundings.push_back(word);
  }
  adapter.latency = options.latency;
  adapter.timeout = options.timeout.value_or(adapter.timeout);
  return adapter;
}

verify::OperationOptions operation_options_of(const VerifyOptions& options) {
  verify::OperationOptions operation;
  const bool is_operation = verify::is_operation_unit(options.unit);
  try {
    if (!options.to.empty()) operation.to = numerics::parse_format(options.to);
  } catch (const InputError& error) {
    throw InputError(fmt::format("--to: {}", error.what()));
  }
  if (!options.tininess.empty()) {
    if (!is_operation || options.unit == "dot" || options.unit == "compare")
      throw InputError(
          fmt::format("--tininess: {} has no flags that it decides; allowed: with add sub mul div fma sqrt convert", options.unit));
    operation.tininess = numerics::parse_tininess(options.tininess);
  }
  if (options.unit != "compare") {
    std::vector<std::string> modes = options.roundings;
    for (const auto& value : options.values)  // a module's own numbers, where it has some
      if (constexpr std::string_view kMode = "rounding_i:"; options.roundings.empty() && value.starts_with(kMode))
        modes.push_back(value.substr(kMode.size(), value.find('=') - kMode.size()));
    for (std::size_t mode = 0; mode < spec::kRoundingWords.size(); ++mode)  // other words are refused where ports are bound
      if (std::find(modes.begin(), modes.end(), spec::kRoundingWords[mode]) != modes.end())
        operation.roundings.push_back(static_cast<numerics::Rounding>(mode));
  }
  if (options.overflow == "wrap") {
    operation.overflow = verify::Overflow::Wrap;
  } else if (options.overflow == "saturate") {
    operation.overflow = verify::Overflow::Saturate;
  } else if (!options.overflow.empty()) {
    throw InputError(fmt::format("--overflow {}; allowed: saturate wrap", options.overflow));
  }
  for (const auto& assignment : options.sets) {
    if (!assignment.starts_with(kDotLength)) continue;
    const std::string value = assignment.substr(kDotLength.size());
    const bool digits = !value.empty() && value.size() <= 4 && value.find_first_not_of("0123456789") == std::string::npos;
    if (options.unit != "dot" || !digits)
      throw InputError(fmt::format("--set {}; allowed: dot.length=1 to 1024, with the unit dot", assignment));
    operation.length = std::stoi(value);
  }
  return operation;
}

std::vector<std::pair<std::string, std::string>> parameters_of(const VerifyOptions& options) {
  std::vector<std::pair<std::string, std::string>> parameters;
  for (const auto& assignment : options.parameters) parameters.push_back(split(assignment, "--param"));
  return parameters;
}

}  // namespace binade::sim
