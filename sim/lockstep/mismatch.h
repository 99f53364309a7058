// SPDX-License-Identifier: Apache-2.0
// What a difference between cores leaves behind: a replay file, a waveform of the failing tile, and one message.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "sim/lockstep/comparer.h"
#include "sim/lockstep/position.h"
#include "sim/lockstep/recording.h"

namespace binade::lockstep {

struct ReportOptions {
  std::filesystem::path directory;     ///< of the files; empty: the current one
  const Position* position = nullptr;  ///< null: unknown
  /// A core as the one on trial, fresh from reset, that writes every clock into the waveform. Empty: no waveform.
  std::function<std::unique_ptr<datapath::SteppedCore>(const std::filesystem::path& wave)> traced;
};

/// Writes lockstep-FORMAT-LAYER-tileN.csv and .fst and throws MismatchError, whose message says where (tile, clock, port), both
/// values, the operands in flight, the command, how to run it again, and what the waveform shows.
[[noreturn]] void report_mismatch(const datapath::CoreConfig& config, const Recording& recording, const Difference& difference,
                                  const ReportOptions& options);

}  // namespace binade::lockstep
