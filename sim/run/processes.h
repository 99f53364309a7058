// SPDX-License-Identifier: Apache-2.0
// Several simulations of one program: each in a process of its own, since SystemC elaborates once in each.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "sim/jobs/pool.h"
#include "sim/report/run_report.h"

namespace binade::sim {

struct ProcessResult {
  std::optional<RunReport> report;  ///< absent: the simulation failed, or was never begun
  std::string error;                ///< why it failed
  int exit_code = 0;                ///< as JobResult's
};

/// As run_jobs; what a job returns crosses as a report's JSON, so `done` gets what every writer makes the same of.
void run_in_processes(std::size_t count, const PoolOptions& options,
                      const std::function<RunReport(std::size_t, const ProgressSink&)>& job,
                      const std::function<void(std::size_t, ProcessResult)>& done, const ProgressSink& progress);

}  // namespace binade::sim
