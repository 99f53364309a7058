// SPDX-License-Identifier: Apache-2.0
// What a platform's memories on the chip cost by a technology's own table (memory_table.h): energy of scratchpads and partial sums
// by the bank that an access touches, their leakage, and their area.
//
//   scratchpad a, b, o   each of `scratchpad_banks` banks of words of 64 bits; bytes read and written pay an eighth of an access
//   partial sums         where the dataflow has a bank of them: a slice beside each column, of words as wide as the accumulator's
//   state; of several modes the widest
//                        decides area and leakage, and each mode's accesses pay by its own. An access pays the mean of a read and a
//                        write: what is written is read once
//   memory leakage       power of all banks and slices that there are times the time
#pragma once

#include <string>
#include <vector>

#include "models/cost/energy.h"
#include "models/cost/memory_table.h"

namespace binade::cost {

/// A row each of the four components above.
std::vector<EnergyRow> memory_energy(const spec::Counters& counters, const spec::ArithmeticCounts& arithmetic,
                                     const PlatformFacts& facts, const MemoryTable& table);

struct MemoryAreaRow {
  std::string block;  ///< scratchpad a, scratchpad b, scratchpad o; partial sums where there is a bank of them
  double um2 = 0;
  std::string rule;
};
std::vector<MemoryAreaRow> memory_area(const PlatformFacts& facts, const MemoryTable& table);

}  // namespace binade::cost
