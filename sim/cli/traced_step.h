// SPDX-License-Identifier: Apache-2.0
// `--pass` with `--trace`: a training step that was taken down runs again. All that it follows from is the file's, the machine is
// the user's, and what it makes is compared with the file.
#pragma once

#include <optional>
#include <string>

#include "sim/cli/run_options.h"
#include "sim/config/recipe_file.h"
#include "sim/data/step_trace.h"
#include "sim/train/repeat_step.h"

namespace binade::sim {

class TracedStep {
 public:
  /// Reads --trace. Throws InputError where it is no trace of a step.
  explicit TracedStep(const RunOptions& options);

  /// The options with the file's recipe and seed where they say none. Throws InputError with each one that contradicts the file.
  RunOptions completed(RunOptions options) const;
  /// Of completed options. Throws InputError.
  std::optional<RecipeFile> recipe(const RunOptions& completed) const;
  /// Keys as the file has them, over those of its recipe (null: none), to which --config and --set are added. Throws InputError.
  Settings settings(const RecipeFile* recipe) const;
  /// Throws InputError with each key that `settings` have otherwise than the file and that a step's numbers follow from.
  void check(const Settings& settings, const RecipeFile* recipe) const;

  /// Makes the spec, of this trace and a step already (set_pass), that of the file. Throws InputError.
  void set(RunSpec& spec);

 private:
  std::string name_;  ///< as given
  std::string digest_;
  StepTrace trace_;
  std::optional<RepeatedStep> repeated_;
};

}  // namespace binade::sim
