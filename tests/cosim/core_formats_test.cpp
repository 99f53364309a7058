// SPDX-License-Identifier: Apache-2.0
// The promise on cores whose streams differ in format, and on cores of several modes: output bits, clocks, stalls and events of the
// fast core, and of the cycle core and the Verilated RTL in lockstep, are equal. Datapath x formats x dataflow, on random tiles.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <filesystem>

#include "models/kernels/fast_core.h"
#include "rtl/cosim/verilated_core.h"
#include "sim/lockstep/lockstep_core.h"
#include "tests/unit/datapath/harness.h"

namespace binade::datapath::test {
namespace {

using numerics::Accumulate;
using numerics::AccumulateSpec;
using numerics::Rounding;

struct Row {
  const char* name;
  const char* formats;
  AccumulateSpec accumulate;
};
std::ostream& operator<<(std::ostream& os, const Row& row) { return os << row.name; }

constexpr AccumulateSpec kExact{Accumulate::Exact, 0, 32, Rounding::Rne};
constexpr AccumulateSpec chained(int chain, int acc_bits) {
  return {.policy = Accumulate::Chained, .acc_bits = acc_bits, .chain = chain};
}
constexpr AccumulateSpec bias_first(AccumulateSpec spec) {
  spec.bias = numerics::BiasPosition::First;
  return spec;
}

rtl::ModuleCache cache() {
  const char* const given = std::getenv("BINADE_RTL_CACHE");
  return {std::filesystem::path(BINADE_SOURCE_DIR) / "rtl", given != nullptr ? given : BINADE_RTL_SETS, {}};
}

/// The array of every test, so that few modules are built.
CoreConfig array_of(CoreMode mode, Dataflow dataflow) {
  CoreConfig config;
  config.format = mode.format;
  config.accumulate = mode.accumulate;
  config.rows = 2;
  config.cols = 3;
  config.dataflow = dataflow;
  return config;
}

/// A random tile for an array of one mode, with an overlap and an edge of its own: they are a command's in RTL.
Problem tile_for(std::mt19937_64& random, const char* formats, const CoreConfig& config) {
  Problem problem = random_problem(random, formats, config.accumulate);
  problem.config = config;
  CoreCommand& t = problem.command;
  // What the RTL lacks, and no layer needs.
  if (config.accumulate.policy == Accumulate::Exact) t.bias_shift = std::min(t.bias_shift, t.product_shift);
  if (config.format.integers_to_float()) t.bias_shift = 0;
  return problem;
}

std::unique_ptr<Core> make_fast(const CoreConfig& config) { return kernels::make_fast_core(config); }
std::unique_ptr<Core> make_lockstep(const CoreConfig& config) {
  rtl::ModuleCache modules = cache();
  auto verilated = rtl::make_verilated_core(config, rtl::Module(modules.load(rtl::core_module(modules, config))));
  return make_stepped_tile(std::make_unique<lockstep::LockstepCore>(make_cycle_core(config), std::move(verilated),
                                                                    lockstep::ReportOptions{.directory = {}, .traced = {}}));
}

class CoreFormats : public testing::TestWithParam<std::tuple<Row, Dataflow>> {};

TEST_P(CoreFormats, FastCycleAndRtlAgree) {
  const auto& [row, dataflow] = GetParam();
  std::mt19937_64 random(std::hash<std::string>{}(row.name));
  constexpr int kOverlaps = 2, kTiles = 40;
  for (int i = 0; i < kOverlaps; ++i) {
    const CoreMode mode{random_problem(random, row.formats, row.accumulate).config.format, row.accumulate};
    CoreConfig config = array_of(mode, dataflow);
    config.overlap = i == 0 ? Overlap::Full : Overlap::None;
    config.edge = i == 0 ? Edge::Ragged : Edge::Full;
    ASSERT_FALSE(config.format.uniform());
    ASSERT_EQ(config.validate(), std::vector<std::string>{});
    const auto fast = make_fast(config), pair = make_lockstep(config);
    for (int tile = 0; tile < kTiles; ++tile) {
      const Problem problem = tile_for(random, row.formats, config);
      ASSERT_EQ(run_tile(*pair, problem), run_tile(*fast, problem)) << problem;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Rows, CoreFormats,
    testing::Combine(testing::Values(Row{"posit8_posit16", "posit8:posit16:posit16", kExact},
                                     Row{"posit8_to_posit16", "posit8:posit8:posit16", kExact},
                                     Row{"fp8e4m3_fp8e5m2_bf16", "fp8e4m3:fp8e5m2:bf16", {Accumulate::Fp32, 0, 32, Rounding::Rne}},
                                     Row{"dfp16_to_fp32_chained", "dfp16:dfp16:fp32", chained(5, 0)},
                                     Row{"dfp8_dfp16_chained", "dfp8:dfp16:dfp16", chained(3, 20)},
                                     Row{"dfp8_to_bf16_chained_first", "dfp8:dfp8:bf16", bias_first(chained(31, 0))},
                                     Row{"dfp8_dfp16_chained_first", "dfp8:dfp16:dfp16", bias_first(chained(4, 0))},
                                     Row{"flex16_flex8_first", "flex16+5:flex8+5:flex16+5",
                                         bias_first({Accumulate::Blocked, 0, 4})},
                                     Row{"fp8e4m3_to_bf16_first", "fp8e4m3:fp8e4m3:bf16", bias_first({Accumulate::Fp32})},
                                     Row{"e4m3_to_fp16_serial_first", "e4m3:e4m3:fp16", bias_first({Accumulate::Serial})},
                                     Row{"dfp8_dfp16", "dfp8:dfp16:dfp16", kExact}, Row{"dfp8_to_fp32", "dfp8:dfp8:fp32", kExact},
                                     Row{"flex16_flex8", "flex16+5:flex8+5:flex16+5", {Accumulate::Blocked, 0, 4, Rounding::Rne}}),
                     testing::Values(Dataflow::OutputStationary, Dataflow::WeightStationary)),
    [](const auto& tested) {
      return std::string(std::get<0>(tested.param).name) +
             (std::get<1>(tested.param) == Dataflow::OutputStationary ? "_os" : "_ws");
    });

// In RTL a mode is an elaboration: a command goes to the one that it names.
TEST(CoreModes, TheRtlRunsTheModeThatACommandNames) {
  constexpr std::array kModes{"posit8:posit16:posit16", "posit8:posit8:posit16", "dfp8:dfp8:fp32"};
  std::mt19937_64 random(43);
  const auto mode_in = [&](const char* formats) { return CoreMode{random_problem(random, formats, kExact).config.format, kExact}; };
  CoreConfig config = array_of(mode_in(kModes[0]), Dataflow::OutputStationary);
  for (std::size_t i = 1; i < kModes.size(); ++i) config.further_modes.push_back(mode_in(kModes[i]));
  ASSERT_EQ(config.validate(), std::vector<std::string>{});
  const auto fast = make_modal_core(config, make_fast), pair = make_modal_core(config, make_lockstep);
  fast->reset();
  pair->reset();
  for (int tile = 0; tile < 60; ++tile) {
    const auto mode = static_cast<int>(pick(random, 0, kModes.size() - 1));
    Problem problem = tile_for(random, kModes[static_cast<std::size_t>(mode)], in_mode(config, mode));
    problem.command.mode = mode;
    ASSERT_EQ(run_tile(*pair, problem), run_tile(*fast, problem)) << problem;
  }
}

}  // namespace
}  // namespace binade::datapath::test
