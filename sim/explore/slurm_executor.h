// SPDX-License-Identifier: Apache-2.0
// Points of a sweep as the tasks of a Slurm job array. Tasks write files of their own in a folder; this process reads them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/explore/sweep.h"

namespace binade::sim {

struct SlurmOptions {
  std::vector<std::string> arguments;  ///< of `binade explore`, by which a task finds the space
  std::size_t jobs = 0;                ///< tasks at a time; 0: as many as the cluster runs
  std::size_t chunk = 0;               ///< points of a task; 0: by how many points there are
  int threads = 1;
  std::vector<std::string> sbatch;  ///< options of its own
};

class SlurmExecutor : public PointExecutor {
 public:
  /// `folder`: of the tasks' files, made where needed.
  SlurmExecutor(std::filesystem::path folder, SlurmOptions options);

  /// Tasks that end without all of their points go again, at most kTries times in a row without another point; points that are
  /// still missing then have failed, by the last line that their task wrote. An interrupt cancels the tasks and takes what they
  /// have finished. Throws InputError where Slurm refuses.
  void run(const std::vector<const NamedPoint*>& points, const PointDone& done,
           const std::function<void(const std::string&)>& say) override;

 private:
  std::filesystem::path folder_;
  SlurmOptions options_;
};

/// Whether tasks of a sweep that was killed may still be there, or results that it has not taken.
bool slurm_tasks_left(const std::filesystem::path& folder);
/// Cancels them, takes what they have finished into the store, and removes their files. Throws InputError where Slurm's commands
/// are not there, and then leaves them.
void take_left_tasks(const std::filesystem::path& folder, Store& store);

}  // namespace binade::sim
