// SPDX-License-Identifier: Apache-2.0
// Event vectors at the pins (events_pkg) and as functional coverage classes.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "models/numerics/events.h"
#include "sim/verify/pins.h"

namespace binade::verify {

inline constexpr int kEventBits = 5;
inline constexpr std::array<std::string_view, kEventBits> kEventNames{"saturation", "underflow", "overflow", "nar", "inexact"};

inline std::array<std::uint64_t, kEventBits> counts_of(const numerics::Events& events) {
  return {events.saturation, events.underflow, events.overflow, events.nar, events.inexact};
}

/// One step's events as the pin `pin` carries them.
inline void put_events(Row& out, Row& care, std::size_t pin, const numerics::Events& events, bool specified = true) {
  const auto counts = counts_of(events);
  out[pin] = 0;
  for (std::size_t event = 0; event < counts.size(); ++event) out[pin] |= std::uint64_t{counts[event] != 0} << event;
  care[pin] = specified ? low_bits(kEventBits) : 0;
}

/// Events that a unit can raise, as bits in the order of kEventNames.
using EventSet = unsigned;
inline constexpr EventSet kSaturation = 1, kUnderflow = 2, kOverflow = 4, kNar = 8, kInexact = 16;

/// The functional coverage classes "event NAME"; those outside the set have no name and are not reported.
class EventClasses {
 public:
  EventClasses() = default;
  EventClasses(std::vector<std::string>& classes, EventSet possible) : first_(classes.size()) {
    for (std::size_t event = 0; event < kEventNames.size(); ++event)
      classes.push_back((possible >> event & 1) != 0 ? "event " + std::string(kEventNames[event]) : "");
  }
  void count(const numerics::Events& events, std::vector<std::uint64_t>& hits) const {
    const auto counts = counts_of(events);
    for (std::size_t event = 0; event < counts.size(); ++event) hits[first_ + event] += counts[event];
  }

 private:
  std::size_t first_ = 0;
};

}  // namespace binade::verify
