// SPDX-License-Identifier: Apache-2.0
#include "hw/config.h"

#include <sstream>

#include "hw/bus/address_map.h"
#include "hw/memory/dram_preset.h"
#include "models/spec/limits.h"
#include "models/spec/ranges.h"

namespace binade::hw {
namespace {

class Problems {
 public:
  explicit Problems(std::vector<std::string> lines) : lines_(std::move(lines)) {}

  void check(const spec::Limit& limit, std::int64_t value) {
    if (!limit.contains(value)) lines_.push_back(std::string(limit.key) + ": " + limit.refusal(value));
  }
  void add(std::string line) { lines_.push_back(std::move(line)); }
  std::vector<std::string> take() { return std::move(lines_); }

 private:
  std::vector<std::string> lines_;
};

}  // namespace

std::vector<std::string> PlatformConfig::validate() const {
  Problems problems(core.validate());
  problems.check(spec::limit_of("scratchpad.a_bytes"), scratchpad.a_bytes);
  problems.check(spec::limit_of("scratchpad.b_bytes"), scratchpad.b_bytes);
  problems.check(spec::limit_of("scratchpad.o_bytes"), scratchpad.o_bytes);
  problems.check(spec::limit_of("scratchpad.banks"), scratchpad.banks);
  problems.check(spec::limit_of("scratchpad.bank_bytes"), scratchpad.bank_bytes);
  problems.check(spec::limit_of("bus.bytes_per_cycle"), bus.bytes_per_cycle);
  problems.check(spec::limit_of("bus.latency_cycles"), bus.latency_cycles);
  problems.check(spec::limit_of("bus.burst_bytes"), bus.burst_bytes);
  problems.check(spec::limit_of("bus.outstanding"), bus.outstanding);
  if (!find_dram_preset(dram.preset)) {
    std::string names;
    for (const DramPreset& preset : dram_presets()) names += (names.empty() ? "" : ", ") + std::string(preset.name);
    problems.add("dram.preset: '" + dram.preset + "'; allowed: " + names);
  }
  problems.check(spec::limit_of("dram.channels"), dram.channels);
  static_assert(spec::limit_of("dram.capacity_bytes").most <= static_cast<std::int64_t>(kMemoryWindow));
  problems.check(spec::limit_of("dram.capacity_bytes"), dram.capacity_bytes);
  problems.check(spec::limit_of("vector.lanes"), vector.lanes);
  problems.check(spec::limit_of("vector.latency_cycles"), vector.latency_cycles);
  if (formats().size() > spec::kMostFormats)
    problems.add("vector: " + std::to_string(formats().size()) + " element formats; allowed: 1.." +
                 std::to_string(spec::kMostFormats));
  constexpr const spec::NumberLimit& clock = spec::number_limit_of("clock_ghz");
  if (!clock.contains(clock_ghz)) {
    std::ostringstream line;
    line << "clock_ghz: " << clock_ghz << " is out of range; allowed: " << clock.least << ".." << clock.most;
    problems.add(line.str());
  }
  problems.check(spec::limit_of("queue_depth"), queue_depth);
  return problems.take();
}

}  // namespace binade::hw
