// SPDX-License-Identifier: Apache-2.0
// Runs in child processes: SystemC elaborates once per process. Reports and progress come back through a pipe; nothing touches a
// disk.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/host/run.h"
#include "sim/report/run_report.h"

namespace binade::sim {

using ProgressSink = std::function<void(const Progress&)>;

struct WorkerResult {
  std::optional<RunReport> report;
  std::string error;  ///< where there is no report
  int exit_code = 0;  ///< 0, 1 (mismatch), 2 (user's input, the machine) or 3 (invariant, crash)
};

/// Calls work(i, progress) for i = 0..count-1, each in a child process, at most `jobs` at a time, in order, and done(i, result) as
/// each ends. `progress` gets the sum over all runs. Interrupts are passed on to the children; runs not begun by then have no
/// report and no error. Where the machine has no room for another process, it waits for one to end.
void run_workers(std::size_t count, std::size_t jobs, const std::function<RunReport(std::size_t, const ProgressSink&)>& work,
                 const std::function<void(std::size_t, WorkerResult)>& done, const ProgressSink& progress);

}  // namespace binade::sim
