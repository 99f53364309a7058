// SPDX-License-Identifier: Apache-2.0
// What the three engines have in common: a command queue, a ledger that gives every clock one name, and their reports to
// the control unit.
#pragma once

#include <functional>
#include <string>

#include "hw/common/trace.h"
#include "hw/engines/command_queue.h"
#include "models/spec/counters.h"

namespace binade::hw {

/// Why a descriptor could not be carried out.
struct Fault {
  std::uint64_t address = 0;  ///< of the descriptor
  std::string reason;
};

/// Calls from an engine to the control unit; all take effect on a later clock.
struct EngineHooks {
  std::function<void(const Fault&)> fault;
  std::function<void()> idle;         ///< nothing queued, nothing under way
  std::function<void()> queue_space;  ///< a command left the queue
  TraceCallback trace;                ///< may be empty
};

/// Clocks by name: enter() closes the interval of the last name.
class Ledger {
 public:
  explicit Ledger(spec::Counters& counters) : counters_(counters) {}
  void begin_run(spec::Counter name, Cycle now) {
    name_ = name;
    since_ = now;
    running_ = true;
  }
  void enter(spec::Counter name, Cycle now) {
    if (running_) counters_[name_] += now - since_;
    name_ = name;
    since_ = now;
  }
  /// Gives `clocks` of what was booked under `from` to `to`.
  void move(spec::Counter from, spec::Counter to, Cycle clocks) {
    counters_[from] -= clocks;
    counters_[to] += clocks;
  }
  void end_run(Cycle now) {
    enter(name_, now);
    running_ = false;
  }

 private:
  spec::Counters& counters_;
  spec::Counter name_ = spec::Counter::TotalCycles;
  Cycle since_ = 0;
  bool running_ = false;
};

class Engine : public sc_core::sc_module {
 public:
  Engine(sc_core::sc_module_name name, const Clock& clock, int queue_depth, EngineHooks hooks, spec::Counter idle);

  CommandQueue& queue() { return queue_; }
  Waker& waker() { return waker_; }
  const spec::Counters& counters() const { return counters_; }

  void begin_run();
  void end_run() { ledger_.end_run(clock_.now()); }
  /// Drops everything that has not started; what has started ends without tokens.
  virtual void flush();
  /// The first clock on which the engine counts as run dry; kNever while it has work.
  Cycle dry_from() const { return idle_ && queue_.empty() ? idle_since_ + 1 : kNever; }
  /// What the engine is doing, for a deadlock's message.
  virtual std::string activity() const = 0;

 protected:
  void became_idle(Cycle now);
  void left_idle() { idle_ = false; }
  void trace(std::string_view operation, Cycle begin, Cycle end) const;

  const Clock& clock_;
  spec::Counters counters_;
  Ledger ledger_;
  Waker waker_;
  CommandQueue queue_;
  EngineHooks hooks_;
  Command command_;  // under way
  bool flushed_ = false;

 private:
  const spec::Counter idle_counter_;
  bool idle_ = true;
  Cycle idle_since_ = 0;
};

}  // namespace binade::hw
