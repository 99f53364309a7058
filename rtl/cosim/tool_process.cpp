// SPDX-License-Identifier: Apache-2.0
#include "rtl/cosim/tool_process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "models/numerics/error.h"

namespace binade::rtl {
namespace {

std::string reason(int error) { return std::generic_category().message(error); }

}  // namespace

ToolResult run_tool(const std::vector<std::string>& command, const std::filesystem::path& log) {
  const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (out < 0) throw InputError(log.string() + ": " + reason(errno) + "; allowed: a directory that can be written");
  std::vector<char*> arguments;
  for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));  // posix_spawn does not write them
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out, STDERR_FILENO);
  pid_t child = 0;
  const int error = posix_spawnp(&child, arguments.front(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(out);
  if (error == ENOENT) return {true, 127};
  if (error != 0) throw InputError(command.front() + ": " + reason(error) + "; allowed: a program that can be run");
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return {false, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status)};
}

FileLock::FileLock(const std::filesystem::path& path) : descriptor_(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
  if (descriptor_ < 0)
    throw InputError(path.string() + ": " + reason(errno) + "; allowed: a cache directory that can be written (BINADE_RTL_CACHE)");
  while (flock(descriptor_, LOCK_EX) < 0 && errno == EINTR) {
  }
}

FileLock::~FileLock() { close(descriptor_); }

}  // namespace binade::rtl
