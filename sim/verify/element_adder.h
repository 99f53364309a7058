// SPDX-License-Identifier: Apache-2.0
// One product joins a sum, in elements that people have: the step of our own (step.h), or an integer sum that wraps around.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/verify/event_pins.h"
#include "sim/verify/step.h"

namespace binade::verify {

/// What an integer sum does that leaves its register.
enum class Overflow : std::uint8_t { Saturate, Wrap };

class ElementAdder {
 public:
  ElementAdder(const numerics::OperandFormats& formats, const numerics::AccumulateSpec& accumulate, Overflow overflow);
  /// `sum` += a b. A sum that wraps around counts one overflow.
  numerics::Events add(std::span<std::uint64_t> sum, numerics::Code a, numerics::Code b);
  int bits() const { return bits_; }
  std::size_t words() const { return static_cast<std::size_t>(bits_ + 63) / 64; }
  /// The bits of a sum that are specified; of NaR the flag alone.
  std::vector<std::uint64_t> care(std::span<const std::uint64_t> sum) const;
  EventSet possible_events() const;
  /// Products of the largest magnitude that take an integer sum from zero out of its register at either end; 0: too many for a
  /// run, or no integers.
  std::uint64_t steps_to_overflow() const;

 private:
  numerics::OperandFormats formats_;
  numerics::AccumulateSpec accumulate_;
  Overflow overflow_;
  int bits_;
  Step step_;
};

}  // namespace binade::verify
