// SPDX-License-Identifier: Apache-2.0
// Chains a block of elements at a time, registers in binary64: every value of every format is one, and a step's exact result
// rounded to odd (to_odd.h) rounds once more to its format as if from the exact one. Bits, events and statistics are those of the
// literal evaluation (chain_literal.h), which carries out the steps for which that cannot be shown, element by element.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "models/operations/chain/chain_arithmetic.h"
#include "models/operations/chain/chain_plan.h"
#include "models/operations/chain/chain_registers.h"
#include "models/operations/chain/chain_store.h"

namespace binade::operations {

class FastChain {
 public:
  /// `plans`: of plan_steps().
  FastChain(const ChainForm& form, std::span<const ChainSource> sources, std::span<ChainTarget> targets,
            std::vector<StepPlan> plans);
  /// Outputs first .. first+count-1.
  void run(std::int64_t first, std::int64_t count);

 private:
  /// Of an operand's format and exponent.
  void decode(std::size_t operand, const std::byte* from, std::size_t count, double* values);
  void make_code_table(std::size_t operand);
  void carry_out(int step, std::int64_t first, std::size_t count);
  bool compute(const StepPlan& plan, const ChainStep& step, std::size_t count, double* out);
  numerics::Events compute_literally(const ChainStep& step, std::size_t count);
  void put_codes(ChainTarget& target, std::int64_t first, std::size_t count) const;

  const ChainForm& form_;
  const std::span<const ChainSource> sources_;
  const std::span<ChainTarget> targets_;
  const std::vector<StepPlan> plans_;
  ChainRegisters<double> registers_;
  ChainStore store_;
  std::vector<std::vector<double>> by_code_;  ///< values of all codes, of long operands of a byte an element
  std::vector<numerics::Code> codes_;
};

}  // namespace binade::operations
