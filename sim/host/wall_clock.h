// SPDX-License-Identifier: Apache-2.0
// Where the program's own time goes: wall time divided among parts without overlap, on the thread that drives the run.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/report/run_report.h"

namespace binade::sim {

enum class WallPart : std::uint8_t { Inputs, Reference, Figures, Quantise, Golden, Lowering, Core, Vector, Platform, Other };

struct WallPartWord {
  WallPart part;
  std::string_view word;
};
/// The rows of a report, in its order (docs/report.schema.json says what each holds).
inline constexpr std::array<WallPartWord, 10> kWallParts{{
    {WallPart::Inputs, "inputs"},
    {WallPart::Reference, "reference"},
    {WallPart::Figures, "figures"},
    {WallPart::Quantise, "quantise"},
    {WallPart::Golden, "golden"},
    {WallPart::Lowering, "lowering"},
    {WallPart::Core, "core"},
    {WallPart::Vector, "vector"},
    {WallPart::Platform, "platform"},
    {WallPart::Other, "other"},
}};

/// Time runs for one part at a time, for Other at first.
class WallClock {
 public:
  WallClock() : since_(Clock::now()) {}

  /// Time runs for `part` from now on. Returns the part that it ran for.
  WallPart enter(WallPart part);
  /// Seconds that passed before this clock ran.
  void add(WallPart part, double seconds) { seconds_[static_cast<std::size_t>(part)] += seconds; }
  /// All parts up to now.
  std::vector<WallRow> rows();

  /// Runs the clock for a part until the scope ends, then for the part before. A null clock is none.
  class Scope {
   public:
    Scope(WallClock* clock, WallPart part) : clock_(clock) {
      if (clock_ != nullptr) before_ = clock_->enter(part);
    }
    ~Scope() {
      if (clock_ != nullptr) clock_->enter(before_);
    }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    WallClock* clock_;
    WallPart before_ = WallPart::Other;
  };

 private:
  using Clock = std::chrono::steady_clock;

  std::array<double, kWallParts.size()> seconds_{};
  WallPart part_ = WallPart::Other;
  Clock::time_point since_;
};

}  // namespace binade::sim
