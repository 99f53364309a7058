// SPDX-License-Identifier: Apache-2.0
#include "sim/report/csv_report.h"

#include <fmt/format.h>

#include <vector>

#include "sim/report/cell_json.h"
#include "sim/report/columns.h"

namespace binade::sim {
namespace {

std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + '"';
}

}  // namespace

std::string csv_line(const std::vector<std::string>& cells) {
  std::vector<std::string> fields;
  for (const auto& cell : cells) fields.push_back(quoted(cell));
  return fmt::format("{}\n", fmt::join(fields, ","));
}

std::string to_csv(const RunReport& report) {
  auto columns = layer_columns(report);
  std::erase_if(columns, [](const LayerColumn& column) { return column.csv.empty(); });
  std::vector<std::string> cells;
  for (const auto& column : columns) cells.push_back(column.csv);
  auto text = csv_line(cells);
  for (const auto& layer : report.layers) {
    cells.clear();
    for (const auto& column : columns) cells.push_back(cell_to_csv(column.get(layer, report)));
    text += csv_line(cells);
  }
  return text;
}

}  // namespace binade::sim
