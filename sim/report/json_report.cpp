// SPDX-License-Identifier: Apache-2.0
#include "sim/report/json_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <type_traits>
#include <variant>

#include "models/numerics/error.h"
#include "sim/report/columns.h"
#include "sim/report/configuration_text.h"
#include "sim/report/csv_report.h"
#include "sim/report/figures.h"
#include "sim/report/version.h"

namespace binade::sim {
namespace {

using Json = nlohmann::ordered_json;

/// JSON has no infinity and no NaN: they are words.
Json real(double value) {
  if (std::isfinite(value)) return value;
  return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
}
double number(const Json& json) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (json == "inf") return kInfinity;
  if (json == "-inf") return -kInfinity;
  if (json == "nan") return std::numeric_limits<double>::quiet_NaN();
  return json.get<double>();
}
Json real(const std::optional<double>& value) { return value ? real(*value) : Json(nullptr); }

template <typename T>
Json optional(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}
template <typename T>
std::optional<T> optional(const Json& json) {
  return json.is_null() ? std::nullopt : std::optional(json.get<T>());
}

Json error_to_json(const ErrorFigures& error) {
  const bool exact = error.sqnr_db && std::isinf(*error.sqnr_db) && *error.sqnr_db > 0;
  return {{"sqnr_db", real(error.sqnr_db)},
          {"exact", exact},
          {"max_relative", error.computed ? real(error.max_relative) : Json(nullptr)},
          {"mean_relative", error.computed ? real(error.mean_relative) : Json(nullptr)},
          {"max_ulp", error.computed ? real(error.max_ulp) : Json(nullptr)}};
}

ErrorFigures error_from_json(const Json& json) {
  ErrorFigures error;
  if (!json.at("sqnr_db").is_null()) error.sqnr_db = number(json.at("sqnr_db"));
  error.computed = !json.at("max_ulp").is_null();
  if (!error.computed) return error;
  error.max_relative = number(json.at("max_relative"));
  error.mean_relative = number(json.at("mean_relative"));
  error.max_ulp = number(json.at("max_ulp"));
  return error;
}

Json counters_to_json(const spec::Counters& counters) {
  Json json = Json::object();
  for (std::size_t i = 0; i < spec::kCounterCount; ++i)
    json[std::string(spec::kCounters[i].name)] = counters[static_cast<spec::Counter>(i)];
  return json;
}

spec::Counters counters_from_json(const Json& json) {
  spec::Counters counters;
  for (std::size_t i = 0; i < spec::kCounterCount; ++i)
    counters[static_cast<spec::Counter>(i)] = json.at(std::string(spec::kCounters[i].name)).get<std::uint64_t>();
  return counters;
}

Json energy_to_json(const std::vector<EnergyRow>& energy) {
  Json components = Json::object();
  for (const auto& row : energy) components[row.component] = real(row.picojoule);
  return {{"total_pj", real(total_picojoule(energy))}, {"components_pj", components}};
}

std::vector<EnergyRow> energy_from_json(const Json& json) {
  std::vector<EnergyRow> energy;
  for (const auto& [component, value] : json.at("components_pj").items()) energy.push_back({component, number(value), {}});
  return energy;
}

/// How each component is priced, in words.
Json rules_to_json(const std::vector<EnergyRow>& energy) {
  Json rules = Json::object();
  for (const auto& row : energy) rules[row.component] = row.rule;
  return rules;
}

Json dram_to_json(const spec::Counters& counters, const RunReport& run) {
  const auto traffic = dram_traffic(counters, run);
  return {{"requested_bytes", traffic.requested_bytes}, {"burst_bytes", traffic.burst_bytes}, {"gb_per_s", real(traffic.gb_per_s)}};
}

Json bound_to_json(const BoundCycles& cycles) {
  Json json = Json::object();
  for (std::size_t i = 0; i < cycles.size(); ++i) json[std::string(kBoundWords[i])] = cycles[i];
  return json;
}

/// The configuration's values are text; numbers and booleans become JSON's own.
Json scalar(const std::string& text) {
  if (text == "true" || text == "false") return text == "true";
  const auto* end = text.data() + text.size();
  std::int64_t integer = 0;
  if (auto [stop, error] = std::from_chars(text.data(), end, integer); error == std::errc{} && stop == end) return integer;
  double real = 0;
  if (auto [stop, error] = std::from_chars(text.data(), end, real); error == std::errc{} && stop == end && std::isfinite(real))
    return real;
  return text;
}

Json cell_to_json(const Cell& cell) {
  return std::visit(
      [](const auto& value) -> Json {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, std::monostate>)
          return nullptr;
        else if constexpr (std::is_same_v<T, double>)
          return real(value);
        else
          return value;
      },
      cell);
}

Cell typed_cell(const Json& json, const LayerColumn& column) {
  switch (column.type) {
    case ColumnType::Text:
      return json.get<std::string>();
    case ColumnType::Flag:
      return json.get<bool>();
    case ColumnType::Integer:
      return json.is_number_unsigned() ? Cell(json.get<std::uint64_t>()) : Cell(json.get<std::int64_t>());
    case ColumnType::Real:
      return number(json);
  }
  return {};
}

/// Throws InputError where the value is not one that the column allows.
Cell cell_from_json(const Json& json, const LayerColumn& column) {
  if (!column.absent.empty() && json.is_null()) return {};
  auto cell = typed_cell(json, column);
  if (!allows(column.allowed, cell))
    throw InputError(
        fmt::format("report: {} of a layer is {}; allowed: {}", column.name, json.dump(), constraint_text(column.allowed)));
  return cell;
}

/// Where a column's group stands in the JSON of a layer.
nlohmann::ordered_json::json_pointer place(const LayerColumn& column) {
  return nlohmann::ordered_json::json_pointer(column.group.empty() ? "" : "/" + column.group);
}

Json layer_to_json(const LayerReport& layer, const RunReport& run, const std::vector<LayerColumn>& columns) {
  Json json = Json::object();
  for (const auto& column : columns) json[place(column)][column.name] = cell_to_json(column.get(layer, run));
  return json;
}

LayerReport layer_from_json(const Json& json, const std::vector<LayerColumn>& columns) {
  LayerReport layer;
  for (const auto& column : columns)
    if (column.set) column.set(layer, cell_from_json(json.at(place(column)).at(column.name), column));
  return layer;
}

Json sample_to_json(const std::optional<RtlSample>& sample) {
  if (!sample) return nullptr;
  Json layers = Json::array();
  for (const auto& layer : sample->layers)
    layers.push_back({{"name", layer.name},
                      {"tiles", layer.tiles},
                      {"sampled", layer.sampled},
                      {"clocks", layer.clocks},
                      {"macs", layer.macs},
                      {"layer_macs", layer.layer_macs}});
  return {{"requested", sample->requested}, {"layers", layers}};
}

std::optional<RtlSample> sample_from_json(const Json& json) {
  if (json.is_null()) return std::nullopt;
  RtlSample sample{json.at("requested").get<std::string>(), {}};
  for (const auto& row : json.at("layers")) {
    auto& layer = sample.layers.emplace_back();
    row.at("name").get_to(layer.name);
    row.at("tiles").get_to(layer.tiles);
    row.at("sampled").get_to(layer.sampled);
    row.at("clocks").get_to(layer.clocks);
    row.at("macs").get_to(layer.macs);
    row.at("layer_macs").get_to(layer.layer_macs);
  }
  return sample;
}

Json wall_parts_to_json(const std::vector<WallRow>& rows) {
  Json parts = Json::array();
  for (const auto& row : rows) parts.push_back({{"part", row.part}, {"wall_seconds", real(row.seconds)}});
  return parts;
}

Json config_to_json(const RunReport& report) {
  Json config = Json::object();
  for (const auto& [key, value] : report.config) config[key] = scalar(value);
  return config;
}

Json tool_to_json() { return {{"name", "binade"}, {"version", tool_version()}, {"revision", tool_revision()}}; }

/// A run's row of a comparison: what it was, its figures, its whole configuration.
Json run_to_json(const RunReport& report) {
  return {{"format", report.format},
          {"datapath", report.datapath},
          {"accumulate", report.accumulate},
          {"rounding", report.rounding},
          {"complete", report.complete},
          {"network", report.network},
          {"tensors", report.tensors},
          {"layers_selected", report.layers_selected},
          {"core", report.core},
          {"seed", report.seed},
          {"samples", report.samples},
          {"batch", report.batch},
          {"machine", machine_text(report)},
          {"overrides", overrides_text(report)},
          {"total_cycles", report.counters[spec::Counter::TotalCycles]},
          {"seconds_at_clock", real(report.seconds_at_clock)},
          {"samples_per_second", real(samples_per_second(report))},
          {"macs", total_macs(report)},
          {"utilisation", real(overall_utilisation(report))},
          {"bound_by", bound_by(bound_cycles(report))},
          {"dram", dram_to_json(report.counters, report)},
          {"energy_table", report.energy_table},
          {"energy_pj", real(total_picojoule(report.energy))},
          {"pj_per_mac", real(picojoule_per_mac(report.energy, total_macs(report)))},
          {"energy_delay_js", real(energy_delay(report))},
          {"output", error_to_json(report.output)},
          {"top1_correct", optional(report.top1_correct)},
          {"top1_reference_correct", optional(report.top1_reference)},
          {"digest", report.digest},
          {"config", config_to_json(report)}};
}

RunReport parse_report(const Json& json) {
  if (json.at("schema_version").get<int>() != kReportSchemaVersion)
    throw InputError(fmt::format("report: schema version {}; allowed: {}", json.at("schema_version").dump(), kReportSchemaVersion));
  RunReport report;
  json.at("network").get_to(report.network);
  json.at("network_source").get_to(report.network_source);
  json.at("format").get_to(report.format);
  json.at("datapath").get_to(report.datapath);
  json.at("accumulate").get_to(report.accumulate);
  json.at("rounding").get_to(report.rounding);
  json.at("core").get_to(report.core);
  json.at("tensors").get_to(report.tensors);
  json.at("layers_selected").get_to(report.layers_selected);
  json.at("identity").get_to(report.identity);
  json.at("reference").get_to(report.reference);
  report.timeline = optional<std::string>(json.at("timeline"));
  json.at("seed").get_to(report.seed);
  json.at("samples").get_to(report.samples);
  json.at("batch").get_to(report.batch);
  json.at("complete").get_to(report.complete);
  for (const auto& [key, value] : json.at("config").items())
    report.config.emplace_back(key, value.is_string() ? value.get<std::string>() : value.dump());
  json.at("overrides").get_to(report.overrides);
  json.at("machine").at("memory").get_to(report.machine.memory);
  json.at("machine").at("dram_channels").get_to(report.machine.dram_channels);
  json.at("machine").at("dram_burst_bytes").get_to(report.machine.dram_burst_bytes);
  report.machine.dram_gb_per_s = number(json.at("machine").at("dram_gb_per_s"));
  json.at("clock_ghz").get_to(report.clock_ghz);
  report.seconds_at_clock = number(json.at("seconds_at_clock"));
  const auto& top1 = json.at("top1");
  report.top1_correct = optional<std::int64_t>(top1.at("correct"));
  report.top1_reference = optional<std::int64_t>(top1.at("reference_correct"));
  json.at("energy_table").get_to(report.energy_table);
  report.energy = energy_from_json(json.at("energy"));
  for (auto& row : report.energy) json.at("energy_rules").at(row.component).get_to(row.rule);
  report.output = error_from_json(json.at("output"));
  json.at("digest").get_to(report.digest);
  report.rtl_sample = sample_from_json(json.at("rtl_sample"));
  report.counters = counters_from_json(json.at("counters"));
  const auto columns = layer_columns(report);
  for (const auto& layer : json.at("layers")) report.layers.push_back(layer_from_json(layer, columns));
  report.wall_seconds = number(json.at("wall_seconds"));
  for (const auto& row : json.at("wall_parts"))
    report.wall_parts.push_back({row.at("part").get<std::string>(), number(row.at("wall_seconds"))});
  return report;
}

}  // namespace

Json to_json(const RunReport& report) {
  Json layers = Json::array();
  const auto columns = layer_columns(report);
  for (const auto& layer : report.layers) layers.push_back(layer_to_json(layer, report, columns));
  const auto bound = bound_cycles(report);
  return {{"schema", "binade-run-report"},
          {"schema_version", kReportSchemaVersion},
          {"tool", tool_to_json()},
          {"complete", report.complete},
          {"network", report.network},
          {"network_source", report.network_source},
          {"format", report.format},
          {"datapath", report.datapath},
          {"accumulate", report.accumulate},
          {"rounding", report.rounding},
          {"core", report.core},
          {"tensors", report.tensors},
          {"layers_selected", report.layers_selected},
          {"identity", report.identity},
          {"reference", report.reference},
          {"timeline", optional(report.timeline)},
          {"seed", report.seed},
          {"samples", report.samples},
          {"batch", report.batch},
          {"config", config_to_json(report)},
          {"overrides", report.overrides},
          {"machine",
           {{"summary", machine_text(report)},
            {"memory", report.machine.memory},
            {"dram_channels", report.machine.dram_channels},
            {"dram_burst_bytes", report.machine.dram_burst_bytes},
            {"dram_gb_per_s", real(report.machine.dram_gb_per_s)}}},
          {"total_cycles", report.counters[spec::Counter::TotalCycles]},
          {"clock_ghz", report.clock_ghz},
          {"seconds_at_clock", real(report.seconds_at_clock)},
          {"samples_per_second", real(samples_per_second(report))},
          {"macs", total_macs(report)},
          {"utilisation", real(overall_utilisation(report))},
          {"top1",
           {{"correct", optional(report.top1_correct)},
            {"reference_correct", optional(report.top1_reference)},
            {"samples", report.samples}}},
          {"energy_table", report.energy_table},
          {"energy_note", energy_note()},
          {"energy", energy_to_json(report.energy)},
          {"energy_rules", rules_to_json(report.energy)},
          {"pj_per_mac", real(picojoule_per_mac(report.energy, total_macs(report)))},
          {"energy_delay_js", real(energy_delay(report))},
          {"dram", dram_to_json(report.counters, report)},
          {"bound_by", bound_by(bound)},
          {"bound_cycles", bound_to_json(bound)},
          {"output", error_to_json(report.output)},
          {"digest", report.digest},
          {"rtl_sample", sample_to_json(report.rtl_sample)},
          {"counters", counters_to_json(report.counters)},
          {"layers", layers},
          {"wall_seconds", real(report.wall_seconds)},
          {"wall_parts", wall_parts_to_json(report.wall_parts)}};
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
    for (const auto& value : difference.values) values.push_back(scalar(value));
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
