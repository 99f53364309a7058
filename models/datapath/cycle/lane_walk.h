// SPDX-License-Identifier: Apache-2.0
// How many lanes of a stream's vectors carry elements of the tile: those that the fold uses. All others neither move nor cost.
#pragma once

#include "models/datapath/cycle/fold_walk.h"

namespace binade::datapath {

/// The vectors of one stream in stream order, a run of vectors with equally many lanes in use at a time.
class LaneWalk {
 public:
  LaneWalk() = default;
  /// `config` must outlive it.
  LaneWalk(const CoreConfig& config, const CoreCommand& command, Stream stream);

  bool done() const { return vectors_ == 0; }
  int lanes() const { return lanes_; }
  std::uint64_t vectors() const { return vectors_; }  ///< of the run; 0 after the last
  void next();

 private:
  void take_fold();

  Stream stream_ = Stream::A;
  int cols_ = 1;
  std::int64_t bias_n_ = 0, n_ = 0;  ///< B: columns whose bias has passed, of n_
  FoldWalk folds_;
  int lanes_ = 0;
  std::uint64_t vectors_ = 0;
};

}  // namespace binade::datapath
