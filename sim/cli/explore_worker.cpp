// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/explore_worker.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "models/numerics/error.h"
#include "sim/cli/error_output.h"
#include "sim/cli/explore_options.h"
#include "sim/cli/explore_setup.h"
#include "sim/explore/chunk.h"
#include "sim/explore/point_runner.h"
#include "sim/jobs/exit_codes.h"
#include "sim/jobs/interrupt.h"
#include "sim/run/identity.h"

namespace binade::sim {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// What is lost at most where a task is killed without notice.
constexpr std::chrono::seconds kBetweenWrites{2};

class Worker {
 public:
  Worker(const Chunk& chunk, fs::path results, PointSpecs& specs, int threads)
      : chunk_(chunk), results_(std::move(results)), specs_(specs), runner_(specs, threads), rows_(read_results(results_)) {}

  /// Points that an earlier try of the task has finished are not run again.
  void run() {
    std::set<std::string> known;
    for (const auto& row : rows_) known.insert(row.identity);
    std::vector<const NamedPoint*> left;
    for (const auto& point : chunk_.points)
      if (!known.contains(point.identity)) left.push_back(&point);
    for (auto first = left.begin(); first != left.end() && !interrupted();) {
      const auto workload = specs_.workload((*first)->choice);
      const auto end =
          std::find_if(first, left.end(), [&](const auto* point) { return specs_.workload(point->choice) != workload; });
      run_workload({first, end});
      first = end;
    }
    if (rows_.size() > kept_) write();
  }

 private:
  /// The last time it has all points: who waits for them may remove the folder then.
  void write() {
    write_results(results_, rows_);
    written_ = Clock::now();
    kept_ = rows_.size();
  }

  void run_workload(std::vector<const NamedPoint*> points) {
    std::erase_if(points, [&](const NamedPoint* point) { return !is_still(*point); });
    runner_.run(points, 1, [&](std::size_t, StoredPoint row) {
      rows_.push_back(std::move(row));
      if (Clock::now() - written_ >= kBetweenWrites) write();
    });
  }

  /// Whether the point is here what it was where the sweep began; what is not has failed.
  bool is_still(const NamedPoint& point) {
    std::string reason =
        "a file of the space is not what it was when the sweep began; allowed: files that stay, the same on every machine";
    try {
      if (run_identity(specs_.spec_of(point.choice)) == point.identity) return true;
    } catch (const InputError& error) {
      reason = error.what();
    }
    rows_.push_back({.identity = point.identity, .reason = reason, .axes = specs_.axes_text(point.choice), .config = "{}"});
    return false;
  }

  const Chunk& chunk_;
  fs::path results_;
  PointSpecs& specs_;
  PointRunner runner_;
  std::vector<StoredPoint> rows_;
  std::size_t kept_ = rows_.size();  ///< of them in the file
  Clock::time_point written_;        ///< long ago: the first point is written at once
};

int run_task(std::size_t task) {
  catch_interrupts_as_child();  // who cancels may say so more than once
  const fs::path folder = fs::current_path();
  const Chunk chunk = read_chunk(chunk_file(folder, task));
  fs::current_path(chunk.folder);
  CLI::App command;
  ExploreOptions options;
  declare(command, options);
  command.parse(std::vector<std::string>(chunk.arguments.rbegin(), chunk.arguments.rend()));
  const ExploreSetup setup(command, options);
  PointSpecs specs(setup.space(), setup.base(), report_note);
  Worker(chunk, results_file(folder, task), specs, options.threads).run();
  return interrupted() ? kInterruptedExit : 0;
}

}  // namespace

void add_explore_worker_command(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("explore-worker", "a task of `binade explore --executor slurm`, in the folder of its files");
  command->group("");  // nobody's to call
  const auto task = std::make_shared<std::size_t>(0);
  command->add_option("TASK", *task, "its number")->required();
  command->callback([task, &exit_code] { exit_code = run_task(*task); });
}

}  // namespace binade::sim
