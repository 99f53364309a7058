// SPDX-License-Identifier: Apache-2.0
// Runs the points of a space that the database does not hold yet, each in a process of its own that begins with the tensors of its
// workload.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "sim/explore/judge.h"
#include "sim/explore/point_specs.h"
#include "sim/explore/store.h"
#include "sim/host/shared_reference.h"
#include "sim/jobs/pool.h"
#include "sim/jobs/progress.h"

namespace binade::sim {

struct SweepOptions {
  std::size_t jobs = 1;
  int threads = 1;          ///< of a point's matrix products
  Store* shared = nullptr;  ///< of several spaces; null: none
};

struct SweepPoint {
  Choice choice;
  std::string identity;  ///< empty: not reached
  bool done = false;
  Judgement judgement;
};

struct SweepCounts {
  std::int64_t simulated = 0, failed = 0;
  std::int64_t kept = 0, shared = 0;  ///< that the database held; that the store of several spaces held
};

class Sweep {
 public:
  Sweep(const Judge& judge, PointSpecs& specs, Store& store, const SweepOptions& options);

  /// In the order of `choices`, behind the points of earlier calls; positions count from 0. `progress`: points, of `total` where
  /// more are to come. Failed points are results; what the machine refuses (the database's disk) is thrown.
  void run(const std::vector<Choice>& choices, const ProgressSink& progress, std::int64_t total = 0);

  /// With judgements of those that are done.
  const std::vector<SweepPoint>& points() const { return points_; }
  const SweepCounts& counts() const { return counts_; }
  std::int64_t held() const { return counts_.kept + counts_.shared; }

 private:
  void identify(std::size_t index, std::vector<std::size_t>& work);
  void share_reference(const std::string& workload, const SweepPoint& point);
  void refuse(std::size_t index, const std::string& reason);
  void finish(std::size_t index, const JobResult& result);
  void judge_repeated();
  std::string simulate_point(const SweepPoint& point);

  const Judge& judge_;
  PointSpecs& specs_;
  Store& store_;
  const SweepOptions& options_;
  std::vector<SweepPoint> points_;
  SweepCounts counts_;
  std::int64_t ended_ = 0;
  std::optional<SharedReference> reference_;  ///< of shared_workload_
  std::string shared_workload_;
  std::map<std::string, std::size_t> first_;  ///< point of an identity
};

}  // namespace binade::sim
