// SPDX-License-Identifier: Apache-2.0
// The composition root of the simulated system: host thread, bus, DRAM, accelerator. SystemC stays behind this header.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "hw/config.h"
#include "sim/host/device.h"
#include "sim/host/wall_clock.h"
#include "sim/platform/cores.h"

namespace binade::sim {

struct PlatformOptions {
  std::string trace_path;                ///< Perfetto / Chrome trace of the engines; empty = none
  std::vector<std::string> layer_names;  ///< of the trace, by the descriptors' layer index; may be empty
  CoreParts cores;                       ///< what the core is made of
  WallClock* wall_clock = nullptr;       ///< runs for the core, the vector unit and the platform; may be null
};

/// Elaborates the platform and runs `program`, which simulated time passes for inside Device::run, on the caller's stack.
/// Returns when it does. Once per process. Exceptions of `program` and of the core pass through. Asserts the conservation rules of
/// counters.def after every Device::run.
void run_on_platform(const hw::PlatformConfig& config, CoreKind core, const PlatformOptions& options,
                     const std::function<void(Device&)>& program);

}  // namespace binade::sim
