// SPDX-License-Identifier: Apache-2.0
// Adapter files (docs/verify.md): one YAML that says what a module is, where its sources lie and how its ports meet a unit's.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "sim/cli/verify_options.h"

namespace binade::sim {

/// Of --latency and --timeout, and of the keys of those names.
inline constexpr int kMostLatency = 10'000, kMostTimeout = 1'000'000'000;

/// Puts what the file says into options that the command line left open; lists and assignments of the command line come after the
/// file's. Relative paths are relative to the file. Throws InputError with every problem, its file and line.
void read_adapter(const std::string& file, VerifyOptions& options);
/// docs/adapter.schema.json.
nlohmann::ordered_json adapter_schema();

}  // namespace binade::sim
