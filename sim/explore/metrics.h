// SPDX-License-Identifier: Apache-2.0
// A run's figures as columns of a database: those of report.json that are single values, under their place with dots.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/report/columns.h"

namespace binade::sim {

struct Metric {
  std::string name;  ///< "energy.total_pj"
  const RunColumn* column = nullptr;
};

/// In the order of report.json; less the identity, which names the point.
const std::vector<Metric>& metrics();
std::optional<std::size_t> find_metric(std::string_view name);

/// A cell for each metric.
std::vector<Cell> metrics_of(const RunReport& report);
/// JSON object: picojoule by component.
std::string components_of(const RunReport& report);

/// What a formula sees: NaN where the cell is empty; words as value_of_word().
double number_of(const Cell& cell);

/// Cells as bytes and back, for a pipe.
std::string cells_to_bytes(const std::vector<Cell>& cells);
std::vector<Cell> cells_from_bytes(const std::string& bytes);

}  // namespace binade::sim
