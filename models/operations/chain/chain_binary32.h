// SPDX-License-Identifier: Apache-2.0
// Chains whose registers are all binary32 (fits_binary32()): a block of elements at a time in the machine's own arithmetic, twice
// as many to a vector as FastChain has. So are those between tensors of flex, dfp and fp32. Steps that make a tensor's words count
// what binary32 loses; where that is not told by binary32 itself they are evaluated in binary64, as FastChain does it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "models/operations/chain/chain_plan.h"
#include "models/operations/chain/chain_registers.h"
#include "models/operations/chain/chain_store.h"

namespace binade::operations {

class Binary32Chain {
 public:
  /// Precondition: fits_binary32(form, sources, plans).
  Binary32Chain(const ChainForm& form, std::span<const ChainSource> sources, std::span<ChainTarget> targets,
                std::vector<StepPlan> plans);
  /// Outputs first .. first+count-1.
  void run(std::int64_t first, std::int64_t count);

 private:
  void decode(std::size_t operand, const std::byte* from, std::size_t count, float* values);
  void carry_out(int step, std::int64_t first, std::size_t count);

  const ChainForm& form_;
  const std::span<const ChainSource> sources_;
  const std::span<ChainTarget> targets_;
  const std::vector<StepPlan> plans_;
  ChainRegisters<float> registers_;
  ChainStore store_;
  std::array<std::vector<double>, 5> wide_;  ///< operands and result of a step in binary64
  std::vector<numerics::Code> codes_;
};

}  // namespace binade::operations
