// SPDX-License-Identifier: Apache-2.0
// The operand side of the cycle core's array: what enters on a beat, skewed, and the control that travels with it.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "models/datapath/delay_line.h"
#include "models/datapath/fold_walk.h"
#include "models/datapath/pe/lane.h"

namespace binade::datapath {

/// Control beside one A vector. It enters PE(0, 0) with the vector and moves one row and one column a beat, so PE(i, j) sees the
/// token of i + j beats ago.
struct Token {
  PeMask mask;
  bool first_k = false;         ///< the vector's fold starts its sums from zero
  bool final = false;           ///< the fold's sums leave through the lanes
  bool first = false;           ///< first vector of the fold
  bool last = false;            ///< last vector of the fold
  bool block_end = false;       ///< os: this product is the last of its block
  std::int16_t chain_rows = 0;  ///< os full: rows that the drain chain of a column takes at once
  std::int32_t phase = 0;       ///< ws: global k of row 0, modulo the block
  std::int64_t index = 0;       ///< os: k; ws: m
  std::int64_t n0 = 0;          ///< first column of the fold in the tile
};

/// One stream's position: fold and vector within it.
struct StreamWalk {
  FoldWalk folds;
  std::int64_t vector = 0;
  void advance(std::int64_t vectors_per_fold) {
    if (++vector < vectors_per_fold) return;
    vector = 0;
    folds.next();
  }
};

/// The token of the A vector at `walk`.
Token token_of(const CoreConfig& config, const CoreCommand& command, const StreamWalk& walk);

/// Skew registers of one side: lane i leaves i beats after it entered. Rings of registers have a power of two of entries.
template <class Operand>
class Skew {
 public:
  Skew(std::size_t lanes, Operand idle)
      : lanes_(lanes), mask_(std::bit_ceil(lanes) - 1), idle_(idle), ring_((mask_ + 1) * lanes, idle) {}
  void clear() { std::fill(ring_.begin(), ring_.end(), idle_); }
  /// The register row that takes this beat's vector.
  Operand* enter(std::uint64_t beat) { return ring_.data() + (beat & mask_) * lanes_; }
  /// Lane i's operand on this beat. `beat` counts from at least `lanes`.
  Operand leave(std::uint64_t beat, std::size_t lane) const { return ring_[((beat - lane) & mask_) * lanes_ + lane]; }

 private:
  std::size_t lanes_, mask_;
  Operand idle_;
  std::vector<Operand> ring_;
};

}  // namespace binade::datapath
