// SPDX-License-Identifier: Apache-2.0
// How a block of a register's values goes to a tensor that it is rounded to once more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/operations/chain/chain_arithmetic.h"

namespace binade::operations {

/// Of the target's element for output `first`.
std::byte* place_of(const ChainForm& form, const ChainTarget& target, std::int64_t first);

/// Whether a step's own rounding makes the words of target `t`.
inline bool is_made_by_step(const ChainForm& form, std::size_t t, const ChainTarget& target) {
  const int step = form.results[t] - form.step_register(0);
  return step >= 0 && form.steps[static_cast<std::size_t>(step)].to.format == target.format.format;
}

class ChainStore {
 public:
  explicit ChainStore(const ChainForm& form) : form_(form) {}
  void store(ChainTarget& target, const double* values, std::int64_t first, std::size_t count);
  void store(ChainTarget& target, const float* values, std::int64_t first, std::size_t count);

 private:
  const ChainForm& form_;
  std::vector<double> wide_;
  std::vector<numerics::Code> codes_;
  std::vector<std::uint32_t> random_;
};

}  // namespace binade::operations
