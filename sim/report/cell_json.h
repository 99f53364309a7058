// SPDX-License-Identifier: Apache-2.0
// Values of report columns as JSON and as cells of a CSV file.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "sim/report/cell.h"
#include "sim/report/columns.h"

namespace binade::sim {

/// JSON has no infinity and no NaN: they are the words inf, -inf and nan.
nlohmann::ordered_json real_to_json(double value);
double real_from_json(const nlohmann::ordered_json& json);

/// A configuration's values are text; numbers and booleans become JSON's own.
nlohmann::ordered_json setting_to_json(const std::string& text);
std::string setting_from_json(const nlohmann::ordered_json& json);

nlohmann::ordered_json cell_to_json(const Cell& cell);
/// Throws InputError where the value is not one that the column allows; `owner`: whose it is.
Cell cell_from_json(const nlohmann::ordered_json& json, const ColumnFacts& column, const char* owner);

/// Absent: empty; infinite: inf or -inf.
std::string cell_to_csv(const Cell& cell);

}  // namespace binade::sim
