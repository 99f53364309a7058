// SPDX-License-Identifier: Apache-2.0
// A run as a library call: one spec, one report. The command line, sweeps and tests are callers.
#pragma once

#include <cstddef>
#include <filesystem>

#include "rtl/cosim/module_cache.h"
#include "sim/host/run.h"
#include "sim/host/run_spec.h"
#include "sim/report/run_report.h"

namespace binade::sim {

/// What a caller wants of a simulation beside its report, and where it keeps what a simulation needs. None of it changes the report
/// but `timeline`, whose digest the report has.
struct SimulateHooks {
  /// `run.before_gemm` is called beside simulate()'s own. Where there is no wall clock simulate() has one of its own: the report
  /// has its times either way.
  RunHooks run = {};
  std::size_t processes = 1;                      ///< at a time, of a search for tiles
  rtl::ModuleCache* rtl = nullptr;                ///< where spec.uses_rtl(); null: rtl_cache()
  std::filesystem::path timeline = {};            ///< Perfetto / Chrome trace of the engines; empty: none
  std::filesystem::path mismatch_directory = {};  ///< of the files of a mismatch in lockstep; empty: the current one
};

/// Everything that can be wrong with a spec, but what only the RTL's sources say (check_rtl). Throws InputError.
void check(const RunSpec& spec);
/// What a run will ask of the machine, asked for now: the reference's library with its memory, and the threads. Throws InputError.
void prepare_machine(const RunSpec& spec, int threads);

/// Builds the platform and runs the spec on it. Once per process, since SystemC elaborates once (run_in_processes).
/// Throws InputError, MismatchError (lockstep, check) or InvariantError.
RunReport simulate(const RunSpec& spec, const SimulateHooks& hooks = {});

}  // namespace binade::sim
