// SPDX-License-Identifier: Apache-2.0
// The precision search of Hill et al. (2018), section 5: of the formats whose predicted accuracy suffices the best by cost, then a
// few measured evaluations that move it bit by bit.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "sim/search/candidates.h"

namespace binade::sim {

struct Candidate {
  FormatPlace place;
  std::optional<double> merit;      ///< iso-area speed-up, or what else more is better of; absent: cannot be chosen
  std::optional<double> predicted;  ///< accuracy over that in binary64; absent: cannot be chosen
};

struct SearchResult {
  std::optional<std::size_t> chosen;   ///< absent: no candidate is predicted to suffice, or none that was measured does
  bool measured = false;               ///< the chosen one was, and suffices
  std::vector<std::size_t> evaluated;  ///< in order
};

/// At most `evaluations` calls of `measure`, which gives an accuracy over that in binary64, or nothing where the search is to stop.
/// While measured accuracies do not suffice a bit is added, while they do one is taken away, until that changes; where evaluations
/// end before one suffices, the next format up is chosen without having been measured.
SearchResult search(const std::vector<Candidate>& candidates, double least_accuracy, int evaluations,
                    const std::function<std::optional<double>(std::size_t)>& measure);

/// The best by merit among those whose accuracy (by index, absent: not known) suffices.
std::optional<std::size_t> best_of(const std::vector<Candidate>& candidates, double least_accuracy,
                                   const std::function<std::optional<double>(std::size_t)>& accuracy);

}  // namespace binade::sim
