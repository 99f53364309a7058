// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/workers.h"

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
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string_view>

#include "sim/cli/exit_codes.h"
#include "sim/cli/failure.h"
#include "sim/cli/interrupt.h"
#include "sim/report/json_report.h"

namespace binade::sim {
namespace {

using Json = nlohmann::ordered_json;

// What a child writes into its pipe: lengths of 32 bits, each followed by that many bytes of JSON. {"step": , "steps": , "what": }
// is progress; {"report": } or {"error": , "exit": } is the outcome, the last message.
using Length = std::uint32_t;

void send(int pipe, const Json& json) {
  const std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  const auto length = static_cast<Length>(text.size());
  std::string message(sizeof length, '\0');
  std::memcpy(message.data(), &length, sizeof length);
  message += text;
  for (std::string_view rest = message; !rest.empty();) {
    const auto written = ::write(pipe, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // the parent is gone
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

/// Takes the first message off `buffer`; nothing where it is not whole yet.
std::optional<Json> take_message(std::string& buffer) {
  Length length = 0;
  if (buffer.size() < sizeof length) return std::nullopt;
  std::memcpy(&length, buffer.data(), sizeof length);
  if (buffer.size() - sizeof length < length) return std::nullopt;
  auto json = Json::parse(std::string_view(buffer).substr(sizeof length, length), nullptr, false);
  buffer.erase(0, sizeof length + length);
  return json;
}

Json outcome(const std::function<RunReport()>& work) {
  try {
    return {{"report", to_json(work())}};
  } catch (...) {
    const auto failure = current_failure();
    return {{"error", failure.what}, {"exit", failure.exit_code}};
  }
}

struct Child {
  std::size_t index = 0;
  pid_t pid = 0;
  int pipe = -1;
  std::string buffer;  ///< received and not yet understood
  std::optional<Json> outcome;
};

class Pool {
 public:
  Pool(std::size_t count, const std::function<RunReport(std::size_t, const ProgressSink&)>& work,
       const std::function<void(std::size_t, WorkerResult)>& done, const ProgressSink& progress)
      : work_(work), done_(done), progress_(progress), latest_(count) {}
  ~Pool() {
    for (const auto& child : children_) {
      ::kill(child.pid, SIGKILL);
      ::close(child.pipe);
      while (::waitpid(child.pid, nullptr, 0) < 0 && errno == EINTR) continue;
    }
  }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  void run(std::size_t jobs) {
    std::size_t next = 0;
    bool told = false;
    while (next < latest_.size() || !children_.empty()) {
      if (interrupted() && !told) {
        for (const auto& child : children_) ::kill(child.pid, SIGINT);
        told = true;
      }
      if (interrupted()) next = latest_.size();
      while (next < latest_.size() && children_.size() < jobs) {
        if (const int error = start(next); error == 0) {
          ++next;
        } else if (children_.empty()) {
          done_(next++,
                {.report = {},
                 .error = fmt::format("no process for this run: {}; allowed: a machine with room for it", std::strerror(error)),
                 .exit_code = kUserErrorExit});
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
    children_.push_back({.index = index, .pid = pid, .pipe = ends[0], .buffer = {}, .outcome = {}});
    return 0;
  }

  [[noreturn]] void be_child(std::size_t index, int pipe) {
    try {
      const auto tell = [pipe](const Progress& progress) {
        send(pipe, {{"step", progress.step}, {"steps", progress.steps}, {"what", progress.what}});
      };
      send(pipe, outcome([&] { return work_(index, tell); }));
    } catch (...) {
      const auto failure = current_failure();
      send(pipe, {{"error", failure.what}, {"exit", failure.exit_code}});
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
      child.buffer.append(chunk.data(), static_cast<std::size_t>(got));
      while (auto message = take_message(child.buffer)) {
        if (message->is_object() && message->contains("step")) {
          latest_[child.index] = {message->at("step").get<std::int64_t>(), message->at("steps").get<std::int64_t>(),
                                  message->at("what").get<std::string>()};
          tell(child.index);
        } else {
          child.outcome = std::move(message);
        }
      }
      return;
    }
    const auto ended = std::move(child);
    children_.erase(children_.begin() + static_cast<std::ptrdiff_t>(at));
    ::close(ended.pipe);
    finish(ended);
  }

  /// All runs take the same steps: those not begun count as the one that speaks.
  void tell(std::size_t speaker) {
    Progress sum;
    for (const auto& each : latest_) {
      sum.step += each.step;
      sum.steps += each.steps > 0 ? each.steps : latest_[speaker].steps;
    }
    sum.what = latest_[speaker].what;
    progress_(sum);
  }

  void finish(const Child& child) {
    int status = 0;
    while (::waitpid(child.pid, &status, 0) < 0 && errno == EINTR) continue;
    done_(child.index, result_of(child, status));
  }

  static WorkerResult result_of(const Child& child, int status) {
    if (!child.outcome || !child.outcome->is_object()) {
      if (interrupted()) return {};
      // The kernel kills the largest process where memory runs out; nothing else sends SIGKILL unasked.
      if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        return {
            .report = {},
            .error = "the run's process was killed (signal 9), as where memory runs out; allowed: fewer --jobs, a smaller --batch",
            .exit_code = kUserErrorExit};
      return {.report = {},
              .error = WIFSIGNALED(status) ? fmt::format("the run's process ended by signal {}", WTERMSIG(status))
                                           : fmt::format("the run's process ended without a report (exit {})", WEXITSTATUS(status)),
              .exit_code = kInvariantErrorExit};
    }
    if (child.outcome->contains("report"))
      return {.report = report_from_json(child.outcome->at("report")), .error = {}, .exit_code = 0};
    return {
        .report = {}, .error = child.outcome->at("error").get<std::string>(), .exit_code = child.outcome->at("exit").get<int>()};
  }

  const std::function<RunReport(std::size_t, const ProgressSink&)>& work_;
  const std::function<void(std::size_t, WorkerResult)>& done_;
  const ProgressSink& progress_;
  std::vector<Progress> latest_;
  std::vector<Child> children_;
};

}  // namespace

void run_workers(std::size_t count, std::size_t jobs, const std::function<RunReport(std::size_t, const ProgressSink&)>& work,
                 const std::function<void(std::size_t, WorkerResult)>& done, const ProgressSink& progress) {
  Pool(count, work, done, progress).run(std::max<std::size_t>(jobs, 1));
}

}  // namespace binade::sim
