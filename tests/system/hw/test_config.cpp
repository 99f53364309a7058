// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "hw/config.h"
#include "hw/memory/dram_preset.h"

namespace binade::hw {
namespace {

PlatformConfig sound() {
  PlatformConfig config;
  config.core.format = numerics::parse_format("flex16+5");
  config.core.accumulate.policy = numerics::default_accumulate(config.core.format);
  return config;
}

TEST(PlatformConfig, DefaultsAreValidWithEveryPreset) {
  for (const DramPreset& preset : dram_presets()) {
    PlatformConfig config = sound();
    config.dram.preset = preset.name;
    EXPECT_TRUE(config.validate().empty()) << preset.name;
  }
}

TEST(PlatformConfig, NamesEveryProblemByItsKey) {
  PlatformConfig config = sound();
  config.scratchpad.a_bytes = 0;
  config.scratchpad.banks = -1;
  config.bus.bytes_per_cycle = 0;
  config.bus.latency_cycles = 0;
  config.bus.burst_bytes = 100;
  config.bus.outstanding = 0;
  config.dram.preset = "ddr5";
  config.dram.channels = 3;
  config.vector.lanes = 0;
  config.clock_ghz = std::numeric_limits<double>::quiet_NaN();
  config.queue_depth = 0;
  const auto problems = config.validate();
  for (const char* key : {"scratchpad.a_bytes", "scratchpad.banks", "bus.bytes_per_cycle", "bus.latency_cycles", "bus.burst_bytes",
                          "bus.outstanding", "dram.preset", "dram.channels", "vector.lanes", "clock_ghz", "queue_depth"}) {
    EXPECT_TRUE(std::any_of(problems.begin(), problems.end(), [&](const std::string& p) { return p.starts_with(key); })) << key;
  }
  EXPECT_EQ(problems.size(), 11u);
}

}  // namespace
}  // namespace binade::hw
