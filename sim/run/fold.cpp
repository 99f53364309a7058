// SPDX-License-Identifier: Apache-2.0
#include "sim/run/fold.h"

#include <fmt/format.h>

#include <set>

#include "models/networks/fold_batchnorm.h"
#include "sim/host/digest.h"
#include "sim/import/network_yaml.h"
#include "sim/run/make_spec.h"

namespace binade::sim {

std::vector<std::string> fold_batchnorm(RunSpec& spec) {
  const auto given = given_names(spec);
  const auto before = network_to_yaml(spec.network);
  auto folded = networks::fold_batchnorm(spec.network, spec.parameters, std::set<std::string>(given.begin(), given.end()));
  spec.fold_batchnorm = true;
  if (!folded.empty() && !spec.tensors_digest.empty()) {  // the values follow from the network as it was, too
    Digest digest;
    digest.update(spec.tensors_digest);
    digest.update(before);
    spec.tensors_digest = digest.hex();
  }
  if (!folded.empty()) spec.tensors += fmt::format("; {} of the batch normalisations folded", folded.size());
  return folded;
}

std::string folded_in_words(const std::vector<std::string>& names) {
  if (names.empty()) return "fold_batchnorm: none of the batch normalisations folded";
  return fmt::format("fold_batchnorm: {} of the batch normalisations folded: {}", names.size(), some_of(names));
}

bool can_fold_batchnorm(const RunSpec& spec) {
  const auto given = given_names(spec);
  networks::Network shapes = spec.network;
  operations::Parameters none;
  return !networks::fold_batchnorm(shapes, none, std::set<std::string>(given.begin(), given.end())).empty();
}

}  // namespace binade::sim
