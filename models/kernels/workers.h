// SPDX-License-Identifier: Apache-2.0
// A few threads that wait for work.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace binade::kernels {

class Workers {
 public:
  /// The caller is one of `threads`, at least 1. Throws std::system_error where the machine cannot start them.
  explicit Workers(int threads);
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  int threads() const { return static_cast<int>(pool_.size()) + 1; }
  /// work(0) on the calling thread beside work(1) to work(threads - 1) on the others; returns when all have, and then throws what
  /// one of them threw.
  void run(const std::function<void(int worker)>& work);
  /// Divides [0, total) into parts of whole granules, large ones first, and gives each to the next worker that is free: they end
  /// together even where one is slower. The parts depend on `total`, `granule` and threads() alone.
  void deal(std::int64_t total, std::int64_t granule,
            const std::function<void(int worker, std::int64_t first, std::int64_t count)>& work);

 private:
  void serve(int worker);
  void stop();

  const std::function<void(int)>* work_ = nullptr;
  std::atomic<std::uint64_t> round_ = 0;  ///< of work; kStop: the last
  std::atomic<int> running_ = 0;
  std::mutex mutex_;
  std::exception_ptr failure_;
  std::vector<std::thread> pool_;
};

}  // namespace binade::kernels
