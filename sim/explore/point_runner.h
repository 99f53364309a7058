// SPDX-License-Identifier: Apache-2.0
// Runs points of one workload after another, each in a process of its own that begins with the tensors of its workload.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/explore/point_specs.h"
#include "sim/explore/store.h"
#include "sim/host/shared_reference.h"
#include "sim/jobs/pool.h"

namespace binade::sim {

struct NamedPoint {
  Choice choice;
  std::string identity;
};

/// Told of each point that has ended, by its place: its row, without a position.
using PointDone = std::function<void(std::size_t, StoredPoint)>;

class PointRunner {
 public:
  /// `threads`: of a point's matrix products.
  PointRunner(PointSpecs& specs, int threads) : specs_(specs), threads_(threads) {}

  /// Points of one workload, `jobs` at a time. Those that an interrupt cuts short or keeps from beginning have no end.
  void run(const std::vector<const NamedPoint*>& points, std::size_t jobs, const PointDone& done);

 private:
  void share_reference(const Choice& choice);
  std::string simulate_point(const Choice& choice);
  StoredPoint row_of(const NamedPoint& point, const JobResult& result);

  PointSpecs& specs_;
  int threads_;
  std::optional<SharedReference> reference_;  ///< of shared_workload_
  std::string shared_workload_;
};

}  // namespace binade::sim
