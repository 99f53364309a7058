// SPDX-License-Identifier: Apache-2.0
// Ctrl-C.
#pragma once

#include <atomic>

namespace binade::sim {

/// The flag that SIGINT and SIGTERM set once catch_interrupts() has run. A second signal ends the program at once.
const std::atomic<bool>& interrupted();
void catch_interrupts();
/// Exit code of a second signal from now on; 130 at first. What the run has found already is not lost with the rest.
void set_interrupted_exit(int code);

}  // namespace binade::sim
