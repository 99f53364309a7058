// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/progress_bar.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace binade::sim {
namespace {

std::string duration_text(double seconds) {
  const auto whole = static_cast<std::int64_t>(seconds);
  if (whole >= 3600) return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

}  // namespace

std::string progress_line(std::int64_t step, std::int64_t steps, double seconds, const std::string& what, const std::string& noun,
                          std::int64_t first) {
  constexpr int kCells = 24;
  const double share = steps > 0 ? std::clamp(static_cast<double>(step) / static_cast<double>(steps), 0.0, 1.0) : 0.0;
  const auto filled = static_cast<std::size_t>(share * kCells);
  const double rate = seconds > 0 ? static_cast<double>(step - first) / seconds : 0.0;
  const auto left = rate > 0 ? duration_text(static_cast<double>(steps - step) / rate) : std::string("-:--");
  return fmt::format("[{}{}] {:3.0f} %  {:.1f} {}/s  {} left  {}", std::string(filled, '#'), std::string(kCells - filled, '.'),
                     100 * share, rate, noun, left, what);
}

ProgressBar::ProgressBar(std::string noun, std::int64_t done)
    : noun_(std::move(noun)), first_(done), terminal_(::isatty(STDERR_FILENO) == 1) {}

ProgressBar::~ProgressBar() {
  if (drawn_) std::fputs("\r\033[K", stderr);
}

void ProgressBar::show(std::int64_t step, std::int64_t steps, const std::string& what) {
  using namespace std::chrono_literals;
  const auto now = Clock::now();
  if (!terminal_ || (drawn_ && now - last_ < 100ms && step < steps)) return;
  last_ = now;
  drawn_ = true;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  fmt::print(stderr, "\r\033[K{}", progress_line(step, steps, seconds, what, noun_, first_));
  std::fflush(stderr);
}

void ProgressBar::say(const std::string& line) {
  fmt::print(stderr, "{}{}\n", drawn_ ? "\r\033[K" : "", line);
  std::fflush(stderr);
}

}  // namespace binade::sim
