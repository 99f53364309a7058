// SPDX-License-Identifier: Apache-2.0
#include "sim/run/cost_tables.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "sim/run/cost_choice.h"
#include "sim/run/share.h"

namespace binade::sim {
cost::CalibratedTable calibrated_table(const std::string& word) {
  constexpr const char* kFile = "fit.json";
  std::error_code ignored;
  if (std::filesystem::is_directory(word, ignored)) return cost::CalibratedTable::load(word);
  const auto names = calibrated_technologies();
  if (std::find(names.begin(), names.end(), word) == names.end())
    throw InputError(fmt::format("cost table {}: no such folder; allowed: {}, or a folder as rtl/calibrate writes it",
                                 printable(word), fmt::join(names, " ")));
  const auto file = shared_file(fmt::format("{}/{}/{}", kCalibratedTables, word, kFile));
  return cost::CalibratedTable::load(file.parent_path().string(), word);
}

}  // namespace binade::sim
