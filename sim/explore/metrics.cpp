// SPDX-License-Identifier: Apache-2.0
#include "sim/explore/metrics.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <type_traits>

#include "sim/explore/formula.h"
#include "sim/report/cell_json.h"

namespace binade::sim {
namespace {

std::vector<Metric> make_metrics() {
  std::vector<Metric> all;
  for (const RunColumn& column : run_columns()) {
    if (column.type == ColumnType::Structure || column.name == "identity") continue;
    std::string name = place_of(column);
    std::replace(name.begin(), name.end(), '/', '.');
    all.push_back({std::move(name), &column});
  }
  return all;
}

}  // namespace

const std::vector<Metric>& metrics() {
  static const std::vector<Metric> all = make_metrics();
  return all;
}

std::optional<std::size_t> find_metric(std::string_view name) {
  const auto& all = metrics();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Metric& metric) { return metric.name == name; });
  if (found == all.end()) return std::nullopt;
  return static_cast<std::size_t>(found - all.begin());
}

std::vector<Cell> metrics_of(const RunReport& report) {
  std::vector<Cell> cells;
  for (const Metric& metric : metrics()) cells.push_back(metric.column->get(report, report));
  return cells;
}

std::string components_of(const RunReport& report) {
  auto json = nlohmann::ordered_json::object();
  for (const auto& row : report.energy) json[row.component] = real_to_json(row.picojoule);
  return json.dump();
}

double number_of(const Cell& cell) {
  return std::visit(
      [](const auto& value) -> double {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, std::monostate>)
          return std::numeric_limits<double>::quiet_NaN();
        else if constexpr (std::is_same_v<T, std::string>)
          return value_of_word(value);
        else
          return static_cast<double>(value);
      },
      cell);
}

std::string cells_to_bytes(const std::vector<Cell>& cells) {
  auto json = nlohmann::json::array();
  for (const Cell& cell : cells)
    std::visit(
        [&](const auto& value) {
          using T = std::decay_t<decltype(value)>;
          if constexpr (std::is_same_v<T, std::monostate>)
            json.push_back(nullptr);
          else
            json.push_back(value);
        },
        cell);
  const auto bytes = nlohmann::json::to_cbor(json);  // which keeps numbers that are not finite
  return {bytes.begin(), bytes.end()};
}

std::vector<Cell> cells_from_bytes(const std::string& bytes) {
  std::vector<Cell> cells;
  for (const auto& value : nlohmann::json::from_cbor(bytes)) {
    if (value.is_null())
      cells.emplace_back();
    else if (value.is_boolean())
      cells.emplace_back(value.get<bool>());
    else if (value.is_number_unsigned())
      cells.emplace_back(value.get<std::uint64_t>());
    else if (value.is_number_integer())
      cells.emplace_back(value.get<std::int64_t>());
    else if (value.is_number_float())
      cells.emplace_back(value.get<double>());
    else
      cells.emplace_back(value.get<std::string>());
  }
  return cells;
}

}  // namespace binade::sim
