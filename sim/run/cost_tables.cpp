// SPDX-License-Identifier: Apache-2.0
#include "sim/run/cost_tables.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "sim/run/share.h"

namespace binade::sim {
namespace {

constexpr const char* kCalibrated = "models/cost/calibrated";

/// Of the tables that come with the program.
std::string fit_of(const std::string& technology) { return fmt::format("{}/{}/fit.json", kCalibrated, technology); }

}  // namespace

std::vector<std::string> technologies() {
  auto names = shared_names(kCalibrated, "");
  // A folder may hold the memories of a technology alone.
  std::erase_if(names, [](const std::string& name) {
    const auto files = shared_names(fmt::format("{}/{}", kCalibrated, name), ".json");
    return std::find(files.begin(), files.end(), "fit") == files.end();
  });
  return names;
}

cost::CalibratedTable calibrated_table(const std::string& word) {
  const auto names = technologies();
  if (std::find(names.begin(), names.end(), word) != names.end())
    return cost::CalibratedTable::load(shared_file(fit_of(word)).parent_path().string(), word);
  if (!std::filesystem::is_directory(word))
    throw InputError(fmt::format("cost table {}: no such folder; allowed: {}, or a folder as rtl/calibrate writes it",
                                 printable(word), fmt::join(names, " ")));
  return cost::CalibratedTable::load(word);
}

}  // namespace binade::sim
