// SPDX-License-Identifier: Apache-2.0
#include "sim/jobs/pool.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <map>
#include <new>
#include <system_error>
#include <thread>

#include "models/numerics/error.h"
#include "sim/jobs/failure.h"
#include "sim/jobs/interrupt.h"
#include "sim/jobs/message.h"

namespace binade::sim {
namespace {

std::map<std::size_t, JobResult> run_all(
    std::size_t count, std::size_t at_a_time, const Job& job, const ProgressSink& progress = [](const Progress&) {}) {
  std::map<std::size_t, JobResult> results;
  const PoolOptions options{.at_a_time = at_a_time, .noun = "trial", .remedy = "less of it"};
  run_jobs(
      count, options, job,
      [&](std::size_t i, JobResult result) { EXPECT_TRUE(results.emplace(i, std::move(result)).second) << "told twice of " << i; },
      progress);
  return results;
}

void expect_no_children() {
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

// Bytes of any value and any number, more than a pipe holds.
TEST(Pool, EveryJobsBytesComeBack) {
  const auto bytes = [](std::size_t i) {
    std::string text(i * 50'000, '\0');
    for (std::size_t at = 0; at < text.size(); ++at) text[at] = static_cast<char>(at * 7 + i);
    return text;
  };
  for (const std::size_t at_a_time : {0, 1, 3, 100}) {
    const auto results = run_all(9, at_a_time, [&](std::size_t i, const ProgressSink&) { return bytes(i); });
    ASSERT_EQ(results.size(), 9u);
    for (const auto& [i, result] : results) {
      EXPECT_EQ(result.bytes, bytes(i));
      EXPECT_EQ(result.exit_code, 0);
    }
    expect_no_children();
  }
}

TEST(Pool, NoJobsAreNoWork) {
  EXPECT_TRUE(run_all(0, 2, [](std::size_t, const ProgressSink&) { return ""; }).empty());
}

// Every way a job can end, beside jobs that succeed.
TEST(Pool, AFailureIsItsOwnJobsOnly) {
  struct Case {
    std::function<void()> end;
    int exit_code;
    std::string error;
  };
  const std::vector<Case> cases{
      {[] { throw InputError("a word"); }, 2, "a word"},
      {[] { throw MismatchError("a pin"); }, 1, "a pin"},
      {[] { throw InvariantError("a sum"); }, 3, "a sum"},
      {[] { throw std::bad_alloc(); }, 2, "not enough memory"},
      {[] { throw std::system_error(EAGAIN, std::generic_category()); }, 2, "the system refused"},
      {[] { throw 7; }, 3, "unknown type"},
      {[] { ::raise(SIGKILL); }, 2, "the trial's process was killed (signal 9), as where memory runs out; allowed: less of it"},
      {[] {
         ::signal(SIGSEGV, SIG_DFL);  // a sanitizer's handler would print and exit
         ::raise(SIGSEGV);
       },
       3, "the trial's process ended by signal 11"},
      {[] { ::_exit(5); }, 3, "the trial's process ended without a result (exit 5)"},
  };
  const auto job = [&](std::size_t i, const ProgressSink&) {
    if (i % 2 == 1) cases[i / 2].end();
    return std::to_string(i);
  };
  const auto results = run_all(2 * cases.size(), 4, job);
  ASSERT_EQ(results.size(), 2 * cases.size());
  for (const auto& [i, result] : results) {
    if (i % 2 == 0) {
      EXPECT_EQ(result.bytes, std::to_string(i));
      continue;
    }
    const Case& expected = cases[i / 2];
    EXPECT_FALSE(result.bytes.has_value());
    EXPECT_EQ(result.exit_code, expected.exit_code);
    EXPECT_NE(result.error.find(expected.error), std::string::npos) << result.error;
  }
  expect_no_children();
}

// A process that dies in the middle of a message has no result.
TEST(Pool, HalfAMessageIsNone) {
  std::string bytes;
  {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    send(ends[1], {.kind = Message::Kind::Result, .first = 3, .second = -4, .text = "text"});
    bytes.resize(1000);
    bytes.resize(static_cast<std::size_t>(::read(ends[0], bytes.data(), bytes.size())));
    ::close(ends[0]);
    ::close(ends[1]);
  }
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    auto part = bytes.substr(0, length);
    EXPECT_FALSE(take_message(part).has_value()) << length;
  }
  auto two = bytes + bytes;
  for (int i = 0; i < 2; ++i) {
    const auto message = take_message(two);
    ASSERT_TRUE(message.has_value());
    EXPECT_EQ(message->text, "text");
    EXPECT_EQ(message->first, 3);
    EXPECT_EQ(message->second, -4);
  }
  EXPECT_TRUE(two.empty());
}

TEST(Pool, NoMoreThanAskedForRunAtATime) {
  void* shared = ::mmap(nullptr, sizeof(std::atomic<int>) * 2, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(shared, MAP_FAILED);
  auto* counts = new (shared) std::atomic<int>[2] {};  // running, most
  run_all(12, 3, [&](std::size_t, const ProgressSink&) {
    const int now = ++counts[0];
    for (int most = counts[1]; most < now && !counts[1].compare_exchange_weak(most, now);) continue;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    --counts[0];
    return std::string();
  });
  EXPECT_LE(counts[1], 3);
  EXPECT_GE(counts[1], 1);
  EXPECT_EQ(counts[0], 0);
  ::munmap(shared, sizeof(std::atomic<int>) * 2);
}

TEST(Pool, ProgressIsTheSumOverAllJobs) {
  Progress last;
  std::int64_t before = 0;
  run_all(
      3, 1,
      [](std::size_t i, const ProgressSink& progress) {
        for (int step = 0; step <= 4; ++step) progress({step, 4, "job " + std::to_string(i)});
        return std::string();
      },
      [&](const Progress& progress) {
        EXPECT_EQ(progress.steps, 12);  // those not begun count as the one that speaks
        EXPECT_GE(progress.step, before);
        before = progress.step;
        last = progress;
      });
  EXPECT_EQ(last.step, 12);
  EXPECT_EQ(last.what, "job 2");
}

// In a process of its own, since the flag that a signal sets stays set.
TEST(Pool, AnInterruptEndsWhatRunsAndBeginsNothing) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    catch_interrupts();
    std::size_t told = 0;
    run_jobs(
        50, {.at_a_time = 2},
        [](std::size_t, const ProgressSink& progress) {
          progress({0, 1, "begun"});
          while (!interrupted()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
          return std::string("part");
        },
        [&](std::size_t, const JobResult& result) { told += result.bytes == "part" ? 1 : 100; },
        [&](const Progress&) {
          if (!interrupted()) ::raise(SIGINT);
        });
    ::_exit(told >= 1 && told <= 2 ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

// The parent's own failure, in `done`, leaves no process behind.
TEST(Pool, AThrowingOwnerLeavesNoProcess) {
  EXPECT_THROW(run_jobs(
                   4, {.at_a_time = 4},
                   [](std::size_t i, const ProgressSink&) {
                     if (i > 0) ::pause();
                     return std::string();
                   },
                   [](std::size_t, const JobResult&) { throw InputError("a full disk"); }, [](const Progress&) {}),
               InputError);
  expect_no_children();
}

}  // namespace
}  // namespace binade::sim
