// SPDX-License-Identifier: Apache-2.0
// `--pass`: a training step of `binade run`, or some of its passes.
#pragma once

#include <string>
#include <vector>

#include "sim/cli/run_options.h"
#include "sim/config/recipe_file.h"
#include "sim/run/make_spec.h"

namespace binade::sim {

/// What --pass takes: the passes of a step, and `step`, all of them.
std::vector<std::string> pass_option_words();

/// Options that do not go with --pass. Throws InputError with each of them.
void check_pass_options(const RunOptions& options);

/// What make_spec() is to make: the samples of one batch, --batch or `batch` of them, and no reference.
SpecWords step_words(const RunOptions& options, std::int64_t batch);

/// Makes the spec, whose settings of the run are applied, the step of --pass: the first one of a training run with those
/// settings. `settings`: as given, with one format; `recipe`: null where there is none. Throws InputError.
void set_pass(const RunOptions& options, const Settings& settings, const RecipeFile* recipe, RunSpec& spec);

}  // namespace binade::sim
