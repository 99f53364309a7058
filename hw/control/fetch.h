// SPDX-License-Identifier: Apache-2.0
// The descriptor fetch unit: reads the list from DRAM a few blocks of 32 words ahead, checks each descriptor, one block or two, and
// hands it to its engine's queue, in order, one a clock.
#pragma once

#include <array>
#include <deque>

#include "hw/common/dma_port.h"
#include "hw/control/decode.h"
#include "hw/engines/engine.h"

namespace binade::hw {

class Fetch : public sc_core::sc_module {
 public:
  struct Queues {
    CommandQueue& load;
    CommandQueue& compute;
    CommandQueue& store;
  };
  Fetch(sc_core::sc_module_name name, const Clock& clock, const PlatformConfig& config, const MachineLimits& limits, Queues queues,
        std::function<void(const Fault&)> on_fault, std::function<void()> on_idle);

  auto& memory_isock() { return port_.socket(); }
  /// `core_mode`: of the Gemm that ran last.
  void start(std::uint64_t base, std::uint64_t count, int core_mode);
  /// Forgets what has not been dispatched.
  void stop() { stopped_ = true; }
  /// A queue has space from the next clock on.
  void queue_space() { waker_.wake_at(clock_.now() + 1); }
  /// The clock from which no read is in flight; kNever while one is.
  Cycle dry_from() const { return port_.in_flight() == 0 ? 0 : kNever; }
  const spec::Counters& counters() const { return counters_; }

 private:
  static constexpr int kAhead = 4;  // blocks of a descriptor in flight or waiting for their queue

  struct Slot {
    spec::DescriptorWords words{};
    std::uint64_t received_bytes = 0;
  };

  void step();
  void request(Cycle now);
  void dispatch(Cycle now);
  void fault(const std::string& reason);
  CommandQueue* queue_of(std::int64_t opcode);

  const Clock& clock_;
  const MachineLimits limits_;
  const std::uint64_t chunk_bytes_;
  Queues queues_;
  std::function<void(const Fault&)> on_fault_;
  std::function<void()> on_idle_;
  Waker waker_;
  DmaPort port_;
  spec::Counters counters_;
  std::uint64_t base_ = 0, count_ = 0;
  std::uint64_t requested_bytes_ = 0;  // of the list
  std::uint64_t dispatched_ = 0;       // blocks
  int core_mode_ = 0;                  // of the Gemm dispatched last
  std::array<Slot, kAhead> slots_;     // block i in slot i % kAhead
  Cycle last_request_ = kNever, last_dispatch_ = kNever;
  bool stopped_ = true;
};

}  // namespace binade::hw
