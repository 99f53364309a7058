// SPDX-License-Identifier: Apache-2.0
// What a built module was made of, kept beside it: a cached module is used only while all of it is still so.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "rtl/cosim/module.h"

namespace binade::rtl {

struct ModuleManifest {
  std::string tools;  ///< tools_digest() of the build
  std::uint64_t module_bytes = 0;
  std::string module_sha256;
  /// Files that Verilator read beyond the listed sources (includes, library modules), with their content; a relative name is
  /// relative to the working directory, where Verilator looks.
  std::vector<std::pair<std::filesystem::path, std::string>> read;
  /// Files that were not there, and that Verilator would have read instead of one of those.
  std::vector<std::filesystem::path> absent;
  std::vector<PortMember> members;  ///< of the module's ports
  std::string note;                 ///< one line for the user, whenever the module is used; "" = none
};

std::string to_text(const ModuleManifest& manifest);
std::optional<ModuleManifest> parse_manifest(const std::string& text);

/// True where a build now would read the same files with the same tools. Where tools are missing, the files alone decide: nothing
/// could be built instead.
bool is_current(const ModuleManifest& manifest);
/// True where the file is the one that was built.
bool is_intact(const ModuleManifest& manifest, const std::filesystem::path& shared_object);

/// Verilator and the C++ compiler that PATH gives: resolved paths, sizes, times and versions. "" where one is missing.
const std::string& tools_digest();
/// Where execvp would find it; empty where it would not.
std::filesystem::path in_path(const std::string& program);

}  // namespace binade::rtl
