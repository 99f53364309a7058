// SPDX-License-Identifier: Apache-2.0
// What the accelerator accepts as a descriptor. Everything an engine relies on is checked here, before dispatch.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "hw/config.h"
#include "models/datapath/core.h"
#include "models/spec/isa.h"

namespace binade::hw {

/// The machine a descriptor is checked against.
struct MachineLimits {
  datapath::CoreConfig core;
  std::int64_t a_bytes = 0, b_bytes = 0, o_bytes = 0;
  std::vector<operations::ElementFormat> further_formats = {};  ///< PlatformConfig's
};

/// What is wrong, in words; empty for a descriptor that can be carried out after a Gemm in mode `core_mode` (0 after a reset).
/// `words`: all of the descriptor's, as many as its opcode says.
std::string descriptor_problem(std::span<const std::int64_t> words, const MachineLimits& limits, int core_mode = 0);

}  // namespace binade::hw
