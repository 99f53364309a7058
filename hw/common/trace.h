// SPDX-License-Identifier: Apache-2.0
// What modules tell attached observers: an engine one interval of work per descriptor; a unit when it begins and ends its
// arithmetic.
#pragma once

#include <functional>
#include <string_view>

#include "hw/common/clock.h"

namespace binade::hw {

struct TraceEvent {
  std::string_view engine;     ///< load compute store
  std::string_view operation;  ///< opcode, or the vector unit's operation
  std::int64_t layer = 0;      ///< of the descriptor's header
  Cycle begin = 0, end = 0;    ///< [begin, end)
};
/// Empty when nobody listens.
using TraceCallback = std::function<void(const TraceEvent&)>;

/// Called with true before a unit's arithmetic, with false after it, at one simulated time. Empty when nobody listens.
using WorkHook = std::function<void(bool begins)>;

}  // namespace binade::hw
