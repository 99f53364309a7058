// SPDX-License-Identifier: Apache-2.0
#include "hw/config.h"

#include <bit>
#include <sstream>

#include "hw/bus/address_map.h"
#include "hw/memory/dram_preset.h"

namespace binade::hw {
namespace {

class Problems {
 public:
  explicit Problems(std::vector<std::string> lines) : lines_(std::move(lines)) {}

  template <class Value>
  void within(const char* key, Value value, Value low, Value high) {
    if (value >= low && value <= high) return;
    std::ostringstream line;
    line << key << ": " << value << "; allowed: " << low << " .. " << high;
    lines_.push_back(line.str());
  }
  void power_of_two(const char* key, std::int64_t value, std::int64_t low, std::int64_t high, const char* or_else = "") {
    if (value >= low && value <= high && std::has_single_bit(static_cast<std::uint64_t>(value))) return;
    lines_.push_back(std::string(key) + ": " + std::to_string(value) + "; allowed: " + or_else + "a power of two, " +
                     std::to_string(low) + " .. " + std::to_string(high));
  }
  void add(std::string line) { lines_.push_back(std::move(line)); }
  std::vector<std::string> take() { return std::move(lines_); }

 private:
  std::vector<std::string> lines_;
};

}  // namespace

std::vector<std::string> PlatformConfig::validate() const {
  Problems problems(core.validate());
  constexpr std::int64_t kScratchpadLimit = std::int64_t{1} << 34;
  problems.within("scratchpad.a_bytes", scratchpad.a_bytes, std::int64_t{64}, kScratchpadLimit);
  problems.within("scratchpad.b_bytes", scratchpad.b_bytes, std::int64_t{64}, kScratchpadLimit);
  problems.within("scratchpad.o_bytes", scratchpad.o_bytes, std::int64_t{64}, kScratchpadLimit);
  problems.within("scratchpad.banks", scratchpad.banks, 1, 1024);
  problems.within("scratchpad.bank_bytes", scratchpad.bank_bytes, 1, 1024);
  problems.within("bus.bytes_per_cycle", bus.bytes_per_cycle, 1, 65536);
  problems.within("bus.latency_cycles", bus.latency_cycles, 1, 100000);
  problems.power_of_two("bus.burst_bytes", bus.burst_bytes, 8, 65536);
  problems.within("bus.outstanding", bus.outstanding, 1, 65536);
  if (!find_dram_preset(dram.preset)) {
    std::string names;
    for (const DramPreset& preset : dram_presets()) names += (names.empty() ? "" : ", ") + std::string(preset.name);
    problems.add("dram.preset: '" + dram.preset + "'; allowed: " + names);
  }
  if (dram.channels != 0) problems.power_of_two("dram.channels", dram.channels, 1, kMostDramChannels, "0 (the preset's own) or ");
  problems.within("dram.capacity_bytes", dram.capacity_bytes, std::int64_t{1} << 16, static_cast<std::int64_t>(kMemoryWindow));
  problems.within("vector.lanes", vector.lanes, 1, 65536);
  problems.within("vector.latency_cycles", vector.latency_cycles, 0, 100000);
  problems.within("clock_ghz", clock_ghz, 0.001, 100.0);
  problems.within("queue_depth", queue_depth, 1, 65536);
  return problems.take();
}

}  // namespace binade::hw
