// SPDX-License-Identifier: Apache-2.0
// Streams dot products through a DotUnit back to back, with bubbles and frozen clocks, and the same through the literal model.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "tests/cosim/dot_unit.h"

namespace binade::cosim {

struct DotJob {
  std::vector<std::uint32_t> a, b;  ///< codes, at least one pair
  std::optional<std::uint32_t> bias;
  bool relu = false;
  bool raw = false;    ///< dfp, sdfp: the accumulator itself
  bool split = false;  ///< the sum leaves the element in the middle and comes back, as between tiles
  int product_shift = 0, bias_shift = 0;
  numerics::Rounding rounding = numerics::Rounding::Rne;
  std::uint32_t seed = 0, tensor = 0;
  std::uint64_t index = 0;
};
struct DotResult {
  std::uint64_t code = 0;
  numerics::Events events;
  std::uint64_t magnitude = 0;  ///< statistics, where the family has them
  bool overflow = false;
  bool operator==(const DotResult&) const = default;
};

/// Under `serial` all jobs have one rounding: it is a constant of a command. `stall_seed` != 0: frozen clocks and bubbles at
/// random.
std::vector<DotResult> run_unit(DotUnit& unit, const DotSet& set, const std::vector<DotJob>& jobs, std::uint32_t stall_seed);
DotResult run_model(const DotSet& set, const DotJob& job);

/// One line that names the job, for failure messages.
std::string describe(const DotSet& set, const DotJob& job);

}  // namespace binade::cosim
