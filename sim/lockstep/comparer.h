// SPDX-License-Identifier: Apache-2.0
// Two stepped cores on the same inputs, compared on every clock. Finds; reporting is another's (mismatch.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "models/datapath/core.h"

namespace binade::lockstep {

/// The first place where two cores differ.
struct Difference {
  enum class Kind : std::uint8_t { Handshake, Output, Counter, Assertion };
  Kind kind = Kind::Handshake;
  std::uint64_t clock = 0;              ///< within the command: clocks since it was first offered
  std::string port;                     ///< as rtl/core/core.sv names it
  std::uint64_t lane = 0;               ///< Output: of the port. Counter, port bin_count_o: the bin
  std::uint64_t vector = 0;             ///< Output: since the command's start
  std::uint64_t first = 0, second = 0;  ///< raw values
  std::string first_name = "cycle", second_name = "rtl";
  std::string assertion;  ///< what failed, in the design's words
};

/// Drives two cores; `second` is on trial.
class Comparer {
 public:
  Comparer(datapath::SteppedCore& first, datapath::SteppedCore& second) : first_(first), second_(second) {}

  void reset();
  /// One edge in both, then every output: the three ready signals, output valid, the lanes of the output vector that are in the
  /// tile, done and, with it, every counter and statistic. Returns the first difference.
  std::optional<Difference> clock(const datapath::CorePinsIn& in);
  /// No command is under way.
  bool idle() const { return !running_; }

 private:
  std::optional<Difference> pins() const;
  std::optional<Difference> results() const;

  datapath::SteppedCore& first_;
  datapath::SteppedCore& second_;
  datapath::CoreCommand command_;
  bool running_ = false, fresh_ = true;
  std::uint64_t clock_ = 0, vector_ = 0;
};

/// Counters and statistics of a finished command, field by field; `clock` and the names are left to the caller.
std::optional<Difference> compare_results(const datapath::TileClocks& first_clocks, const datapath::TileStats& first_stats,
                                          const datapath::TileClocks& second_clocks, const datapath::TileStats& second_stats);

}  // namespace binade::lockstep
