// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/vectors_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <memory>

#include "models/numerics/error.h"
#include "rtl/cosim/shell_word.h"
#include "sim/cli/verify_options.h"
#include "sim/report/output_file.h"
#include "sim/verify/operation_units.h"
#include "sim/verify/vector_rows.h"

namespace binade::sim {
namespace {

namespace fs = std::filesystem;
using verify::VectorRows;

constexpr const char* kExamples = R"(
Examples:
  binade vectors add --format fp16 --rounding rne,rtz --layout testfloat
  binade vectors mul --format posit8 --count 500000 --layout readmemh --out mul_vectors
  binade vectors dot --format dfp8 --set dot.length=8 --level 2 --layout csv
)";

constexpr std::string_view kStochastic = "sr";

struct VectorsOptions {
  VerifyOptions unit;  ///< of which the unit's part
  std::vector<std::string> roundings;
  std::uint64_t count = 10'000;
  int level = 1;
  std::string layout = "csv", out = "vectors";
};

/// A file's name and its text.
using Files = std::vector<std::pair<std::string, std::string>>;

Files as_csv(const VectorRows& vectors, const std::string& title) {
  std::string text = "# " + title + "\n" + verify::names_of(vectors.inputs) + "," + verify::names_of(vectors.outputs) + "\n";
  for (const auto& [in, out] : vectors.rows)
    text += verify::cells_of(vectors.inputs, in) + "," + verify::cells_of(vectors.outputs, out) + "\n";
  return {{"vectors.csv", std::move(text)}};
}

Files as_readmemh(const VectorRows& vectors, const std::string& title) {
  const auto head = [&](const verify::Pins& pins) {
    return "// " + title + "\n// {" + verify::names_of(pins) + "}, the first in the highest bits\n";
  };
  std::string stimulus = head(vectors.inputs), expected = head(vectors.outputs);
  for (const auto& [in, out] : vectors.rows) {
    stimulus += verify::packed_of(vectors.inputs, in) + "\n";
    expected += verify::packed_of(vectors.outputs, out) + "\n";
  }
  std::string header = fmt::format("// {}\nlocalparam integer vectors = {};\n", title, vectors.rows.size());
  for (const auto& [word, pins] : {std::pair{"stimulus", &vectors.inputs}, std::pair{"expected", &vectors.outputs}}) {
    int lsb = verify::bits_of(*pins);
    header += fmt::format("localparam integer {}_bits = {};\n", word, lsb);
    for (const auto& pin : pins->list()) {
      lsb -= pin.bits;
      header += fmt::format("localparam integer {0}_lsb = {1}, {0}_bits = {2};\n", pin.name, lsb, pin.bits);
    }
  }
  return {{"stimulus.hex", std::move(stimulus)}, {"expected.hex", std::move(expected)}, {"vectors.svh", std::move(header)}};
}

/// A file a rounding mode, of lines as testfloat_gen writes them: operands, result, flags.
Files as_testfloat(const VectorRows& vectors, const std::string& operation) {
  const verify::Pin* const flags = vectors.outputs.find("flags_o");
  if (flags == nullptr) throw InputError(fmt::format("--layout testfloat: {} has no flags; allowed: readmemh csv", operation));
  Files files;
  for (const auto& [in, out] : vectors.rows) {
    const std::string file =
        vectors.rounding_of(in).empty() ? operation + ".txt" : fmt::format("{}_{}.txt", operation, vectors.rounding_of(in));
    auto found = std::find_if(files.begin(), files.end(), [&](const auto& one) { return one.first == file; });
    if (found == files.end()) found = files.insert(files.end(), {file, {}});
    for (const auto& pin : vectors.inputs.list())
      if (pin.name == "a_i" || pin.name == "b_i" || pin.name == "c_i")
        found->second += fmt::format("{:0{}X} ", in[pin.word], (pin.bits + 3) / 4);
    const verify::Pin& result = *vectors.outputs.find("result_o");
    found->second += fmt::format("{:0{}X} {:02X}\n", out[result.word], (result.bits + 3) / 4, out[flags->word]);
  }
  return files;
}

/// Modes of a layout that has no column for the random draw of `sr`: nobody could check its results without. Throws InputError
/// where `sr` is asked for.
std::vector<std::string> without_draws(const verify::Unit& unit, std::vector<std::string> roundings) {
  if (std::find(roundings.begin(), roundings.end(), kStochastic) != roundings.end())
    throw InputError(fmt::format(
        "--rounding {}: --layout testfloat has no place for its random draw; allowed: other modes, or --layout readmemh csv",
        kStochastic));
  const verify::Pin* const modes = unit.inputs().find("rounding_i");
  if (modes == nullptr || !roundings.empty()) return roundings;
  std::copy_if(modes->names.begin(), modes->names.end(), std::back_inserter(roundings),
               [](const std::string& name) { return !name.empty() && name != kStochastic; });
  return roundings;
}

/// The command that writes the same rows again.
std::string command_of(const VectorsOptions& options) {
  std::string text = "binade vectors " + options.unit.unit;
  const auto add = [&](const char* option, const std::string& value) {
    if (!value.empty()) text.append(" ").append(option).append(" ").append(rtl::shell_word(value));
  };
  add("--format", options.unit.format);
  for (const auto& set : options.unit.sets) add("--set", set);
  add("--to", options.unit.to);
  add("--tininess", options.unit.tininess);
  add("--rounding", fmt::format("{}", fmt::join(options.roundings, ",")));
  add("--count", fmt::format("{}", options.count));
  add("--level", fmt::format("{}", options.level));
  add("--layout", options.layout);
  add("--seed", fmt::format("{}", options.unit.seed));
  return text;
}

void write_vectors(const VectorsOptions& options) {
  const std::string& operation = options.unit.unit;
  if (!verify::is_operation_unit(operation))
    throw InputError(
        fmt::format("vectors: unknown operation '{}'; allowed: {}", operation, fmt::join(verify::operation_unit_names(), " ")));
  const auto unit = verify::make_unit(operation, core_of(options.unit), operation_options_of(options.unit));
  const auto roundings = options.layout == "testfloat" ? without_draws(*unit, options.roundings) : options.roundings;
  const auto vectors = verify::draw_vectors(*unit, {options.level, options.count, options.unit.seed, roundings});
  const std::string title = command_of(options);
  const Files files = options.layout == "csv"        ? as_csv(vectors, title)
                      : options.layout == "readmemh" ? as_readmemh(vectors, title)
                                                     : as_testfloat(vectors, operation);
  const fs::path folder(options.out);
  std::error_code failure;
  fs::create_directories(folder, failure);
  if (failure || !fs::is_directory(folder))
    throw InputError(fmt::format("--out {}: cannot be made; allowed: a folder, or the name of a new one", options.out));
  std::vector<std::string> names;
  for (const auto& [name, text] : files) {
    write_file(folder / name, text);
    names.push_back(name);
  }
  std::cout << fmt::format("{}: {} vectors{} in {}: {}\n", title, vectors.rows.size(), vectors.exhaustive ? ", all there are" : "",
                           options.out, fmt::join(names, " "));
}

}  // namespace

void add_vectors_command(CLI::App& app) {
  auto* command = app.add_subcommand("vectors", "write stimulus and expected values of an arithmetic unit, for any simulator");
  const auto options = std::make_shared<VectorsOptions>();
  command->add_option("OP", options->unit.unit, fmt::format("{}", fmt::join(verify::operation_unit_names(), " ")))->required();
  command->add_option("--format", options->unit.format, "number format (`binade formats`)")->type_name("WORD")->required();
  declare_operation_options(*command, options->unit);
  command->add_option("--rounding", options->roundings, "rounding modes, in turn; default: all, in testfloat but sr")
      ->delimiter(',')
      ->type_name("WORD,...");
  command->add_option("--set", options->unit.sets, "of dot: dot.length, accumulate, core.*; repeatable")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command->add_option("--count", options->count, "vectors; all there are where that is no more")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{10'000'000}))
      ->capture_default_str();
  command->add_option("--level", options->level, "1: directed vectors; 2: half of them random")
      ->check(CLI::Range(1, 2))
      ->capture_default_str();
  command->add_option("--layout", options->layout, "readmemh, testfloat or csv")
      ->check(CLI::IsMember({"readmemh", "testfloat", "csv"}))
      ->capture_default_str();
  command->add_option("--seed", options->unit.seed, "seed of everything random")->capture_default_str();
  command->add_option("--out", options->out, "folder of the files")->type_name("DIR")->capture_default_str();
  command->footer(kExamples);
  command->callback([options] { write_vectors(*options); });
}

}  // namespace binade::sim
