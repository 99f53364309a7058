// SPDX-License-Identifier: Apache-2.0
// Job arrays of a Slurm cluster, by its commands; accounting need not be there.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace binade::sim {

struct SlurmJob {
  std::string id;
  std::string cluster;  ///< of several; empty: the only one
};

struct SlurmArray {
  std::filesystem::path folder;  ///< absolute; tasks run there
  std::string script;            ///< in it; runs as a task with the number in SLURM_ARRAY_TASK_ID
  std::vector<std::size_t> tasks;
  std::size_t at_a_time = 0;         ///< 0: no limit
  int cpus = 1;                      ///< of a task
  std::vector<std::string> options;  ///< of sbatch, behind ours
};

/// Throws InputError where Slurm's commands are not there: `what` asks for them, `otherwise` does without.
void check_slurm(const std::string& what, const std::string& otherwise);

/// Each task appends what it prints to NUMBER.log in the folder; one that is preempted or loses its node is queued again. Throws
/// InputError with sbatch's own words where it refuses, and where `id_file` is not written, which keeps the job for read_job().
SlurmJob submit(const SlurmArray& array, const std::filesystem::path& id_file);

/// Nothing where there is no such file.
std::optional<SlurmJob> read_job(const std::filesystem::path& id_file);

struct SlurmTasks {
  std::set<std::size_t> running, waiting;
  std::string trouble;  ///< why nobody knows; empty: these are all

  bool none() const { return trouble.empty() && running.empty() && waiting.empty(); }
};

/// Those that have not ended, of an array submitted from that folder: numbers of jobs come again.
SlurmTasks tasks_of(const SlurmJob& job, const std::filesystem::path& folder);

/// Ends all tasks of the job: each gets SIGTERM, and some time.
void cancel(const SlurmJob& job, const std::filesystem::path& folder);

}  // namespace binade::sim
