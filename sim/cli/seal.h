// SPDX-License-Identifier: Apache-2.0
// The seal of a report shows that its file is as it was written.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace binade::sim {

/// The report with its `checksum`: SHA-256 of its other members as compact JSON.
nlohmann::ordered_json sealed(nlohmann::ordered_json report);
/// Whether the checksum is there and right.
bool seal_holds(const nlohmann::ordered_json& report);

}  // namespace binade::sim
