// SPDX-License-Identifier: Apache-2.0
#include "models/datapath/cycle/lane_walk.h"

#include <algorithm>

namespace binade::datapath {

LaneWalk::LaneWalk(const CoreConfig& config, const CoreCommand& command, Stream stream)
    : stream_(stream), cols_(config.cols), n_(stream == Stream::B && command.bias ? command.n : 0), folds_(config, command) {
  next();
}

void LaneWalk::next() {
  if (bias_n_ < n_) {
    lanes_ = static_cast<int>(std::min<std::int64_t>(cols_, n_ - bias_n_));
    vectors_ = 1;
    bias_n_ += lanes_;
    return;
  }
  for (vectors_ = 0; !folds_.done() && vectors_ == 0; folds_.next()) take_fold();
}

void LaneWalk::take_fold() {
  const Fold& fold = folds_.fold();
  switch (stream_) {
    case Stream::A:
      lanes_ = fold.r;
      vectors_ = static_cast<std::uint64_t>(fold.depth);
      return;
    case Stream::B:
      lanes_ = fold.c;
      vectors_ = static_cast<std::uint64_t>(fold.b_vectors);
      return;
    case Stream::Out:
      lanes_ = fold.c;
      vectors_ = static_cast<std::uint64_t>(fold.outputs);
      return;
  }
}

}  // namespace binade::datapath
