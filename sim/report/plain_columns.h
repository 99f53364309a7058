// SPDX-License-Identifier: Apache-2.0
// Columns of rows that need no run to be read, and their rows as JSON and CSV.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sim/report/cell_json.h"
#include "sim/report/column_parts.h"
#include "sim/report/columns.h"
#include "sim/report/csv_report.h"

namespace binade::sim {

template <typename Row>
struct PlainColumn : ColumnFacts {
  std::function<Cell(const Row&)> get;
  std::function<void(Row&, const Cell&)> set;  ///< empty where the figure follows from others
};

/// A field, which may be optional.
template <typename Row, typename T>
PlainColumn<Row> plain(const std::string& name, T Row::*member, column_parts::Words words) {
  using namespace column_parts;
  return {facts(own(name), type_of<T>(), std::move(words)), [member](const Row& row) { return cell_of(row.*member); },
          [member](Row& row, const Cell& cell) { take(row.*member, cell); }};
}

template <typename Row>
void put(const std::vector<PlainColumn<Row>>& columns, const Row& row, nlohmann::ordered_json& json) {
  for (const auto& column : columns) json[column.name] = cell_to_json(column.get(row));
}

template <typename Row>
nlohmann::ordered_json rows_to_json(const std::vector<PlainColumn<Row>>& columns, std::span<const Row> rows) {
  auto all = nlohmann::ordered_json::array();
  for (const auto& row : rows) put(columns, row, all.emplace_back(nlohmann::ordered_json::object()));
  return all;
}

/// RFC 4180.
template <typename Row>
std::string rows_to_csv(const std::vector<PlainColumn<Row>>& columns, std::span<const Row> rows) {
  std::vector<std::string> cells;
  for (const auto& column : columns) cells.push_back(column.csv);
  auto text = csv_line(cells);
  for (const auto& row : rows) {
    cells.clear();
    for (const auto& column : columns) cells.push_back(cell_to_csv(column.get(row)));
    text += csv_line(cells);
  }
  return text;
}

}  // namespace binade::sim
