// SPDX-License-Identifier: Apache-2.0
// A program of several modes with the Verilated core of each: every pin of every tile compared with the cycle core, and the whole
// with the golden model and the fast core. The cores are those that the tests of `binade verify` build too.
#include <gtest/gtest.h>

#include <cstdlib>

#include "sim/run/rtl_cache.h"
#include "tests/system/hw/mode_programs.h"

namespace binade::test {
namespace {

using datapath::Dataflow;

class ModesOnTheRtl : public testing::TestWithParam<Machine> {};

TEST_P(ModesOnTheRtl, AreTheGoldenModels) {
  setenv("BINADE_RTL_CACHE", BINADE_RTL_SETS, 0);
  rtl::ModuleCache cache = sim::rtl_cache();
  hw::PlatformConfig config = platform_of(GetParam());
  const bool ws = std::string(GetParam().name) == "ws";
  config.core.rows = 2, config.core.cols = 3;
  config.core.dataflow = ws ? Dataflow::WeightStationary : Dataflow::OutputStationary;
  config.core.accumulate.block = 32;
  for (datapath::CoreMode& mode : config.core.further_modes) mode.accumulate.block = 32;
  sim::PlatformOptions options;
  options.cores.rtl = &cache;
  ModeDraw draw(ws ? 3 : 2);
  for (const int banks : {1, 8}) {
    config.scratchpad.banks = banks;  // 1: a vector waits for its port
    compare_cores(config, draw_steps(draw, config, 12), sim::CoreKind::Fast, sim::CoreKind::Lockstep, options);
    if (HasFatalFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Machines, ModesOnTheRtl,
                         testing::Values(Machine{"os",
                                                 {"posit8:posit16:posit16", "fp8e4m3:fp8e5m2:bf16", "dfp8:dfp8:fp32"},
                                                 {"posit8", "fp8e4m3", "fp8e5m2", "dfp8"}},
                                         Machine{"ws", {"dfp8:dfp16:dfp16", "posit8:posit8:posit16"}, {"dfp8", "posit8"}}),
                         [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace binade::test
