// SPDX-License-Identifier: Apache-2.0
// The Verilated core (rtl/core/core.sv) as a SteppedCore: any array, format and policy that the RTL covers, built on demand.
#pragma once

#include <memory>
#include <string>

#include "models/datapath/core.h"
#include "rtl/cosim/module_cache.h"

namespace binade::rtl {

/// The core's sources and elaboration parameters for a configuration. Overlap and edge are fields of the command, not parameters.
/// Throws InputError naming what the RTL does not cover (docs/rtl/core.md).
ModuleSpec core_module(const ModuleCache& cache, const datapath::CoreConfig& config);

/// A core over an instance of core_module(config).
std::unique_ptr<datapath::SteppedCore> make_verilated_core(const datapath::CoreConfig& config, Module module);

}  // namespace binade::rtl
