// SPDX-License-Identifier: Apache-2.0
// Running a tool and excluding other processes, for ModuleCache. Both end early when the user interrupts.
#pragma once

#include <atomic>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

namespace binade::rtl {

/// The user stopped the program while something was built; what was begun is undone.
class BuildInterrupted : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Set by a signal handler; nullptr = nothing interrupts.
using StopFlag = const std::atomic<bool>*;

struct ToolResult {
  bool missing = false;  ///< no such program in PATH
  bool stopped = false;  ///< ended by `stop`, with every process that it had started
  int exit_code = 0;     ///< 128 + signal where one ended it
};
/// Runs command[0] from PATH in a process group of its own, with nothing on standard input and its standard output and error in
/// `log`, and waits. Throws InputError where `log` cannot be written or no process can be made.
ToolResult run_tool(const std::vector<std::string>& command, const std::filesystem::path& log, StopFlag stop);

/// An exclusive lock on a file, made where missing; the constructor waits. Throws InputError where it cannot be made and
/// BuildInterrupted where `stop` is set meanwhile.
class FileLock {
 public:
  FileLock(const std::filesystem::path& path, StopFlag stop);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int descriptor_ = -1;
};

}  // namespace binade::rtl
