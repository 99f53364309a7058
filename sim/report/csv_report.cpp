// SPDX-License-Identifier: Apache-2.0
#include "sim/report/csv_report.h"

#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "sim/report/figures.h"

namespace binade::sim {
namespace {

std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + '"';
}

/// A NaN has no sign that means something.
std::string number(double value) { return std::isnan(value) ? "nan" : fmt::format("{}", value); }

template <typename T>
std::string optional(const std::optional<T>& value) {
  return value ? fmt::format("{}", *value) : "";
}

/// A figure that follows from a layer's counters. Names and values stand together so that header and rows cannot part.
struct Column {
  std::string name, value;
};
std::vector<Column> derived_columns(const RunReport& report, const LayerReport& layer) {
  const auto traffic = dram_traffic(layer.counters, report);
  const auto bound = bound_cycles(layer.counters, report);
  std::vector<Column> columns{{"pj_per_mac", optional(picojoule_per_mac(layer.energy, layer.macs))},
                              {"dram.requested_bytes", std::to_string(traffic.requested_bytes)},
                              {"dram.burst_bytes", std::to_string(traffic.burst_bytes)},
                              {"dram.gb_per_s", number(traffic.gb_per_s)},
                              {"bound_by", std::string(bound_by(bound))}};
  for (std::size_t i = 0; i < bound.size(); ++i)
    columns.push_back({fmt::format("bound_cycles.{}", kBoundWords[i]), std::to_string(bound[i])});
  return columns;
}

/// Of a matrix product; empty for other layers.
std::string extent(const LayerReport& layer, std::int64_t value) { return layer.k == 0 ? "" : std::to_string(value); }

std::vector<std::string> header(const RunReport& report) {
  std::vector<std::string> cells{"layer",
                                 "op",
                                 "pass",
                                 "m",
                                 "n",
                                 "k",
                                 "cycles",
                                 "total_cycles",
                                 "overhead_cycles",
                                 "utilisation",
                                 "groups",
                                 "macs",
                                 "tile",
                                 "loop_order",
                                 "exponent",
                                 "device_tries",
                                 "unique_bytes",
                                 "second_pass_cycles",
                                 "second_pass_bytes",
                                 "elements"};
  for (const auto& counter : spec::kCounters) cells.emplace_back(counter.name);
  for (const auto& row : report.energy) cells.push_back("energy_pj." + row.component);
  cells.emplace_back("energy_pj");
  for (const auto& column : derived_columns(report, {})) cells.push_back(column.name);
  for (const auto* reference : {"end_to_end", "datapath"})
    for (const auto* figure : {"sqnr_db", "max_relative", "mean_relative", "max_ulp"})
      cells.push_back(fmt::format("{}.{}", reference, figure));
  cells.emplace_back("digest");
  return cells;
}

std::vector<std::string> row(const RunReport& report, const LayerReport& layer) {
  std::vector<std::string> cells{layer.name,
                                 layer.op,
                                 layer.pass,
                                 extent(layer, layer.m),
                                 extent(layer, layer.n),
                                 extent(layer, layer.k),
                                 std::to_string(layer.cycles),
                                 std::to_string(layer.total_cycles),
                                 std::to_string(layer.overhead_cycles),
                                 number(layer.utilisation),
                                 extent(layer, layer.groups),
                                 std::to_string(layer.macs),
                                 layer.tile,
                                 layer.loop_order,
                                 optional(layer.exponent),
                                 optional(layer.device_tries),
                                 std::to_string(layer.unique_bytes),
                                 std::to_string(layer.second_pass_cycles),
                                 std::to_string(layer.second_pass_bytes),
                                 std::to_string(layer.elements)};
  for (std::size_t i = 0; i < spec::kCounterCount; ++i)
    cells.push_back(std::to_string(layer.counters[static_cast<spec::Counter>(i)]));
  for (const auto& row : report.energy) cells.push_back(number(component_picojoule(layer.energy, row.component)));
  cells.push_back(number(total_picojoule(layer.energy)));
  for (const auto& column : derived_columns(report, layer)) cells.push_back(column.value);
  for (const auto* error : {&layer.end_to_end, &layer.datapath}) {
    cells.push_back(error->sqnr_db ? number(*error->sqnr_db) : "");
    for (const double figure : {error->max_relative, error->mean_relative, error->max_ulp}) cells.push_back(number(figure));
  }
  cells.push_back(layer.digest);
  return cells;
}

}  // namespace

std::string csv_line(const std::vector<std::string>& cells) {
  std::vector<std::string> fields;
  for (const auto& cell : cells) fields.push_back(quoted(cell));
  return fmt::format("{}\n", fmt::join(fields, ","));
}

std::string to_csv(const RunReport& report) {
  auto text = csv_line(header(report));
  for (const auto& layer : report.layers) text += csv_line(row(report, layer));
  return text;
}

}  // namespace binade::sim
