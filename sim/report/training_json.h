// SPDX-License-Identifier: Apache-2.0
// The report.json of a training run and back, and the rows of its tables as CSV. The schema is docs/training.schema.json.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "sim/report/training_report.h"

namespace binade::sim {

inline constexpr const char* kTrainingSchema = "binade-training-report";
inline constexpr const char* kCostSchema = "binade-training-cost";  ///< of cost.json; docs/cost.schema.json
inline constexpr int kCostSchemaVersion = 1;

nlohmann::ordered_json to_json(const TrainingReport& report);
/// The inverse. Throws InputError where a field is missing or of another type or schema version.
TrainingReport training_from_json(const nlohmann::ordered_json& json);

/// Rows as objects, in the order of epoch_columns() and tensor_columns(); back they throw as training_from_json does, or
/// nlohmann::json::exception where a member is missing.
nlohmann::ordered_json history_to_json(std::span<const EpochRow> rows);
nlohmann::ordered_json tensors_to_json(std::span<const TensorRow> rows);
std::vector<EpochRow> history_from_json(const nlohmann::ordered_json& json);
std::vector<TensorRow> tensors_from_json(const nlohmann::ordered_json& json);

nlohmann::ordered_json cost_to_json(const TrainingCost& cost);
TrainingCost cost_from_json(const nlohmann::ordered_json& json);

/// history.csv, tensors.csv and cost.csv, RFC 4180.
std::string history_to_csv(std::span<const EpochRow> rows);
std::string tensors_to_csv(std::span<const TensorRow> rows);
std::string cost_to_csv(std::span<const CostRow> rows);

}  // namespace binade::sim
