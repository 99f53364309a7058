// SPDX-License-Identifier: Apache-2.0
// How far a calibrated table's figures of many points can be trusted: marks of their rows, and what the marks say below a table.
#pragma once

#include <span>
#include <string>

namespace binade::sim {

/// Of a point; nothing of one that is priced by published figures.
struct CostStanding {
  std::string missing;       ///< units that the table lacks, joined by ", "; "switching energy of the X": no energy of it
  std::string extrapolated;  ///< units beyond the table's samples
  bool too_fast = false;     ///< the clock is faster than the critical path allows

  bool lacks_unit() const;    ///< area and critical path are of fewer units than there are
  bool lacks_energy() const;  ///< and energy
  std::string marks() const;  ///< ?, ~ and >, each where it holds
};

/// Whether a clock is faster than this path allows; equal clocks are whole picoseconds.
bool clock_is_too_fast(double clock_ghz, double critical_path_ps);
/// Whether it is the fastest that the path allows, as clock_ghz=auto chooses it.
bool clock_is_of_path(double clock_ghz, double critical_path_ps);

/// A line for each mark that some point has: how many points, and of which units. `left_out`: how many of those that lack a unit
/// are on no front for it.
std::string standing_lines(std::span<const CostStanding> points, std::size_t left_out);

}  // namespace binade::sim
