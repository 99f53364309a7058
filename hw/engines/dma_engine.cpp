// SPDX-License-Identifier: Apache-2.0
#include "hw/engines/dma_engine.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "models/numerics/error.h"

namespace binade::hw {

DmaEngine::DmaEngine(sc_core::sc_module_name name, const Clock& clock, const PlatformConfig& config, EngineHooks hooks,
                     const Names& names)
    : Engine(name, clock, config.queue_depth, std::move(hooks), names.idle),
      ideal_(config.memory_ideal),
      burst_bytes_(static_cast<std::uint64_t>(config.bus.burst_bytes)),
      port_("memory_isock", clock, waker_, config.memory_ideal ? 1 << 30 : config.bus.outstanding),
      names_(names) {
  SC_HAS_PROCESS(DmaEngine);
  SC_METHOD(step);
  sensitive << waker_.event();
  dont_initialize();
}

void DmaEngine::flush() {
  Engine::flush();
  if (state_ == State::Token) state_ = State::Idle;
  waker_.wake_at(clock_.now());
}

std::string DmaEngine::activity() const {
  if (state_ == State::Idle) return queue_.empty() ? "idle" : "queued";
  return std::string(operation()) + (state_ == State::Token ? " waits for a token" : " moves data");
}

void DmaEngine::step() {
  const Cycle now = clock_.now();
  for (;;) {
    if (state_ == State::Idle) {
      const Command* next = queue_.front(now);
      if (!next) {
        became_idle(now);
        return;
      }
      command_ = *next;
      queue_.pop(now);
      hooks_.queue_space();
      left_idle();
      state_ = State::Token;
    }
    if (state_ == State::Token) {
      if (!take_tokens(now)) {
        ledger_.enter(names_.stall_token, now);
        waker_.wake_at(next_token());
        return;
      }
      if (!begin(now)) continue;
    }
    if (advance(now) == Progress::Waiting) return;
  }
}

bool DmaEngine::begin(Cycle now) {
  start_ = now;
  issued_ = collected_ = 0;
  failed_ = instant_ = false;
  bursts_.clear();
  ledger_.enter(names_.stall_memory, now);
  state_ = State::Active;
  if (plan()) {
    total_bytes_ = std::accumulate(bursts_.begin(), bursts_.end(), std::uint64_t{0},
                                   [](std::uint64_t sum, const DramSpan& burst) { return sum + burst.bytes; });
    return true;
  }
  state_ = State::Idle;
  report("an address below zero, or more bytes than DRAM holds");
  return false;
}

void DmaEngine::issue_bursts(Cycle now) {
  while (issued_ < bursts_.size() && !failed_ && port_.can_issue()) {
    if (!ideal_ && last_issue_ == now) {
      waker_.wake_at(now + 1);
      return;
    }
    if (!issue(issued_, now)) return;
    ++issued_;
    last_issue_ = now;
    ++counters_[names_.bursts];
  }
}

DmaEngine::Progress DmaEngine::advance(Cycle now) {
  const auto collect = [&] {
    for (DmaPort::Completion completion; port_.collect(now, completion); ++collected_) {
      failed_ |= !completion.ok;
      if (!completion.ok) continue;
      counters_[names_.bytes] += completion.bytes;
      arrived(completion.bytes, completion.at);
    }
  };
  collect();
  issue_bursts(now);
  collect();  // what an ideal memory has answered at once
  if (failed_ && port_.in_flight() == 0) {
    state_ = State::Idle;
    report("memory answered with an error");
    return Progress::Done;
  }
  const bool everything = collected_ == bursts_.size();
  const Cycle end = everything && !failed_ ? end_clock(now) : kNever;
  if (end > now) {
    waker_.wake_at(std::min(port_.next_completion(), end));
    return Progress::Waiting;
  }
  finish(now);
  return Progress::Done;
}

void DmaEngine::finish(Cycle now) {
  ledger_.enter(names_.stall_memory, now);
  if (work_ > now - start_)
    throw InvariantError(std::string(name()) + ": clock " + std::to_string(now) + ": " + std::to_string(work_) +
                         " busy clocks in " + std::to_string(now - start_));
  ledger_.move(names_.stall_memory, names_.busy, work_);
  complete(now);
  if (!instant_) trace(operation(), start_, now);
  if (!flushed_) give_tokens(now);
  state_ = State::Idle;
}

void DmaEngine::report(const std::string& reason) { hooks_.fault({command_.address, std::string(name()) + ": " + reason}); }

}  // namespace binade::hw
