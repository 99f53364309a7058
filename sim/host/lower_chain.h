// SPDX-License-Identifier: Apache-2.0
// Chains as descriptors: chunks of outputs through the scratchpads, operands divided between A and B. Of an operand that several
// outputs share, a chunk loads the elements that it needs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hw/config.h"
#include "models/operations/chain/chain_record.h"
#include "sim/host/schedule.h"

namespace binade::sim {

/// A chain whose operands and results are bound to DRAM.
struct ChainJob {
  struct Tensor {
    std::int64_t address = 0;  ///< byte address of the operand's or result's first element
    int bytes = 1;             ///< of an element
  };
  operations::PlacedChain chain;  ///< formats, exponents, tensors; scratchpads and bases are filled in per chunk
  std::vector<Tensor> operands, results;
};

/// Outputs of one chunk, as choose_chunk() (lower_vector.h) has it.
std::int64_t choose_chunk(const hw::PlatformConfig& config, const ChainJob& job, const std::string& where);
void lower_chain(const hw::PlatformConfig& config, const ChainJob& job, const std::string& where, Schedule& schedule);

}  // namespace binade::sim
