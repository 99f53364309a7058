// SPDX-License-Identifier: Apache-2.0
#include "sim/run/fold.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <span>

#include "models/networks/fold_batchnorm.h"

namespace binade::sim {

std::vector<std::string> fold_batchnorm(RunSpec& spec) {
  const auto given = given_names(spec);
  auto folded = networks::fold_batchnorm(spec.network, spec.parameters, std::set<std::string>(given.begin(), given.end()));
  spec.fold_batchnorm = true;
  if (!folded.empty()) spec.tensors += fmt::format("; {} of the batch normalisations folded", folded.size());
  return folded;
}

std::string folded_in_words(const std::vector<std::string>& names) {
  if (names.empty()) return "fold_batchnorm: none of the batch normalisations folded";
  constexpr std::size_t kShown = 8;
  const auto shown = std::span(names).first(std::min(names.size(), kShown));
  const auto more = names.size() > kShown ? fmt::format(" and {} more", names.size() - kShown) : std::string();
  return fmt::format("fold_batchnorm: {} of the batch normalisations folded: {}{}", names.size(), fmt::join(shown, " "), more);
}

bool can_fold_batchnorm(const RunSpec& spec) {
  const auto given = given_names(spec);
  networks::Network shapes = spec.network;
  operations::Parameters none;
  return !networks::fold_batchnorm(shapes, none, std::set<std::string>(given.begin(), given.end())).empty();
}

}  // namespace binade::sim
