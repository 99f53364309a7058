// SPDX-License-Identifier: Apache-2.0
// Ranks many points without simulating them: the host program of a run on the analytic device.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/explore/judge.h"
#include "sim/explore/point_specs.h"
#include "sim/jobs/progress.h"

namespace binade::sim {

struct ScreenedPoint {
  Choice choice;
  bool known = false;   ///< false: it cannot run
  Judgement judgement;  ///< figures of values are absent
};

/// `specs`: of runs without values. In the order of `choices`, `jobs` processes at a time; fewer where interrupted.
std::vector<ScreenedPoint> screened(const std::vector<Choice>& choices, const Judge& judge, PointSpecs& specs, std::size_t jobs,
                                    const ProgressSink& progress);

/// Those that are ranked at all: that can run, break no constraint for sure, and are competing() of judge.h.
std::vector<bool> screened_competitors(const Space& space, const std::vector<ScreenedPoint>& points);

/// Of these, points that no other of the same arithmetic is better than, in the objectives that were estimated: what its values
/// will show follows from the words of its arithmetic and its workload alone.
std::vector<bool> screened_front(const Space& space, const std::vector<ScreenedPoint>& points);

/// JSON object: objectives and derived columns.
std::string estimate_text(const Space& space, const Judgement& judgement);

}  // namespace binade::sim
