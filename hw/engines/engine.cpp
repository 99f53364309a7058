// SPDX-License-Identifier: Apache-2.0
#include "hw/engines/engine.h"

#include <utility>

namespace binade::hw {

Engine::Engine(sc_core::sc_module_name name, const Clock& clock, int queue_depth, EngineHooks hooks, spec::Counter idle)
    : sc_module(name),
      clock_(clock),
      ledger_(counters_),
      waker_(clock),
      queue_(queue_depth, waker_),
      hooks_(std::move(hooks)),
      idle_counter_(idle) {}

void Engine::begin_run() {
  flushed_ = false;
  idle_ = true;
  idle_since_ = clock_.now();
  ledger_.begin_run(idle_counter_, clock_.now());
}

void Engine::flush() {
  flushed_ = true;
  queue_.clear();
}

void Engine::became_idle(Cycle now) {
  // A command pushed on this very clock counts from the next.
  ledger_.enter(idle_counter_, now);
  waker_.wake_at(queue_.next_visible());
  if (idle_) return;
  idle_ = true;
  idle_since_ = now;
  hooks_.idle();
}

void Engine::trace(std::string_view operation, Cycle begin, Cycle end) const {
  if (hooks_.trace) hooks_.trace({basename(), operation, command_.header.layer, begin, end});
}

}  // namespace binade::hw
