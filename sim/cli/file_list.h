// SPDX-License-Identifier: Apache-2.0
// The file lists of simulators (-f): paths, +incdir+, +define+, -y, -v, +libext+, lists in lists, comments, $VAR.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace binade::sim {

struct FileList {
  std::vector<std::filesystem::path> lists;  ///< it, and those in it
  std::vector<std::filesystem::path> files;  ///< in their order
  std::vector<std::string> arguments;        ///< of Verilator
};

/// A path is relative to the list's folder where it is there, else to the working directory. Throws InputError with the list and
/// the line.
FileList read_file_list(const std::filesystem::path& list);

}  // namespace binade::sim
