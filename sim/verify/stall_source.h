// SPDX-License-Identifier: Apache-2.0
// When things wait: frozen clocks, missing operands, full outputs.
#pragma once

#include <cstdint>

#include "sim/verify/codes.h"
#include "sim/verify/unit.h"

namespace binade::verify {

class StallSource {
 public:
  StallSource(Stalls stalls, std::uint64_t seed) : stalls_(stalls), draw_(seed) {}

  /// Whether what may wait goes on this clock. None: always; Random: three clocks in four; Bursty: after runs of up to 20 clocks,
  /// runs of up to 12 stand still.
  bool moves() {
    constexpr std::uint64_t kLongestRun = 20, kLongestPause = 12;
    switch (stalls_) {
      case Stalls::None:
        return true;
      case Stalls::Random:
        return !draw_.one_in(4);
      case Stalls::Bursty:
        break;
    }
    if (left_ == 0) {
      running_ = !running_;
      left_ = 1 + draw_.below(running_ ? kLongestRun : kLongestPause);
    }
    --left_;
    return running_;
  }

 private:
  Stalls stalls_;
  Draw draw_;
  bool running_ = false;
  std::uint64_t left_ = 0;
};

}  // namespace binade::verify
