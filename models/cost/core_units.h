// SPDX-License-Identifier: Apache-2.0
// The units of a core that cost tables know, how many of each, and what a table says of them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/cost/calibrated_table.h"
#include "models/datapath/core_config.h"
#include "models/datapath/module_parameters.h"

namespace binade::cost {

enum class CoreRole : std::uint8_t { Element, Lane, Sequencer, ExponentStatistics, ExponentChoice, Glue };
std::string_view to_string(CoreRole role);  ///< element, lane, sequencer, exponent statistics, exponent choice, glue
bool of_exponents(CoreRole role);           ///< a part of the exponent unit

struct CoreUnit {
  CoreRole role = CoreRole::Element;
  datapath::Module module;
  int count = 1;
};

/// Of the core's mode 0: an element for each place of the array, a lane for each column, a sequencer; where exponents follow from
/// the tensors statistics, and what chooses from them; and what is beside all these. Preconditions: those of
/// datapath::element_module.
std::vector<CoreUnit> core_units(const datapath::CoreConfig& config);

/// Nothing where the table does not know the unit.
std::optional<UnitCost> cost_of(const CalibratedTable& table, const CoreUnit& unit);

}  // namespace binade::cost
