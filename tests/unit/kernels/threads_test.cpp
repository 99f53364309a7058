// SPDX-License-Identifier: Apache-2.0
// Threads: outputs, statistics and multiply-accumulates do not depend on how many there are, and a failure on one reaches the
// caller.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <stdexcept>

#include "models/kernels/fast_core.h"
#include "models/kernels/workers.h"
#include "tests/unit/datapath/harness.h"
#include "tests/unit/kernels/gemm_harness.h"

namespace binade::kernels::test {
namespace {

using numerics::Accumulate;
using numerics::AccumulateSpec;
using numerics::Rounding;

std::uint64_t total(const PathMacs& paths) {
  std::uint64_t sum = 0;
  for (std::size_t path = 0; path < kKernelPaths; ++path) sum += paths[static_cast<KernelPath>(path)];
  return sum;
}

TEST(Threads, GemmDoesNotDependOnThem) {
  struct Case {
    const char* format;
    AccumulateSpec accumulate;
  };
  Random random(1);
  for (const auto& [format, accumulate] : std::vector<Case>{{"dfp8", {}},
                                                            {"flex16+5", {.policy = Accumulate::Blocked}},
                                                            {"posit8", {}},
                                                            {"posit16", {.rounding = Rounding::Sr}},
                                                            {"fp8e4m3", {.policy = Accumulate::Serial}},
                                                            {"fp16", {.policy = Accumulate::Fp32}}}) {
    // More rows than columns, more columns than rows, fewer than one piece a thread, and one tile of long rows.
    struct Shape {
      std::int64_t m, n, k;
    };
    for (const auto& [m, n, k] : {Shape{203, 61, 67}, {37, 245, 67}, {5, 7, 67}, {6, 3, 7500}, {6, 25, 1000}}) {
      for (const bool any : {false, true}) {
        const Draw draw = any ? any_code(format) : normal(format, 0.3);
        Gemm gemm = make_gemm(format, accumulate, m, n, k, random, draw, draw);
        gemm.command.product_shift = numerics::parse_format(format).family == numerics::Family::Flex ? 14 : 0;
        gemm.command.bias = true;
        for (std::int64_t j = 0; j < n; ++j) gemm.bias.push_back(draw(random));
        PathMacs paths;
        const Outcome expected = run(gemm, paths);
        for (const int threads : {2, 3, 7}) {
          Outcome outcome;
          outcome.out.resize(expected.out.size());
          const PathMacs shared =
              kernels::gemm(gemm.config, gemm.command, GemmOperands::of(gemm.config.format, gemm.a, gemm.b_t, gemm.bias),
                            outcome.out, outcome.stats, threads);
          EXPECT_EQ(outcome.out, expected.out) << threads << " threads: " << gemm;
          EXPECT_EQ(outcome.stats, expected.stats) << threads << " threads: " << gemm;
          EXPECT_EQ(total(shared), total(paths)) << threads << " threads: " << gemm;
        }
      }
    }
  }
}

TEST(Threads, FastCoreDoesNotDependOnThem) {
  std::mt19937_64 random(2);
  for (const char* format : {"dfp8", "posit16", "fp16"}) {
    for (int i = 0; i < 30; ++i) {
      const auto problem = datapath::test::random_problem(
          random, format, {.policy = std::string(format) == "fp16" ? Accumulate::Serial : Accumulate::Exact});
      const auto one = make_fast_core(problem.config), three = make_fast_core(problem.config, 3);
      EXPECT_EQ(datapath::test::run_tile(*one, problem), datapath::test::run_tile(*three, problem)) << problem;
    }
  }
}

TEST(Workers, EveryWorkerWorksAndFailuresReachTheCaller) {
  for (const int threads : {1, 2, 5}) {
    Workers workers(threads);
    ASSERT_EQ(workers.threads(), threads);
    for (int round = 0; round < 50; ++round) {
      std::atomic<int> seen = 0;
      workers.run([&](int worker) { seen += 1 << worker; });
      EXPECT_EQ(seen, (1 << threads) - 1);
    }
    for (int bad = 0; bad < threads; ++bad) {
      EXPECT_THROW(workers.run([&](int worker) {
        if (worker == bad) throw std::runtime_error("planted");
      }),
                   std::runtime_error);
      workers.run([](int) {});
    }
  }
}

TEST(Workers, DealGivesEveryItemOnceInWholeGranules) {
  for (const int threads : {1, 2, 5}) {
    Workers workers(threads);
    for (const std::int64_t total : {0, 1, 63, 64, 512, 1000}) {
      for (const std::int64_t granule : {1, 8, 64}) {
        std::vector<std::atomic<int>> times(static_cast<std::size_t>(total));
        std::atomic<std::int64_t> starts_between = 0;
        workers.deal(total, granule, [&](int worker, std::int64_t first, std::int64_t count) {
          EXPECT_TRUE(worker >= 0 && worker < threads);
          starts_between += first % granule != 0;
          for (std::int64_t i = first; i < first + count; ++i) ++times[static_cast<std::size_t>(i)];
        });
        EXPECT_EQ(starts_between, 0);
        EXPECT_TRUE(std::ranges::all_of(times, [](const auto& count) { return count == 1; })) << total << " in " << granule;
      }
    }
    EXPECT_THROW(workers.deal(512, 8,
                              [](int, std::int64_t first, std::int64_t) {
                                if (first == 0) throw std::runtime_error("planted");
                              }),
                 std::runtime_error);
  }
}

}  // namespace
}  // namespace binade::kernels::test
