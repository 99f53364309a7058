// SPDX-License-Identifier: Apache-2.0
// One line on stderr with rate and time left, where stderr is a terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace binade::sim {

class ProgressBar {
 public:
  ProgressBar();
  ~ProgressBar();  ///< wipes the line
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void show(std::int64_t step, std::int64_t steps, const std::string& what);
  /// A line on stderr that stays, terminal or not.
  void say(const std::string& line);

 private:
  using Clock = std::chrono::steady_clock;
  bool terminal_;
  bool drawn_ = false;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_{};
};

/// The line without control characters: bar, share, rate, time left, what.
std::string progress_line(std::int64_t step, std::int64_t steps, double seconds, const std::string& what);

}  // namespace binade::sim
