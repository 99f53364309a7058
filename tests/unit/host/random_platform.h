// SPDX-License-Identifier: Apache-2.0
// Platforms to lower random work for: small scratchpads, or none that limit.
#pragma once

#include "hw/config.h"
#include "tests/unit/operations/chain_cases.h"

namespace binade::tests {

/// Scratchpads of `least` to `most` times 64 bytes.
inline hw::PlatformConfig random_platform(operations::test::Chance& chance, int least, int most) {
  hw::PlatformConfig config;
  config.core.format = numerics::parse_format("posit8");
  config.core.accumulate.policy = default_accumulate(config.core.format);
  config.memory_ideal = chance.pick(0, 7) == 0;
  config.core.capacity_limited = !config.memory_ideal;
  config.queue_depth = chance.pick(1, 8);
  for (std::int64_t* const bytes : {&config.scratchpad.a_bytes, &config.scratchpad.b_bytes, &config.scratchpad.o_bytes})
    *bytes = std::int64_t{64} * chance.pick(least, most);
  return config;
}

}  // namespace binade::tests
