// SPDX-License-Identifier: Apache-2.0
// The operand side of the cycle core's array: what enters on a beat, skewed, and the control that travels with it.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "models/datapath/cycle/delay_line.h"
#include "models/datapath/cycle/fold_walk.h"
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
  bool block_end = false;       ///< os: this product is the last of its block; ws: a block ends in one of the rows
  std::int16_t chain_rows = 0;  ///< os full: rows that the drain chain of a column takes at once
  std::int32_t same = 0;        ///< tokens up to this one that have its mask, counted to the array's diagonals
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

/// The token of the A vector at `walk`, all but `same`.
void set_token(Token& token, const CoreConfig& config, const CoreCommand& command, const StreamWalk& walk);

/// What a token asks of the PEs that it reaches.
enum Mark : std::uint8_t {
  kMarkStart = 1,  ///< os: the sum starts from zero; ws: the waiting weights come into use
  kMarkLast = 2,   ///< os: the sum is complete
  kMarkBlock = 4,  ///< a block of `blocked` or a chain of `chained` ends
};

/// A shift register over a power of two of entries: element `age` is what entered `age` shifts ago.
template <class T>
class Ring {
 public:
  Ring(std::size_t depth, T idle) : mask_(std::bit_ceil(depth) - 1), idle_(idle), values_(mask_ + 1, idle) {}
  void clear() { std::fill(values_.begin(), values_.end(), idle_); }
  /// One shift; returns the element that entered, to be set by the caller.
  T& shift() { return values_[++head_ & mask_]; }
  const T& operator[](std::size_t age) const { return values_[(head_ - age) & mask_]; }

 private:
  std::size_t mask_, head_ = 0;
  T idle_;
  std::vector<T> values_;
};

}  // namespace binade::datapath
