// SPDX-License-Identifier: Apache-2.0
// report.json and back. The schema is docs/report.schema.json.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>

#include "sim/report/run_report.h"

namespace binade::sim {

inline constexpr const char* kRunSchema = "binade-run-report";

/// Keys keep their order. A figure that is not finite is the text "inf", "-inf" or "nan"; null is a figure that is absent. So every
/// writer makes the same of a report and of what report_from_json makes of its JSON.
nlohmann::ordered_json to_json(const RunReport& report);
/// The inverse. Throws InputError where a field is missing or of another type or schema version.
RunReport report_from_json(const nlohmann::ordered_json& json);

/// One row per run, and the whole reports where `embed` is set.
nlohmann::ordered_json comparison_to_json(std::span<const RunReport> reports, bool embed);

}  // namespace binade::sim
