// SPDX-License-Identifier: Apache-2.0
// A training step that was recorded, beside the device that carries it out again: equal codes, exponents, scales.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "models/programs/training/step_execution.h"
#include "sim/host/step_spec.h"

namespace binade::sim {

class RecordCheck {
 public:
  /// Both outlive it.
  RecordCheck(programs::Machine& machine, const StepRecord& record) : machine_(machine), record_(record) {}

  /// Operands of a product and results of a step that the device has just carried out. Throws MismatchError that names the step,
  /// the tensor and the element.
  void compare(const programs::StepExecution& execution);
  /// Once all of it is carried out.
  void compare_loss(double loss) const;
  /// Tensors that were compared.
  std::int64_t compared() const { return static_cast<std::int64_t>(compared_.size()); }

 private:
  void compare(const std::string& step, const std::string& name, const programs::StoredTensor& stored, int exponent);

  programs::Machine& machine_;
  const StepRecord& record_;
  std::set<std::string> compared_;
};

}  // namespace binade::sim
