// SPDX-License-Identifier: Apache-2.0
// What a spec's training step runs on the platform: forward, loss, backward, update and copies, in order, and what it needs of the
// platform's core and table of formats.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "models/programs/training/training_program.h"
#include "sim/host/run_spec.h"

namespace binade::sim {

/// What the step says with the formats of a run.
programs::TrainingChoice training_choice(const StepSpec& step, const programs::FormatChoice& formats);
programs::ExponentOptions exponent_options(const StepSpec& step, const FlexOptions& flex, const SdfpOptions& sdfp,
                                           std::uint64_t seed);
/// Classes of the samples: RunSpec::labels, otherwise drawn.
std::vector<std::int64_t> targets_of(const RunSpec& spec);

class StepProgram {
 public:
  /// Of a spec with a step and formats, which outlives it. Throws InputError as make_training() does.
  explicit StepProgram(const RunSpec& spec);
  StepProgram(const StepProgram&) = delete;
  StepProgram& operator=(const StepProgram&) = delete;

  const programs::TrainingProgram& program() const { return program_; }
  /// Steps in order of execution: each is a row of the report.
  const std::vector<const programs::TrainingStep*>& steps() const { return steps_; }
  /// Places in steps(); -1: none.
  int row_of(const std::string& step) const;

  /// The modes of the step's products, each once, in order of first use.
  std::vector<datapath::CoreMode> core_modes() const;
  /// The formats in which everything else reads, computes and writes, and the second passes of products: each once.
  std::vector<operations::ElementFormat> element_formats() const;

  const programs::TrainingTensor& tensor(int index) const { return program_.tensors[static_cast<std::size_t>(index)]; }

 private:
  programs::TrainingProgram program_;
  std::vector<programs::TrainingStep> update_;
  std::vector<const programs::TrainingStep*> steps_;
};

/// Names of the rows of a run, in order: a network's layers, or a step's.
std::vector<std::string> row_names(const RunSpec& spec);

}  // namespace binade::sim
