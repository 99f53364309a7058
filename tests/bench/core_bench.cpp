// SPDX-License-Identifier: Apache-2.0
// Cycle core and Verilated core, side by side: array cycles and PE updates a second. Fast core and GEMM kernel:
// multiply-accumulates a second.
#include <benchmark/benchmark.h>

#include <random>

#include "models/datapath/core.h"
#include "models/kernels/fast_core.h"
#include "models/kernels/gemm.h"
#include "rtl/cosim/parameters.h"
#include "rtl/cosim/verilated_core.h"

namespace binade {
namespace {

using datapath::CoreCommand;
using datapath::CoreConfig;
using numerics::Accumulate;
using numerics::Code;

struct Kind {
  const char* name;
  const char* format;
  Accumulate policy;
};
constexpr Kind kKinds[] = {
    {"flex_pe/flex16+5", "flex16+5", Accumulate::Blocked},
    {"dfp_pe/dfp8", "dfp8", Accumulate::Exact},
    {"dfp_pe/dfp16", "dfp16", Accumulate::Exact},
    {"posit_pe/posit8", "posit8", Accumulate::Exact},
    {"posit_pe/posit16", "posit16", Accumulate::Exact},
    {"float_pe/e6m7", "e6m7", Accumulate::Serial},
    {"float_pe/fp16", "fp16", Accumulate::Serial},
    {"float_pe/bf16", "bf16", Accumulate::Serial},
    {"float_pe/fp8e4m3", "fp8e4m3", Accumulate::Serial},
    {"float_pe/fp32", "fp32", Accumulate::Fp32},
    {"posit_pe/posit16/fp32", "posit16", Accumulate::Fp32},
    {"posit_pe/posit8/serial", "posit8", Accumulate::Serial},
    {"posit_pe/posit16/serial", "posit16", Accumulate::Serial},
    {"dfp_pe/fixed16.8/serial", "fixed16.8", Accumulate::Serial},
};

CoreConfig config_of(const Kind& kind, int size) {
  CoreConfig config;
  config.format = numerics::parse_format(kind.format);
  config.accumulate.policy = kind.policy;
  config.accumulate.rounding = config.format.default_rounding();
  config.rows = config.cols = size;
  return config;
}

/// Half-normal activations and normal weights, as after a ReLU.
std::vector<Code> operands(const numerics::FormatSpec& format, std::size_t count, bool half) {
  std::mt19937_64 random(count);
  std::normal_distribution<double> normal(0.0, 1.0);
  std::vector<Code> codes(count);
  numerics::Events ignored;
  const int lsb_exponent = format.family == numerics::Family::Fixed ? 0 : 4 - format.bits;
  for (Code& code : codes) {
    double value = normal(random);
    if (half && value < 0.0) value = 0.0;
    code = numerics::encode(format, numerics::from_double(value), {numerics::Rounding::Rne, lsb_exponent, 0, false}, ignored);
  }
  return codes;
}

class FixedStreams final : public datapath::TileStreams {
 public:
  FixedStreams(const numerics::FormatSpec& format, int lanes)
      : a_(operands(format, kVectors * static_cast<std::size_t>(lanes), true)),
        b_(operands(format, kVectors * static_cast<std::size_t>(lanes), false)) {}
  void read_a(std::uint64_t vector, std::span<Code> lanes) override { copy(a_, vector, lanes); }
  void read_b(std::uint64_t vector, std::span<Code> lanes) override { copy(b_, vector, lanes); }
  void write_out(std::uint64_t, std::span<const std::uint64_t> lanes) override { benchmark::DoNotOptimize(lanes.data()); }

 private:
  static constexpr std::size_t kVectors = 512;
  static void copy(const std::vector<Code>& from, std::uint64_t vector, std::span<Code> lanes) {
    std::copy_n(from.begin() + static_cast<std::ptrdiff_t>(vector % kVectors * lanes.size()), lanes.size(), lanes.begin());
  }
  std::vector<Code> a_, b_;
};

CoreCommand command_of(std::int64_t m, std::int64_t n, std::int64_t k, const CoreConfig& config) {
  CoreCommand command;
  command.m = m;
  command.n = n;
  command.k = k;
  if (config.format.out.family == numerics::Family::Flex) command.product_shift = config.format.out.bits;
  return command;
}

void run(benchmark::State& state, datapath::Core& core, const CoreCommand& command) {
  FixedStreams streams(core.config().format.out, core.config().rows);
  std::uint64_t clocks = 0, macs = 0;
  for (auto _ : state) {
    core.start(command, streams);
    while (!core.advance(core.clocks_to_event())) {
    }
    clocks += core.clocks().clocks();
    macs += core.clocks().macs;
  }
  const auto pes = static_cast<double>(core.config().rows * core.config().cols);
  state.counters["array_cycles"] = benchmark::Counter(static_cast<double>(clocks), benchmark::Counter::kIsRate);
  state.counters["pe_updates"] = benchmark::Counter(static_cast<double>(clocks) * pes, benchmark::Counter::kIsRate);
  state.counters["macs"] = benchmark::Counter(static_cast<double>(macs), benchmark::Counter::kIsRate);
}

void cycle_core(benchmark::State& state, const Kind& kind, int size, datapath::Dataflow dataflow) {
  CoreConfig config = config_of(kind, size);
  config.dataflow = dataflow;
  const auto core = make_stepped_tile(make_cycle_core(config));
  run(state, *core, command_of(4 * size, 4 * size, 288, config));
}

/// The same command as cycle_core. A size that was never built is built first, which takes a while.
void rtl_core(benchmark::State& state, const Kind& kind, int size) {
  const CoreConfig config = config_of(kind, size);
  rtl::ModuleCache cache(BINADE_RTL_DIRECTORY, BINADE_RTL_SETS, {});
  const auto core = make_stepped_tile(make_verilated_core(config, rtl::Module(cache.load(core_module(cache, config)))));
  run(state, *core, command_of(4 * size, 4 * size, 288, config));
}

void fast_core(benchmark::State& state, const Kind& kind) {
  const CoreConfig config = config_of(kind, 16);
  const auto core = kernels::make_fast_core(config);
  run(state, *core, command_of(128, 64, 576, config));
}

void gemm(benchmark::State& state, const Kind& kind) {
  const CoreConfig config = config_of(kind, 16);
  const CoreCommand command = command_of(128, 64, 576, config);
  const auto a = operands(config.format.out, 128 * 576, true), b_t = operands(config.format.out, 64 * 576, false);
  std::vector<std::uint64_t> out(128 * 64);
  datapath::TileStats stats;
  for (auto _ : state) kernels::gemm(config, command, kernels::GemmOperands::of(config.format, a, b_t), out, stats);
  state.counters["macs"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * 128 * 64 * 576, benchmark::Counter::kIsRate);
}

void register_all() {
  for (const Kind& kind : kKinds) {
    const std::string name = kind.name;
    for (const int size : {8, 16, 32}) {
      for (const auto dataflow : {datapath::Dataflow::OutputStationary, datapath::Dataflow::WeightStationary}) {
        benchmark::RegisterBenchmark(
            ("cycle/" + name + '/' + std::string(to_string(dataflow)) + '/' + std::to_string(size) + 'x' + std::to_string(size))
                .c_str(),
            [&kind, size, dataflow](benchmark::State& state) { cycle_core(state, kind, size, dataflow); });
      }
    }
    if (rtl::uncovered(config_of(kind, 8).format, config_of(kind, 8).accumulate).empty()) {
      benchmark::RegisterBenchmark(("rtl/" + name + "/os/8x8").c_str(),
                                   [&kind](benchmark::State& state) { rtl_core(state, kind, 8); });
    }
    benchmark::RegisterBenchmark(("fast/" + name).c_str(), [&kind](benchmark::State& state) { fast_core(state, kind); });
    benchmark::RegisterBenchmark(("gemm/" + name).c_str(), [&kind](benchmark::State& state) { gemm(state, kind); });
  }
}

}  // namespace
}  // namespace binade

int main(int argc, char** argv) {
  binade::register_all();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
