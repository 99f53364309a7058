// SPDX-License-Identifier: Apache-2.0
// How far a piece of work is.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace binade::sim {

struct Progress {
  std::int64_t step = 0, steps = 0;  ///< of the same kind in all jobs of a pool, which adds them up
  std::string what;
};
using ProgressSink = std::function<void(const Progress&)>;

}  // namespace binade::sim
