// SPDX-License-Identifier: Apache-2.0
// Files that come with the program: traces, cost tables. They lie at the same relative path in the source tree and under
// PREFIX/share/binade.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace binade::sim {

/// Shared files by their relative paths: the folder of recipes, NAME.yaml each; the energy table where no other is given; the list
/// of our SystemVerilog, which lies beside it.
inline constexpr const char* kPublishedEnergyTable = "models/cost/published.csv";
inline constexpr const char* kCalibratedTables = "models/cost/calibrated";
inline constexpr const char* kRecipes = "recipes";
inline constexpr const char* kRtlSources = "rtl/sources.f";
/// Of report pages; `make deps` fetches it, nothing else needs it.
inline constexpr const char* kPlottingLibrary = "plotly/plotly.min.js";

/// `relative` under $BINADE_SHARE, beside the executable (../share/binade) or, for a program in its build folder, in the source
/// tree, in this order. Throws InputError that says where it looked.
std::filesystem::path shared_file(const std::string& relative);
/// Names without extension of the files `*extension` in a shared folder, sorted; of the first place that has the folder.
std::vector<std::string> shared_names(const std::string& folder, const std::string& extension);

/// Names of the folders in a shared one that hold such a file, sorted; of the first place that has any.
std::vector<std::string> shared_folders(const std::string& folder, const std::string& file);

/// `given` where it exists, otherwise the shared file of that relative path.
std::filesystem::path user_or_shared_file(const std::string& given);

}  // namespace binade::sim
