// SPDX-License-Identifier: Apache-2.0
#include "sim/jobs/pool.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <utility>
#include <vector>

#include "sim/jobs/exit_codes.h"
#include "sim/jobs/failure.h"
#include "sim/jobs/interrupt.h"
#include "sim/jobs/message.h"

namespace binade::sim {
namespace {

JobResult failed(std::string error, int exit_code) {
  return {.bytes = std::nullopt, .error = std::move(error), .exit_code = exit_code};
}

struct Child {
  std::size_t index = 0;
  pid_t pid = 0;
  int pipe = -1;
  std::string received;            ///< and not yet understood
  std::optional<Message> outcome;  ///< a result or a failure
};

class Pool {
 public:
  Pool(std::size_t count, const PoolOptions& options, const Job& job, const JobDone& done, const ProgressSink& progress)
      : options_(options), job_(job), done_(done), progress_(progress), latest_(count) {}
  ~Pool() {
    for (const auto& child : children_) {
      ::kill(child.pid, SIGKILL);
      ::close(child.pipe);
      while (::waitpid(child.pid, nullptr, 0) < 0 && errno == EINTR) continue;
    }
  }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  void run() {
    const auto at_a_time = std::max<std::size_t>(options_.at_a_time, 1);
    std::size_t next = 0;
    bool told = false;
    while (next < latest_.size() || !children_.empty()) {
      if (interrupted() && !told) {
        for (const auto& child : children_) ::kill(child.pid, SIGINT);
        told = true;
      }
      if (interrupted()) next = latest_.size();
      while (next < latest_.size() && children_.size() < at_a_time) {
        if (const int error = start(next); error == 0) {
          ++next;
        } else if (children_.empty()) {
          done_(next++, failed(fmt::format("no process for this {}: {}; allowed: a machine with room for it", options_.noun,
                                           std::strerror(error)),
                               kUserErrorExit));
        } else {
          break;
        }
      }
      wait_for_news();
    }
  }

 private:
  /// 0, or why not.
  int start(std::size_t index) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return errno;
    std::fflush(nullptr);
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid < 0) {
      const int error = errno;
      ::close(ends[0]);
      ::close(ends[1]);
      return error;
    }
    if (pid == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (::getppid() != parent) ::_exit(kInterruptedExit);
      catch_interrupts_as_child();
      ::close(ends[0]);
      be_child(index, ends[1]);
    }
    ::close(ends[1]);
    children_.push_back({.index = index, .pid = pid, .pipe = ends[0], .received = {}, .outcome = {}});
    return 0;
  }

  [[noreturn]] void be_child(std::size_t index, int pipe) {
    try {
      const auto tell = [pipe](const Progress& progress) {
        send(pipe, {.kind = Message::Kind::Progress, .first = progress.step, .second = progress.steps, .text = progress.what});
      };
      send(pipe, {.kind = Message::Kind::Result, .text = job_(index, tell)});
    } catch (...) {
      const auto failure = current_failure();
      send(pipe, {.kind = Message::Kind::Failure, .first = failure.exit_code, .text = failure.what});
    }
    std::fflush(nullptr);
    ::_exit(0);
  }

  void wait_for_news() {
    std::vector<pollfd> descriptors;
    for (const auto& child : children_) descriptors.push_back({child.pipe, POLLIN, 0});
    if (descriptors.empty() || ::poll(descriptors.data(), descriptors.size(), 500) <= 0) return;
    for (std::size_t i = descriptors.size(); i-- > 0;)
      if (descriptors[i].revents != 0) read_news(i);
  }

  void read_news(std::size_t at) {
    auto& child = children_[at];
    std::array<char, 1 << 16> chunk{};
    const auto got = ::read(child.pipe, chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) return;
    if (got > 0) {
      child.received.append(chunk.data(), static_cast<std::size_t>(got));
      while (auto message = take_message(child.received)) {
        if (message->kind == Message::Kind::Progress) {
          latest_[child.index] = {message->first, message->second, std::move(message->text)};
          tell(child.index);
        } else {
          child.outcome = std::move(message);
        }
      }
      return;
    }
    auto ended = std::move(child);
    children_.erase(children_.begin() + static_cast<std::ptrdiff_t>(at));
    ::close(ended.pipe);
    finish(std::move(ended));
  }

  /// All jobs take the same steps: those not begun count as the one that speaks.
  void tell(std::size_t speaker) {
    Progress sum;
    for (const auto& each : latest_) {
      sum.step += each.step;
      sum.steps += each.steps > 0 ? each.steps : latest_[speaker].steps;
    }
    sum.what = latest_[speaker].what;
    progress_(sum);
  }

  void finish(Child child) {
    int status = 0;
    while (::waitpid(child.pid, &status, 0) < 0 && errno == EINTR) continue;
    done_(child.index, result_of(std::move(child.outcome), status));
  }

  JobResult result_of(std::optional<Message> outcome, int status) const {
    if (outcome && outcome->kind == Message::Kind::Result) return {.bytes = std::move(outcome->text), .error = {}, .exit_code = 0};
    if (outcome) return failed(std::move(outcome->text), static_cast<int>(outcome->first));
    if (interrupted()) return {};
    // The kernel kills the largest process where memory runs out; nothing else sends SIGKILL unasked.
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
      return failed(fmt::format("the {}'s process was killed (signal 9), as where memory runs out; allowed: {}", options_.noun,
                                options_.remedy),
                    kUserErrorExit);
    return failed(WIFSIGNALED(status)
                      ? fmt::format("the {}'s process ended by signal {}", options_.noun, WTERMSIG(status))
                      : fmt::format("the {}'s process ended without a result (exit {})", options_.noun, WEXITSTATUS(status)),
                  kInvariantErrorExit);
  }

  const PoolOptions& options_;
  const Job& job_;
  const JobDone& done_;
  const ProgressSink& progress_;
  std::vector<Progress> latest_;
  std::vector<Child> children_;
};

}  // namespace

void run_jobs(std::size_t count, const PoolOptions& options, const Job& job, const JobDone& done, const ProgressSink& progress) {
  Pool(count, options, job, done, progress).run();
}

}  // namespace binade::sim
