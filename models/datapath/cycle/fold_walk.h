// SPDX-License-Identifier: Apache-2.0
// The folds of a command in the order the array runs them, each with the beats at which its streams start. One walker holds one
// fold, so a stream's walk costs no memory: the counters of the hardware sequencer.
#pragma once

#include "models/datapath/dataflow/dataflow.h"

namespace binade::datapath {

class FoldWalk {
 public:
  FoldWalk() = default;
  /// `config` must outlive it.
  FoldWalk(const CoreConfig& config, const CoreCommand& command);

  const Fold& fold() const { return fold_; }
  bool done() const { return done_; }
  /// To the next fold; done() after the last.
  void next();

 private:
  const CoreConfig* config_ = nullptr;
  const DataflowRules* rules_ = nullptr;
  CoreCommand command_;
  Position first_;  ///< of the fold
  Fold fold_;
  bool done_ = true;
};

}  // namespace binade::datapath
