// SPDX-License-Identifier: Apache-2.0
#include "sim/report/cost_standing.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>
#include <vector>

namespace binade::sim {
namespace {

constexpr std::string_view kBetween = ", ", kEnergyAlone = "switching energy of ";

std::vector<std::string> units_of(const std::string& joined) {
  std::vector<std::string> units;
  for (std::size_t begin = 0; begin < joined.size();) {
    const auto end = std::min(joined.find(kBetween, begin), joined.size());
    units.push_back(joined.substr(begin, end - begin));
    begin = end + kBetween.size();
  }
  return units;
}

/// How many points have units there, and which.
std::string counted(std::span<const CostStanding> points, std::string CostStanding::*member) {
  std::set<std::string> units;
  std::size_t count = 0;
  for (const CostStanding& point : points) {
    if ((point.*member).empty()) continue;
    ++count;
    units.merge([&] {
      auto own = units_of(point.*member);
      return std::set<std::string>(own.begin(), own.end());
    }());
  }
  if (count == 0) return {};
  return fmt::format("{} point{} ({})", count, count == 1 ? "" : "s", fmt::join(units, kBetween));
}

}  // namespace

bool CostStanding::lacks_unit() const {
  const auto units = units_of(missing);
  return std::ranges::any_of(units, [](const std::string& unit) { return !unit.starts_with(kEnergyAlone); });
}

bool CostStanding::lacks_energy() const { return !missing.empty(); }

std::string CostStanding::marks() const {
  return std::string(missing.empty() ? "" : "?") + (extrapolated.empty() ? "" : "~") + (too_fast ? ">" : "");
}

bool clock_is_too_fast(double clock_ghz, double critical_path_ps) { return std::round(1000 / clock_ghz) < critical_path_ps; }

bool clock_is_of_path(double clock_ghz, double critical_path_ps) {
  return std::round(1000 / clock_ghz) == std::ceil(critical_path_ps);
}

std::string standing_lines(std::span<const CostStanding> points, std::size_t left_out) {
  std::string text;
  if (const auto missing = counted(points, &CostStanding::missing); !missing.empty()) {
    text += fmt::format("? not modelled: the cost table lacks units, which count 0 in area, critical path and energy: {}", missing);
    if (left_out > 0) text += fmt::format("; {} left out of the front for it (--front all: none)", left_out);
    text += "\n";
  }
  if (const auto beyond = counted(points, &CostStanding::extrapolated); !beyond.empty())
    text += fmt::format("~ extrapolated: figures beyond the cost table's samples: {}\n", beyond);
  const auto fast = std::ranges::count_if(points, [](const CostStanding& point) { return point.too_fast; });
  if (fast > 0)
    text +=
        fmt::format("> the clock is faster than the critical path of the core allows: {} point{}\n", fast, fast == 1 ? "" : "s");
  return text;
}

}  // namespace binade::sim
