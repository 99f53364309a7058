// SPDX-License-Identifier: Apache-2.0
#include "sim/host/scratchpads.h"

#include <algorithm>

#include "models/numerics/error.h"

namespace binade::sim {

std::int64_t most_that_fit(const hw::PlatformConfig& config, const std::string& where, const std::string& one, std::int64_t items,
                           std::int64_t target, const std::function<HalfBytes(std::int64_t)>& bytes) {
  if (config.memory_ideal) return items;
  const HalfBytes half = half_bytes(config);
  if (const HalfBytes least = bytes(1); !fits(least, half))
    throw InputError(where + ": a scratchpad is too small for " + one + ", double buffered: scratchpad.a_bytes is " +
                     std::to_string(config.scratchpad.a_bytes) + ", scratchpad.b_bytes " +
                     std::to_string(config.scratchpad.b_bytes) + ", scratchpad.o_bytes " +
                     std::to_string(config.scratchpad.o_bytes) + "; at least " + std::to_string(2 * least.a) + ", " +
                     std::to_string(2 * least.b) + " and " + std::to_string(2 * least.o) + " bytes are needed");
  std::int64_t fitting = 1, beyond = std::min(items, std::max((items + 3) / 4, target)) + 1;
  while (beyond - fitting > 1) {
    const std::int64_t middle = fitting + (beyond - fitting) / 2;
    (fits(bytes(middle), half) ? fitting : beyond) = middle;
  }
  return fitting;
}

}  // namespace binade::sim
