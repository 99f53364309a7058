// SPDX-License-Identifier: Apache-2.0
// What the host program sees of the accelerator. Implemented by sim/platform (SystemC) and, literally, by tests/support.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "models/programs/machine.h"
#include "models/spec/arithmetic_counts.h"

namespace binade::sim {

/// The exponent unit's statistics since the last reset (CSRs StatMaxAbs, StatOverflows, StatHistogram, of a StatResult).
using programs::TensorStats;

/// What of a tile a core holds at most where its configuration sets no limit: the RTL's memories are elaborated.
struct CoreReach {
  std::int64_t partial_sum_rows = std::numeric_limits<std::int64_t>::max();  ///< ws: m of a tile whose sums wait in the bank
  std::int64_t bias_columns = std::numeric_limits<std::int64_t>::max();      ///< n of a tile with bias
  bool operator==(const CoreReach&) const = default;
};

class Device {
 public:
  virtual ~Device() = default;
  /// Set-up and read-back of DRAM; takes no simulated time.
  virtual void write_memory(std::uint64_t address, std::span<const std::byte> bytes) = 0;
  virtual void read_memory(std::uint64_t address, std::span<std::byte> bytes) = 0;
  /// Rings the doorbell for `count` descriptors at `address` and sleeps on the interrupt; simulated time passes.
  /// Throws InvariantError with the descriptor's address on a fault.
  virtual void run(std::uint64_t address, std::uint64_t count) = 0;
  virtual void reset_stats() = 0;
  /// `result`: of a chain; of everything else 0.
  virtual TensorStats stats(std::size_t result = 0) = 0;
  virtual CoreReach reach() const { return {}; }
  /// Counters since construction.
  virtual spec::Counters counters() const = 0;
  /// The same, by mode and format; of a device of one mode and one format what the counters say.
  virtual spec::ArithmeticCounts arithmetic() const { return spec::ArithmeticCounts::in_one(counters()); }
};

}  // namespace binade::sim
