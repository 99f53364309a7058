// SPDX-License-Identifier: Apache-2.0
// A program of several modes and formats in one run: the bits, events and statistics of the golden model, and the same counters
// whichever core runs, starved or not.
#include <gtest/gtest.h>

#include "models/numerics/error.h"
#include "tests/system/hw/mode_programs.h"

namespace binade::test {

namespace {

using datapath::Dataflow;
using datapath::Overlap;
using sim::CoreKind;
using spec::Counter;

const std::vector<Machine> kMachines{
    {"posits", {"posit8", "posit16", "posit8:posit16:posit16", "posit16:posit8:posit8"}, {"posit16", "fp32"}},
    {"fp8", {"fp8e4m3:fp8e5m2:bf16", "bf16", "fp8e4m3", "fp32"}, {"fp8e4m3", "fp8e5m2", "fp32"}},
    {"dfp", {"dfp8", "dfp8:dfp16:dfp16", "dfp8:dfp8:fp32"}, {"dfp16", "fp32"}},
    {"families", {"posit8", "dfp8", "flex16+5", "e6m7", "fixed12.6"}, {"dfp8", "flex16+5", "e6m7", "fixed12.6", "posit16"}},
};

class Modes : public testing::TestWithParam<Machine> {};

TEST_P(Modes, AProgramOfSeveralIsTheGoldenModelsOnEveryCore) {
  ModeDraw draw(std::hash<std::string>{}(GetParam().name));
  for (const auto& [dataflow, overlap] :
       {std::pair{Dataflow::OutputStationary, Overlap::Drain}, std::pair{Dataflow::OutputStationary, Overlap::Full},
        std::pair{Dataflow::WeightStationary, Overlap::None}, std::pair{Dataflow::WeightStationary, Overlap::Full}})
    for (const bool ideal : {false, true})
      for (int banks : {1, 8}) {
        hw::PlatformConfig config = platform_of(GetParam());
        config.core.dataflow = dataflow;
        config.core.overlap = overlap;
        config.core.lane_interval = static_cast<int>(draw.pick(1, 2));
        config.memory_ideal = ideal;
        config.scratchpad.banks = banks;  // 1: a vector waits for its port
        ASSERT_EQ(config.validate(), std::vector<std::string>{});
        compare_cores(config, draw_steps(draw, config, 10), CoreKind::Fast, CoreKind::Cycle);
        if (HasFatalFailure()) return;
      }
}

INSTANTIATE_TEST_SUITE_P(Machines, Modes, testing::ValuesIn(kMachines),
                         [](const auto& tested) { return std::string(tested.param.name); });

// Without values a program moves and counts what it does with them.
TEST(Modes, ValuesChangeNoCounterButEvents) {
  for (const Machine& machine : kMachines) {
    ModeDraw draw(17);
    hw::PlatformConfig config = platform_of(machine);
    const std::vector<Step> steps = draw_steps(draw, config, 10);
    const auto program = [&](sim::Device& device) { return run_steps(config, steps, device); };
    const Outcome full = run_in_child(config, CoreKind::Fast, program);
    config.values = false;
    const Outcome without = run_in_child(config, CoreKind::Fast, program);
    ASSERT_EQ(full.error + without.error, "");
    for (std::size_t i = 0; i < spec::kCounterCount; ++i) {
      const auto counter = static_cast<Counter>(i);
      const bool event = spec::kCounters[i].name.starts_with("event.");
      EXPECT_EQ(without.counters[counter], event ? 0 : full.counters[counter]) << machine << ' ' << spec::kCounters[i].name;
    }
  }
}

// A product costs the same clocks and bytes in a machine of its mode alone and in one of several, wherever it comes in the program.
TEST(Modes, AChangeOfModeCostsNoClocks) {
  const Machine& machine = kMachines.front();
  hw::PlatformConfig several = platform_of(machine);
  several.memory_ideal = true;
  spec::Counters alone;
  std::vector<Step> steps;
  for (int mode = 0; mode < mode_count(several.core); ++mode) {
    hw::PlatformConfig one = several;
    one.core = in_mode(several.core, mode);
    Step& step = steps.emplace_back();
    step.gemm.bias = true;
    const auto run_alone = [&](sim::Device& device) { return run_steps(one, {step}, device); };
    const Outcome outcome = run_in_child(one, CoreKind::Cycle, run_alone);
    ASSERT_EQ(outcome.error, "");
    alone += outcome.counters;
    step.gemm.mode = mode;
  }
  const Outcome outcome =
      run_in_child(several, CoreKind::Cycle, [&](sim::Device& device) { return run_steps(several, steps, device); });
  ASSERT_EQ(outcome.error, "");
  for (const Counter counter : {Counter::ComputeBusy, Counter::CoreBeats, Counter::CoreOverhead, Counter::LoadBytes,
                                Counter::StoreBytes, Counter::SpadAReadBytes, Counter::SpadBReadBytes, Counter::SpadOWriteBytes})
    EXPECT_EQ(outcome.counters[counter], alone[counter]) << spec::kCounters[static_cast<std::size_t>(counter)].name;
}

/// A GEMM of one element in `mode`, its flags and its report; a list of its own.
std::string run_tile(sim::Device& device, std::int64_t mode, std::int64_t flags) {
  spec::Gemm d;
  d.m = d.n = d.k = 1;
  d.mode = mode;
  d.flags = flags;
  DescriptorList list;
  list.add(spec::Opcode::Gemm, d);
  list.finish();
  try {
    list.run(device, 0x1000);
  } catch (const InvariantError& error) {
    return error.what();
  }
  return {};
}

// The mode of a chain is that of the Gemm that ran last, over doorbells and faults.
TEST(Modes, AChainGoesOnInItsMode) {
  constexpr std::int64_t kFirst = 1, kLast = 2;
  const Outcome outcome = run_in_child(platform_of(kMachines.front()), CoreKind::Fast, [&](sim::Device& device) {
    std::string wrong;
    const auto expect = [&](std::int64_t mode, std::int64_t flags, const std::string& report) {
      const std::string got = run_tile(device, mode, flags);
      if (report.empty() ? !got.empty() : got.find("address 4096: " + report) == std::string::npos)
        wrong += "mode " + std::to_string(mode) + ", flags " + std::to_string(flags) + ": '" + got + "'\n";
    };
    expect(1, kLast, "mode is 1 after 0; it changes with first_k only");
    expect(0, kLast, "");
    expect(2, kFirst, "");
    expect(0, 0, "mode is 0 after 2; it changes with first_k only");
    expect(4, kFirst, "mode is 4; allowed: 0 .. 3");
    expect(-1, kFirst, "mode is -1; allowed: 0 .. 3");
    expect(2, kLast, "");
    expect(1, kFirst | kLast, "");
    return Bytes(reinterpret_cast<const std::byte*>(wrong.data()), reinterpret_cast<const std::byte*>(wrong.data() + wrong.size()));
  });
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(outcome.output.data()), outcome.output.size()), "");
}

TEST(Modes, AFormatOutsideTheTableIsAFault) {
  for (const auto field : {&spec::Vector::x_format, &spec::Vector::y_format, &spec::Vector::o_format}) {
    const Outcome outcome = run_in_child(platform_of(kMachines.front()), CoreKind::Fast, [&](sim::Device& device) {
      spec::Vector d;
      d.count = 1;
      d.*field = 5;
      DescriptorList list;
      list.add(spec::Opcode::Vector, d);
      list.finish();
      list.run(device, 0x1000);
      return Bytes{};
    });
    EXPECT_NE(outcome.error.find("address 4096: "), std::string::npos) << outcome.error;
    EXPECT_NE(outcome.error.find("_format is 5; allowed: 0 .. 4"), std::string::npos) << outcome.error;
  }
}

}  // namespace
}  // namespace binade::test
