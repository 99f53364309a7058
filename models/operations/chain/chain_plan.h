// SPDX-License-Identifier: Apache-2.0
// How the fast evaluation (chain_fast.h) carries out each step of a form: decided once for all elements, from formats alone.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "models/operations/chain/chain_arithmetic.h"
#include "models/operations/chain/chain_loops.h"

namespace binade::operations {

struct StepPlan {
  enum class Way : std::uint8_t {
    Loop,      ///< `kernel`: to odd, or a value of the step's format where `exact`
    Fam,       ///< exact_fam(), where its sums are binary64, else literally
    Binary64,  ///< primitives that are defined so
    Literal,
  };
  Way way = Way::Literal;
  loops::Kernel kernel = loops::Kernel::Copy;
  bool exact = false;                    ///< no rounding changes the kernel's result
  std::vector<std::size_t> owners = {};  ///< targets of the step's own format: the step's rounding makes their words
  bool read = false;                     ///< by a later step, or for a target of another format
};

/// Whether the exponents of all sources leave room in binary64 for what is computed of them.
bool fits_binary64(std::span<const ChainSource> sources);
/// Whether binary32 holds every register: operands and constants are such values, and steps round to it, to nearest even, in loops.
bool fits_binary32(const ChainForm& form, std::span<const ChainSource> sources, std::span<const StepPlan> plans);
std::vector<StepPlan> plan_steps(const ChainForm& form, std::span<const ChainSource> sources, std::span<const ChainTarget> targets);

}  // namespace binade::operations
