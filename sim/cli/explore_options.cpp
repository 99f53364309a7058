// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/explore_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <thread>
#include <utility>

#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "sim/cli/option_words.h"
#include "sim/config/values.h"
#include "sim/host/core_kind.h"

namespace binade::sim {
namespace {

constexpr const char* kExamples = R"(
Examples:
  binade explore --network lenet5 --axis core.rows=8,16,32 --axis format=posit8,dfp8 --out out/sweep
  binade explore space.yaml --out out/space
  binade explore space.yaml --out out/space --resume --store points.db
  binade explore space.yaml --out out/cluster --executor slurm --jobs 50 --sbatch=--partition=short
  binade explore --network resnet18 --axis core.rows=8,16,32,64 --axis core.cols=8,16,32,64 --axis core.dataflow=os,ws \
    --constraint 'core.rows * core.cols <= 1024' --objective time,energy --out out/arrays
)";

constexpr std::int64_t kMostPoints = 10'000'000;

/// Options of a run that a space may say under `run`, as the command line has them.
constexpr std::array<std::pair<std::string_view, std::string_view>, 16> kRunWords{{{"network", "--network"},
                                                                                   {"gemm", "--gemm"},
                                                                                   {"data", "--data"},
                                                                                   {"weights", "--weights"},
                                                                                   {"trace", "--trace"},
                                                                                   {"input", "--input"},
                                                                                   {"batch", "--batch"},
                                                                                   {"samples", "--run-samples"},
                                                                                   {"layers", "--layers"},
                                                                                   {"seed", "--seed"},
                                                                                   {"recipe", "--recipe"},
                                                                                   {"core", "--core"},
                                                                                   {"values", "--values"},
                                                                                   {"reference", "--reference"},
                                                                                   {"cost_table", "--cost-table"},
                                                                                   {"energy", "--energy"}}};

/// One of the file's words as if the command line had said it.
void say(CLI::App& command, const RunWord& word) {
  std::vector<std::string> names;
  for (const auto& [name, option] : kRunWords) names.emplace_back(name);
  try {
    const auto known = parse_word(word.name, names);
    const auto* const row = std::find_if(kRunWords.begin(), kRunWords.end(), [&](const auto& each) { return each.first == known; });
    CLI::Option* const option = command.get_option(std::string(row->second));
    if (option->count() > 0) return;
    for (const auto& value : word.values) option->add_result(value);
    option->run_callback();
  } catch (const CLI::Error& error) {
    throw InputError(fmt::format("{}: {}", word.where, error.what()));
  } catch (const InputError& error) {
    throw InputError(fmt::format("{}: {}", word.where, error.what()));
  }
}

}  // namespace

void declare(CLI::App& command, ExploreOptions& options) {
  options.jobs = std::max(1U, std::thread::hardware_concurrency());
  options.run.values = "auto";
  command.add_option("SPACE", options.space, "a space in YAML (docs/explore.md); the command line adds to it and wins over it");
  const auto repeated = [&](const char* name, std::vector<std::string>& words, const char* type, const char* what) {
    return command.add_option(name, words, what)->type_name(type)->allow_extra_args(false);
  };
  repeated("--axis", options.axes, "NAME=WORD[,WORD...]",
           "an axis: a configuration key, network, batch, samples, seed, layers, recipe or recipe.PARAMETER; repeatable");
  repeated(
      "--objective", options.objectives, "[min:|max:]NAME[,NAME...]",
      "what points are compared by: a word, a figure of report.json or a derived column; default: time, energy and, where values "
      "are computed, error")
      ->delimiter(',');
  repeated("--constraint", options.constraints, "EXPRESSION",
           "what points must meet, before they run where it can be known; repeatable");
  repeated("--derive", options.derived, "NAME=EXPRESSION", "a column of its own; repeatable");
  command.add_option("--samples", options.samples, "points to draw as a Latin hypercube by --seed; default: the whole grid")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{1}, kMostPoints));
  command
      .add_option("--method", options.method,
                  "grid: every point; random: a Latin hypercube; pareto: NSGA-II, which breeds points from the best so far; the "
                  "last two take "
                  "--samples points; default: random with --samples, else grid")
      ->check(CLI::IsMember({"grid", "random", "pareto"}));
  command
      .add_option(
          "--screen", options.screen,
          "rank N points in closed form first (the grid, or as many drawn ones) and simulate only those that none is better than; "
          "instead of --samples")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{1}, kMostPoints));
  declare_workload(command, options.run);
  command.add_option("--trace", options.run.trace, "captured activations and trained weights (traces/README.md)")
      ->type_name("FILE.npz");
  command.add_option("--run-samples", options.run.samples, "inputs of each point's run; default: as --samples of `binade run`")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 20));
  declare_recipe(command, options.run.recipe);
  declare_keys(command, options.run);
  command.add_option("--format", options.run.formats, "number formats: an axis `format`")
      ->type_name("WORD[,WORD...]")
      ->delimiter(',')
      ->allow_extra_args(false);
  command.add_option("--core", options.run.core, "core: " + core_kind_help() + "; same results")
      ->check(CLI::IsMember(core_kind_words()))
      ->capture_default_str();
  command
      .add_option("--values", options.run.values,
                  "full: tensors have values; none: shapes alone, sooner; auto: full where an axis says formats, an objective or a "
                  "formula asks for error or accuracy, or files bring tensors")
      ->check(CLI::IsMember({"auto", "full", "none"}))
      ->capture_default_str();
  command.add_option("--seed", options.run.seed, "of synthetic tensors, stochastic rounding and drawn points, 32 bits")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{0}, kMostSeed32))
      ->capture_default_str();
  command
      .add_option(
          "--executor", options.executor,
          "local: processes of this machine; slurm: tasks of a job array, which see --out and this program at the same paths")
      ->check(CLI::IsMember({"local", "slurm"}))
      ->capture_default_str();
  command
      .add_option("--jobs", options.jobs,
                  "points to run at a time; with slurm, tasks at a time, where none is said as many as the cluster runs")
      ->check(CLI::Range(1, kMostJobs))
      ->capture_default_str();
  command
      .add_option("--chunk", options.chunk,
                  "points of a Slurm task, which runs one after another; default: for eight tasks to each of --jobs, 1000 at most")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{1}, kMostPoints));
  repeated("--sbatch", options.sbatch, "OPTION", "an option of sbatch for the tasks, as --sbatch=--partition=short; repeatable");
  command.add_option("--threads", options.threads, "threads of each point's matrix products; --jobs divides cores better")
      ->type_name("N")
      ->check(CLI::Range(1, kMostJobs))
      ->capture_default_str();
  command.add_option("--out", options.out, "folder of explore.db and points.csv")->type_name("DIR")->required();
  command.add_option("--store", options.store, "database of points of several spaces: what it holds is not run again")
      ->type_name("FILE");
  command
      .add_option("--front", options.front,
                  "modelled: points whose units the cost table lacks are on no front beside points that have all; all: they are")
      ->check(CLI::IsMember({"modelled", "all"}))
      ->capture_default_str();
  command.add_flag("--resume", options.resume, "go on where --out already holds points: what finished is not run again");
  command.footer(kExamples);
}

Space space_of(CLI::App& command, ExploreOptions& options) {
  Space space;
  if (!options.space.empty()) space = read_space(options.space);
  std::vector<std::string> problems;
  const auto guarded = [&](const auto& action) {
    try {
      action();
    } catch (const InputError& error) {
      problems.emplace_back(error.what());
    }
  };
  for (const auto& word : space.run) guarded([&] { say(command, word); });
  const auto put = [&](Axis axis) {
    check_axis(axis);
    const auto same = std::find_if(space.axes.begin(), space.axes.end(), [&](const Axis& each) { return each.name == axis.name; });
    if (same != space.axes.end())
      *same = std::move(axis);
    else
      space.axes.push_back(std::move(axis));
  };
  std::vector<std::string> named;
  for (const auto& text : options.axes)
    guarded([&] {
      Axis axis = parse_axis(text);
      if (std::find(named.begin(), named.end(), axis.name) != named.end())
        throw InputError(fmt::format("{}: {} twice; allowed: an axis once", axis.where, printable(axis.name)));
      named.push_back(axis.name);
      put(std::move(axis));
    });
  if (!options.run.formats.empty()) guarded([&] { put({.name = "format", .values = options.run.formats, .where = "--format"}); });
  options.run.formats.clear();
  for (const auto& text : options.constraints)
    guarded([&] { space.constraints.push_back({Formula(text), fmt::format("--constraint {}", printable(text))}); });
  for (const auto& text : options.derived)
    guarded([&] {
      const auto equals = text.find('=');
      const auto where = fmt::format("--derive {}", printable(text));
      if (equals == 0 || equals == std::string::npos) throw InputError(where + ": no name and '='; allowed: NAME=EXPRESSION");
      space.derived.push_back({text.substr(0, equals), Formula(text.substr(equals + 1)), where});
    });
  if (!options.objectives.empty()) space.objectives.clear();
  for (const auto& text : options.objectives)
    guarded([&] { space.objectives.push_back(parse_objective(text, fmt::format("--objective {}", printable(text)))); });
  if (options.samples) space.samples = options.samples;
  space.all_compete = options.front == "all";
  if (options.executor == "slurm" && command.count("--jobs") > 0)
    options.tasks = std::exchange(options.jobs, std::max(1U, std::thread::hardware_concurrency()));
  if (options.executor != "slurm" && (options.chunk > 0 || !options.sbatch.empty()))
    problems.emplace_back("--chunk, --sbatch: of a cluster's tasks; allowed: with --executor slurm");
  if (options.method == "grid" && space.samples)
    problems.emplace_back("--method grid: it is every point; allowed: without --samples");
  if ((options.method == "random" || options.method == "pareto") && !space.samples)
    problems.emplace_back(fmt::format("--method {}: how many points is not said; allowed: with --samples N", options.method));
  if (options.screen && !options.method.empty())
    problems.emplace_back("--screen: it chooses the points; allowed: without --method");
  if (options.screen && options.samples)
    problems.emplace_back("--screen: it says how many points are ranked; allowed: without --samples");
  if (options.screen && (!options.run.trace.empty() || !options.run.data.empty() || !options.run.input.empty()) &&
      !options.run.samples)
    problems.emplace_back("--screen: how many inputs the files hold is not looked up; allowed: with --run-samples N");
  if (options.screen && !options.run.trace.empty() && options.run.network.empty())
    problems.emplace_back("--screen: shapes are not those of the trace; allowed: with --network");
  if (space.axes.empty() && problems.empty())
    problems.emplace_back("no axis; allowed: a space with axes, or --axis NAME=WORD,WORD...");
  if (!problems.empty()) throw InputError(fmt::format("{}", fmt::join(problems, "\n")));
  return space;
}

}  // namespace binade::sim
