// SPDX-License-Identifier: Apache-2.0
#include "sim/search/search.h"

namespace binade::sim {
namespace {

std::vector<FormatPlace> places_of(const std::vector<Candidate>& candidates) {
  std::vector<FormatPlace> places;
  for (const auto& candidate : candidates) places.push_back(candidate.place);
  return places;
}

}  // namespace

std::optional<std::size_t> best_of(const std::vector<Candidate>& candidates, double least_accuracy,
                                   const std::function<std::optional<double>(std::size_t)>& accuracy) {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (!candidates[i].merit || accuracy(i).value_or(-1) < least_accuracy) continue;
    if (!best || *candidates[i].merit > *candidates[*best].merit) best = i;
  }
  return best;
}

SearchResult search(const std::vector<Candidate>& candidates, double least_accuracy, int evaluations,
                    const std::function<std::optional<double>(std::size_t)>& measure) {
  SearchResult result;
  const auto places = places_of(candidates);
  const auto step = [&](std::size_t from, bool more) -> std::optional<std::size_t> {
    const auto to = more ? one_bit_more(places, from) : one_bit_less(places, from);
    return to && candidates[*to].merit ? to : std::nullopt;
  };
  auto at = best_of(candidates, least_accuracy, [&](std::size_t i) { return candidates[i].predicted; });
  result.chosen = at;
  std::optional<bool> first_suffices;
  for (int i = 0; i < evaluations && at; ++i) {
    const auto accuracy = measure(*at);
    if (!accuracy) return result;
    result.evaluated.push_back(*at);
    const bool suffices = *accuracy >= least_accuracy;
    if (suffices) {
      result.chosen = at;
      result.measured = true;
    }
    if (!first_suffices) first_suffices = suffices;
    if (suffices != *first_suffices) break;
    at = step(*at, !suffices);
    if (!suffices) result.chosen = at;
  }
  return result;
}

}  // namespace binade::sim
