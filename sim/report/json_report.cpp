// SPDX-License-Identifier: Apache-2.0
#include "sim/report/json_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

#include "models/numerics/error.h"
#include "sim/report/cell_json.h"
#include "sim/report/columns.h"
#include "sim/report/configuration_text.h"
#include "sim/report/csv_report.h"
#include "sim/report/passes.h"
#include "sim/report/version.h"

namespace binade::sim {
namespace {

using Json = nlohmann::ordered_json;

/// Where a column stands in the JSON of its owner.
Json& slot(Json& json, const ColumnFacts& column) {
  return json[Json::json_pointer(column.group.empty() ? "" : "/" + column.group)][column.name];
}
const Json& slot(const Json& json, const ColumnFacts& column) {
  return json.at(Json::json_pointer(column.group.empty() ? "" : "/" + column.group)).at(column.name);
}

/// A layer or a pass.
template <typename Owner>
Json row_to_json(const Owner& row, const RunReport& run, const std::vector<Column<Owner>>& columns) {
  Json json = Json::object();
  for (const auto& column : columns) slot(json, column) = cell_to_json(column.get(row, run));
  return json;
}

LayerReport layer_from_json(const Json& json, const std::vector<LayerColumn>& columns) {
  LayerReport layer;
  for (const auto& column : columns)
    if (column.set) column.set(layer, cell_from_json(slot(json, column), column, " of a layer"));
  return layer;
}

Json config_to_json(const RunReport& report) {
  Json config = Json::object();
  for (const auto& [key, value] : report.config) config[key] = setting_to_json(value);
  return config;
}
void config_from_json(const Json& json, RunReport& report) {
  for (const auto& [key, value] : json.items()) report.config.emplace_back(key, setting_from_json(value));
}

Json components_to_json(const RunReport& report) {
  Json components = Json::object();
  for (const auto& row : report.energy) components[row.component] = real_to_json(row.picojoule);
  return components;
}
void components_from_json(const Json& json, RunReport& report) {
  for (const auto& [component, value] : json.items()) report.energy.push_back({component, real_from_json(value), {}});
}

Json rules_to_json(const RunReport& report) {
  Json rules = Json::object();
  for (const auto& row : report.energy) rules[row.component] = row.rule;
  return rules;
}
void rules_from_json(const Json& json, RunReport& report) {
  for (auto& row : report.energy) json.at(row.component).get_to(row.rule);
}

Json sample_to_json(const RunReport& report) {
  if (!report.rtl_sample) return nullptr;
  Json layers = Json::array();
  for (const auto& layer : report.rtl_sample->layers)
    layers.push_back({{"name", layer.name},
                      {"tiles", layer.tiles},
                      {"sampled", layer.sampled},
                      {"clocks", layer.clocks},
                      {"macs", layer.macs},
                      {"layer_macs", layer.layer_macs}});
  return {{"requested", report.rtl_sample->requested}, {"layers", layers}};
}
void sample_from_json(const Json& json, RunReport& report) {
  if (json.is_null()) return;
  report.rtl_sample = RtlSample{json.at("requested").get<std::string>(), {}};
  for (const auto& row : json.at("layers")) {
    auto& layer = report.rtl_sample->layers.emplace_back();
    row.at("name").get_to(layer.name);
    row.at("tiles").get_to(layer.tiles);
    row.at("sampled").get_to(layer.sampled);
    row.at("clocks").get_to(layer.clocks);
    row.at("macs").get_to(layer.macs);
    row.at("layer_macs").get_to(layer.layer_macs);
  }
}

/// By the run's energy and configuration, which stand before.
Json layers_to_json(const RunReport& report) {
  Json layers = Json::array();
  const auto columns = layer_columns(report);
  for (const auto& layer : report.layers) layers.push_back(row_to_json(layer, report, columns));
  return layers;
}
void layers_from_json(const Json& json, RunReport& report) {
  const auto columns = layer_columns(report);
  for (const auto& layer : json) report.layers.push_back(layer_from_json(layer, columns));
}

Json passes_to_json(const RunReport& report) {
  Json passes = Json::array();
  const auto columns = pass_columns(report);
  for (const auto& pass : pass_totals(report)) passes.push_back(row_to_json(pass, report, columns));
  return passes;
}

Json wall_parts_to_json(const RunReport& report) {
  Json parts = Json::array();
  for (const auto& row : report.wall_parts) parts.push_back({{"part", row.part}, {"wall_seconds", real_to_json(row.seconds)}});
  return parts;
}
void wall_parts_from_json(const Json& json, RunReport& report) {
  for (const auto& row : json)
    report.wall_parts.push_back({row.at("part").get<std::string>(), real_from_json(row.at("wall_seconds"))});
}

Json area_to_json(const RunReport& report) {
  Json area = Json::array();
  if (!report.calibrated) return area;
  for (const auto& row : report.calibrated->area)
    area.push_back({{"block", row.block}, {"um2", real_to_json(row.um2)}, {"rule", row.rule}});
  return area;
}
void area_from_json(const Json& json, RunReport& report) {
  for (const auto& row : json)
    report.calibrated.value().area.push_back(
        {row.at("block").get<std::string>(), real_from_json(row.at("um2")), row.at("rule").get<std::string>()});
}

/// What run_columns() calls a structure, both ways.
struct Structure {
  std::string_view place;
  Json (*get)(const RunReport&);
  void (*set)(const Json&, RunReport&);  ///< null where it follows from others
};
constexpr std::array<Structure, 9> kStructures{{
    {"config", config_to_json, config_from_json},
    {"overrides", [](const RunReport& report) -> Json { return report.overrides; },
     [](const Json& json, RunReport& report) { json.get_to(report.overrides); }},
    {"energy/components_pj", components_to_json, components_from_json},
    {"energy_rules", rules_to_json, rules_from_json},
    {"area", area_to_json, area_from_json},
    {"rtl_sample", sample_to_json, sample_from_json},
    {"passes", passes_to_json, nullptr},
    {"layers", layers_to_json, layers_from_json},
    {"wall_parts", wall_parts_to_json, wall_parts_from_json},
}};
const Structure& structure(const ColumnFacts& column) {
  const auto place = place_of(column);
  for (const auto& each : kStructures)
    if (each.place == place) return each;
  throw InvariantError("report: nothing writes the structure " + place);
}

Json tool_to_json() { return {{"name", "binade"}, {"version", tool_version()}, {"revision", tool_revision()}}; }

/// Adds the columns to an object that may have members.
void add(const std::vector<RunColumn>& columns, const RunReport& report, Json& json) {
  for (const auto& column : columns)
    slot(json, column) =
        column.type == ColumnType::Structure ? structure(column).get(report) : cell_to_json(column.get(report, report));
}

/// A run's row of a comparison.
Json run_to_json(const RunReport& report) {
  Json json = Json::object();
  add(comparison_columns(), report, json);
  return json;
}

RunReport parse_report(const Json& json) {
  if (json.at("schema_version").get<int>() != kReportSchemaVersion)
    throw InputError(fmt::format("report: schema version {}; allowed: {}", json.at("schema_version").dump(), kReportSchemaVersion));
  RunReport report;
  for (const auto& column : run_columns()) {
    if (column.type == ColumnType::Structure) {
      if (const auto set = structure(column).set) set(slot(json, column), report);
    } else if (column.set) {
      column.set(report, cell_from_json(slot(json, column), column, ""));
    }
  }
  return report;
}

}  // namespace

Json to_json(const RunReport& report) {
  Json json{{"schema", kRunSchema}, {"schema_version", kReportSchemaVersion}, {"tool", tool_to_json()}};
  add(run_columns(), report, json);
  return json;
}

RunReport report_from_json(const Json& json) {
  try {
    return parse_report(json);
  } catch (const nlohmann::json::exception& error) {
    throw InputError(fmt::format("report: {}; allowed: docs/report.schema.json", error.what()));
  }
}

Json comparison_to_json(std::span<const RunReport> reports, bool embed) {
  Json runs = Json::array(), whole = Json::array(), differs = Json::object();
  for (const auto& report : reports) {
    runs.push_back(run_to_json(report));
    if (embed) whole.push_back(to_json(report));
  }
  for (const auto& difference : differences(reports)) {
    Json values = Json::array();
    for (const auto& value : difference.values) values.push_back(setting_to_json(value));
    differs[difference.key] = values;
  }
  Json json{{"schema", "binade-comparison"},
            {"schema_version", kReportSchemaVersion},
            {"tool", tool_to_json()},
            {"network", reports.empty() ? "" : reports.front().network},
            {"differs", differs},
            {"notes", reports.empty() ? std::vector<std::string>() : comparison_notes(reports)},
            {"runs", runs}};
  if (embed) json["reports"] = whole;
  return json;
}

std::string comparison_to_csv(std::span<const RunReport> reports) {
  std::string text;
  for (const auto& report : reports) {
    std::vector<std::string> names, cells;
    const auto flat = run_to_json(report).flatten();
    for (const auto& [path, value] : flat.items()) {
      auto name = path.substr(1);
      std::replace(name.begin(), name.end(), '/', '.');
      names.push_back(name);
      cells.push_back(value.is_null() ? "" : value.is_string() ? value.get<std::string>() : value.dump());
    }
    if (text.empty()) text += csv_line(names);
    text += csv_line(cells);
  }
  return text;
}

}  // namespace binade::sim
