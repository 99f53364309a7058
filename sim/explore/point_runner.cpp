// SPDX-License-Identifier: Apache-2.0
#include "sim/explore/point_runner.h"

#include <exception>
#include <utility>

#include "sim/explore/metrics.h"
#include "sim/jobs/interrupt.h"
#include "sim/run/simulate.h"

namespace binade::sim {
namespace {

/// What a child hands back: components, then cells.
std::string result_bytes(const RunReport& report) {
  const std::string components = components_of(report);
  return std::to_string(components.size()) + ":" + components + cells_to_bytes(metrics_of(report));
}

void take_result(const std::string& bytes, StoredPoint& row) {
  const auto colon = bytes.find(':');
  const auto size = std::stoull(bytes.substr(0, colon));
  row.components = bytes.substr(colon + 1, size);
  row.metrics = cells_from_bytes(bytes.substr(colon + 1 + size));
  row.done = true;
}

}  // namespace

void PointRunner::run(const std::vector<const NamedPoint*>& points, std::size_t jobs, const PointDone& done) {
  if (points.empty()) return;
  prepare_machine(specs_.spec_of(points.front()->choice), threads_);
  if (points.size() > 1) share_reference(points.front()->choice);
  const PoolOptions pool{.at_a_time = jobs, .noun = "point", .remedy = "fewer --jobs, a smaller --batch"};
  run_jobs(
      points.size(), pool, [&](std::size_t i, const ProgressSink&) { return simulate_point(points[i]->choice); },
      [&](std::size_t i, const JobResult& result) {
        const bool cut_short = result.bytes ? result.bytes->empty() : result.error.empty();
        if (!cut_short) done(i, row_of(*points[i], result));
      },
      [](const Progress&) {});
}

void PointRunner::share_reference(const Choice& choice) {
  const auto workload = specs_.workload(choice);
  if (reference_ && shared_workload_ == workload) return;
  reference_.reset();
  shared_workload_ = workload;
  try {
    const RunSpec& spec = specs_.spec_of(choice);
    if (spec.platform.values && spec.reference) reference_.emplace(spec);
  } catch (const std::exception&) {
    reference_.reset();  // what is wrong with the workload its simulations say
  }
}

std::string PointRunner::simulate_point(const Choice& choice) {
  const RunSpec& spec = specs_.spec_of(choice);
  check(spec);
  SimulateHooks hooks;
  hooks.run.stop = &interrupted();
  hooks.run.threads = threads_;
  if (reference_ && !spec.fold_batchnorm && shared_workload_ == specs_.workload(choice)) hooks.run.reference = &*reference_;
  const RunReport report = simulate(spec, hooks);
  return report.complete ? result_bytes(report) : std::string();
}

StoredPoint PointRunner::row_of(const NamedPoint& point, const JobResult& result) {
  StoredPoint row{.identity = point.identity,
                  .reason = result.error,
                  .axes = specs_.axes_text(point.choice),
                  .config = specs_.config_text(specs_.spec_of(point.choice))};
  if (result.bytes) take_result(*result.bytes, row);
  return row;
}

}  // namespace binade::sim
