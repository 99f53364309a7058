// SPDX-License-Identifier: Apache-2.0
// Ctrl-C.
#pragma once

#include <atomic>

namespace binade::sim {

/// The flag that SIGINT and SIGTERM set once catch_interrupts() has run. A second signal ends the program at once.
const std::atomic<bool>& interrupted();
void catch_interrupts();

}  // namespace binade::sim
