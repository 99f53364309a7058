// SPDX-License-Identifier: Apache-2.0
// Running a tool and excluding other processes, for ModuleCache.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace binade::rtl {

struct ToolResult {
  bool missing = false;  ///< no such program in PATH
  int exit_code = 0;     ///< 128 + signal where one ended it
};
/// Runs command[0] from PATH with its standard output and error in `log`, and waits. Throws InputError where `log` cannot be
/// written.
ToolResult run_tool(const std::vector<std::string>& command, const std::filesystem::path& log);

/// An exclusive lock on a file, made where missing; the constructor waits. Throws InputError where it cannot be made.
class FileLock {
 public:
  explicit FileLock(const std::filesystem::path& path);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int descriptor_ = -1;
};

}  // namespace binade::rtl
