// SPDX-License-Identifier: Apache-2.0
#include "sim/jobs/interrupt.h"

#include <unistd.h>

#include <csignal>

#include "sim/jobs/exit_codes.h"

namespace binade::sim {
namespace {

std::atomic<bool> stop{false};  // written by the signal handlers, which can reach nothing else
std::atomic<int> exit_code{kInterruptedExit};
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<int>::is_always_lock_free);

void on_signal(int) {
  if (stop.exchange(true)) ::_exit(exit_code);
}

void on_signal_of_child(int) { stop.store(true); }

void handle_with(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  action.sa_flags = 0;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  struct sigaction before {};
  sigaction(SIGHUP, nullptr, &before);
  if (before.sa_handler != SIG_IGN) sigaction(SIGHUP, &action, nullptr);  // ignored: nohup wants the run to outlive its terminal
}

}  // namespace

const std::atomic<bool>& interrupted() { return stop; }
void set_interrupted_exit(int code) { exit_code = code; }

void catch_interrupts() { handle_with(on_signal); }
void catch_interrupts_as_child() { handle_with(on_signal_of_child); }

}  // namespace binade::sim
