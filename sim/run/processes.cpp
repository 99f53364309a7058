// SPDX-License-Identifier: Apache-2.0
#include "sim/run/processes.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "sim/report/json_report.h"

namespace binade::sim {
namespace {

using Json = nlohmann::ordered_json;

/// A byte that is no UTF-8 does not cost a report.
std::string bytes_of(const RunReport& report) { return to_json(report).dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

void run_in_processes(std::size_t count, const PoolOptions& options,
                      const std::function<RunReport(std::size_t, const ProgressSink&)>& job,
                      const std::function<void(std::size_t, ProcessResult)>& done, const ProgressSink& progress) {
  run_jobs(
      count, options, [&](std::size_t i, const ProgressSink& tell) { return bytes_of(job(i, tell)); },
      [&](std::size_t i, JobResult result) {
        ProcessResult ended{.report = {}, .error = std::move(result.error), .exit_code = result.exit_code};
        if (result.bytes) ended.report = report_from_json(Json::parse(*result.bytes));
        done(i, std::move(ended));
      },
      progress);
}

}  // namespace binade::sim
