// SPDX-License-Identifier: Apache-2.0
// An operation that the device has carried out, carried out again by the golden model: equal bytes, exponents, statistics, events.
#pragma once

#include <span>

#include "models/programs/layer_execution.h"
#include "models/programs/program.h"
#include "models/programs/training/step_execution.h"
#include "models/spec/counters.h"

namespace binade::sim {

struct GoldenCheck {
  programs::Machine& machine;          ///< that has the operands
  const programs::ExponentBook& book;  ///< as it was before the operation
  const programs::ExecutionOptions& options;

  /// `bytes`: of the output; `counters`: what the operation added. Throws MismatchError that names the layer and what differs
  /// first.
  void compare(const programs::Operation& operation, const operations::Call& call, const operations::LayerParameters& parameters,
               const programs::LayerExecution& execution, std::span<const std::byte> bytes, const spec::Counters& counters) const;
  /// The same of a step of training, every result of it, those of indices too.
  void compare(const programs::StepExecution& execution, const spec::Counters& counters) const;
};

}  // namespace binade::sim
