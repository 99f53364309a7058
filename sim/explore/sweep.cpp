// SPDX-License-Identifier: Apache-2.0
#include "sim/explore/sweep.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "models/numerics/error.h"
#include "sim/host/digest.h"
#include "sim/jobs/interrupt.h"
#include "sim/run/identity.h"

namespace binade::sim {
namespace {

/// Of a point that is no run.
std::string identity_of_words(const std::string& workload, const std::string& axes) {
  Digest digest;
  digest.update("refused\n" + workload + "\n" + axes);
  return digest.hex();
}

}  // namespace

Sweep::Sweep(const Judge& judge, PointSpecs& specs, Store& store, const SweepOptions& options)
    : judge_(judge), specs_(specs), runner_(specs, options.threads), store_(store), options_(options) {}

void Sweep::run(const std::vector<Choice>& choices, const ProgressSink& progress, std::int64_t total) {
  std::vector<std::string> workloads;  // in the order of their first points
  std::map<std::string, std::vector<std::size_t>> members;
  for (const auto& choice : choices) {
    const auto workload = specs_.workload(choice);
    auto& list = members[workload];
    if (list.empty()) workloads.push_back(workload);
    list.push_back(points_.size());
    points_.emplace_back().choice = choice;
  }
  total = std::max(total, static_cast<std::int64_t>(points_.size()));
  const auto tell = [&](const std::string& what) { progress({.step = ended_, .steps = total, .what = what}); };
  const auto end = [&](std::size_t index, StoredPoint row) {
    finish(index, std::move(row));
    ++ended_;
    tell("");
  };
  std::vector<std::size_t> elsewhere;
  for (const auto& workload : workloads) {
    std::vector<std::size_t> work;
    for (const std::size_t index : members[workload]) {
      if (interrupted()) return;
      const std::size_t before = work.size();
      identify(index, work);
      if (work.size() == before) ++ended_;
      tell("looking up");
    }
    if (options_.executor != nullptr) {
      elsewhere.insert(elsewhere.end(), work.begin(), work.end());
    } else {
      runner_.run(named(work), options_.jobs, [&](std::size_t i, StoredPoint row) { end(work[i], std::move(row)); });
    }
  }
  if (!elsewhere.empty())
    options_.executor->run(
        named(elsewhere), [&](std::size_t i, StoredPoint row) { end(elsewhere[i], std::move(row)); }, tell);
  judge_repeated();
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

std::vector<const NamedPoint*> Sweep::named(const std::vector<std::size_t>& work) const {
  std::vector<const NamedPoint*> list;
  list.reserve(work.size());
  for (const std::size_t index : work) list.push_back(&points_[index]);
  return list;
}

void Sweep::finish(std::size_t index, StoredPoint row) {
  SweepPoint& point = points_[index];
  row.position = static_cast<std::int64_t>(index);
  if (row.axes.empty()) row.axes = specs_.axes_text(point.choice);
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

}  // namespace binade::sim
