// SPDX-License-Identifier: Apache-2.0
// The folds of a command in the order the array runs them, each with the beats at which its streams start. One walker holds one
// fold, so a stream's walk costs no memory: the counters of the hardware sequencer.
#pragma once

#include "models/datapath/core.h"

namespace binade::datapath {

/// One pass of operands over the array. Beats count enabled clocks of the command from 0; P = pe_latency.
struct Fold {
  std::int64_t m0 = 0, n0 = 0, k0 = 0;  ///< first row, column and k of the tile
  int r = 0, c = 0;                     ///< rows and columns in use (os: r along m; ws: r along k)
  int charged_r = 0, charged_c = 0;     ///< rows and columns that timing charges: r and c, or R and C with edge = full
  std::int64_t depth = 0;               ///< A vectors: K (os) or M (ws)
  bool first_k = false;                 ///< sums start from zero
  bool last_k = false;                  ///< sums leave through the lanes
  std::uint64_t start = 0;              ///< first A vector is taken (os: B likewise)
  std::uint64_t load = 0;               ///< ws: first weight row enters the chain; `charged_r` beats
  std::uint64_t compute_end = 0;        ///< os: one past the last accumulate
  std::uint64_t exit = 0;               ///< the first output leaves column 0's foot
  std::uint64_t end = 0;                ///< one past the beat at which the last sum leaves (os without outputs: compute_end)
  std::int64_t outputs = 0;             ///< output vectors, on consecutive beats
};

class FoldWalk {
 public:
  FoldWalk() = default;
  FoldWalk(const CoreConfig& config, const CoreCommand& command);

  const Fold& fold() const { return fold_; }
  bool done() const { return done_; }
  /// To the next fold; done() after the last.
  void next();

 private:
  void shape();
  void place_output_stationary();
  void place_weight_stationary();

  const CoreConfig* config_ = nullptr;
  CoreCommand command_;
  Fold fold_;
  bool done_ = true;
};

}  // namespace binade::datapath
