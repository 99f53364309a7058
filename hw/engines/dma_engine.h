// SPDX-License-Identifier: Apache-2.0
// What the load and store engines share: one descriptor at a time, its bursts, and the clocks its scratchpad port works.
//
// Time of a descriptor: from the clock its tokens are there to the clock on which its last byte is where it belongs. Of
// these, `work` clocks are busy (the tile's bytes over the scratchpad port's width) and the others wait for memory. At most
// one burst is issued a clock and at most `outstanding` are in flight; when ideal all are issued at once and the descriptor
// takes one clock.
#pragma once

#include <vector>

#include "hw/common/dma_port.h"
#include "hw/config.h"
#include "hw/engines/engine.h"
#include "hw/engines/store_plan.h"

namespace binade::hw {

class DmaEngine : public Engine {
 public:
  struct Names {
    spec::Counter busy, stall_token, stall_memory, idle, bytes, bursts;
  };
  DmaEngine(sc_core::sc_module_name name, const Clock& clock, const PlatformConfig& config, EngineHooks hooks, const Names& names);

  auto& memory_isock() { return port_.socket(); }
  void flush() override;
  std::string activity() const override;

 protected:
  enum class Progress { Done, Waiting };

  /// Takes the tokens command_ asks for; false to wait.
  virtual bool take_tokens(Cycle now) = 0;
  virtual Cycle next_token() const = 0;
  /// Prepares bursts_ and work_ of command_; false where the descriptor's addresses cannot be. May set instant_ for commands
  /// without traffic.
  virtual bool plan() = 0;
  virtual void give_tokens(Cycle now) = 0;
  virtual std::string_view operation() const = 0;
  /// Issues burst `index`; false when its data are not ready on this clock (wakes itself).
  virtual bool issue(std::size_t index, Cycle now) = 0;
  /// Books the arrival of `bytes`.
  virtual void arrived(std::uint64_t bytes, Cycle at) = 0;
  /// Called once everything has arrived; the clock on which the descriptor is done.
  virtual Cycle end_clock(Cycle now) const = 0;
  /// The functional effect, on the descriptor's last clock.
  virtual void complete(Cycle now) = 0;

  const bool ideal_;
  const std::uint64_t burst_bytes_;
  DmaPort port_;
  std::vector<DramSpan> bursts_;
  std::uint64_t total_bytes_ = 0;  // of bursts_
  Cycle work_ = 0;
  Cycle start_ = 0;
  bool instant_ = false;

 private:
  enum class State { Idle, Token, Active };

  void step();
  bool begin(Cycle now);
  Progress advance(Cycle now);
  void issue_bursts(Cycle now);
  void finish(Cycle now);
  void report(const std::string& reason);

  const Names names_;
  State state_ = State::Idle;
  std::size_t issued_ = 0, collected_ = 0;
  Cycle last_issue_ = kNever;
  bool failed_ = false;
};

}  // namespace binade::hw
