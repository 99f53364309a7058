// SPDX-License-Identifier: Apache-2.0
// Error figures of the steps of a training step (docs/host.md, Figures).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "models/programs/machine.h"
#include "models/programs/training/reference_executor.h"
#include "models/programs/training/step_execution.h"
#include "sim/host/error_figures.h"
#include "sim/host/wall_clock.h"

namespace binade::sim {

class StepErrors {
 public:
  struct Figures {
    ErrorFigures end_to_end, datapath;
  };
  /// Without a reference.
  static constexpr ErrorFigures kNothing{.sqnr_db = {}, .max_relative = 0, .mean_relative = 0, .max_ulp = 0, .computed = false};
  static constexpr Figures kNone{kNothing, kNothing};

  /// Both outlive it; `clock` may be null.
  StepErrors(programs::Machine& machine, WallClock* clock) : machine_(machine), clock_(clock) {}

  /// Told of every step in order, from the first copies of parameters on. Of its first result: against `real`, what it is in real
  /// numbers, and against the step in real numbers on exactly the operands that the machine had.
  Figures of(const programs::StepExecution& execution, std::vector<double> real);

 private:
  /// The values of a tensor's codes, or its indices; what they stand for is these times 2^exponent_of().
  std::vector<double> codes_of(const programs::TrainingTensor& tensor, const programs::StoredTensor& stored) const;
  int exponent_of(const programs::StepExecution& execution, int tensor) const;
  /// Of the step's first result: of its scale, or of sums of codes those of their factors.
  int note_exponent(const programs::StepExecution& execution);
  std::vector<double> exact(const programs::StepExecution& execution);
  const Spacing& spacing(const numerics::FormatSpec& format);

  programs::Machine& machine_;
  WallClock* clock_;
  std::map<int, int> of_sums_;               ///< exponents of results that are sums of codes with scales, by tensor
  std::map<std::string, Spacing> spacings_;  ///< by format
};

}  // namespace binade::sim
