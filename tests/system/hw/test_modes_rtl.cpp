// SPDX-License-Identifier: Apache-2.0
// A program of several modes with the Verilated core of each: every pin of every tile compared with the cycle core, and the whole
// with the golden model and the fast core. The cores are those that the tests of `binade verify` build too.
#include <gtest/gtest.h>

#include <cstdlib>

#include "models/numerics/error.h"
#include "sim/run/rtl_cache.h"
#include "tests/system/hw/mode_programs.h"

namespace binade::test {
namespace {

using datapath::Dataflow;

rtl::ModuleCache built_cores() {
  setenv("BINADE_RTL_CACHE", BINADE_RTL_SETS, 0);
  return sim::rtl_cache();
}

hw::PlatformConfig platform_on_the_rtl(const Machine& machine, Dataflow dataflow) {
  hw::PlatformConfig config = platform_of(machine);
  config.core.rows = 2, config.core.cols = 3;
  config.core.dataflow = dataflow;
  config.core.accumulate.block = 32;
  for (datapath::CoreMode& mode : config.core.further_modes) mode.accumulate.block = 32;
  return config;
}

const Machine kOutputStationary{
    "os", {"posit8:posit16:posit16", "fp8e4m3:fp8e5m2:bf16", "dfp8:dfp8:fp32"}, {"posit8", "fp8e4m3", "fp8e5m2", "dfp8"}};
const Machine kWeightStationary{"ws", {"dfp8:dfp16:dfp16", "posit8:posit8:posit16"}, {"dfp8", "posit8"}};

TEST(ModesOnTheRtl, AreTheGoldenModels) {
  rtl::ModuleCache cache = built_cores();
  sim::PlatformOptions options;
  options.cores.rtl = &cache;
  for (const auto& [machine, dataflow] :
       {std::pair{kOutputStationary, Dataflow::OutputStationary}, std::pair{kWeightStationary, Dataflow::WeightStationary}}) {
    ModeDraw draw(3);
    hw::PlatformConfig config = platform_on_the_rtl(machine, dataflow);
    for (const int banks : {1, 8}) {
      config.scratchpad.banks = banks;  // 1: a vector waits for its port
      compare_cores(config, draw_steps(draw, config, 12), sim::CoreKind::Fast, sim::CoreKind::Lockstep, options);
      if (HasFatalFailure()) return;
    }
  }
}

// A sample of the tiles of a run in several modes: each goes through the RTL of its own.
TEST(ModesOnTheRtl, AreSampledTileByTile) {
  rtl::ModuleCache cache = built_cores();
  const hw::PlatformConfig config = platform_on_the_rtl(kOutputStationary, Dataflow::OutputStationary);
  ModeDraw draw(5);
  const std::vector<Step> steps = draw_steps(draw, config, 14);
  std::int64_t tiles = 0;
  std::uint64_t macs = 0;
  for (const Step& step : steps) {
    if (step.vector) continue;
    const GemmCase& gemm = step.gemm;
    tiles += (gemm.m + gemm.tile_m - 1) / gemm.tile_m * ((gemm.n + gemm.tile_n - 1) / gemm.tile_n);
    macs += static_cast<std::uint64_t>(gemm.m * gemm.n * gemm.k);
  }
  lockstep::TileSampler sampler(lockstep::parse_sample_size("100%"), 1);
  sim::PlatformOptions options;
  options.cores.rtl = &cache;
  options.cores.sampler = &sampler;
  const auto program = [&](sim::Device& device) {
    sampler.begin_run("steps", tiles);
    Bytes all = run_steps(config, steps, device);
    const sim::RtlSampleLayer& sampled = sampler.report().layers.front();
    if (static_cast<std::int64_t>(sampled.sampled.size()) != tiles || sampled.macs != macs)
      throw InvariantError("not every tile was sampled");
    return all;
  };
  datapath::TileStats golden;
  const Outcome outcome = run_in_child(config, sim::CoreKind::Fast, program, options);
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.output, expected_steps(config, steps, golden));
}

}  // namespace
}  // namespace binade::test
