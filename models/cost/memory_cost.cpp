// SPDX-License-Identifier: Apache-2.0
#include "models/cost/memory_cost.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace binade::cost {
namespace {

using spec::Counter;

constexpr const char* kPartialSums = "partial sums";
constexpr double kWordBytes = MemoryTable::kBits / 8.0;

/// So many memories of `each` bytes in words of `bits`.
struct Memory {
  const char* name;
  int count = 1;
  const char* part;  ///< what one of them is called
  double each = 0;
  double bits = MemoryTable::kBits;

  MemoryCost one(const MemoryTable& table) const { return table.bank(each * 8 / bits, bits); }
  std::string said(const MemoryCost& cost) const {
    return fmt::format("a {} of {:.6g} bytes in words of {:g} bits: {:.3g} pJ a read, {:.3g} pJ a write ({})", part, each, bits,
                       cost.read_pj, cost.write_pj, to_string(cost.standing));
  }
};

Memory scratchpad(const char* name, std::int64_t bytes, const PlatformFacts& facts) {
  return {name, facts.scratchpad_banks, "bank", static_cast<double>(bytes) / facts.scratchpad_banks};
}

Memory slice(const PlatformFacts& facts, int psum_bits) {
  return {kPartialSums, facts.psum_slices, "slice", static_cast<double>(facts.psum_bytes) / facts.psum_slices,
          static_cast<double>(psum_bits)};
}

bool has_slices(const PlatformFacts& facts) { return facts.psum_bytes > 0; }

/// All that the platform has, the slices in their widest words.
std::vector<Memory> memories(const PlatformFacts& facts) {
  std::vector<Memory> all{scratchpad("scratchpad a", facts.a_bytes, facts), scratchpad("scratchpad b", facts.b_bytes, facts),
                          scratchpad("scratchpad o", facts.o_bytes, facts)};
  if (!has_slices(facts)) return all;
  int widest = 1;
  for (const auto& mode : facts.modes) widest = std::max(widest, mode.psum_bits);
  all.push_back(slice(facts, widest));
  return all;
}

}  // namespace

std::vector<EnergyRow> memory_energy(const spec::Counters& counters, const spec::ArithmeticCounts& arithmetic,
                                     const PlatformFacts& facts, const MemoryTable& table) {
  const auto count = [&](Counter counter) { return static_cast<double>(counters[counter]); };
  const auto all = memories(facts);
  std::vector<EnergyRow> rows;
  const auto add_scratchpad = [&](const Memory& memory, Counter read, Counter written) {
    const MemoryCost cost = memory.one(table);
    rows.push_back({memory.name, (count(read) * cost.read_pj + count(written) * cost.write_pj) / kWordBytes, memory.said(cost)});
  };
  add_scratchpad(all[0], Counter::SpadAReadBytes, Counter::SpadAWriteBytes);
  add_scratchpad(all[1], Counter::SpadBReadBytes, Counter::SpadBWriteBytes);
  add_scratchpad(all[2], Counter::SpadOReadBytes, Counter::SpadOWriteBytes);

  EnergyRow sums{kPartialSums, 0, has_slices(facts) ? "" : kNoPartialSums};
  for (std::size_t i = 0; has_slices(facts) && i < facts.modes.size(); ++i) {
    const Memory memory = slice(facts, facts.modes[i].psum_bits);
    const MemoryCost cost = memory.one(table);
    const double accesses = i < arithmetic.psum_accesses.size() ? static_cast<double>(arithmetic.psum_accesses[i]) : 0;
    sums.picojoule += accesses * (cost.read_pj + cost.write_pj) / 2;
    const std::string rule = memory.said(cost);
    if (sums.rule.find(rule) == std::string::npos) sums.rule += (sums.rule.empty() ? "" : "; ") + rule;
  }
  rows.push_back(std::move(sums));

  double leakage_nw = 0;
  for (const Memory& memory : all) leakage_nw += memory.count * memory.one(table).leakage_nw;
  // 1 nW for 1 ps is 1e-9 pJ.
  rows.push_back({"memory leakage", leakage_nw * count(Counter::TotalCycles) * facts.clock_ps * 1e-9,
                  fmt::format("{:.3g} uW of scratchpads{}", leakage_nw * 1e-3, has_slices(facts) ? " and partial sums" : "")});
  return rows;
}

std::vector<MemoryAreaRow> memory_area(const PlatformFacts& facts, const MemoryTable& table) {
  std::vector<MemoryAreaRow> rows;
  for (const Memory& memory : memories(facts)) {
    const MemoryCost cost = memory.one(table);
    rows.push_back({memory.name, memory.count * cost.area_um2,
                    fmt::format("{} x {} of {:.6g} bytes in words of {:g} bits, {:.4g} um2 ({})", memory.count, memory.part,
                                memory.each, memory.bits, cost.area_um2, to_string(cost.standing))});
  }
  return rows;
}

}  // namespace binade::cost
