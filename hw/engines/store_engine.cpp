// SPDX-License-Identifier: Apache-2.0
#include "hw/engines/store_engine.h"

#include <algorithm>
#include <utility>

namespace binade::hw {

using spec::Counter;

StoreEngine::StoreEngine(sc_core::sc_module_name name, const Clock& clock, const PlatformConfig& config, EngineHooks hooks,
                         Scratchpad& o, std::function<void()> on_finish)
    : DmaEngine(name, clock, config, std::move(hooks),
                {Counter::StoreBusy, Counter::StoreStallToken, Counter::StoreStallMemory, Counter::StoreIdle, Counter::StoreBytes,
                 Counter::StoreBursts}),
      o_(o),
      values_(config.values),
      on_finish_(std::move(on_finish)) {}

void StoreEngine::connect(TokenQueue& from_compute, TokenQueue& to_compute) {
  from_compute_ = &from_compute;
  to_compute_ = &to_compute;
}

bool StoreEngine::take_tokens(Cycle now) { return !command_.header.pop_prev || from_compute_->take(now); }

void StoreEngine::give_tokens(Cycle now) {
  if (command_.header.push_prev) to_compute_->push(now);
}

bool StoreEngine::plan() {
  last_arrival_ = gather_free_ = start_;
  gathered_bytes_ = gather_work_ = work_ = 0;
  gathered_bursts_ = 0;
  instant_ = is_finish();
  if (instant_) return true;
  store_ = spec::unpack<spec::Store>(command_.words);
  const std::int64_t bytes = store_.rows * store_.cols * store_.element_bytes;
  plan_ = StorePlan::make(store_);
  if (!plan_) return false;
  if (values_) plan_->gather(o_.bytes(store_.scratchpad_base, bytes));
  bursts_ = split_bursts(plan_->spans, burst_bytes_);
  work_ = o_.port_clocks(static_cast<std::uint64_t>(bytes));
  o_.read_bytes += static_cast<std::uint64_t>(bytes);
  return true;
}

bool StoreEngine::issue(std::size_t index, Cycle now) {
  const DramSpan& burst = bursts_[index];
  if (!ideal_) {
    if (gathered_bursts_ == index) {
      // The gather port works through the tile in order; this burst completes its share of the work.
      gathered_bytes_ += burst.bytes;
      const Cycle allowed = gathered_bytes_ == total_bytes_ ? work_ : work_ * gathered_bytes_ / total_bytes_;
      gather_free_ = std::max(gather_free_, now) + (allowed - gather_work_);
      gather_work_ = allowed;
      ++gathered_bursts_;
    }
    if (gather_free_ > now) {
      waker_.wake_at(gather_free_);
      return false;
    }
  }
  port_.issue(true, burst.address, values_ ? plan_->data.data() + burst.buffer : nullptr, burst.bytes);
  return true;
}

void StoreEngine::arrived(std::uint64_t, Cycle at) { last_arrival_ = std::max(last_arrival_, at); }

Cycle StoreEngine::end_clock(Cycle) const { return std::max(last_arrival_, start_ + (ideal_ ? work_ : 0)); }

void StoreEngine::complete(Cycle) {
  plan_.reset();
  if (instant_) on_finish_();
}

}  // namespace binade::hw
