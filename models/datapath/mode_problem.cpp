// SPDX-License-Identifier: Apache-2.0
#include "models/datapath/mode_problem.h"

#include "models/numerics/accumulator.h"
#include "models/numerics/error.h"

namespace binade::datapath {

std::string policy_problem(const CoreMode& mode) {
  try {
    static_cast<void>(numerics::make_accumulator(mode.format, mode.accumulate));
  } catch (const InputError& error) {
    return error.what();
  }
  return unknown_exponent_problem(mode);
}

std::string unknown_exponent_problem(const CoreMode& mode) {
  const numerics::Accumulate policy = mode.accumulate.policy;
  const numerics::FormatSpec& out = mode.format.out;
  if (!out.exponent_after() || (policy != numerics::Accumulate::Serial && policy != numerics::Accumulate::Blocked)) return {};
  return "accumulate: '" + std::string(to_string(policy)) + "' rounds to the output's exponent, which " + to_string(out) +
         " has only when the tensor is finished; allowed: exact fp32 chained";
}

}  // namespace binade::datapath
