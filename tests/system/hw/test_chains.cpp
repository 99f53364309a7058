// SPDX-License-Identifier: Apache-2.0
// Chains on the platform: the bytes and statistics of the golden machine, and the vector unit's stated clocks.
#include <gtest/gtest.h>

#include "models/operations/chain/optimisers.h"
#include "models/programs/golden_machine.h"
#include "sim/host/device_machine.h"
#include "tests/system/hw/programs.h"
#include "tests/unit/host/chain_runs.h"

namespace binade::test {
namespace {

using operations::test::Case;

void append(Bytes& all, const tests::ChainOutcome& outcome) {
  for (const auto& bytes : outcome.bytes) all.insert(all.end(), bytes.begin(), bytes.end());
  for (const auto* figures : {&outcome.largest, &outcome.overflows})
    for (const std::uint64_t figure : *figures)
      for (int i = 0; i < 8; ++i) all.push_back(static_cast<std::byte>(figure >> (8 * i)));
}

TEST(ChainsOnThePlatform, AreTheGoldenMachines) {
  operations::test::Chance chance(41);
  std::vector<Case> cases;
  hw::PlatformConfig config = small_platform("posit8");
  for (int i = 0; i < 12; ++i) {
    cases.push_back(operations::test::random_case(chance));
    for (const auto& format : tests::formats_of(cases.back()))
      if (std::find(config.further_formats.begin(), config.further_formats.end(), format) == config.further_formats.end())
        config.further_formats.push_back(format);
  }
  const auto on = [&](programs::Machine& machine) {
    Bytes all;
    for (const Case& one : cases) append(all, tests::run_on(machine, mode_of(config.core, 0), one));
    return all;
  };
  programs::GoldenMachine golden(config.core);
  const Bytes expected = on(golden);
  const Outcome got = run_in_child(config, sim::CoreKind::Fast, [&](sim::Device& device) {
    sim::DeviceMachine machine(config, device, {});
    machine.begin_layer(0, "chains");
    return on(machine);
  });
  ASSERT_EQ(got.error, "");
  EXPECT_TRUE(got.output == expected);
}

}  // namespace
}  // namespace binade::test
