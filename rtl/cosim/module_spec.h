// SPDX-License-Identifier: Apache-2.0
// What ModuleCache builds.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace binade::rtl {

/// Two specs with equal sources (by content), parameters and options are one cache entry.
struct ModuleSpec {
  std::string top;
  std::vector<std::filesystem::path> sources;                   ///< in reading order, packages and waivers first
  std::vector<std::pair<std::string, std::string>> parameters;  ///< name, SystemVerilog literal
  bool lint = true;                                             ///< -Wall, fatal; false for sources that are not ours
  bool waves = false;                                           ///< can write FST
  bool line_coverage = false, toggle_coverage = false;
  std::vector<std::string> verilator_args = {};  ///< further options, after ours
  std::string title = {};                        ///< what the parameters mean, for messages: "4x4 os posit8"
};
/// "posit_pe N=8 Es=2", the title after the module's name: for messages.
std::string describe(const ModuleSpec& spec);
/// Throws InputError where the top module's name is none or an option would take the build out of our hands.
void check(const ModuleSpec& spec);
/// The files that a list names, one a line, relative to it.
std::vector<std::filesystem::path> listed_sources(const std::filesystem::path& list);
/// Throws InputError where it cannot be read.
std::string source_text(const std::filesystem::path& source);

}  // namespace binade::rtl
