// SPDX-License-Identifier: Apache-2.0
#include "sim/explore/sampling.h"

#include <random>
#include <set>
#include <utility>

namespace binade::sim {
namespace {

/// 0..bound-1, the same with every standard library; the bias of at most bound / 2^64 does not matter here.
std::uint64_t below(std::mt19937_64& random, std::uint64_t bound) { return random() % bound; }

/// Slices of one axis in random order: slice s of `count` is the word at floor((s + u) words / count).
std::vector<std::uint32_t> stratified(std::size_t words, std::int64_t count, std::mt19937_64& random) {
  std::vector<std::uint32_t> column(static_cast<std::size_t>(count));
  for (std::size_t s = 0; s < column.size(); ++s) {
    const double u = static_cast<double>(random() >> 11) * 0x1p-53;
    const auto place =
        static_cast<std::uint32_t>((static_cast<double>(s) + u) * static_cast<double>(words) / static_cast<double>(count));
    column[s] = std::min(place, static_cast<std::uint32_t>(words - 1));
  }
  for (std::size_t i = column.size(); i > 1; --i) std::swap(column[i - 1], column[below(random, i)]);
  return column;
}

}  // namespace

std::vector<Choice> grid_points(const std::vector<Axis>& axes, const std::function<bool(const Choice&)>& admits) {
  std::vector<Choice> points;
  Choice choice(axes.size(), 0);
  for (;;) {
    if (admits(choice)) points.push_back(choice);
    std::size_t axis = axes.size();
    while (axis > 0 && ++choice[axis - 1] == axes[axis - 1].values.size()) choice[--axis] = 0;
    if (axis == 0) return points;
  }
}

std::vector<Choice> latin_hypercube(const std::vector<Axis>& axes, std::int64_t count, std::uint64_t seed,
                                    const std::function<bool(const Choice&)>& admits) {
  constexpr int kRounds = 64;  // without a new point, where the space or what is admitted is nearly used up
  std::mt19937_64 random(seed);
  std::set<Choice> seen;
  std::vector<Choice> points;
  for (int idle = 0; static_cast<std::int64_t>(points.size()) < count && idle < kRounds; ++idle) {
    const std::int64_t missing = count - static_cast<std::int64_t>(points.size());
    std::vector<std::vector<std::uint32_t>> columns;
    for (const auto& axis : axes) columns.push_back(stratified(axis.values.size(), missing, random));
    for (std::size_t i = 0; i < static_cast<std::size_t>(missing); ++i) {
      Choice choice;
      for (const auto& column : columns) choice.push_back(column[i]);
      if (!admits(choice) || !seen.insert(choice).second) continue;
      points.push_back(std::move(choice));
      idle = -1;
    }
  }
  return points;
}

}  // namespace binade::sim
