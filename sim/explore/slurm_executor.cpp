// SPDX-License-Identifier: Apache-2.0
#include "sim/explore/slurm_executor.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "rtl/cosim/shell_word.h"
#include "sim/explore/chunk.h"
#include "sim/jobs/interrupt.h"
#include "sim/jobs/slurm.h"
#include "sim/report/output_file.h"

namespace binade::sim {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::size_t kTries = 3;
/// Slurm's own limit of an array's numbers (MaxArraySize) is 1001 unless the cluster says otherwise.
constexpr std::size_t kMostTasks = 1000;
/// Tasks for each that runs at a time: the last ones end together.
constexpr std::size_t kTasksEach = 8;
constexpr const char* kScript = "task.sh";
constexpr const char* kJob = "job";
/// How long cancelled tasks may take to write what they have: Slurm gives them half a minute (KillWait).
constexpr auto kPatience = 60s;

/// Pauses between looks, longer as time passes: a cluster's controller serves everybody.
class Pause {
 public:
  void wait() {
    std::this_thread::sleep_for(pause_);
    pause_ = std::min<Clock::duration>(pause_ * 5 / 4, 5s);
  }

 private:
  Clock::duration pause_ = 100ms;
};

/// Until no task of the job is known to run, or patience ends.
void wait_for_end(const SlurmJob& job, const fs::path& folder) {
  const auto start = Clock::now();
  for (Pause pause; Clock::now() - start < kPatience && !tasks_of(job, folder).none();) pause.wait();
}

void remove_files(const fs::path& folder) {
  std::error_code ignored;
  fs::remove_all(folder, ignored);
  fs::remove(folder.parent_path(), ignored);  // where it is empty
}

/// The folders of single arrays: numbers.
std::vector<fs::path> array_folders(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored))
    if (fs::exists(entry.path() / kScript, ignored)) found.push_back(fs::canonical(entry.path(), ignored));
  std::sort(found.begin(), found.end());
  return found;
}

fs::path make_array_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  for (int number = 1; !error; ++number) {
    const auto each = folder / std::to_string(number);
    if (fs::create_directory(each, error)) return fs::canonical(each);
  }
  throw InputError(fmt::format("{}: {}; allowed: a folder that can be written", printable(folder.string()), error.message()));
}

std::string last_line(const fs::path& file) {
  std::ifstream stream(file);
  std::string last;
  for (std::string line; std::getline(stream, line);)
    if (!line.empty()) last = line;
  return printable(last);
}

/// One array's tasks from their files to the last of their points.
class Tasks {
 public:
  Tasks(fs::path folder, const SlurmOptions& options, const std::vector<const NamedPoint*>& points, const PointDone& done,
        const std::function<void(const std::string&)>& say)
      : folder_(std::move(folder)), options_(options), points_(points), done_(done), say_(say) {}

  void run() {
    write_files();
    while (!open_.empty() && !interrupted()) {
      SlurmArray array{.folder = folder_,
                       .script = kScript,
                       .tasks = {},
                       .at_a_time = options_.jobs,
                       .cpus = options_.threads,
                       .options = options_.sbatch};
      for (const auto& [task, ignored] : open_) array.tasks.push_back(task);
      const SlurmJob job = submit(array, folder_ / kJob);
      try {
        watch(job);
      } catch (...) {
        cancel(job, folder_);  // and what they have finished stays for --resume
        throw;
      }
      count_tries();
    }
  }

 private:
  struct Task {
    std::set<std::size_t> missing;                                      ///< points, by their place
    std::size_t before = 0;                                             ///< how many were missing when it began
    std::size_t tries = 0;                                              ///< in a row that have brought none
    std::optional<std::pair<fs::file_time_type, std::uintmax_t>> read;  ///< time and size of the results that were taken
  };

  void write_files() {
    write_file(folder_ / kScript, fmt::format("#!/bin/sh\nexec {} explore-worker \"$SLURM_ARRAY_TASK_ID\"\n",
                                              rtl::shell_word(fs::read_symlink("/proc/self/exe").string())));
    const std::size_t wanted = options_.jobs > 0 ? std::min(kMostTasks, kTasksEach * options_.jobs) : kMostTasks;
    const std::size_t size = options_.chunk > 0 ? options_.chunk : (points_.size() + wanted - 1) / wanted;
    for (std::size_t first = 0, number = 0; first < points_.size(); first += size, ++number) {
      Chunk chunk{.folder = fs::current_path(), .arguments = options_.arguments, .points = {}};
      Task& task = open_[number];
      for (std::size_t i = first; i < std::min(first + size, points_.size()); ++i) {
        chunk.points.push_back(*points_[i]);
        place_[points_[i]->identity] = i;
        task.missing.insert(i);
      }
      task.before = task.missing.size();
      write_chunk(chunk_file(folder_, number), chunk);
    }
  }

  void watch(const SlurmJob& job) {
    int unseen = 0;
    for (Pause pause; unseen < 2;) {  // a second look: files may come later than the news
      pause.wait();
      if (interrupted()) {
        say_("cancelling");
        cancel(job, folder_);
        wait_for_end(job, folder_);
        take_results();
        return;
      }
      const SlurmTasks tasks = tasks_of(job, folder_);
      take_results();
      if (open_.empty()) return;
      unseen = tasks.none() ? unseen + 1 : 0;
      say_(tasks.trouble.empty() ? fmt::format("{} tasks run, {} wait", tasks.running.size(), tasks.waiting.size())
                                 : "squeue: " + tasks.trouble);
    }
  }

  void take_results() {
    for (auto each = open_.begin(); each != open_.end();) {
      auto& [number, task] = *each;
      const auto file = results_file(folder_, number);
      std::error_code error;
      std::pair written{fs::last_write_time(file, error), std::uintmax_t{0}};
      if (!error) written.second = fs::file_size(file, error);
      if (!error && task.read != written) {
        for (auto& row : read_results(file)) {
          const auto place = place_.find(row.identity);
          if (place != place_.end() && task.missing.erase(place->second) > 0) done_(place->second, std::move(row));
        }
        task.read = written;
      }
      each = task.missing.empty() ? open_.erase(each) : std::next(each);
    }
  }

  /// After all tasks have ended.
  void count_tries() {
    for (auto each = open_.begin(); each != open_.end() && !interrupted();) {
      auto& [number, task] = *each;
      task.tries = task.missing.size() < task.before ? 0 : task.tries + 1;
      task.before = task.missing.size();
      if (task.tries < kTries) {
        ++each;
        continue;
      }
      const std::string last = last_line(folder_ / fmt::format("{}.log", number));
      for (const std::size_t place : task.missing)
        done_(place, {.identity = points_[place]->identity,
                      .reason = fmt::format("its Slurm task ended {} times without a result{}", kTries,
                                            last.empty() ? std::string() : "; it wrote last: " + last),
                      .axes = {},
                      .config = "{}"});
      each = open_.erase(each);
    }
  }

  fs::path folder_;
  const SlurmOptions& options_;
  const std::vector<const NamedPoint*>& points_;
  const PointDone& done_;
  const std::function<void(const std::string&)>& say_;
  std::map<std::size_t, Task> open_;          ///< that lack points
  std::map<std::string, std::size_t> place_;  ///< of an identity
};

}  // namespace

SlurmExecutor::SlurmExecutor(fs::path folder, SlurmOptions options) : folder_(std::move(folder)), options_(std::move(options)) {}

void SlurmExecutor::run(const std::vector<const NamedPoint*>& points, const PointDone& done,
                        const std::function<void(const std::string&)>& say) {
  const fs::path folder = make_array_folder(folder_);
  try {
    Tasks(folder, options_, points, done, say).run();
  } catch (...) {
    if (!fs::exists(folder / kJob)) remove_files(folder);  // refused
    throw;
  }
  remove_files(folder);
}

bool slurm_tasks_left(const fs::path& folder) { return !array_folders(folder).empty(); }

void take_left_tasks(const fs::path& folder, Store& store) {
  for (const auto& each : array_folders(folder)) {
    if (const auto job = read_job(each / kJob)) {
      check_slurm(fmt::format("{}: tasks of job {} may still run", printable(each.string()), job->id), "without that folder");
      if (!tasks_of(*job, each).none()) {
        cancel(*job, each);
        wait_for_end(*job, each);
      }
    }
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(each, ignored)) {
      if (entry.path().extension() != ".results") continue;
      for (const auto& row : read_results(entry.path()))
        if (row.done) store.put(row);
    }
    remove_files(each);
  }
}

}  // namespace binade::sim
