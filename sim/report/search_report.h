// SPDX-License-Identifier: Apache-2.0
// What a precision search has found: the report of `binade search` (docs/search.md).
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "sim/report/plain_columns.h"

namespace binade::sim {

/// A format that the search chose from.
struct SearchRow {
  std::string format, family, accumulate;
  int bits = 0, range = 0, precision = 0;
  std::optional<double> iso_area_speedup, energy_pj_per_mac;
  std::string cost_flags;
  std::optional<double> r2, predicted, measured;
  std::optional<std::int64_t> correct;
  std::optional<double> model_seconds, measure_seconds;
  std::optional<int> evaluation;  ///< from 1
  bool chosen = false, exhaustive_best = false;
  std::string refused;
};
const std::vector<PlainColumn<SearchRow>>& search_columns();

struct SearchReport {
  std::string network, tensors, table, objective;
  std::int64_t samples = 0, inputs = 0;
  double loss = 0;      ///< allowed, of the accuracy in binary64
  int evaluations = 0;  ///< allowed
  std::optional<std::int64_t> reference_correct;
  double slope = 0, intercept = 0, correlation = 0;  ///< of the model
  std::vector<std::string> model_networks;
  std::int64_t model_points = 0;
  std::string status;                        ///< measured, predicted, none
  double search_seconds = 0;                 ///< of processor time: predictions and evaluations
  std::optional<double> exhaustive_seconds;  ///< all formats evaluated; of a search that evaluated none, absent
  bool exhaustive = false;                   ///< those were measured, not estimated
  std::vector<SearchRow> rows;
};

inline constexpr const char* kSearchSchema = "binade-search";  ///< docs/search.schema.json
inline constexpr int kSearchSchemaVersion = 1;

std::string to_text(const SearchReport& report);
/// A row a format.
std::string to_csv(const SearchReport& report);
nlohmann::ordered_json to_json(const SearchReport& report);
nlohmann::ordered_json search_schema();

}  // namespace binade::sim
