// SPDX-License-Identifier: Apache-2.0
// What tells runs apart: a digest of everything that their results follow from.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "sim/host/run_spec.h"

namespace binade::sim {

/// SHA-256 of the spec, every field of it but the words that say where tensors come from and the energy table's name; of the
/// program's revision (of the program itself where its sources were modified); of our SystemVerilog where it runs. Where the spec
/// has no digest of its tensors, they are read for it.
std::string run_identity(const RunSpec& spec);

/// Version and revision of the program; where its sources were modified, a digest of itself too: many states have one revision.
std::string program_version();

/// SHA-256 of every SystemVerilog file below `directory`, names and contents.
std::string sources_digest(const std::filesystem::path& directory);

/// SHA-256 of a file; nothing where it cannot be read.
std::optional<std::string> file_digest(const std::filesystem::path& file);

}  // namespace binade::sim
