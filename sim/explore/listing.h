// SPDX-License-Identifier: Apache-2.0
// What an exploration found, as a table for people and as CSV.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/explore/space.h"
#include "sim/explore/store.h"
#include "sim/explore/sweep.h"

namespace binade::sim {

/// Points that compete for the front: done, feasible, with all of the objectives, and competing() of judge.h.
std::vector<bool> competitors(const Space& space, const std::vector<SweepPoint>& points);
/// On the front of the objectives: of the competitors.
std::vector<bool> front_of(const Space& space, const std::vector<SweepPoint>& points);

/// JSON object of derived columns; not finite ones as in reports, absent ones null.
std::string derived_text(const Space& space, const Judgement& judgement);

/// points.csv: a row a point in the order of the space: position, status, reason, front, feasible, axes, derived columns, metrics,
/// identity. Throws InputError where it cannot be written.
void write_points(const std::filesystem::path& file, const Space& space, const std::vector<SweepPoint>& points,
                  const std::vector<bool>& front, Store& store);

/// The front, best in the first objective first, then others while there is room: axes, objectives, derived columns; and what is
/// to be known of the cost table's figures.
std::string points_text(const Space& space, const std::vector<SweepPoint>& points, const std::vector<bool>& front);

}  // namespace binade::sim
