// SPDX-License-Identifier: Apache-2.0
// `binade verify --stimulus trace` on a trace of a training step: which of its products are meant, and in which core.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/cli/verify_options.h"
#include "sim/data/step_trace.h"

namespace binade::sim {

/// Products of one elaboration: of equal formats and equal sums.
struct VerifyProducts {
  std::unique_ptr<const StepTrace> trace;
  std::vector<std::unique_ptr<const programs::ProductOperands>> operands;
  std::string description;  ///< the file and the products, for people
};

/// Nothing where --trace is no trace of a step. Otherwise those that --layer, --pass, --product and --format name; where no
/// --format is given, it and the keys that the products want are put into `options`. Throws InputError, with a line for each
/// product of the trace, where that is none, or where without --format several elaborations are left.
std::optional<VerifyProducts> products_of(VerifyOptions& options);

}  // namespace binade::sim
