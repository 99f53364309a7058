// SPDX-License-Identifier: Apache-2.0
// Random commands of a core: tiles of one and of many folds, ragged and full edges, all overlaps, K in parts.
#pragma once

#include <vector>

#include "models/datapath/core.h"
#include "sim/verify/codes.h"

namespace binade::verify {

/// Lanes in use of each output vector of a command, in the order of the output stream; empty unless last_k.
std::vector<int> output_columns(const datapath::CoreConfig& config, const datapath::CoreCommand& command);

class CommandStream {
 public:
  struct Draw {
    datapath::CoreCommand command;
    datapath::Overlap overlap;
    datapath::Edge edge;
  };

  /// `bank_rows`: m of a tile in ws at the most.
  CommandStream(const datapath::CoreConfig& config, std::int64_t bank_rows, std::uint64_t seed)
      : config_(config), bank_rows_(bank_rows), draw_(seed) {}
  /// Legal for the core that took all earlier ones: a command that holds a part of K is followed by the next part.
  Draw next();
  /// The core was reset: what it kept is gone.
  void restart() { parts_left_ = 0; }

 private:
  Draw begin();
  void draw_shifts(datapath::CoreCommand& command);

  const datapath::CoreConfig config_;
  const std::int64_t bank_rows_;
  verify::Draw draw_;
  Draw last_;
  int parts_left_ = 0;
  bool biased_ = false;
};

}  // namespace binade::verify
