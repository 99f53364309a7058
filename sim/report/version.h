// SPDX-License-Identifier: Apache-2.0
// Which program wrote a report.
#pragma once

#include <string_view>

namespace binade::sim {

std::string_view tool_version();   ///< MAJOR.MINOR.PATCH
std::string_view tool_revision();  ///< git revision, with a '+' where the tree was modified; `unknown` outside git

/// Version of report.json (docs/report.schema.json): raised when a field changes its meaning or goes.
inline constexpr int kReportSchemaVersion = 3;

}  // namespace binade::sim
