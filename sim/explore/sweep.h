// SPDX-License-Identifier: Apache-2.0
// Runs the points of a space that the database does not hold yet, in processes of this machine or where an executor has them run.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "sim/explore/judge.h"
#include "sim/explore/point_runner.h"
#include "sim/explore/point_specs.h"
#include "sim/explore/store.h"
#include "sim/jobs/progress.h"

namespace binade::sim {

/// Runs points elsewhere than in this machine's processes.
class PointExecutor {
 public:
  PointExecutor() = default;
  PointExecutor(const PointExecutor&) = delete;
  PointExecutor& operator=(const PointExecutor&) = delete;
  virtual ~PointExecutor() = default;
  /// Returns when all have ended, or soon after an interrupt. `say`: what goes on, now and then. Points of one workload are beside
  /// each other.
  virtual void run(const std::vector<const NamedPoint*>& points, const PointDone& done,
                   const std::function<void(const std::string&)>& say) = 0;
};

struct SweepOptions {
  PointExecutor* executor = nullptr;  ///< null: this machine
  std::size_t jobs = 1;
  int threads = 1;          ///< of a point's matrix products
  Store* shared = nullptr;  ///< of several spaces; null: none
};

/// Its identity is empty where it was not reached.
struct SweepPoint : NamedPoint {
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
  void refuse(std::size_t index, const std::string& reason);
  std::vector<const NamedPoint*> named(const std::vector<std::size_t>& work) const;
  void finish(std::size_t index, StoredPoint row);
  void judge_repeated();

  const Judge& judge_;
  PointSpecs& specs_;
  PointRunner runner_;
  Store& store_;
  const SweepOptions& options_;
  std::vector<SweepPoint> points_;
  SweepCounts counts_;
  std::int64_t ended_ = 0;
  std::map<std::string, std::size_t> first_;  ///< point of an identity
};

}  // namespace binade::sim
