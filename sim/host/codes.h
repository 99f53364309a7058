// SPDX-License-Identifier: Apache-2.0
// Codes as little-endian storage bytes, the form they have in DRAM and under a digest.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "models/numerics/format_spec.h"

namespace binade::sim {

std::vector<std::byte> pack_codes(std::span<const numerics::Code> codes, int element_bytes);
std::vector<numerics::Code> unpack_codes(std::span<const std::byte> bytes, int element_bytes);

}  // namespace binade::sim
