// SPDX-License-Identifier: Apache-2.0
#include "sim/report/format_cost_columns.h"

namespace binade::sim {

using namespace column_parts;

namespace {

constexpr const char* kUnknown = "formats that the table does not know";
constexpr const char* kUnknownUnit = "units that the table does not know";
constexpr const char* kNoEnergy = "elements whose energy was not measured";

}  // namespace

const std::vector<FormatCostColumn>& format_cost_columns() {
  static const std::vector<FormatCostColumn> columns{
      plain("format", &FormatCostRow::format, {{}, "of the operands and the result; `A x B -> OUT` where they differ"}),
      plain("accumulate", &FormatCostRow::accumulate, {{}, "accumulate policy"}),
      plain("acc_bits", &FormatCostRow::acc_bits, {"bits", "of the accumulator, quire, block sum or chain", {}, at_least(1)}),
      plain("latency", &FormatCostRow::latency, {"stages", "of the element, `core.pe_latency`", {}, at_least(1)}),
      plain("technology", &FormatCostRow::technology, {{}, "of the table"}),
      plain("target_ps", &FormatCostRow::target_ps,
            {"ps", "delay target of the synthesised point", "elements that were not synthesised themselves", at_least(0)}),
      plain("area_um2", &FormatCostRow::area_um2, {"um2", "of cells", kUnknown, at_least(0)}),
      plain("delay_ps", &FormatCostRow::delay_ps,
            {"ps", "critical path, setup and clock-to-output included", kUnknown, at_least(0)}),
      plain("frequency_ghz", &FormatCostRow::frequency_ghz, {"GHz", "that the critical path allows", kUnknown, at_least(0)}),
      plain("energy_pj_per_mac", &FormatCostRow::energy_pj_per_mac,
            {"pJ", "of a multiply-accumulate, glitches included", kNoEnergy}),
      plain("zero_delay_pj_per_mac", &FormatCostRow::zero_delay_pj_per_mac, {"pJ", "the same without glitches", kNoEnergy}),
      plain("idle_pj", &FormatCostRow::idle_pj, {"pJ", "of a clock without a multiply-accumulate", kNoEnergy, at_least(0)}),
      plain("leakage_nw", &FormatCostRow::leakage_nw, {"nW", "of the element", kUnknown, at_least(0)}),
      plain("iso_area_speedup", &FormatCostRow::iso_area_speedup,
            {{}, "(f / f_fp32) (A_fp32 / A): throughput of a given area beside that of fp32 elements", kUnknown, at_least(0)}),
      plain("area_error_percent", &FormatCostRow::area_error_percent,
            {"%", "of a regression on samples that it did not see; 0 where the element was measured", kUnknown, at_least(0)}),
      plain("delay_error_percent", &FormatCostRow::delay_error_percent, {"%", "likewise", kUnknown, at_least(0)}),
      plain("energy_error_percent", &FormatCostRow::energy_error_percent,
            {"%", "likewise; where the element was measured, on operand streams that its fit did not see", kNoEnergy, at_least(0)}),
      plain("flags", &FormatCostRow::flags,
            {{}, "what to know of the figures, separated by `; `: interpolated, extrapolated, ..."}),
  };
  return columns;
}

const std::vector<CoreShareColumn>& core_share_columns() {
  static const std::vector<CoreShareColumn> columns{
      plain("role", &CoreShareRow::role, {{}, "element, lane, sequencer, exponent statistics, exponent choice or glue"}),
      plain("module", &CoreShareRow::module, {{}, "of `rtl/`"}),
      plain("parameters", &CoreShareRow::parameters, {{}, "that it is elaborated with; of glue those of the array are too many"}),
      plain("count", &CoreShareRow::count, {{}, "of them in the core", {}, at_least(1)}),
      plain("area_um2", &CoreShareRow::area_um2, {"um2", "of one", kUnknownUnit, at_least(0)}),
      plain("leakage_nw", &CoreShareRow::leakage_nw, {"nW", "of one", kUnknownUnit, at_least(0)}),
      plain("delay_ps", &CoreShareRow::delay_ps,
            {"ps", "critical path", "glue, and units that the table does not know", at_least(0)}),
      plain("energy_pj", &CoreShareRow::energy_pj,
            {"pJ",
             "of one event: a multiply-accumulate of an element, an output of a lane, a vector of statistics, a choice of an "
             "exponent, a busy clock of others",
             kNoEnergy}),
      plain("zero_delay_pj", &CoreShareRow::zero_delay_pj, {"pJ", "the same without glitches", kNoEnergy}),
      plain("area_um2_per_element", &CoreShareRow::area_um2_per_element,
            {"um2", "of all of them over the elements of the array", kUnknownUnit, at_least(0)}),
      plain("flags", &CoreShareRow::flags, {{}, "interpolated, extrapolated or not modelled; empty where it was measured"}),
  };
  return columns;
}

}  // namespace binade::sim
