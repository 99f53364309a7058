// SPDX-License-Identifier: Apache-2.0
// Windows over planes as descriptors: chunks of whole planes through the scratchpads.
#pragma once

#include <cstdint>
#include <string>

#include "hw/config.h"
#include "models/spec/isa.h"
#include "sim/host/schedule.h"

namespace binade::sim {

/// A pass of windows whose tensors are bound to DRAM.
struct WindowJob {
  struct Tensor {
    std::int64_t address = -1;  ///< byte address of its first element
    int bytes = 1;              ///< of an element
  };
  spec::Windows record;  ///< of all planes; bases, planes and first are filled in per chunk
  Tensor x, out;
  Tensor indices;  ///< read or written, of a record that has them
};

/// Planes of one chunk: as many as half of each scratchpad holds, a quarter of the job where that is at least kChunkTarget
/// (lower_vector.h) outputs, everything without a capacity limit. Throws InputError naming the scratchpad keys and the bytes that
/// one plane needs.
std::int64_t choose_planes(const hw::PlatformConfig& config, const WindowJob& job, const std::string& where);
void lower_windows(const hw::PlatformConfig& config, const WindowJob& job, const std::string& where, Schedule& schedule);

}  // namespace binade::sim
