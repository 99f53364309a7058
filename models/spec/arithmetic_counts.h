// SPDX-License-Identifier: Apache-2.0
// What of the counters depends on a mode or a format in what one count costs: core.macs, core.psum_reads + core.psum_writes,
// core.outputs, core.beats, core.out_vectors, core.b_elements and vector.operations, divided by the core's mode and by the vector
// unit's output format; and, where they are asked for, the sums over operands that the energy of a mode's elements follows from.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/spec/counters.h"
#include "models/spec/operand_sums.h"

namespace binade::spec {

/// Later - earlier is what happened in between, as of Counters. A list that is shorter than another has zeros there.
struct ArithmeticCounts {
  std::vector<std::uint64_t> macs, psum_accesses;                            ///< by mode
  std::vector<std::uint64_t> vector_operations;                              ///< by index of the output's format
  std::vector<std::uint64_t> outputs = {};                                   ///< by mode: what left the lanes
  std::vector<OperandSums> operands = {};                                    ///< by mode; empty: not counted
  std::vector<std::uint64_t> beats = {}, out_vectors = {}, b_elements = {};  ///< by mode

  /// Of a machine that has one mode and one format.
  static ArithmeticCounts in_one(const Counters& counters) {
    return {{counters[Counter::CoreMacs]},
            {counters[Counter::CorePsumReads] + counters[Counter::CorePsumWrites]},
            {counters[Counter::VectorOperations]},
            {counters[Counter::CoreOutputs]},
            {},
            {counters[Counter::CoreBeats]},
            {counters[Counter::CoreOutVectors]},
            {counters[Counter::CoreBElements]}};
  }
  ArithmeticCounts& operator+=(const ArithmeticCounts& other) {
    return combine(other, [](const auto& one, const auto& two) { return one + two; });
  }
  friend ArithmeticCounts operator-(ArithmeticCounts later, const ArithmeticCounts& earlier) {
    return later.combine(earlier, [](const auto& one, const auto& two) { return one - two; });
  }
  bool operator==(const ArithmeticCounts&) const = default;

 private:
  template <class Operation>
  ArithmeticCounts& combine(const ArithmeticCounts& other, Operation operation) {
    const auto apply = [&](auto& mine, const auto& theirs) {
      mine.resize(std::max(mine.size(), theirs.size()));
      for (std::size_t i = 0; i < theirs.size(); ++i) mine[i] = operation(mine[i], theirs[i]);
    };
    apply(macs, other.macs);
    apply(psum_accesses, other.psum_accesses);
    apply(vector_operations, other.vector_operations);
    apply(outputs, other.outputs);
    apply(beats, other.beats);
    apply(out_vectors, other.out_vectors);
    apply(b_elements, other.b_elements);
    apply(operands, other.operands);
    return *this;
  }
};

}  // namespace binade::spec
