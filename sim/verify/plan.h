// SPDX-License-Identifier: Apache-2.0
// The blocks of a run, each with a stimulus and a seed of its own.
#pragma once

#include <memory>

#include "sim/verify/engine.h"

namespace binade::verify {

class Plan {
 public:
  virtual ~Plan() = default;
  virtual std::uint64_t blocks() const = 0;
  virtual std::uint64_t vectors() const = 0;  ///< of all blocks
  virtual std::unique_ptr<Stimulus> make(std::uint64_t block) const = 0;
};

/// Of rows, of operands, or else of what the unit draws. `unit` and `options` outlive it.
std::unique_ptr<const Plan> make_plan(const Unit& unit, const EngineOptions& options);

}  // namespace binade::verify
