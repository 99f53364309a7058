// SPDX-License-Identifier: Apache-2.0
// The key fold_batchnorm on a spec.
#pragma once

#include <string>
#include <vector>

#include "sim/host/run_spec.h"

namespace binade::sim {

/// Folds the batch normalisations of the spec's network (models/networks/fold_batchnorm.h) but where outputs are given, says so in
/// `tensors`, and returns the names of the layers that are gone: none where it was done before. simulate() does it for specs that
/// want it; who looks at a spec's layers beforehand does it first.
std::vector<std::string> fold_batchnorm(RunSpec& spec);
bool can_fold_batchnorm(const RunSpec& spec);

/// "fold_batchnorm: 2 of the batch normalisations folded: bn1 bn2".
std::string folded_in_words(const std::vector<std::string>& names);

}  // namespace binade::sim
