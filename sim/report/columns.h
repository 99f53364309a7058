// SPDX-License-Identifier: Apache-2.0
// What a report says of a layer and of a run, one row a figure. report.json both ways, layers.csv, compare.csv, the schema and the
// table in docs/report.md follow from these rows: a new figure is a field of its struct and a row here.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "sim/report/cell.h"
#include "sim/report/run_report.h"

namespace binade::sim {

enum class ColumnType { Text, Flag, Integer, Real };

/// Signed and unsigned 64 bits both are Integer.
struct LayerColumn {
  std::string group;  ///< the JSON object that holds it; nested ones joined by '/'; empty: the layer itself
  std::string name;   ///< its key there
  std::string csv;    ///< its head in layers.csv; empty: not there, since it says what another column says
  ColumnType type = ColumnType::Text;
  std::string unit;     ///< empty: none
  std::string meaning;  ///< without a full stop
  std::string absent;   ///< when it does not exist; empty: always there
  Constraint allowed = {};
  std::function<Cell(const LayerReport&, const RunReport&)> get;
  /// Puts what a report says back; empty where the figure follows from others. Never called with monostate where `absent` is empty.
  std::function<void(LayerReport&, const Cell&)> set;
};

/// In the order of layers.csv and report.json. Energies have a column for each component of the run.
std::vector<LayerColumn> layer_columns(const RunReport& run);

/// A type in words, for documents.
std::string type_text(ColumnType type);

}  // namespace binade::sim
