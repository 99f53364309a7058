// SPDX-License-Identifier: Apache-2.0
// The timing function: array beats of a tile in closed form, memory not limiting. Derivation in
// models/datapath/dataflow and docs/timing.md.
#pragma once

#include "models/datapath/core.h"

namespace binade::datapath {

/// Array beats of one command (docs/timing.md, the table), P-1 product stages included.
std::uint64_t tile_beats(const CoreConfig& config, const CoreCommand& command);
/// Port registers + bias load + deskew tail + lane latency of one command.
std::uint64_t tile_overhead(const CoreConfig& config, const CoreCommand& command);
/// Beats that output lanes wait for the last column, so that a vector leaves together.
int deskew_beats(const CoreConfig& config);
/// Enabled clocks of one command: tile_beats() and then the beats that only empty the deskew registers (counted as overhead).
std::uint64_t sequence_beats(const CoreConfig& config, const CoreCommand& command);
/// Stream vectors of one command.
std::uint64_t a_vectors(const CoreConfig& config, const CoreCommand& command);
std::uint64_t b_vectors(const CoreConfig& config, const CoreCommand& command);
std::uint64_t out_vectors(const CoreConfig& config, const CoreCommand& command);
/// Lanes that carry elements in the widest vector of a stream, at most R (A) or C: all blocks but the last are that wide.
int widest_vector(const CoreConfig& config, const CoreCommand& command, Stream stream);
/// Elements of the tile that all vectors of a stream carry, bias included: what passes the port and is paid for.
std::uint64_t stream_elements(const CoreConfig& config, const CoreCommand& command, Stream stream);
/// More than one K-fold makes an output whose sums fall (ws), so that they wait in the partial-sum bank, a row for each of the
/// command's m.
bool uses_partial_sums(const CoreConfig& config, const CoreCommand& command);
/// Elements read from and written to the partial-sum bank; 0 where sums stay (os).
std::uint64_t psum_reads(const CoreConfig& config, const CoreCommand& command);
std::uint64_t psum_writes(const CoreConfig& config, const CoreCommand& command);

}  // namespace binade::datapath
