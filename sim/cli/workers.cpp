// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/workers.h"

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
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "models/numerics/error.h"
#include "sim/cli/interrupt.h"
#include "sim/report/json_report.h"
#include "sim/report/output_file.h"

namespace binade::sim {
namespace {

/// What a child writes into its pipe; shorter than PIPE_BUF, so each arrives whole.
struct Message {
  std::int64_t step, steps;
  std::array<char, 80> what;
};

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::error_code error;
    const auto parent = std::filesystem::temp_directory_path(error);
    if (error) throw InputError("TMPDIR: not a directory; allowed: a writable directory");
    auto name = (parent / "binade-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw InputError(fmt::format("{}: cannot create it: {}", name, std::strerror(errno)));
    path_ = name;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

struct Child {
  std::size_t index = 0;
  pid_t pid = 0;
  int pipe = -1;
};

nlohmann::ordered_json outcome(const std::function<RunReport()>& work) {
  try {
    return {{"report", to_json(work())}};
  } catch (const InputError& error) {
    return {{"error", error.what()}, {"exit", 2}};
  } catch (const MismatchError& error) {
    return {{"error", error.what()}, {"exit", 1}};
  } catch (const std::exception& error) {
    return {{"error", error.what()}, {"exit", 3}};
  }
}

class Pool {
 public:
  Pool(std::size_t count, const std::function<RunReport(std::size_t, const ProgressSink&)>& work, const ProgressSink& progress)
      : work_(work), progress_(progress), results_(count), latest_(count) {}

  std::vector<WorkerResult> run(std::size_t jobs) {
    std::size_t next = 0;
    bool told = false;
    while (next < results_.size() || !children_.empty()) {
      if (interrupted() && !told) {
        for (const auto& child : children_) ::kill(child.pid, SIGINT);
        told = true;
      }
      if (interrupted()) next = results_.size();
      while (next < results_.size() && children_.size() < jobs) start(next++);
      wait_for_news();
    }
    return std::move(results_);
  }

 private:
  std::filesystem::path file_of(std::size_t index) const { return directory_.path() / fmt::format("{}.json", index); }

  void start(std::size_t index) {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) throw InvariantError(fmt::format("pipe: {}", std::strerror(errno)));
    std::fflush(nullptr);
    const pid_t pid = ::fork();
    if (pid < 0) throw InvariantError(fmt::format("fork: {}", std::strerror(errno)));
    if (pid == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::close(ends[0]);
      be_child(index, ends[1]);
    }
    ::close(ends[1]);
    children_.push_back({index, pid, ends[0]});
  }

  [[noreturn]] void be_child(std::size_t index, int pipe) {
    int status = 0;
    try {
      const auto send = [pipe](const Progress& progress) {
        Message message{progress.step, progress.steps, {}};
        progress.what.copy(message.what.data(), message.what.size() - 1);
        [[maybe_unused]] const auto sent = ::write(pipe, &message, sizeof message);
      };
      write_file(file_of(index), outcome([&] { return work_(index, send); }).dump());
    } catch (const std::exception& error) {
      fmt::print(stderr, "binade: error: {}\n", error.what());
      status = 1;
    }
    std::fflush(nullptr);
    ::_exit(status);
  }

  void wait_for_news() {
    std::vector<pollfd> descriptors;
    for (const auto& child : children_) descriptors.push_back({child.pipe, POLLIN, 0});
    if (descriptors.empty() || ::poll(descriptors.data(), descriptors.size(), 500) <= 0) return;
    for (std::size_t i = descriptors.size(); i-- > 0;)
      if (descriptors[i].revents != 0) read_news(i);
  }

  void read_news(std::size_t at) {
    const auto child = children_[at];
    Message message{};
    if (::read(child.pipe, &message, sizeof message) == static_cast<ssize_t>(sizeof message)) {
      latest_[child.index] = {message.step, message.steps, message.what.data()};
      tell(child.index);
    } else {
      ::close(child.pipe);
      children_.erase(children_.begin() + static_cast<std::ptrdiff_t>(at));
      finish(child);
    }
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
    auto& result = results_[child.index];
    std::ifstream stream(file_of(child.index));
    const auto json = nlohmann::ordered_json::parse(stream, nullptr, false);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || json.is_discarded()) {
      if (interrupted()) return;
      result.exit_code = 3;
      result.error = WIFSIGNALED(status) ? fmt::format("the run's process ended by signal {}", WTERMSIG(status))
                                         : fmt::format("the run's process ended without a report (exit {})", WEXITSTATUS(status));
    } else if (json.contains("report")) {
      result.report = report_from_json(json.at("report"));
    } else {
      result.error = json.at("error").get<std::string>();
      result.exit_code = json.at("exit").get<int>();
    }
  }

  const std::function<RunReport(std::size_t, const ProgressSink&)>& work_;
  const ProgressSink& progress_;
  std::vector<WorkerResult> results_;
  std::vector<Progress> latest_;
  std::vector<Child> children_;
  TemporaryDirectory directory_;
};

}  // namespace

std::vector<WorkerResult> run_workers(std::size_t count, std::size_t jobs,
                                      const std::function<RunReport(std::size_t, const ProgressSink&)>& work,
                                      const ProgressSink& progress) {
  return Pool(count, work, progress).run(std::max<std::size_t>(jobs, 1));
}

}  // namespace binade::sim
