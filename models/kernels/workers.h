// SPDX-License-Identifier: Apache-2.0
// A few threads that wait for work.
#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace binade::kernels {

class Workers {
 public:
  /// The caller is one of `threads`, at least 1.
  explicit Workers(int threads);
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  int threads() const { return static_cast<int>(pool_.size()) + 1; }
  /// work(0) on the calling thread beside work(1) to work(threads - 1) on the others; returns when all have, and then throws what
  /// one of them threw.
  void run(const std::function<void(int)>& work);

 private:
  void serve(int worker);

  std::mutex mutex_;
  std::condition_variable start_, finished_;
  const std::function<void(int)>* work_ = nullptr;
  std::uint64_t round_ = 0;
  int running_ = 0;
  bool stopping_ = false;
  std::exception_ptr failure_;
  std::vector<std::thread> pool_;
};

}  // namespace binade::kernels
