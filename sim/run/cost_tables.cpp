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

}  // namespace

std::vector<std::string> technologies() { return shared_names(kCalibrated, ""); }

cost::CalibratedTable calibrated_table(const std::string& word) {
  const auto names = technologies();
  if (std::find(names.begin(), names.end(), word) != names.end())
    return cost::CalibratedTable::load(shared_file(fmt::format("{}/{}/fit.json", kCalibrated, word)).parent_path().string(), word);
  if (!std::filesystem::is_directory(word))
    throw InputError(fmt::format("cost table {}: no such folder; allowed: {}, or a folder as rtl/calibrate writes it",
                                 printable(word), fmt::join(names, " ")));
  return cost::CalibratedTable::load(word);
}

}  // namespace binade::sim
