// SPDX-License-Identifier: Apache-2.0
// What a report says of a layer and of a run, one row a figure. report.json both ways, layers.csv, compare.csv, the schema and the
// table in docs/report.md follow from these rows: a new figure is a field of its struct and a row here.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "sim/report/cell.h"
#include "sim/report/run_report.h"

namespace binade::sim {

/// Signed and unsigned 64 bits both are Integer. A Structure is an object or a list of a run that is no figure: JSON writes it by
/// hand.
enum class ColumnType { Text, Flag, Integer, Real, Structure };

/// What documents say of a column.
struct ColumnFacts {
  std::string group;  ///< the JSON object that holds it; nested ones joined by '/'; empty: the layer or run itself
  std::string name;   ///< its key there
  std::string csv;    ///< its head in layers.csv; empty: not there, since it says what another column says
  ColumnType type = ColumnType::Text;
  std::string unit;     ///< empty: none
  std::string meaning;  ///< without a full stop
  std::string absent;   ///< when it does not exist; empty: always there
  Constraint allowed = {};
};

/// Of `Owner`, a layer or the run itself.
template <typename Owner>
struct Column : ColumnFacts {
  std::function<Cell(const Owner&, const RunReport&)> get;
  /// Puts what a report says back; empty where the figure follows from others. Never called with monostate where `absent` is empty.
  std::function<void(Owner&, const Cell&)> set;
};
using LayerColumn = Column<LayerReport>;
using RunColumn = Column<RunReport>;

/// In the order of layers.csv and report.json. Energies have a column for each component of the run.
std::vector<LayerColumn> layer_columns(const RunReport& run);

/// In the order of report.json, which begins with `schema`, `schema_version` and `tool` and ends with the seal.
const std::vector<RunColumn>& run_columns();
/// A row of a comparison, in its order: columns of the run under names of their own, and its whole configuration.
const std::vector<RunColumn>& comparison_columns();

/// Where it stands in JSON: group/name.
std::string place_of(const ColumnFacts& column);
/// A type in words, for documents.
std::string type_text(ColumnType type);

}  // namespace binade::sim
