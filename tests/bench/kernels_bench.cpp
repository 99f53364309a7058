// SPDX-License-Identifier: Apache-2.0
// The bit-exact GEMM, 512 x 512 x 512 on one thread, decode and encode included, as a ratio to OpenBLAS sgemm in the same run:
// x ~ N(0, 1), w ~ N(0, 0.05), then uniformly random codes; then two threads, beside what two threads
// of a plain loop and of sgemm gain.
#include <benchmark/benchmark.h>
#include <cblas.h>
#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "models/exponent/quantize.h"
#include "models/kernels/gemm.h"
#include "models/kernels/simd/target.h"
#include "models/kernels/tile_kernel.h"
#include "models/kernels/workers.h"
#include "models/operations/blas_kernels.h"

extern "C" void openblas_set_num_threads(int threads);
extern "C" char* openblas_get_corename();

namespace binade {
namespace {

using numerics::Accumulate;
using numerics::Code;

constexpr std::int64_t kSize = 512;
constexpr double kMacs = static_cast<double>(kSize * kSize * kSize);

struct Row {
  const char* format;
  Accumulate policy;
};
constexpr Row kRows[] = {
    {"posit8es0", Accumulate::Exact},  {"posit8es1", Accumulate::Exact}, {"posit8", Accumulate::Exact},
    {"posit16es1", Accumulate::Exact}, {"posit16", Accumulate::Exact},   {"flex16+5", Accumulate::Blocked},
    {"dfp16", Accumulate::Exact},      {"dfp8", Accumulate::Exact},      {"sdfp8", Accumulate::Exact},
    {"e6m7", Accumulate::Serial},      {"e4m10", Accumulate::Serial},    {"fp8e4m3", Accumulate::Serial},
    {"bf16", Accumulate::Serial},      {"fp16", Accumulate::Serial},     {"fp32", Accumulate::Fp32},
};

std::vector<double> normal(double deviation, std::uint32_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> draw(0, deviation);
  std::vector<double> values(kSize * kSize);
  for (double& value : values) value = draw(random);
  return values;
}

double now_seconds(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}
/// Of this thread's processor time: other work on the machine does not count.
double now_seconds() { return now_seconds(CLOCK_THREAD_CPUTIME_ID); }

/// Best time of an sgemm of the same size, measured beside each row: the machine's clock moves.
double sgemm_seconds() {
  static const std::vector<float> a(kSize * kSize, 0.5F), b(kSize * kSize, 0.25F);
  std::vector<float> c(kSize * kSize);
  constexpr int kSide = static_cast<int>(kSize);
  double best = std::numeric_limits<double>::infinity();
  for (int i = 0; i < 5; ++i) {
    const double start = now_seconds();
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, kSide, kSide, kSide, 1.0F, a.data(), kSide, b.data(), kSide, 0.0F,
                c.data(), kSide);
    best = std::min(best, now_seconds() - start);
    benchmark::DoNotOptimize(c.data());
  }
  return best;
}

struct Problem {
  Problem(const Row& row, bool random_codes) {
    config.format = numerics::parse_format(row.format);
    config.accumulate = {.policy = row.policy, .rounding = config.format.default_rounding()};
    a = exponent::quantize_tensor(config.format.out, normal(1, 1));
    b = exponent::quantize_tensor(config.format.out, normal(0.05, 2));
    command.m = command.n = command.k = command.logical_cols = kSize;
    if (config.format.out.shared_exponent() && !datapath::stores_raw(config)) {
      // Sums have a deviation of 0.05 sqrt(512); 2^3 holds them.
      command.product_shift = 3 - (config.format.out.bits - 1) - a.lsb_exponent() - b.lsb_exponent();
    }
    if (random_codes) {
      std::mt19937_64 random(3);
      const std::uint64_t mask = (std::uint64_t{1} << config.format.out.bits) - 1;
      for (auto* codes : {&a.codes, &b.codes}) {
        for (Code& code : *codes) code = static_cast<Code>(random() & mask);
      }
      if (command.product_shift != 0) command.product_shift = config.format.out.bits + 4;
    }
  }
  kernels::GemmOperands operands() const { return {.a = a.view(), .b_t = b.view(), .bias = {}}; }

  datapath::CoreConfig config;
  datapath::CoreCommand command;
  exponent::QuantizedTensor a, b;
};

void gemm(benchmark::State& state, const Row& row, bool random_codes) {
  const Problem problem(row, random_codes);
  std::vector<std::uint64_t> out(kSize * kSize);
  kernels::PathMacs paths;
  double best = std::numeric_limits<double>::infinity(), sgemm = sgemm_seconds();
  for (auto _ : state) {
    datapath::TileStats stats;
    const double start = now_seconds();
    paths = kernels::gemm(problem.config, problem.command, problem.operands(), out, stats);
    best = std::min(best, now_seconds() - start);
    benchmark::DoNotOptimize(out.data());
  }
  sgemm = std::min(sgemm, sgemm_seconds());
  state.counters["GMAC/s"] = kMacs / best * 1e-9;
  state.counters["of_sgemm"] = sgemm / best;
  std::string label;
  for (std::size_t i = 0; i < kernels::kKernelPaths; ++i) {
    const auto path = static_cast<kernels::KernelPath>(i);
    if (paths[path] == 0) continue;
    label += std::string(label.empty() ? "" : " ") + std::string(to_string(path)) + ' ' +
             std::to_string(std::lround(100 * static_cast<double>(paths[path]) / kMacs)) + '%';
  }
  state.SetLabel(label);
}

/// Wall time of one thread over that of two, the best of each; in turns long enough for a processor that was idle to speed up, and
/// short beside the changes of the machine's clock. work(threads) does the same work on so many.
template <class Work>
void compare_threads(benchmark::State& state, Work work) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  constexpr double kTurnSeconds = 0.04;
  double best[3] = {0, kInfinity, kInfinity};
  for (auto _ : state) {
    for (const int threads : {1, 2}) {
      const double turn = now_seconds(CLOCK_MONOTONIC);
      for (double start = turn, end = turn; start < turn + kTurnSeconds; start = end) {
        work(threads);
        end = now_seconds(CLOCK_MONOTONIC);
        best[threads] = std::min(best[threads], end - start);
      }
    }
  }
  state.counters["speedup"] = best[1] / best[2];
}

void two_threads(benchmark::State& state, const Row& row) {
  const Problem problem(row, false);
  std::vector<std::uint64_t> out(kSize * kSize);
  // Kernels that stay, as the fast core's do.
  const auto one = kernels::make_tile_kernel(problem.config, 1), two = kernels::make_tile_kernel(problem.config, 2);
  const kernels::CodeRows rows(problem.config.format.a, problem.a.codes.data(), 0, kSize),
      columns(problem.config.format.b, problem.b.codes.data(), 0, kSize);
  compare_threads(state, [&](int threads) {
    kernels::TileKernel& kernel = *(threads == 1 ? one : two);
    kernel.begin(problem.command);
    kernel.load_b(columns, 0, kSize);
    kernel.rows(rows, 0, kSize, nullptr, out.data(), kSize);
    benchmark::DoNotOptimize(out.data());
  });
}

/// What the machine itself gives: multiplications that depend on each other, in registers, the same number a thread or in halves.
void two_threads_of_loops(benchmark::State& state) {
  constexpr std::uint64_t kSteps = 20000000;
  const auto loop = [](std::uint64_t steps) {
    std::uint64_t x = steps;
    for (std::uint64_t i = 0; i < steps; ++i) {
      x *= 6364136223846793005U;
      benchmark::DoNotOptimize(x);
    }
  };
  kernels::Workers workers(2);
  compare_threads(state, [&](int threads) {
    if (threads == 1) return loop(kSteps);
    workers.run([&](int) { loop(kSteps / 2); });
  });
}

/// And what OpenBLAS makes of it.
void two_threads_of_sgemm(benchmark::State& state) {
  const std::vector<float> a(kSize * kSize, 0.5F), b(kSize * kSize, 0.25F);
  std::vector<float> c(kSize * kSize);
  constexpr int kSide = static_cast<int>(kSize);
  compare_threads(state, [&](int threads) {
    openblas_set_num_threads(threads);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, kSide, kSide, kSide, 1.0F, a.data(), kSide, b.data(), kSide, 0.0F,
                c.data(), kSide);
    benchmark::DoNotOptimize(c.data());
  });
  openblas_set_num_threads(1);
}

void sgemm(benchmark::State& state) {
  double best = std::numeric_limits<double>::infinity();
  for (auto _ : state) best = std::min(best, sgemm_seconds());
  state.counters["GMAC/s"] = kMacs / best * 1e-9;
  state.SetLabel(std::string("OpenBLAS for ") + openblas_get_corename() + ", kernels on " + kernels::simd_target());
}

}  // namespace
}  // namespace binade

int main(int argc, char** argv) {
  openblas_set_num_threads(1);
  const std::string core = openblas_get_corename();
  const bool fit = binade::operations::blas_kernels_fit(core);
  const std::string yardstick = "kernels for " + core + (fit ? "" : binade::operations::kBlasKernelsTooOld);
  benchmark::AddCustomContext("openblas", yardstick);
  if (!fit) benchmark::AddCustomContext("ratios", "no real yardstick: this OpenBLAS has no kernels for this processor");
  benchmark::RegisterBenchmark("sgemm", binade::sgemm);
  for (const bool random_codes : {false, true}) {
    for (const auto& row : binade::kRows) {
      const std::string name = std::string("gemm/") + row.format + '/' + std::string(to_string(row.policy)) +
                               (random_codes ? "/random_codes" : "/normal");
      benchmark::RegisterBenchmark(name.c_str(), binade::gemm, row, random_codes);
    }
  }
  benchmark::RegisterBenchmark("threads/loops", binade::two_threads_of_loops)->UseRealTime();
  benchmark::RegisterBenchmark("threads/sgemm", binade::two_threads_of_sgemm)->UseRealTime();
  for (const auto& row : binade::kRows) {
    const std::string name = std::string("threads/") + row.format + '/' + std::string(to_string(row.policy));
    benchmark::RegisterBenchmark(name.c_str(), binade::two_threads, row)->UseRealTime();
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
