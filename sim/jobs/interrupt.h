// SPDX-License-Identifier: Apache-2.0
// Ctrl-C, `kill`, and the end of the terminal.
#pragma once

#include <atomic>

namespace binade::sim {

/// The flag that SIGINT, SIGTERM and SIGHUP set once catch_interrupts() has run. A second signal ends the program at once.
const std::atomic<bool>& interrupted();
void catch_interrupts();
/// Exit code of a second signal from now on; 130 at first. What the run has found already is not lost with the rest.
void set_interrupted_exit(int code);
/// In a child process: signals only set the flag. A terminal sends Ctrl-C to parent and child alike and the parent passes it on, so
/// a second one says nothing new; where the parent ends, its children are killed.
void catch_interrupts_as_child();

}  // namespace binade::sim
