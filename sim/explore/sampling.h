// SPDX-License-Identifier: Apache-2.0
// Which points of a space are looked at.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "sim/explore/space.h"

namespace binade::sim {

/// A word for each axis, by its place among the axis's words.
using Choice = std::vector<std::uint32_t>;

/// Every point of the grid that `admits` lets through, the last axis fastest.
std::vector<Choice> grid_points(const std::vector<Axis>& axes, const std::function<bool(const Choice&)>& admits);

/// Latin hypercube: each axis is cut into `count` equal slices, and each slice is in one point. Points that are equal or not
/// admitted are drawn again, each from slices of its own kind; fewer come back where the space has no more, or none was found in
/// many tries.
std::vector<Choice> latin_hypercube(const std::vector<Axis>& axes, std::int64_t count, std::uint64_t seed,
                                    const std::function<bool(const Choice&)>& admits);

}  // namespace binade::sim
