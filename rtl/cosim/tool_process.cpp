// SPDX-License-Identifier: Apache-2.0
#include "rtl/cosim/tool_process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <system_error>
#include <thread>

#include "models/numerics/error.h"

namespace binade::rtl {
namespace {

/// How long an interrupt goes unnoticed.
constexpr std::chrono::milliseconds kPoll{10};

std::string reason(int error) { return std::generic_category().message(error); }

bool is_set(StopFlag stop) { return stop != nullptr && stop->load(); }

/// Ends the group: politely first, so that compilers remove their temporary files.
void end_group(pid_t leader) {
  constexpr int kPatience = 50;  // half a second
  ::kill(-leader, SIGTERM);
  for (int i = 0; i < kPatience && ::kill(-leader, 0) == 0; ++i) {
    ::waitpid(leader, nullptr, WNOHANG);
    std::this_thread::sleep_for(kPoll);
  }
  ::kill(-leader, SIGKILL);
  ::waitpid(leader, nullptr, 0);
}

}  // namespace

ToolResult run_tool(const std::vector<std::string>& command, const std::filesystem::path& log, StopFlag stop) {
  const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (out < 0) throw InputError(log.string() + ": " + reason(errno) + "; allowed: a directory that can be written");
  std::vector<char*> arguments;
  for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));  // posix_spawn does not write them
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out, STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  posix_spawnattr_setpgroup(&attributes, 0);
  pid_t child = 0;
  const int error = posix_spawnp(&child, arguments.front(), &actions, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  close(out);
  if (error == ENOENT) return {.missing = true, .exit_code = 127};
  if (error != 0) throw InputError(command.front() + ": " + reason(error) + "; allowed: a program that can be run");
  int status = 0;
  pid_t ended = 0;
  for (std::chrono::microseconds pause{500}; (ended = waitpid(child, &status, WNOHANG)) == 0;
       pause = std::min<std::chrono::microseconds>(2 * pause, kPoll)) {
    if (is_set(stop)) {
      end_group(child);
      return {.stopped = true};
    }
    std::this_thread::sleep_for(pause);
  }
  if (ended < 0) throw InputError(command.front() + ": its exit status is lost; allowed: a parent that does not ignore SIGCHLD");
  return {.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status)};
}

FileLock::FileLock(const std::filesystem::path& path, StopFlag stop)
    : descriptor_(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
  if (descriptor_ < 0)
    throw InputError(path.string() + ": " + reason(errno) + "; allowed: a cache directory that can be written (BINADE_RTL_CACHE)");
  while (flock(descriptor_, LOCK_EX | LOCK_NB) < 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) {
      const int error = errno;
      close(descriptor_);
      throw InputError(path.string() + ": " + reason(error) +
                       "; allowed: a cache directory on a disk that has locks (BINADE_RTL_CACHE)");
    }
    if (is_set(stop)) {
      close(descriptor_);
      throw BuildInterrupted("interrupted while another process built the same module");
    }
    std::this_thread::sleep_for(kPoll);
  }
}

FileLock::~FileLock() { close(descriptor_); }

}  // namespace binade::rtl
