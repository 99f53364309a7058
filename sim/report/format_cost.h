// SPDX-License-Identifier: Apache-2.0
// What formats cost in a technology: the report of `binade cost` (docs/cost.md).
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace binade::sim {

/// A unit of the core around the elements.
struct CoreShareRow {
  std::string role, module, parameters;
  int count = 0;
  std::optional<double> area_um2, leakage_nw, delay_ps;  ///< of one
  std::optional<double> energy_pj, zero_delay_pj;        ///< of one event; of an element a multiply-accumulate
  std::optional<double> area_um2_per_element;            ///< of all of them, over the elements of the array
  std::string flags;
};

/// A format. Its figures are those of an element alone.
struct FormatCostRow {
  std::string format, accumulate;
  int acc_bits = 0, latency = 1;
  std::string technology;
  std::optional<double> target_ps, area_um2, delay_ps, frequency_ghz;
  std::optional<double> energy_pj_per_mac, zero_delay_pj_per_mac, idle_pj, leakage_nw;
  std::optional<double> iso_area_speedup;
  std::optional<double> area_error_percent, delay_error_percent, energy_error_percent;
  std::string flags;
  std::vector<CoreShareRow> core;
};

struct FormatCostReport {
  std::string table, provenance;  ///< the cost table, and where it comes from
  std::string activity;           ///< the operand streams of the energies
  std::string baseline;           ///< what iso_area_speedup compares with; why not, where it compares with nothing
  int rows = 0, cols = 0;         ///< of the array
  std::vector<FormatCostRow> formats;
};

inline constexpr const char* kFormatCostSchema = "binade-format-cost";  ///< docs/format-cost.schema.json
inline constexpr int kFormatCostSchemaVersion = 1;

std::string to_text(const FormatCostReport& report);
/// A row a format.
std::string to_csv(const FormatCostReport& report);
nlohmann::ordered_json to_json(const FormatCostReport& report);

}  // namespace binade::sim
