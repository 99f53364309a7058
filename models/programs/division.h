// SPDX-License-Identifier: Apache-2.0
// Element-wise work divided among threads. Parts write elements of their own and counts add up, so neither results nor statistics
// depend on how many threads there are.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>

#include "models/kernels/workers.h"

namespace binade::programs {

class Division {
 public:
  /// They start with the first work that is worth dividing.
  explicit Division(int threads) : threads_(threads) {}

  int threads() const { return threads_; }
  /// For products: between the works of a step they are awake.
  const std::shared_ptr<kernels::Workers>& workers() {
    if (!workers_) workers_ = std::make_shared<kernels::Workers>(threads_);
    return workers_;
  }
  /// job(worker, first, count) for parts of [0, total), worker < threads(), each item being `elements` elements of work. What is
  /// too little to be divided stays on the caller.
  void each(std::int64_t total, std::int64_t elements,
            const std::function<void(int worker, std::int64_t first, std::int64_t count)>& job) {
    if (total <= 0) return;
    if (threads_ == 1 || total * elements < kLeast) return job(0, 0, total);
    workers()->deal(total, std::max(kGranule / elements, std::int64_t{1}), job);
  }

 private:
  /// An element takes some nanoseconds, handing work to a thread that polls some microseconds.
  static constexpr std::int64_t kGranule = 1 << 11, kLeast = 1 << 12;

  const int threads_;
  std::shared_ptr<kernels::Workers> workers_;
};

}  // namespace binade::programs
