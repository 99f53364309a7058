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

namespace binade::operations {

class FastChain {
 public:
  FastChain(const ChainForm& form, std::span<const ChainSource> sources, std::span<ChainTarget> targets);
  /// Outputs first .. first+count-1.
  void run(std::int64_t first, std::int64_t count);

 private:
  double* block(int index) { return registers_.data() + static_cast<std::size_t>(index) * block_; }
  const std::byte* bytes_of(std::size_t operand, std::int64_t element) const;
  /// Of an operand's format and exponent.
  void decode(std::size_t operand, const std::byte* from, std::size_t count, double* values);
  void make_code_table(std::size_t operand);
  void fill_what_stays();
  void read_operands(std::int64_t first, std::size_t count);
  void carry_out(int step, std::int64_t first, std::size_t count);
  bool compute(const StepPlan& plan, const ChainStep& step, std::size_t count, double* out);
  numerics::Events compute_literally(const ChainStep& step, std::size_t count);
  void store(ChainTarget& target, const double* values, std::int64_t first, std::size_t count);
  /// Of a target's element for output `first`.
  std::byte* place(ChainTarget& target, std::int64_t first) const;
  void put_codes(ChainTarget& target, std::int64_t first, std::size_t count) const;

  const ChainForm& form_;
  const std::span<const ChainSource> sources_;
  const std::span<ChainTarget> targets_;
  const std::vector<StepPlan> plans_;
  const std::size_t block_;  ///< elements at a time
  std::vector<double> registers_;
  std::vector<std::vector<double>> tables_;   ///< decoded elements of operands that several outputs share
  std::vector<std::vector<double>> by_code_;  ///< values of all codes, of long operands of a byte an element
  std::vector<std::int64_t> filled_with_;     ///< of operands that several outputs share: the element all over the block; -1: none
  std::vector<numerics::Code> codes_;
  std::vector<std::uint32_t> random_;
};

}  // namespace binade::operations
