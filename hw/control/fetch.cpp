// SPDX-License-Identifier: Apache-2.0
#include "hw/control/fetch.h"

#include <algorithm>
#include <utility>

namespace binade::hw {

using spec::Counter;

Fetch::Fetch(sc_core::sc_module_name name, const Clock& clock, const PlatformConfig& config, const MachineLimits& limits,
             Queues queues, std::function<void(const Fault&)> on_fault, std::function<void()> on_idle)
    : sc_module(name),
      clock_(clock),
      limits_(limits),
      chunk_bytes_(std::min<std::uint64_t>(spec::kDescriptorBytes, static_cast<std::uint64_t>(config.bus.burst_bytes))),
      queues_(queues),
      on_fault_(std::move(on_fault)),
      on_idle_(std::move(on_idle)),
      waker_(clock),
      port_("memory_isock", clock, waker_, kAhead * static_cast<int>(spec::kDescriptorBytes / chunk_bytes_)) {
  SC_HAS_PROCESS(Fetch);
  SC_METHOD(step);
  sensitive << waker_.event();
  dont_initialize();
}

void Fetch::start(std::uint64_t base, std::uint64_t count, int core_mode) {
  base_ = base;
  count_ = count;
  core_mode_ = core_mode;
  requested_bytes_ = dispatched_ = 0;
  slots_.fill({});
  stopped_ = false;
  waker_.wake_at(clock_.now());
}

void Fetch::step() {
  const Cycle now = clock_.now();
  const auto collect = [&] {
    for (DmaPort::Completion completion; port_.collect(now, completion);) {
      if (completion.ok) {
        counters_[Counter::FetchBytes] += completion.bytes;
        slots_[(completion.address - base_) / spec::kDescriptorBytes % kAhead].received_bytes += completion.bytes;
      } else if (!stopped_) {
        fault("memory answered with an error");
      }
    }
  };
  collect();
  request(now);
  collect();
  dispatch(now);
  if (!stopped_) request(now);
  waker_.wake_at(port_.next_completion());
  if (stopped_ && dry_from() == 0) on_idle_();
}

void Fetch::request(Cycle now) {
  while (!stopped_ && requested_bytes_ < std::min(count_, dispatched_ + kAhead) * spec::kDescriptorBytes && port_.can_issue()) {
    if (last_request_ == now) {
      waker_.wake_at(now + 1);
      return;
    }
    Slot& slot = slots_[requested_bytes_ / spec::kDescriptorBytes % kAhead];
    auto* words = reinterpret_cast<std::byte*>(slot.words.data());
    port_.issue(false, base_ + requested_bytes_, words + requested_bytes_ % spec::kDescriptorBytes, chunk_bytes_);
    requested_bytes_ += chunk_bytes_;
    last_request_ = now;
  }
}

void Fetch::dispatch(Cycle now) {
  if (stopped_ || dispatched_ == count_) return;
  const auto slot = [this](std::uint64_t block) -> Slot& { return slots_[(dispatched_ + block) % kAhead]; };
  if (slot(0).received_bytes < spec::kDescriptorBytes) return;
  Command command{base_ + dispatched_ * spec::kDescriptorBytes, spec::unpack_header(slot(0).words), {}};
  const std::uint64_t blocks = spec::descriptor_blocks(command.header.opcode);
  if (dispatched_ + blocks > count_) return fault("the list ends within a descriptor");
  if (slot(blocks - 1).received_bytes < spec::kDescriptorBytes) return;
  if (last_dispatch_ == now) return waker_.wake_at(now + 1);
  for (std::uint64_t block = 0; block < blocks; ++block)
    std::copy(slot(block).words.begin(), slot(block).words.end(), command.words.begin() + block * spec::kDescriptorWords);
  const std::string problem =
      descriptor_problem(std::span(command.words).first(blocks * spec::kDescriptorWords), limits_, core_mode_);
  if (!problem.empty()) return fault(problem);
  const bool finish = command.header.opcode == static_cast<std::int64_t>(spec::Opcode::Finish);
  if (finish != (dispatched_ + blocks == count_)) return fault("Finish is the last descriptor of a list and only that");
  CommandQueue& queue = *queue_of(command.header.opcode);
  if (queue.full(now)) {
    if (queue.popped_on(now)) waker_.wake_at(now + 1);  // otherwise queue_space() will
    return;
  }
  queue.push(command, now);
  if (command.header.opcode == static_cast<std::int64_t>(spec::Opcode::Gemm))
    core_mode_ = static_cast<int>(spec::unpack<spec::Gemm>(command.words).mode);
  for (std::uint64_t block = 0; block < blocks; ++block) slot(block).received_bytes = 0;
  dispatched_ += blocks;
  last_dispatch_ = now;
  counters_[Counter::FetchDescriptors] += blocks;
  waker_.wake_at(now + 1);
}

CommandQueue* Fetch::queue_of(std::int64_t opcode) {
  switch (static_cast<spec::Opcode>(opcode)) {
    case spec::Opcode::Load:
    case spec::Opcode::LoadWalk:
      return &queues_.load;
    case spec::Opcode::Gemm:
    case spec::Opcode::Vector:
    case spec::Opcode::Chain:
    case spec::Opcode::Windows:
      return &queues_.compute;
    case spec::Opcode::Store:
    case spec::Opcode::Finish:
      break;
  }
  return &queues_.store;
}

void Fetch::fault(const std::string& reason) {
  stopped_ = true;
  on_fault_({base_ + dispatched_ * spec::kDescriptorBytes, reason});
}

}  // namespace binade::hw
