// SPDX-License-Identifier: Apache-2.0
// The database of `binade explore` (docs/explore.md), read for a page.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "sim/report/page.h"

namespace binade::sim {

inline constexpr const char* kSweepFile = "explore.db";  ///< in a folder of `binade explore`

inline constexpr std::size_t kMostScreened = 5000;

/// What a sweep is, beside its points.
struct SweepFacts {
  std::size_t points = 0, failed = 0, on_front = 0, outside = 0;  ///< outside: of another space than the one explored last
  std::size_t screened = 0, screened_shown = 0;  ///< ranked in closed form; of those not simulated, rows of the page
  std::vector<std::string> objectives;           ///< in words: "total_cycles (least)"
  std::vector<std::string> objective_columns;    ///< their names
};

/// A row a point, named by its words on the axes, and one of kind `screened` for each that was ranked and not simulated: its
/// estimates stand in the columns of the objectives. Of more than kMostScreened an even choice is shown. Points that were ranked
/// before have their estimates beside their figures, as `estimate.NAME`. The page begins with the first two objectives where it has
/// no axes yet. `source`: what to call the sweep. Reads while others write. Throws InputError where the file is no such database or
/// of another version.
SweepFacts add_sweep(const std::filesystem::path& file, const std::string& source, PageContent& content);

/// A sweep in words: how many points, those on the front, why others failed. `rows`: with the sweep's, of that source.
std::string sweep_to_text(const std::string& source, const SweepFacts& facts, const PageRows& rows);

}  // namespace binade::sim
