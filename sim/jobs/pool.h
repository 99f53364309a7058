// SPDX-License-Identifier: Apache-2.0
// Jobs in child processes: SystemC elaborates once per process. What a job hands back are bytes, which only its owner understands;
// they and the progress come through a pipe, nothing touches a disk.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "sim/jobs/progress.h"

namespace binade::sim {

struct JobResult {
  std::optional<std::string> bytes;  ///< what the job returned; absent: it failed, or was never begun
  std::string error;                 ///< why it failed
  int exit_code = 0;                 ///< of the failure: what current_failure() says of an exception; a crash is 3, a kill 2
};

struct PoolOptions {
  std::size_t at_a_time = 1;
  std::string noun = "job";  ///< what a job is called in messages
  std::string remedy;        ///< what helps where memory runs out
};

/// Called in the child with the job's index, 0..count-1. An exception is its failure.
using Job = std::function<std::string(std::size_t, const ProgressSink&)>;
/// Called in this process as each job ends.
using JobDone = std::function<void(std::size_t, JobResult)>;

/// Begins the jobs in order. `progress` gets the sum over all of them. Interrupts are passed on to the children; jobs not begun by
/// then have neither bytes nor an error. Where the machine has no room for another process, it waits for one to end.
void run_jobs(std::size_t count, const PoolOptions& options, const Job& job, const JobDone& done, const ProgressSink& progress);

}  // namespace binade::sim
