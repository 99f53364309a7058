// SPDX-License-Identifier: Apache-2.0
#include "hw/common/clock.h"

#include <cmath>

#include "models/numerics/error.h"

// libsystemc refers to it; the platform is elaborated and started from the program's own main instead.
int sc_main(int, char*[]) { return 0; }

namespace binade::hw {

Clock::Clock(double clock_ghz) {
  const double picoseconds = std::round(1000.0 / clock_ghz);
  if (!(picoseconds >= 1)) throw InvariantError("clock: clock_ghz outside the validated range");
  period_ = sc_core::sc_time(picoseconds, sc_core::SC_PS);
}

}  // namespace binade::hw
