// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/explore_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "sim/cli/error_output.h"
#include "sim/cli/explore_options.h"
#include "sim/cli/explore_setup.h"
#include "sim/cli/made_directories.h"
#include "sim/cli/output_folder.h"
#include "sim/cli/progress_bar.h"
#include "sim/explore/evolve.h"
#include "sim/explore/listing.h"
#include "sim/explore/screen.h"
#include "sim/explore/slurm_executor.h"
#include "sim/explore/sweep.h"
#include "sim/jobs/exit_codes.h"
#include "sim/jobs/interrupt.h"
#include "sim/jobs/slurm.h"
#include "sim/report/output_file.h"
#include "sim/run/identity.h"

namespace binade::sim {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kDatabase = "explore.db";
constexpr const char* kPoints = "points.csv";
constexpr const char* kTasks = "slurm";
/// Points of a grid that is run whole, unless somebody asks for fewer.
constexpr std::int64_t kMostOfGrid = 1'000'000;

class ExploreCommand {
 public:
  /// `arguments`: the command line, for tasks elsewhere.
  ExploreCommand(CLI::App& command, ExploreOptions& options, const std::vector<std::string>& arguments)
      : options_(options), arguments_(arguments), setup_(command, options_), space_(setup_.space()) {}

  int operator()() {
    catch_interrupts();
    const Judge& judge = setup_.judge();
    std::vector<Choice> choices;
    if (!evolves()) choices = choices_of(judge);
    PointSpecs specs(space_, setup_.base(), report_note);
    check_workloads(specs, evolves() ? some_choices(judge) : choices);
    if (elsewhere()) check_slurm("--executor slurm", "--executor local");

    MadeDirectories made;
    std::vector<std::string> read{options_.space};
    for (auto& file : files_of(options_.run)) read.push_back(std::move(file));
    if (!options_.store.empty()) check_named_output("--store", options_.store, options_.out, read);
    read.push_back(options_.store);
    check_folder(options_.out, FolderOwner::Explore, read);
    made.prepare(options_.out);
    const FolderLock lock(options_.out);
    check_output_file(fs::path(options_.out) / kPoints);
    const auto tasks = fs::path(options_.out) / kTasks;
    if (!options_.resume && slurm_tasks_left(tasks))
      throw InputError(fmt::format("--out {}: {} holds tasks of a sweep that was killed; allowed: --resume, or another folder",
                                   printable(options_.out), kTasks));
    Store store(fs::path(options_.out) / kDatabase);
    take_left_tasks(tasks, store);
    if (store.count() > 0 && !options_.resume)
      throw InputError(fmt::format("--out {}: {} holds {} points; allowed: --resume, or another folder", printable(options_.out),
                                   kDatabase, store.count()));
    std::optional<Store> shared;
    if (!options_.store.empty()) shared.emplace(options_.store);
    store.say(meta());
    store.place({});
    std::vector<ScreenedPoint> ranked;
    if (options_.screen) ranked = screen(judge, store, choices);
    std::optional<SlurmExecutor> slurm;
    if (elsewhere())
      slurm.emplace(tasks, SlurmOptions{.arguments = arguments_,
                                        .jobs = options_.tasks,
                                        .chunk = options_.chunk,
                                        .threads = options_.threads,
                                        .sbatch = options_.sbatch});
    SweepOptions sweeping{.executor = slurm ? &*slurm : nullptr,
                          .jobs = options_.jobs,
                          .threads = options_.threads,
                          .shared = shared ? &*shared : nullptr};
    Sweep sweep(judge, specs, store, sweeping);
    const double seconds = run(judge, sweep, choices);
    if (options_.screen) compare(ranked, sweep, store);
    return finish(seconds, sweep, store);
  }

 private:
  std::vector<Choice> choices_of(const Judge& judge) const {
    const auto size = grid_size(space_.axes);
    const auto admits = [&](const Choice& choice) { return judge.admits(choice); };
    auto drawn = options_.screen ? options_.screen : space_.samples;
    if (options_.screen && size && *size <= *options_.screen) drawn.reset();
    if (!drawn && !options_.screen && (!size || *size > kMostOfGrid))
      throw InputError(fmt::format("the grid has {} points; allowed: up to {}, or --samples N, or --screen N",
                                   size ? fmt::format("{}", *size) : "more than 10^18", kMostOfGrid));
    auto choices = drawn ? latin_hypercube(space_.axes, *drawn, options_.run.seed, admits) : grid_points(space_.axes, admits);
    if (choices.empty()) refuse_constraints();
    if (drawn && static_cast<std::int64_t>(choices.size()) < *drawn)
      report_note(
          fmt::format("{} points wanted: only {} different ones that meet the constraints were found", *drawn, choices.size()));
    return choices;
  }

  [[noreturn]] void refuse_constraints() const {
    std::vector<std::string> texts;
    for (const auto& constraint : space_.constraints) texts.push_back(printable(constraint.formula.text()));
    throw InputError(fmt::format("no point of the space meets the constraints: {}; allowed: constraints that some point meets",
                                 fmt::join(texts, "; ")));
  }

  static void check_workloads(const PointSpecs& specs, const std::vector<Choice>& choices) {
    std::set<std::string> checked;
    for (const auto& choice : choices)
      if (checked.insert(specs.workload(choice)).second) specs.check_workload(choice);
  }

  std::map<std::string, std::string> meta() const {
    Json axes = Json::array(), objectives = Json::array(), derived = Json::object(), constraints = Json::array();
    for (const auto& axis : space_.axes) axes.push_back({{"name", axis.name}, {"values", axis.values}});
    for (const auto& objective : space_.objectives)
      objectives.push_back({{"name", objective.name}, {"sense", objective.maximise ? "max" : "min"}});
    for (const auto& one : space_.derived) derived[one.name] = one.formula.text();
    for (const auto& one : space_.constraints) constraints.push_back(one.formula.text());
    Json space{{"axes", axes}, {"objectives", objectives}, {"derived", derived}, {"constraints", constraints}};
    space["samples"] = space_.samples ? Json(*space_.samples) : Json();
    space["network"] = options_.run.network;
    space["values"] = options_.run.values;
    return {{"tool", program_version()}, {"axes", axes.dump()}, {"objectives", objectives.dump()}, {"space", space.dump()}};
  }

  /// Ranks the points, keeps that in the database, and leaves those to simulate in `choices`.
  std::vector<ScreenedPoint> screen(const Judge& judge, Store& store, std::vector<Choice>& choices) const {
    RunBase shapes = setup_.base();
    shapes.words.values = "none";
    shapes.words.trace.clear(), shapes.words.data.clear(), shapes.words.weights.clear(), shapes.words.input.clear();
    PointSpecs specs(space_, std::move(shapes), {});
    const auto start = std::chrono::steady_clock::now();
    ProgressBar bar("points");
    auto ranked = screened(choices, judge, specs, options_.jobs, [&](const Progress& p) { bar.show(p.step, p.steps, p.what); });
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    const auto front = screened_front(space_, ranked);
    std::vector<Screened> rows;
    choices.clear();
    const auto compete = screened_competitors(space_, ranked);
    std::int64_t unknown = 0, lacking = 0;
    for (std::size_t i = 0; i < ranked.size(); ++i) {
      if (!ranked[i].known) ++unknown;
      if (ranked[i].known && !ranked[i].judgement.refuted && !compete[i]) ++lacking;
      if (!ranked[i].known) continue;
      rows.push_back({.position = static_cast<std::int64_t>(i),
                      .axes = specs.axes_text(ranked[i].choice),
                      .estimate = estimate_text(space_, ranked[i].judgement),
                      .front = front[i],
                      .identity = {}});
      if (front[i]) choices.push_back(ranked[i].choice);
    }
    // Where none can run its simulation says why.
    if (unknown == static_cast<std::int64_t>(ranked.size())) choices.push_back(ranked.front().choice);
    store.screen(rows);
    std::cout << fmt::format("screened {} points in {:.1f} s ({:.0f} a minute): {} to simulate", ranked.size(), seconds,
                             60 * static_cast<double>(ranked.size()) / seconds, choices.size())
              << (unknown > 0 ? fmt::format(", {} cannot run", unknown) : std::string())
              << (lacking > 0
                      ? fmt::format(", {} not ranked: the cost table lacks units of theirs (--front all: all are)\n", lacking)
                      : std::string("\n"));
    return ranked;
  }

  /// How far the estimates of the simulated points were off, and who they are.
  void compare(const std::vector<ScreenedPoint>& ranked, const Sweep& sweep, Store& store) const {
    std::map<Choice, std::size_t> place;
    for (std::size_t i = 0; i < ranked.size(); ++i) place.emplace(ranked[i].choice, i);
    std::vector<std::vector<double>> off(space_.objectives.size());
    std::vector<Screened> simulated;
    for (const SweepPoint& point : sweep.points()) {
      if (point.identity.empty()) continue;
      const std::size_t at = place.at(point.choice);
      simulated.push_back(
          {.position = static_cast<std::int64_t>(at), .axes = {}, .estimate = {}, .front = true, .identity = point.identity});
      for (std::size_t k = 0; point.done && k < off.size(); ++k) {
        const double estimate = ranked[at].judgement.objectives[k], measured = point.judgement.objectives[k];
        if (!std::isnan(estimate) && !std::isnan(measured) && measured != 0)
          off[k].push_back(100 * std::abs(estimate / measured - 1));
      }
    }
    store.name_screened(simulated);
    for (std::size_t k = 0; k < off.size(); ++k) {
      const std::string& name = space_.objectives[k].name;
      if (off[k].empty()) {
        std::cout << fmt::format("{}: not estimated: points of each arithmetic were ranked by the others\n", name);
        continue;
      }
      std::sort(off[k].begin(), off[k].end());
      std::cout << fmt::format("{}: the estimate differs by {:.2g} % in the median, {:.2g} % at most\n", name,
                               off[k][off[k].size() / 2], off[k].back());
    }
  }

  bool elsewhere() const { return options_.executor == "slurm"; }
  bool evolves() const { return options_.method == "pareto"; }

  /// Points of every workload that an evolving space may come to: the words of its axes, others at their first.
  std::vector<Choice> some_choices(const Judge& judge) const {
    const auto admits = [&](const Choice& choice) { return judge.admits(choice); };
    if (latin_hypercube(space_.axes, 1, options_.run.seed, admits).empty()) refuse_constraints();
    std::vector<Choice> choices;
    for (std::size_t axis = 0; axis < space_.axes.size(); ++axis)
      for (std::size_t word = 0; word < space_.axes[axis].values.size(); ++word) {
        choices.emplace_back(space_.axes.size(), 0);
        choices.back()[axis] = static_cast<std::uint32_t>(word);
      }
    return choices;
  }

  /// Seconds of the simulations.
  double run(const Judge& judge, Sweep& sweep, const std::vector<Choice>& choices) const {
    const auto start = std::chrono::steady_clock::now();
    std::optional<ProgressBar> bar;
    std::int64_t held = 0;
    const ProgressSink show = [&](const Progress& progress) {
      if (!bar || sweep.held() != held) {
        held = sweep.held();
        bar.emplace("points", progress.step);
      }
      const auto& counts = sweep.counts();
      const auto failed = counts.failed > 0 ? fmt::format("{} failed", counts.failed) : std::string();
      bar->show(progress.step, progress.steps, progress.what.empty() ? failed : progress.what);
    };
    if (evolves()) {
      evolve(space_, judge, *space_.samples, options_.run.seed, [&](const std::vector<Choice>& wanted) {
        const std::size_t first = sweep.points().size();
        sweep.run(wanted, show, *space_.samples);
        std::vector<Judgement> judgements;
        for (std::size_t i = first; i < sweep.points().size() && !interrupted(); ++i)
          judgements.push_back(sweep.points()[i].judgement);
        return judgements;
      });
    } else {
      sweep.run(choices, show);
    }
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }

  int finish(double seconds, const Sweep& sweep, Store& store) const {
    const auto& points = sweep.points();
    const auto front = front_of(space_, points), compete = competitors(space_, points);
    std::vector<Placed> placed;
    std::set<std::string> seen;
    for (std::size_t i = 0; i < points.size(); ++i) {
      if (points[i].identity.empty() || !seen.insert(points[i].identity).second) continue;
      Placed row{.identity = points[i].identity, .position = static_cast<std::int64_t>(i)};
      if (points[i].done) {
        row.feasible = points[i].judgement.feasible;
        if (compete[i]) row.front = front[i];
        row.derived = derived_text(space_, points[i].judgement);
      }
      placed.push_back(std::move(row));
    }
    store.place(placed);
    const auto csv = fs::path(options_.out) / kPoints;
    write_points(csv, space_, points, front, store);
    std::cout << points_text(space_, points, front) << summary(seconds, sweep) << std::flush;
    if (interrupted()) {
      std::cerr << "binade: interrupted: --resume goes on\n";
      return kInterruptedExit;
    }
    if (points.empty() || std::ranges::any_of(points, &SweepPoint::done)) return 0;
    std::cerr << fmt::format("binade: every point failed{}\n", reasons(points, store));
    return kFailedExit;
  }

  /// Why points failed, the most frequent reason first.
  static std::string reasons(const std::vector<SweepPoint>& points, Store& store) {
    constexpr std::size_t kTold = 3;
    std::map<std::string, std::size_t> counts;
    for (const SweepPoint& point : points)
      if (const auto row = store.find(point.identity)) ++counts[row->reason];
    std::vector<std::pair<std::size_t, std::string>> sorted;
    for (const auto& [reason, count] : counts) sorted.emplace_back(count, reason);
    std::ranges::stable_sort(sorted, std::greater<>(), &std::pair<std::size_t, std::string>::first);
    std::string text;
    for (std::size_t i = 0; i < std::min(kTold, sorted.size()); ++i)
      text += fmt::format("{}{}: {}", i == 0 ? ": " : "\n  ", sorted[i].first, sorted[i].second);
    if (sorted.size() > kTold) text += fmt::format("\n  and {} more reasons (column reason)", sorted.size() - kTold);
    return text;
  }

  std::string summary(double seconds, const Sweep& sweep) const {
    const SweepCounts& counts = sweep.counts();
    std::string text = fmt::format("{} points: {} simulated", sweep.points().size(), counts.simulated);
    if (counts.simulated > 0)
      text += fmt::format(" in {:.1f} s ({:.0f} a minute)", seconds, 60 * static_cast<double>(counts.simulated) / seconds);
    if (counts.kept > 0) text += fmt::format(", {} there already", counts.kept);
    if (counts.shared > 0) text += fmt::format(", {} from {}", counts.shared, printable(options_.store));
    if (counts.failed > 0) text += fmt::format(", {} failed (column reason)", counts.failed);
    return text + fmt::format("\nresults: {0}/{1}, {0}/{2}\n", printable(options_.out), kDatabase, kPoints);
  }

  ExploreOptions& options_;
  const std::vector<std::string>& arguments_;
  const ExploreSetup setup_;
  const Space& space_;
};

}  // namespace

void add_explore_command(CLI::App& app, int& exit_code, const std::vector<std::string>& arguments) {
  auto* command = app.add_subcommand("explore", "run a space of configurations and say which points nothing else beats");
  const auto options = std::make_shared<ExploreOptions>();
  declare(*command, *options);
  command->callback([command, options, arguments, &exit_code] { exit_code = ExploreCommand(*command, *options, arguments)(); });
}

}  // namespace binade::sim
