// SPDX-License-Identifier: Apache-2.0
#include "models/kernels/workers.h"

#include <utility>

namespace binade::kernels {

Workers::Workers(int threads) {
  for (int worker = 1; worker < threads; ++worker) pool_.emplace_back([this, worker] { serve(worker); });
}

Workers::~Workers() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  start_.notify_all();
  for (std::thread& thread : pool_) thread.join();
}

void Workers::run(const std::function<void(int)>& work) {
  {
    const std::lock_guard lock(mutex_);
    work_ = &work;
    running_ = static_cast<int>(pool_.size());
    ++round_;
  }
  start_.notify_all();
  std::exception_ptr own;
  try {
    work(0);
  } catch (...) {
    own = std::current_exception();
  }
  std::unique_lock lock(mutex_);
  finished_.wait(lock, [this] { return running_ == 0; });
  const std::exception_ptr others = std::exchange(failure_, nullptr);
  lock.unlock();
  if (own) std::rethrow_exception(own);
  if (others) std::rethrow_exception(others);
}

void Workers::serve(int worker) {
  std::uint64_t seen = 0;
  std::unique_lock lock(mutex_);
  for (;;) {
    start_.wait(lock, [&] { return stopping_ || round_ != seen; });
    if (stopping_) return;
    seen = round_;
    const std::function<void(int)>& work = *work_;
    lock.unlock();
    std::exception_ptr failure;
    try {
      work(worker);
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    if (failure && !failure_) failure_ = failure;
    if (--running_ == 0) finished_.notify_one();
  }
}

}  // namespace binade::kernels
