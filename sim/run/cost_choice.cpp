// SPDX-License-Identifier: Apache-2.0
#include "sim/run/cost_choice.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "models/cost/calibrated_table.h"
#include "models/cost/memory_table.h"
#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "sim/run/identity.h"
#include "sim/run/share.h"

namespace binade::sim {
namespace {

constexpr const char* kFile = "fit.json";
constexpr const char* kMemories = "memories.csv";

/// `called`: what reports name it.
CalibratedCosts load(const std::filesystem::path& folder, const std::string& called) {
  CalibratedCosts costs;
  costs.table = std::make_shared<const cost::CalibratedTable>(cost::CalibratedTable::load(folder.string(), called));
  costs.digest = file_digest(folder / kFile).value_or("");
  if (std::error_code ignored; std::filesystem::exists(folder / kMemories, ignored)) {
    costs.memories = std::make_shared<const cost::MemoryTable>(cost::MemoryTable::load((folder / kMemories).string()));
    costs.digest += file_digest(folder / kMemories).value_or("");
  }
  return costs;
}

}  // namespace

cost::EnergyTable published_energy_table() {
  return cost::EnergyTable::load(shared_file(kPublishedEnergyTable).string(), kPublishedEnergyTable);
}

std::vector<std::string> calibrated_technologies() { return shared_folders(kCalibratedTables, kFile); }

void choose_costs(const std::string& table, const std::string& energy, RunSpec& spec) {
  std::error_code ignored;
  const bool folder = std::filesystem::is_directory(table, ignored);
  const auto names = calibrated_technologies();
  if (table.empty() || folder) {
    spec.energy_table = published_energy_table();
    if (folder) spec.calibrated = load(table, table);
  } else if (std::ranges::find(names, table) != names.end()) {
    spec.energy_table = published_energy_table();
    spec.calibrated = load(shared_file(fmt::format("{}/{}/{}", kCalibratedTables, table, kFile)).parent_path(), table);
  } else if (!std::filesystem::exists(table, ignored)) {
    throw InputError(
        fmt::format("cost table {}: is missing; allowed: {}, the folder of a technology, or a CSV file of published figures",
                    printable(table), fmt::join(names, ", ")));
  } else {
    spec.energy_table = cost::EnergyTable::load(table);
  }
  if (spec.calibrated) spec.calibrated->fixed_operands = energy == "fixed";
}

}  // namespace binade::sim
