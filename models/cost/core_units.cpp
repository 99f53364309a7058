// SPDX-License-Identifier: Apache-2.0
#include "models/cost/core_units.h"

namespace binade::cost {
namespace {

/// Exponents that Autoflex predicts or that the finished tensor decides; `fixed` has none to choose.
bool chooses_exponents(const numerics::OperandFormats& formats) {
  return formats.integers() && formats.out.shared_exponent() && formats.out.family != numerics::Family::Fixed;
}

/// Of an array without its bank of partial sums, which is a memory of its own: a row of it, as arrays that need none have.
datapath::Parameters without_bank(datapath::Parameters fields) {
  for (auto& field : fields)
    if (field.name == "bank_rows") field.value = 1;
  return fields;
}

}  // namespace

std::string_view to_string(CoreRole role) {
  switch (role) {
    case CoreRole::Element:
      return "element";
    case CoreRole::Lane:
      return "lane";
    case CoreRole::Sequencer:
      return "sequencer";
    case CoreRole::ExponentStatistics:
      return "exponent statistics";
    case CoreRole::ExponentChoice:
      return "exponent choice";
    case CoreRole::Glue:
      break;
  }
  return "glue";
}

bool of_exponents(CoreRole role) { return role == CoreRole::ExponentStatistics || role == CoreRole::ExponentChoice; }

std::vector<CoreUnit> core_units(const datapath::CoreConfig& config) {
  std::vector<CoreUnit> units{
      {CoreRole::Element, datapath::element_module(config.format, config.accumulate, config.pe_latency), config.rows * config.cols},
      {CoreRole::Lane, datapath::lane_module(config.format, config.accumulate), config.cols},
      {CoreRole::Sequencer, datapath::sequencer_module(config), 1}};
  if (chooses_exponents(config.format)) {
    units.push_back({CoreRole::ExponentStatistics, datapath::exponent_statistics_module(config), 1});
    if (auto choice = datapath::exponent_choice_module(config)) units.push_back({CoreRole::ExponentChoice, *std::move(choice), 1});
  }
  units.push_back({CoreRole::Glue, datapath::array_module(config), 1});
  return units;
}

std::optional<UnitCost> cost_of(const CalibratedTable& table, const CoreUnit& unit) {
  if (unit.role == CoreRole::Glue) return table.glue(unit.module.name, without_bank(unit.module.parameters));
  return table.find(unit.module);
}

}  // namespace binade::cost
