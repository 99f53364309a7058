// SPDX-License-Identifier: Apache-2.0
// Tiles by simulation: each matrix product of a run with the best tiles that the closed form ranks (sim/host/tile_cost.h), each
// layer's best kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "sim/host/run_spec.h"
#include "sim/report/run_report.h"

namespace binade::sim {

/// How many ranked tiles of a layer are simulated beside the one that a run without a search takes.
inline constexpr int kTilesSimulated = 8;

/// Of a layer, or of a training step's tensor.
struct FoundTile {
  Tile tile;                         ///< of the fewest clocks; of those of least energy
  std::string default_tile;          ///< what a run without a search takes: extents and loop order
  std::uint64_t default_cycles = 0;  ///< total_cycles with it
};

/// Where the tiles of each layer's fewest clocks take more together than the default's (layers begin at other phases of the DRAM's
/// refreshes, which may outweigh a small gain), the default's are found. Simulates the first pass with each of the ranked tiles,
/// then the whole run with the default's and with those found: without values, on which tiles do not depend, in processes of its
/// own, so many at a time. Of a core in RTL only tiles that it holds. Empty where it was interrupted. Throws InputError where a run
/// fails for the user's reason.
std::map<std::string, FoundTile> search_tiles(const RunSpec& spec, std::size_t processes);

/// The choice that takes them.
TilingChoice chosen(const TilingChoice& given, const std::map<std::string, FoundTile>& found);
/// What the search says of each layer of a report.
void tell(const std::map<std::string, FoundTile>& found, RunReport& report);

}  // namespace binade::sim
