// SPDX-License-Identifier: Apache-2.0
// The vector unit's arithmetic, 10^5 outputs a descriptor: outputs a second, and as a multiple of the literal evaluation's.
#include <benchmark/benchmark.h>
#include <time.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "models/kernels/simd/target.h"
#include "models/numerics/codec.h"
#include "models/operations/vector_ops.h"

namespace binade {
namespace {

using spec::VectorOp;

struct Row {
  const char* name;
  VectorOp op;
  std::int64_t length, raw_bytes;
};
constexpr Row kRows[] = {
    {"copy_relu", VectorOp::Copy, 1, 0},
    {"add", VectorOp::Add, 1, 0},
    {"max_pool_3x3", VectorOp::MaxReduce, 9, 0},
    {"mean_7x7", VectorOp::MeanReduce, 49, 0},
    {"batch_norm", VectorOp::BatchNorm, 1, 0},
    {"batch_norm_raw", VectorOp::BatchNorm, 1, 8},
    {"softmax_100", VectorOp::Softmax, 100, 0},
    {"layer_norm_100", VectorOp::LayerNorm, 100, 0},
    {"gelu", VectorOp::Gelu, 1, 0},
    {"requantise", VectorOp::Requantise, 1, 4},
};
constexpr const char* kFormats[] = {"posit8", "posit16", "flex16+5", "dfp8", "e6m7", "bf16", "fp32"};

double now_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

std::vector<std::byte> draw(const numerics::FormatSpec& format, std::int64_t bytes, int lsb_exponent, std::uint32_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  const auto size = static_cast<std::size_t>(format.storage_bytes());
  std::vector<std::byte> out(static_cast<std::size_t>(bytes));
  numerics::Events ignored;
  for (std::size_t at = 0; at < out.size(); at += size) {
    const numerics::Code code =
        numerics::encode(format, numerics::from_double(normal(random)), {.lsb_exponent = lsb_exponent}, ignored);
    std::memcpy(out.data() + at, &code, size);
  }
  return out;
}

void run(benchmark::State& state, const Row& row, const char* word) {
  constexpr std::int64_t kOutputs = 100000;
  const numerics::FormatSpec format = numerics::parse_format(word);
  spec::Vector d;
  d.op = static_cast<std::int64_t>(row.op);
  d.count = kOutputs;
  d.length = row.length;
  d.divisor = row.length;
  d.inner = 49;
  d.channels = 512;
  d.raw_bytes = row.raw_bytes;
  d.relu = 1;
  d.eps = std::bit_cast<std::int64_t>(1e-5);
  const int lsb_exponent = 3 - format.bits;
  d.x_exponent = d.y_exponent = d.t_exponent = lsb_exponent;
  d.o_exponent = row.raw_bytes == 8 ? 2 * lsb_exponent : lsb_exponent + 1;
  const operations::VectorExtent extent = operations::vector_extent(format, d);
  const auto x = draw(format, extent.x_bytes, lsb_exponent, 1), y = draw(format, extent.y_bytes, lsb_exponent, 2);
  std::vector<std::byte> o(static_cast<std::size_t>(extent.o_bytes));
  operations::VectorArithmetic unit;
  double best[2] = {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};
  for (auto _ : state) {
    for (const bool literal : {false, true}) {
      datapath::TileStats stats;
      const double start = now_seconds();
      literal ? unit.run_literally(format, d, x, y, o, stats) : unit.run(format, d, x, y, o, stats);
      double& least = best[literal ? 1 : 0];
      least = std::min(least, now_seconds() - start);
      benchmark::DoNotOptimize(o.data());
    }
  }
  state.counters["Moutputs/s"] = kOutputs / best[0] * 1e-6;
  state.counters["of_literal"] = best[1] / best[0];
  state.SetLabel(kernels::simd_target());
}

}  // namespace
}  // namespace binade

int main(int argc, char** argv) {
  for (const auto& row : binade::kRows) {
    for (const char* format : binade::kFormats) {
      if (row.op == binade::spec::VectorOp::Requantise && !binade::numerics::parse_format(format).shared_exponent()) continue;
      if (row.raw_bytes == 8 && std::string(format) != "dfp8") continue;
      benchmark::RegisterBenchmark((std::string("vector/") + row.name + '/' + format).c_str(), binade::run, row, format);
    }
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
