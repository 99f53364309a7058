// SPDX-License-Identifier: Apache-2.0
#include "sim/explore/sweep.h"

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>

#include "models/numerics/error.h"
#include "sim/explore/metrics.h"
#include "sim/host/digest.h"
#include "sim/jobs/interrupt.h"
#include "sim/jobs/pool.h"
#include "sim/run/identity.h"
#include "sim/run/simulate.h"

namespace binade::sim {
namespace {

/// Of a point that is no run.
std::string identity_of_words(const std::string& workload, const std::string& axes) {
  Digest digest;
  digest.update("refused\n" + workload + "\n" + axes);
  return digest.hex();
}

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

Sweep::Sweep(const Judge& judge, PointSpecs& specs, Store& store, const SweepOptions& options)
    : judge_(judge), specs_(specs), store_(store), options_(options) {}

void Sweep::run(const std::vector<Choice>& choices, const ProgressSink& progress, std::int64_t total) {
  std::vector<std::string> workloads;  // in the order of their first points
  std::map<std::string, std::vector<std::size_t>> members;
  for (const auto& choice : choices) {
    const auto workload = specs_.workload(choice);
    auto& list = members[workload];
    if (list.empty()) workloads.push_back(workload);
    list.push_back(points_.size());
    points_.push_back({.choice = choice, .identity = {}, .done = false, .judgement = {}});
  }
  total = std::max(total, static_cast<std::int64_t>(points_.size()));
  const auto tell = [&](const std::string& what) { progress({.step = ended_, .steps = total, .what = what}); };
  for (const auto& workload : workloads) {
    std::vector<std::size_t> work;
    for (const std::size_t index : members[workload]) {
      if (interrupted()) return;
      const std::size_t before = work.size();
      identify(index, work);
      if (work.size() == before) ++ended_;
      tell("looking up");
    }
    if (work.empty()) continue;
    prepare_machine(specs_.spec_of(points_[work.front()].choice), options_.threads);
    if (work.size() > 1) share_reference(workload, points_[work.front()]);
    const PoolOptions pool{.at_a_time = options_.jobs, .noun = "point", .remedy = "fewer --jobs, a smaller --batch"};
    run_jobs(
        work.size(), pool, [&](std::size_t i, const ProgressSink&) { return simulate_point(points_[work[i]]); },
        [&](std::size_t i, JobResult result) {
          const bool cut_short = result.bytes ? result.bytes->empty() : result.error.empty();
          if (cut_short) return;
          finish(work[i], result);
          ++ended_;
          tell("");
        },
        [](const Progress&) {});
  }
  judge_repeated();
}

void Sweep::share_reference(const std::string& workload, const SweepPoint& point) {
  if (reference_ && shared_workload_ == workload) return;
  reference_.reset();
  shared_workload_ = workload;
  try {
    const RunSpec& spec = specs_.spec_of(point.choice);
    if (spec.platform.values && spec.reference) reference_.emplace(spec);
  } catch (const std::exception&) {
    reference_.reset();  // what is wrong with the workload its simulations say
  }
}

void Sweep::identify(std::size_t index, std::vector<std::size_t>& work) {
  SweepPoint& point = points_[index];
  try {
    point.identity = run_identity(specs_.spec_of(point.choice));
  } catch (const InputError& error) {
    return refuse(index, error.what());
  }
  const auto [first, fresh] = first_.emplace(point.identity, index);
  if (!fresh) return;  // the same run under other words
  for (Store* const store : {&store_, options_.shared}) {
    if (store == nullptr) continue;
    auto known = store->find(point.identity);
    if (!known || !known->done) continue;
    ++(store == &store_ ? counts_.kept : counts_.shared);
    known->axes = specs_.axes_text(point.choice);
    known->position = static_cast<std::int64_t>(index);
    store_.put(*known);
    point.done = true;
    point.judgement = judge_.judge(point.choice, known->metrics);
    return;
  }
  work.push_back(index);
}

void Sweep::refuse(std::size_t index, const std::string& reason) {
  SweepPoint& point = points_[index];
  const auto axes = specs_.axes_text(point.choice);
  point.identity = identity_of_words(specs_.workload(point.choice), axes);
  store_.put({.identity = point.identity,
              .done = false,
              .reason = reason,
              .axes = axes,
              .config = "{}",
              .position = static_cast<std::int64_t>(index)});
  ++counts_.failed;
}

void Sweep::finish(std::size_t index, const JobResult& result) {
  SweepPoint& point = points_[index];
  StoredPoint row{.identity = point.identity,
                  .reason = result.error,
                  .axes = specs_.axes_text(point.choice),
                  .config = specs_.config_text(specs_.spec_of(point.choice)),
                  .position = static_cast<std::int64_t>(index)};
  if (result.bytes) take_result(*result.bytes, row);
  point.done = row.done;
  if (row.done) point.judgement = judge_.judge(point.choice, row.metrics);
  ++(row.done ? counts_.simulated : counts_.failed);
  store_.put(row);
  if (options_.shared == nullptr || !row.done) return;
  row.position.reset();
  options_.shared->put(row);
}

/// Points that are the same run as an earlier one.
void Sweep::judge_repeated() {
  for (std::size_t i = 0; i < points_.size(); ++i) {
    SweepPoint& point = points_[i];
    const auto first = first_.find(point.identity);
    if (first == first_.end() || first->second == i || !points_[first->second].done) continue;
    point.done = true;
    point.judgement = judge_.judge(point.choice, store_.find(point.identity)->metrics);
  }
}

std::string Sweep::simulate_point(const SweepPoint& point) {
  const RunSpec& spec = specs_.spec_of(point.choice);
  check(spec);
  SimulateHooks hooks;
  hooks.run.stop = &interrupted();
  hooks.run.threads = options_.threads;
  if (reference_ && !spec.fold_batchnorm && shared_workload_ == specs_.workload(point.choice)) hooks.run.reference = &*reference_;
  const RunReport report = simulate(spec, hooks);
  return report.complete ? result_bytes(report) : std::string();
}

}  // namespace binade::sim
