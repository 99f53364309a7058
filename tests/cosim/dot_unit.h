// SPDX-License-Identifier: Apache-2.0
// One processing element and one lane of the RTL behind a plain interface: the Verilated classes stay in one translation unit.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "models/numerics/accumulator.h"

namespace binade::cosim {

/// The ports of tests/cosim/harness/*.sv, by their names.
struct DotPinsIn {
  bool enable = true;
  bool valid = false, load = false, close = false;
  bool restore = false;  ///< load takes the saved state instead of zero
  bool save = false;
  std::uint32_t a = 0, b = 0;
  numerics::Rounding step_rounding = numerics::Rounding::Rne;
  int product_shift = 0;
  int lane_shift = 0;  ///< the product shift of the sum that enters the lane
  bool lane_valid = false, bias_valid = false;
  std::uint32_t bias = 0;
  int bias_shift = 0;
  bool relu = false, raw = false;
  numerics::Rounding rounding = numerics::Rounding::Rne;
  std::uint32_t seed = 0, tensor = 0;
  std::uint64_t index = 0;
};
struct DotPinsOut {
  unsigned step_events = 0, product_events = 0;  ///< bits in the order of numerics::Events
  bool lane_valid = false;
  std::uint64_t code = 0;
  unsigned events = 0, bias_events = 0, block_events = 0;
  std::uint64_t magnitude = 0;
  bool overflow = false;
};

class DotUnit {
 public:
  virtual ~DotUnit() = default;
  virtual void reset() = 0;
  virtual const DotPinsOut& clock(const DotPinsIn& in) = 0;  ///< one rising edge; outputs after it
};

/// An elaborated parameter set (tests/cosim/CMakeLists.txt).
struct DotSet {
  std::string name;
  numerics::FormatSpec format;
  numerics::AccumulateSpec accumulate;
  int latency = 1;
  std::unique_ptr<DotUnit> (*make)() = nullptr;
};
std::span<const DotSet> dot_sets();

}  // namespace binade::cosim
