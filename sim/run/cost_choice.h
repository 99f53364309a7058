// SPDX-License-Identifier: Apache-2.0
// Which table says what a run costs.
#pragma once

#include <string>
#include <vector>

#include "models/cost/energy_table.h"
#include "sim/host/run_spec.h"

namespace binade::sim {

/// The energy table that comes with the program.
cost::EnergyTable published_energy_table();
/// Names of the technologies that come with the program, sorted.
std::vector<std::string> calibrated_technologies();

/// Sets the spec's tables. `table`: empty: published figures; a file: energies per event in its stead; a folder, or the name of a
/// technology that comes with the program: its core is calibrated, and its memories where it has a table of them; others are
/// published. `energy`: operands, or fixed. Throws InputError.
void choose_costs(const std::string& table, const std::string& energy, RunSpec& spec);

}  // namespace binade::sim
