// SPDX-License-Identifier: Apache-2.0
// The accelerator clock as arithmetic. No sc_clock toggles: modules schedule the clock edges they need and the clock
// sleeps in between. Everything happens on whole multiples of the period.
#pragma once

#include <cstdint>
#include <systemc>

namespace binade::hw {

/// A count of accelerator clocks since the start of simulation.
using Cycle = std::uint64_t;
inline constexpr Cycle kNever = ~Cycle{0};

class Clock {
 public:
  /// The period is 1/clock_ghz rounded to whole picoseconds.
  explicit Clock(double clock_ghz);

  const sc_core::sc_time& period() const { return period_; }
  Cycle now() const { return sc_core::sc_time_stamp().value() / period_.value(); }
  /// The first clock edge at or after now + delay.
  Cycle edge_after(const sc_core::sc_time& delay) const {
    return (sc_core::sc_time_stamp().value() + delay.value() + period_.value() - 1) / period_.value();
  }
  /// From now until clock edge `at`; zero for an edge that has passed.
  sc_core::sc_time until(Cycle at) const {
    const std::uint64_t time = at * period_.value(), here = sc_core::sc_time_stamp().value();
    return sc_core::sc_time::from_value(time > here ? time - here : 0);
  }
  sc_core::sc_time span(Cycle clocks) const { return sc_core::sc_time::from_value(clocks * period_.value()); }

 private:
  sc_core::sc_time period_;
};

/// The wake-up event of a module's one step method. wake_at keeps the earliest request; a step re-requests what it still needs.
class Waker {
 public:
  explicit Waker(const Clock& clock) : clock_(clock) {}
  const sc_core::sc_event& event() const { return event_; }
  void wake_at(Cycle at) {
    if (at != kNever) event_.notify(clock_.until(at));
  }

 private:
  const Clock& clock_;
  sc_core::sc_event event_;
};

}  // namespace binade::hw
