// SPDX-License-Identifier: Apache-2.0
// What of the counters depends on a mode or a format in what one count costs: core.macs, core.psum_reads + core.psum_writes and
// vector.operations, divided by the core's mode and by the vector unit's output format.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/spec/counters.h"

namespace binade::spec {

/// Later - earlier is what happened in between, as of Counters. A list that is shorter than another has zeros there.
struct ArithmeticCounts {
  std::vector<std::uint64_t> macs, psum_accesses;  ///< by mode
  std::vector<std::uint64_t> vector_operations;    ///< by index of the output's format

  /// Of a machine that has one mode and one format.
  static ArithmeticCounts in_one(const Counters& counters) {
    return {{counters[Counter::CoreMacs]},
            {counters[Counter::CorePsumReads] + counters[Counter::CorePsumWrites]},
            {counters[Counter::VectorOperations]}};
  }
  ArithmeticCounts& operator+=(const ArithmeticCounts& other) {
    return combine(other, [](std::uint64_t one, std::uint64_t two) { return one + two; });
  }
  friend ArithmeticCounts operator-(ArithmeticCounts later, const ArithmeticCounts& earlier) {
    return later.combine(earlier, [](std::uint64_t one, std::uint64_t two) { return one - two; });
  }
  bool operator==(const ArithmeticCounts&) const = default;

 private:
  template <class Operation>
  ArithmeticCounts& combine(const ArithmeticCounts& other, Operation operation) {
    const auto apply = [&](std::vector<std::uint64_t>& mine, const std::vector<std::uint64_t>& theirs) {
      mine.resize(std::max(mine.size(), theirs.size()));
      for (std::size_t i = 0; i < theirs.size(); ++i) mine[i] = operation(mine[i], theirs[i]);
    };
    apply(macs, other.macs);
    apply(psum_accesses, other.psum_accesses);
    apply(vector_operations, other.vector_operations);
    return *this;
  }
};

}  // namespace binade::spec
