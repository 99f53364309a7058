// SPDX-License-Identifier: Apache-2.0
#include "sim/report/training_json.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "models/numerics/error.h"
#include "sim/report/cell_json.h"
#include "sim/report/training_columns.h"
#include "sim/report/version.h"

namespace binade::sim {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kSchemaVersion = 2;

template <typename Row>
void take(const std::vector<PlainColumn<Row>>& columns, const Json& json, const char* owner, Row& row) {
  for (const auto& column : columns) {
    if (!column.set) continue;
    const bool older = !column.absent.empty() && !json.contains(column.name);  // written by a program that had no such figure
    column.set(row, older ? Cell() : cell_from_json(json.at(column.name), column, owner));
  }
}

template <typename Row>
std::vector<Row> rows_from_json(const std::vector<PlainColumn<Row>>& columns, const Json& json, const char* owner) {
  std::vector<Row> rows;
  for (const auto& row : json) take(columns, row, owner, rows.emplace_back());
  return rows;
}

TrainingReport parse(const Json& json) {
  if (json.at("schema") != kTrainingSchema || json.at("schema_version") != kSchemaVersion)
    throw InputError(fmt::format("report: schema {} {}; allowed: {} {}", json.at("schema").dump(), json.at("schema_version").dump(),
                                 kTrainingSchema, kSchemaVersion));
  TrainingReport report;
  take(training_columns(), json, "", report);
  for (const auto& [key, value] : json.at("config").items()) report.config.emplace_back(key, setting_from_json(value));
  json.at("overrides").get_to(report.overrides);
  json.at("formats").get_to(report.formats);
  report.history = history_from_json(json.at("history"));
  report.tensors = tensors_from_json(json.at("tensors"));
  if (json.contains("cost") && !json.at("cost").is_null()) report.cost = cost_from_json(json.at("cost"));
  report.exponents = exponents_from_json(json.at("exponents"));
  return report;
}

}  // namespace

Json history_to_json(std::span<const EpochRow> rows) { return rows_to_json(epoch_columns(), rows); }
Json tensors_to_json(std::span<const TensorRow> rows) { return rows_to_json(tensor_columns(), rows); }
Json cost_to_json(const TrainingCost& cost) {
  return {{"core", cost.core},
          {"machine", cost.machine},
          {"energy_table", cost.energy_table},
          {"identity", cost.identity},
          {"rows", rows_to_json(cost_columns(), std::span<const CostRow>(cost.rows))}};
}
TrainingCost cost_from_json(const Json& json) {
  return {.core = json.at("core").get<std::string>(),
          .machine = json.at("machine").get<std::string>(),
          .energy_table = json.at("energy_table").get<std::string>(),
          .identity = json.at("identity").get<std::string>(),
          .rows = rows_from_json(cost_columns(), json.at("rows"), " of a cost")};
}
std::vector<EpochRow> history_from_json(const Json& json) { return rows_from_json(epoch_columns(), json, " of an epoch"); }
std::vector<TensorRow> tensors_from_json(const Json& json) { return rows_from_json(tensor_columns(), json, " of a tensor"); }
std::string history_to_csv(std::span<const EpochRow> rows) { return rows_to_csv(epoch_columns(), rows); }
std::string cost_to_csv(std::span<const CostRow> rows) { return rows_to_csv(cost_columns(), rows); }
std::string tensors_to_csv(std::span<const TensorRow> rows) { return rows_to_csv(tensor_columns(), rows); }

Json to_json(const TrainingReport& report) {
  Json json{{"schema", kTrainingSchema},
            {"schema_version", kSchemaVersion},
            {"tool", {{"name", "binade"}, {"version", tool_version()}, {"revision", tool_revision()}}}};
  put(training_columns(), report, json);
  json["config"] = Json::object();
  for (const auto& [key, value] : report.config) json["config"][key] = setting_to_json(value);
  json["overrides"] = report.overrides;
  json["formats"] = report.formats;
  json["history"] = history_to_json(report.history);
  json["tensors"] = tensors_to_json(report.tensors);
  json["cost"] = report.cost ? cost_to_json(*report.cost) : Json();
  json["exponents"] = exponents_to_json(report.exponents);
  return json;
}

TrainingReport training_from_json(const Json& json) {
  try {
    return parse(json);
  } catch (const nlohmann::json::exception& error) {
    throw InputError(fmt::format("report: {}; allowed: docs/training.schema.json", error.what()));
  }
}

}  // namespace binade::sim
