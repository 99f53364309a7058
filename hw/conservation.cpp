// SPDX-License-Identifier: Apache-2.0
#include "hw/conservation.h"

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <string>

#include "hw/memory/dram_preset.h"
#include "models/numerics/error.h"
#include "models/spec/isa.h"

namespace binade::hw {
namespace {

using spec::Counter;

std::string_view name_of(Counter counter) { return spec::kCounters[static_cast<std::size_t>(counter)].name; }

class Checker {
 public:
  Checker(const spec::Counters& run, std::uint64_t cycle) : run_(run), cycle_(cycle) {}

  std::uint64_t sum(std::initializer_list<Counter> parts) const {
    std::uint64_t total = 0;
    for (const Counter part : parts) total += run_[part];
    return total;
  }
  void equal(std::initializer_list<Counter> left, std::initializer_list<Counter> right) const {
    if (sum(left) != sum(right)) fail(text(left) + " = " + text(right));
  }
  void require(bool holds, const std::string& rule) const {
    if (!holds) fail(rule);
  }

  std::string text(std::initializer_list<Counter> parts) const {
    std::string words;
    for (const Counter part : parts) {
      words += (words.empty() ? "" : " + ") + std::string(name_of(part)) + " (" + std::to_string(run_[part]) + ")";
    }
    return words;
  }

 private:
  [[noreturn]] void fail(const std::string& rule) const {
    throw InvariantError("conservation broken at clock " + std::to_string(cycle_) + ": " + rule);
  }

  const spec::Counters& run_;
  const std::uint64_t cycle_;
};

/// The least and the most bytes of an element of a stream over the core's modes.
struct Widths {
  std::uint64_t least = std::numeric_limits<std::uint64_t>::max(), most = 0;
  void add(int bytes) {
    least = std::min(least, static_cast<std::uint64_t>(bytes));
    most = std::max(most, static_cast<std::uint64_t>(bytes));
  }
};

/// Bytes counted at the scratchpads are the elements that the streams' transfers carried, the vector unit's apart.
void check_ports(const datapath::CoreConfig& core, const Checker& check) {
  using enum Counter;
  Widths a, b, output;
  for (int index = 0; index < datapath::mode_count(core); ++index) {
    const datapath::CoreConfig mode = datapath::in_mode(core, index);
    a.add(mode.format.a.storage_bytes());
    b.add(mode.format.b.storage_bytes());
    b.add(mode.format.out.storage_bytes());  // biases
    output.add(datapath::output_bytes(mode));
  }
  const bool alone = check.sum({VectorOperations}) == 0;
  const auto carries = [&](Counter bytes, Counter elements, const Widths& each) {
    const std::uint64_t carried = check.sum({elements});
    const bool exact = alone && each.least == each.most;
    check.require(check.sum({bytes}) >= carried * each.least && (!alone || check.sum({bytes}) <= carried * each.most),
                  check.text({bytes}) + (exact ? " = " : " >= ") + check.text({elements}) + " of " + std::to_string(each.least) +
                      (each.least == each.most ? "" : " to " + std::to_string(each.most)) + " bytes");
  };
  carries(SpadAReadBytes, CoreAElements, a);
  carries(SpadBReadBytes, CoreBElements, b);
  carries(SpadOWriteBytes, CoreOutputs, output);
  const auto fills = [&](Counter elements, Counter vectors, int lanes) {
    check.require(check.sum({elements}) >= check.sum({vectors}) &&
                      check.sum({elements}) <= check.sum({vectors}) * static_cast<std::uint64_t>(lanes),
                  check.text({elements}) + " on 1 to " + std::to_string(lanes) + " lanes of " + check.text({vectors}));
  };
  fills(CoreAElements, CoreAVectors, core.rows);
  fills(CoreBElements, CoreBVectors, core.cols);
  fills(CoreOutputs, CoreOutVectors, core.cols);
  check.require(check.sum({CoreMacs}) <= check.sum({CoreAElements}) * static_cast<std::uint64_t>(core.cols),
                check.text({CoreMacs}) + ": an element of A meets at most a row of the array");
}

}  // namespace

void check_conservation(const PlatformConfig& config, const spec::Counters& run, std::uint64_t cycle) {
  const Checker check(run, cycle);
  using enum Counter;
  check.equal({LoadBusy, LoadStallToken, LoadStallMemory, LoadIdle}, {TotalCycles});
  check.equal({ComputeBusy, ComputeStallLoad, ComputeStallStore, ComputeIdle}, {TotalCycles});
  check.equal({StoreBusy, StoreStallToken, StoreStallMemory, StoreIdle}, {TotalCycles});
  check.equal({CoreBeats, CoreStallA, CoreStallB, CoreStallOut, CoreOverhead, VectorBusy}, {ComputeBusy});
  check.equal({LoadBytes, StoreBytes, FetchBytes}, {BusBytes});
  check.equal({LoadBytes, FetchBytes}, {DramReadBytes});
  check.equal({StoreBytes}, {DramWriteBytes});
  check.equal({SpadOReadBytes}, {StoreBytes});
  check_ports(config.core, check);
  check.require(run[FetchBytes] == run[FetchDescriptors] * spec::kDescriptorBytes,
                "fetch.bytes is a descriptor's size for each of fetch.descriptors");
  if (config.memory_ideal) return;
  check.require(run[BusBusy] * static_cast<std::uint64_t>(config.bus.bytes_per_cycle) >= run[BusBytes],
                "bus.busy carries bus.bytes");
  check.require(run[BusBusy] <= run[TotalCycles], "bus.busy <= total.cycles");
  check.equal({DramReadBursts, DramWriteBursts}, {DramActivates, DramRowHits});
  if (const DramPreset* preset = find_dram_preset(config.dram.preset)) {
    check.require(check.sum({DramReadBursts, DramWriteBursts}) * static_cast<std::uint64_t>(preset->burst_bytes()) >=
                      check.sum({DramReadBytes, DramWriteBytes}),
                  "dram bursts carry the bytes requested");
  }
}

}  // namespace binade::hw
