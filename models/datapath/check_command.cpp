// SPDX-License-Identifier: Apache-2.0
#include "models/datapath/check_command.h"

#include <initializer_list>
#include <limits>

#include "models/datapath/dataflow/dataflow.h"
#include "models/datapath/timing.h"
#include "models/numerics/error.h"
#include "models/numerics/uint128.h"
#include "models/spec/ranges.h"

namespace binade::datapath {
namespace {

using numerics::Accumulate;
using numerics::Int128;

struct Field {
  const char* name;
  std::int64_t value, low, high;
};

std::string outside(const Field& field) {
  return std::string(field.name) + " is " + std::to_string(field.value) + "; allowed: " + std::to_string(field.low) + " .. " +
         std::to_string(field.high);
}

/// Dfp and sdfp whose sums are stored as they are: the exponent is applied by a later pass.
bool stores_sums(const CoreConfig& config) {
  const Accumulate policy = config.accumulate.policy;
  return stores_raw(config) && policy != Accumulate::Blocked && policy != Accumulate::Serial;
}

/// `config` has one mode: the command's.
std::string problem_in_mode(const CoreConfig& config, const CoreCommand& command) {
  // K is below 2^31, the carry room of the widest accumulators.
  constexpr std::int64_t kMostK = spec::kLargestCount - 1;
  for (const Field& field : {Field{"m", command.m, 1, spec::kLargestCount},
                             {"n", command.n, 1, spec::kLargestCount},
                             {"k", command.k, 1, kMostK},
                             {"k_base", command.k_base, 0, command.first_k ? 0 : kMostK},
                             {"product_shift", command.product_shift, spec::kLowestShift, spec::kHighestShift},
                             {"bias_shift", command.bias_shift, spec::kLowestShift, spec::kHighestShift},
                             {"m_base", command.m_base, 0, spec::kLargestWord},
                             {"n_base", command.n_base, 0, spec::kLargestWord},
                             {"logical_cols", command.logical_cols, 0, spec::kLargestWord}})
    if (field.value < field.low || field.value > field.high) return outside(field);
  if (command.k_base + command.k > kMostK)
    return "k_base + k is " + std::to_string(command.k_base + command.k) + "; K is below 2^31";
  const Int128 last_index = (Int128{command.m_base} + command.m - 1) * command.logical_cols + command.n_base + command.n - 1;
  if (last_index > std::numeric_limits<std::int64_t>::max()) return "the logical index of the last element is not below 2^63";
  const bool bias_first = numerics::bias_starts_sums(config.accumulate);
  if (command.bias && !numerics::bias_joins(config.accumulate, command.first_k, command.last_k))
    return bias_first ? "bias needs first_k where sums start from it" : "bias needs last_k";
  if ((!command.first_k || !command.last_k) && (command.n > config.cols || command.m > rules_of(config).partial_k_rows(config)))
    return "a tile with a part of K must be one output block of the array";
  if (uses_partial_sums(config, command) && command.m > psum_rows(config))
    return outside({"m", command.m, 1, psum_rows(config)}) + ", the rows of the partial-sum bank";
  if (stores_sums(config) && command.product_shift != 0) return "product_shift is 0 where raw sums are stored";
  if (stores_raw(config) && command.bias_shift > 0) return "bias_shift is at most 0 where raw sums are stored";
  if (config.format.integers_to_float() && command.bias_shift != 0) return "bias_shift is 0 where sums leave as floats";
  return {};
}

}  // namespace

std::string command_problem(const CoreConfig& config, const CoreCommand& command, int mode_before) {
  const Field mode{"mode", command.mode, 0, mode_count(config) - 1};
  if (mode.value < mode.low || mode.value > mode.high) return outside(mode);
  if (!command.first_k && command.mode != mode_before)
    return "mode is " + std::to_string(command.mode) + " after " + std::to_string(mode_before) + "; it changes with first_k only";
  return mode_count(config) == 1 ? problem_in_mode(config, command) : problem_in_mode(in_mode(config, command.mode), command);
}

void check_command(const CoreConfig& config, const CoreCommand& command) {
  if (mode_count(config) != 1) throw InvariantError("core: one mode's core was made from a configuration of several");
  const std::string problem = command_problem(config, command);
  if (!problem.empty()) throw InvariantError("core command: " + problem);
}

}  // namespace binade::datapath
