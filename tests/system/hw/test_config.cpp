// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include "hw/config.h"
#include "hw/memory/dram_preset.h"
#include "models/spec/limits.h"

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

// Modes and formats are named by registers of eight bits.
TEST(PlatformConfig, ModesAndFormatsAreCounted) {
  PlatformConfig config = sound();
  config.core.further_modes.assign(255, {config.core.format, config.core.accumulate});
  config.further_formats.assign(255, {config.core.format.out});
  EXPECT_EQ(config.validate(), std::vector<std::string>{});
  config.core.further_modes.emplace_back(config.core.further_modes.front());
  config.further_formats.emplace_back(config.further_formats.front());
  EXPECT_EQ(config.validate(),
            (std::vector<std::string>{"core: 257 modes; allowed: 1..256", "vector: 257 element formats; allowed: 1..256"}));
  EXPECT_EQ(config.formats().at(0), (operations::ElementFormat{config.core.format.out, config.core.accumulate.rounding}));
}

// The currents behind the energy of a preset are weighed with the times that the preset keeps.
TEST(DramPreset, EnergyAndTimingAreOfOneDevice) {
  std::ifstream file(BINADE_DRAM_DEVICES);
  std::map<std::string, std::map<std::string, double>> devices;
  for (std::string line; std::getline(file, line);) {
    std::istringstream text(line);
    std::string preset, quantity, value;
    if (std::getline(text, preset, ',') && std::getline(text, quantity, ',') && std::getline(text, value, ',') &&
        find_dram_preset(preset) != nullptr)
      devices[preset][quantity] = std::stod(value);
  }
  for (const DramPreset& preset : dram_presets()) {
    const auto& device = devices[std::string(preset.name)];
    EXPECT_EQ(device.at("burst"), preset.burst_ps / 1000.0) << preset.name;
    EXPECT_EQ(device.at("burst_bytes"), preset.burst_bytes()) << preset.name;
    EXPECT_EQ(device.at("tras"), preset.ras_ps / 1000.0) << preset.name;
    EXPECT_EQ(device.at("trp"), preset.rp_ps / 1000.0) << preset.name;
    EXPECT_EQ(device.at("trfc"), preset.rfc_ps / 1000.0) << preset.name;
  }
}

// What users of each device expect of it: a DIMM rank, a two-channel die, a whole stack.
TEST(DramPreset, OwnChannelsMakeTheDevice) {
  const auto peak = [](const char* name, int channels) {
    const DramPreset& preset = *find_dram_preset(name);
    return preset.channel_gb_per_s() * dram_channels(preset, channels);
  };
  EXPECT_DOUBLE_EQ(peak("ddr4-2400", 0), 19.2);
  EXPECT_DOUBLE_EQ(peak("lpddr4-3200", 0), 12.8);
  EXPECT_DOUBLE_EQ(peak("hbm2", 0), 256);
  EXPECT_DOUBLE_EQ(peak("hbm2", 1), 16);
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

TEST(PlatformConfig, RefusesWhatLiesBesideEveryLimit) {
  using Setter = void (*)(PlatformConfig&, std::int64_t);
  const std::map<std::string_view, Setter> setters{
      {"core.rows", [](PlatformConfig& c, std::int64_t v) { c.core.rows = static_cast<int>(v); }},
      {"core.cols", [](PlatformConfig& c, std::int64_t v) { c.core.cols = static_cast<int>(v); }},
      {"core.pe_latency", [](PlatformConfig& c, std::int64_t v) { c.core.pe_latency = static_cast<int>(v); }},
      {"core.acc_bits", [](PlatformConfig& c, std::int64_t v) { c.core.accumulate.acc_bits = static_cast<int>(v); }},
      {"core.block", [](PlatformConfig& c, std::int64_t v) { c.core.accumulate.block = static_cast<int>(v); }},
      {"core.chain", [](PlatformConfig& c, std::int64_t v) { c.core.accumulate.chain = static_cast<int>(v); }},
      {"core.psum_bytes", [](PlatformConfig& c, std::int64_t v) { c.core.psum_bytes = v; }},
      {"core.lane_throughput", [](PlatformConfig& c, std::int64_t v) { c.core.lane_interval = static_cast<int>(v); }},
      {"core.lane_latency", [](PlatformConfig& c, std::int64_t v) { c.core.lane_latency = static_cast<int>(v); }},
      {"vector.lanes", [](PlatformConfig& c, std::int64_t v) { c.vector.lanes = static_cast<int>(v); }},
      {"vector.latency_cycles", [](PlatformConfig& c, std::int64_t v) { c.vector.latency_cycles = static_cast<int>(v); }},
      {"scratchpad.a_bytes", [](PlatformConfig& c, std::int64_t v) { c.scratchpad.a_bytes = v; }},
      {"scratchpad.b_bytes", [](PlatformConfig& c, std::int64_t v) { c.scratchpad.b_bytes = v; }},
      {"scratchpad.o_bytes", [](PlatformConfig& c, std::int64_t v) { c.scratchpad.o_bytes = v; }},
      {"scratchpad.banks", [](PlatformConfig& c, std::int64_t v) { c.scratchpad.banks = static_cast<int>(v); }},
      {"scratchpad.bank_bytes", [](PlatformConfig& c, std::int64_t v) { c.scratchpad.bank_bytes = static_cast<int>(v); }},
      {"bus.bytes_per_cycle", [](PlatformConfig& c, std::int64_t v) { c.bus.bytes_per_cycle = static_cast<int>(v); }},
      {"bus.latency_cycles", [](PlatformConfig& c, std::int64_t v) { c.bus.latency_cycles = static_cast<int>(v); }},
      {"bus.burst_bytes", [](PlatformConfig& c, std::int64_t v) { c.bus.burst_bytes = static_cast<int>(v); }},
      {"bus.outstanding", [](PlatformConfig& c, std::int64_t v) { c.bus.outstanding = static_cast<int>(v); }},
      {"dram.channels", [](PlatformConfig& c, std::int64_t v) { c.dram.channels = static_cast<int>(v); }},
      {"dram.capacity_bytes", [](PlatformConfig& c, std::int64_t v) { c.dram.capacity_bytes = v; }},
      {"queue_depth", [](PlatformConfig& c, std::int64_t v) { c.queue_depth = static_cast<int>(v); }},
  };
  // Of a run or of training, not of the platform.
  std::set<std::string_view> others{"dfp.add_shift", "sdfp.weights", "sdfp.activations"};
  for (const spec::Limit& limit : spec::kLimits)
    if (limit.key.starts_with("train.")) others.insert(limit.key);
  ASSERT_EQ(setters.size() + others.size(), spec::kLimits.size());
  for (const spec::Limit& limit : spec::kLimits) {
    if (others.contains(limit.key)) continue;
    PlatformConfig config = sound();
    if (limit.key == "core.acc_bits") {
      config.core.format = numerics::parse_format("posit32es4");
      config.core.accumulate.policy = numerics::Accumulate::Exact;
    }
    if (limit.key == "core.chain") config.core.accumulate.policy = numerics::Accumulate::Chained;
    for (const std::int64_t value : {limit.least, limit.most}) {
      setters.at(limit.key)(config, value);
      EXPECT_EQ(config.validate(), std::vector<std::string>{}) << limit.key << ' ' << value;
    }
    for (const std::int64_t value : {limit.least - 1, limit.most + 1}) {
      if (limit.contains(value)) continue;  // 0, below 1, where it means a default
      setters.at(limit.key)(config, value);
      const auto problems = config.validate();
      ASSERT_EQ(problems.size(), 1U) << limit.key << ' ' << value;
      EXPECT_NE(problems[0].find(std::to_string(value) + " is out of range; allowed: "), std::string::npos) << problems[0];
      // The accumulator says what its format allows.
      if (limit.key != "core.acc_bits") {
        EXPECT_TRUE(problems[0].ends_with("allowed: " + limit.allowed())) << problems[0];
      }
    }
  }
}

}  // namespace
}  // namespace binade::hw
