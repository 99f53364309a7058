// SPDX-License-Identifier: Apache-2.0
#include "models/kernels/workers.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace binade::kernels {
namespace {

constexpr std::uint64_t kStop = std::numeric_limits<std::uint64_t>::max();

/// Returns the value once it is not `old`: awake for half a millisecond or more, then asleep. What one thread does alone between
/// two works of a training step takes less, and a thread that sleeps is some fifty microseconds late.
template <class T>
T await_change(const std::atomic<T>& value, T old) {
  constexpr int kPolls = 4000;
  for (int i = 0; i < kPolls; ++i) {
    if (const T now = value.load(std::memory_order_acquire); now != old) return now;
    std::this_thread::yield();
  }
  value.wait(old, std::memory_order_acquire);
  return value.load(std::memory_order_acquire);
}

}  // namespace

Workers::Workers(int threads) {
  try {
    for (int worker = 1; worker < threads; ++worker) pool_.emplace_back([this, worker] { serve(worker); });
  } catch (...) {  // the machine has no room for one more: those begun must end before their handles do
    stop();
    throw;
  }
}

Workers::~Workers() { stop(); }

void Workers::stop() {
  round_.store(kStop, std::memory_order_release);
  round_.notify_all();
  for (std::thread& thread : pool_) thread.join();
}

void Workers::run(const std::function<void(int)>& work) {
  work_ = &work;
  running_.store(static_cast<int>(pool_.size()), std::memory_order_relaxed);
  round_.fetch_add(1, std::memory_order_release);
  round_.notify_all();
  std::exception_ptr own;
  try {
    work(0);
  } catch (...) {
    own = std::current_exception();
  }
  for (int running = running_.load(std::memory_order_acquire); running != 0;) running = await_change(running_, running);
  const std::exception_ptr others = std::exchange(failure_, nullptr);
  if (own) std::rethrow_exception(own);
  if (others) std::rethrow_exception(others);
}

void Workers::deal(std::int64_t total, std::int64_t granule,
                   const std::function<void(int worker, std::int64_t first, std::int64_t count)>& work) {
  struct Part {
    std::int64_t first, count;
  };
  std::vector<Part> parts;
  for (std::int64_t first = 0; first < total; first += parts.back().count) {
    const std::int64_t rest = total - first, share = rest * 3 / 4 / threads();  // guided self-scheduling
    parts.push_back({first, std::min(std::max(share / granule, std::int64_t{1}) * granule, rest)});
  }
  if (parts.size() == 1) return work(0, 0, total);
  std::atomic<std::size_t> next = 0;
  run([&](int worker) {
    for (std::size_t i = next++; i < parts.size(); i = next++) work(worker, parts[i].first, parts[i].count);
  });
}

void Workers::serve(int worker) {
  for (std::uint64_t seen = 0; (seen = await_change(round_, seen)) != kStop;) {
    try {
      (*work_)(worker);
    } catch (...) {
      const std::lock_guard lock(mutex_);
      failure_ = std::current_exception();
    }
    if (running_.fetch_sub(1, std::memory_order_acq_rel) == 1) running_.notify_one();
  }
}

}  // namespace binade::kernels
