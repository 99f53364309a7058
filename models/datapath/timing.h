// SPDX-License-Identifier: Apache-2.0
// The timing function: array beats of a tile in closed form, memory not limiting. Derivation in timing.cpp and docs/timing.md.
#pragma once

#include "models/datapath/core.h"

namespace binade::datapath {

/// Array beats of one command (DESIGN 3, timing table), P-1 product stages included.
std::uint64_t tile_beats(const CoreConfig& config, const CoreCommand& command);
/// Port registers + bias load + lane latency of one command.
std::uint64_t tile_overhead(const CoreConfig& config, const CoreCommand& command);
/// Stream vectors of one command.
std::uint64_t a_vectors(const CoreConfig& config, const CoreCommand& command);
std::uint64_t b_vectors(const CoreConfig& config, const CoreCommand& command);
std::uint64_t out_vectors(const CoreConfig& config, const CoreCommand& command);

}  // namespace binade::datapath
