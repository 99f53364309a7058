// SPDX-License-Identifier: Apache-2.0
// One build of a module: Verilator, then the C++ compiler.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "rtl/cosim/module_manifest.h"
#include "rtl/cosim/module_spec.h"
#include "rtl/cosim/tool_process.h"

namespace binade::rtl {

/// What the module's C++ depends on besides its sources.
std::vector<std::string> verilator_options(const ModuleSpec& spec);

struct BuildPlaces {
  std::filesystem::path rtl;     ///< our SystemVerilog and cosim/
  std::filesystem::path work;    ///< empty, of this build alone
  std::filesystem::path shared;  ///< Verilator's runtime, compiled once per kind of module, is kept there
};
/// Leaves `work`/module.so and says what it was made of. Throws InputError with what a tool said where one fails or is missing, and
/// BuildInterrupted where `stop` is set meanwhile.
///
/// Where combinational logic of sources that are not ours is circular by signal, though acyclic by bit (an array assigned from
/// itself by index), the arrays are split into elements, which are not; where that does not help it is built at Verilator's -O0.
/// Both -O1 to -O3 of Verilator 5.006 (packed arrays) and -O0 (unpacked ones) leave some of such logic unassigned.
ModuleManifest build_module(const ModuleSpec& spec, const BuildPlaces& places, StopFlag stop);

}  // namespace binade::rtl
