// SPDX-License-Identifier: Apache-2.0
// One line on stderr with rate and time left, where stderr is a terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace binade::sim {

class ProgressBar {
 public:
  /// `noun`: what steps are called; `done`: those that were there when the clock began, which the rate is without.
  explicit ProgressBar(std::string noun = "layers", std::int64_t done = 0);
  ~ProgressBar();  ///< wipes the line
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void show(std::int64_t step, std::int64_t steps, const std::string& what);
  /// A line on stderr that stays, terminal or not.
  void say(const std::string& line);

 private:
  using Clock = std::chrono::steady_clock;
  std::string noun_;
  std::int64_t first_;
  bool terminal_;
  bool drawn_ = false;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_{};
};

/// The line without control characters: bar, share, rate, time left, what. `seconds`: since step `first`.
std::string progress_line(std::int64_t step, std::int64_t steps, double seconds, const std::string& what,
                          const std::string& noun = "layers", std::int64_t first = 0);

}  // namespace binade::sim
