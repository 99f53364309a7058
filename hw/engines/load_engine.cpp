// SPDX-License-Identifier: Apache-2.0
#include "hw/engines/load_engine.h"

#include <algorithm>
#include <utility>

#include "hw/engines/load_plan.h"
#include "hw/engines/walk_plan.h"

namespace binade::hw {

using spec::Counter;

LoadEngine::LoadEngine(sc_core::sc_module_name name, const Clock& clock, const PlatformConfig& config, EngineHooks hooks,
                       Scratchpad& a, Scratchpad& b)
    : DmaEngine(name, clock, config, std::move(hooks),
                {Counter::LoadBusy, Counter::LoadStallToken, Counter::LoadStallMemory, Counter::LoadIdle, Counter::LoadBytes,
                 Counter::LoadBursts}),
      a_(a),
      b_(b),
      values_(config.values),
      most_bytes_(static_cast<std::uint64_t>(config.memory_ideal ? spec::kLargestAddress : config.dram.capacity_bytes)) {}

void LoadEngine::connect(TokenQueue& from_compute, TokenQueue& to_compute) {
  from_compute_ = &from_compute;
  to_compute_ = &to_compute;
}

bool LoadEngine::take_tokens(Cycle now) { return !command_.header.pop_next || from_compute_->take(now); }

void LoadEngine::give_tokens(Cycle now) {
  if (command_.header.push_next) to_compute_->push(now);
}

template <class Plan, class Record>
bool LoadEngine::make_plan() {
  const auto record = spec::unpack<Record>(command_.words);
  auto plan = Plan::make(record, most_bytes_);
  if (!plan) return false;
  plan_ = std::make_unique<Plan>(std::move(*plan));
  scratchpad_ = record.scratchpad == 0 ? &a_ : &b_;
  scratchpad_base_ = record.scratchpad_base;
  return true;
}

bool LoadEngine::plan() {
  const bool walk = command_.header.opcode == static_cast<std::int64_t>(spec::Opcode::LoadWalk);
  if (!(walk ? make_plan<WalkPlan, spec::LoadWalk>() : make_plan<LoadPlan, spec::Load>())) return false;
  bursts_ = split_bursts(plan_->spans(), burst_bytes_);
  if (values_ && row_buffer_.size() < plan_->buffer_bytes()) row_buffer_.resize(plan_->buffer_bytes());  // never cleared again
  work_ = scratchpad_->port_clocks(plan_->tile_bytes());
  arrived_bytes_ = 0;
  scattered_ = bursts_.empty() ? work_ : 0;
  scatter_free_ = start_ + scattered_;
  return true;
}

bool LoadEngine::issue(std::size_t index, Cycle) {
  const DramSpan& burst = bursts_[index];
  port_.issue(false, burst.address, values_ ? row_buffer_.data() + burst.buffer : nullptr, burst.bytes);
  return true;
}

void LoadEngine::arrived(std::uint64_t bytes, Cycle at) {
  arrived_bytes_ += bytes;
  const Cycle allowed = arrived_bytes_ == total_bytes_ ? work_ : work_ * arrived_bytes_ / total_bytes_;
  scatter_free_ = std::max(scatter_free_, at) + (allowed - scattered_);
  scattered_ = allowed;
}

Cycle LoadEngine::end_clock(Cycle) const { return scatter_free_; }

void LoadEngine::complete(Cycle) {
  if (values_) plan_->scatter(row_buffer_, scratchpad_->bytes(scratchpad_base_, plan_->extent_bytes()));
  scratchpad_->written_bytes += plan_->tile_bytes();
  plan_.reset();
}

}  // namespace binade::hw
