// SPDX-License-Identifier: Apache-2.0
// What --resume goes by: the identity of a run, everything that its results follow from, and the seal of a report, which shows
// that its file is as it was written.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "sim/config/settings.h"
#include "sim/host/run_spec.h"

namespace binade::sim {

/// SHA-256 of the program's revision (of the program itself where its sources were modified), network, tensors and where they come
/// from, layers, samples and batches, seed, core, energy table, RTL and resolved configuration. `extra` is added as it is.
std::string run_identity(const RunSpec& request, const Settings& resolved, const std::string& extra);

/// SHA-256 of every SystemVerilog file below `directory`, names and contents.
std::string sources_digest(const std::filesystem::path& directory);

/// SHA-256 of a file; nothing where it cannot be read.
std::optional<std::string> file_digest(const std::filesystem::path& file);

/// The report with its `checksum`: SHA-256 of its other members as compact JSON.
nlohmann::ordered_json sealed(nlohmann::ordered_json report);
/// Whether the checksum is there and right.
bool seal_holds(const nlohmann::ordered_json& report);

}  // namespace binade::sim
