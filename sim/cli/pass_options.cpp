// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/pass_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>

#include "models/numerics/error.h"
#include "models/programs/learning_rate.h"
#include "sim/host/run.h"
#include "sim/report/passes.h"
#include "sim/run/recipes.h"
#include "sim/run/step_settings.h"

namespace binade::sim {
namespace {

constexpr const char* kWholeStep = "step";

}  // namespace

std::vector<std::string> pass_option_words() {
  std::vector<std::string> words(row_passes().begin(), row_passes().end());
  words.emplace_back(kWholeStep);
  return words;
}

void check_pass_options(const RunOptions& options) {
  std::vector<std::string> problems;
  const auto refuse = [&](bool given, const char* option, const char* why) {
    if (given) problems.push_back(fmt::format("{} with --pass: {}", option, why));
  };
  refuse(!options.gemms.empty(), "--gemm", "products alone have no gradients; allowed: --network");
  refuse(!options.layers.empty(), "--layers",
         "the passes of a step belong together; allowed: choose passes, --pass WORD[,WORD...]");
  refuse(options.samples.has_value(), "--samples", "a step is one batch; allowed: --batch N");
  refuse(!options.save.empty() || !options.save_layers.empty(), "--save",
         "it holds the outputs of a forward pass; allowed: `binade train --capture`");
  refuse(options.passes.size() > 1 && std::count(options.passes.begin(), options.passes.end(), kWholeStep) > 0, "--pass step",
         "it is all passes; allowed: alone");
  if (!problems.empty()) throw InputError(fmt::format("{}", fmt::join(problems, "\n")));
}

SpecWords step_words(const RunOptions& options, std::int64_t batch) {
  SpecWords words = options;
  // A file of inputs is a batch, unless --batch says how much of it; so is a trace.
  const bool whole_file = !options.trace.empty() || (!options.input.empty() && !options.batch);
  if (!whole_file) words.samples = options.batch.value_or(batch);
  words.batch = whole_file ? std::numeric_limits<std::int64_t>::max() : *words.samples;
  return words;
}

void set_pass(const RunOptions& options, const Settings& settings, const RecipeFile* recipe, RunSpec& spec) {
  programs::Recipe none;
  none.name = settings.formats.front();
  spec.formats = choice_of(settings, recipe != nullptr ? static_cast<const programs::Recipe&>(*recipe) : none);
  set_step(settings.train, spec);
  const auto schedule = programs::parse_learning_rate(settings.train.schedule, "train.schedule");
  // How long an epoch is only data say, and a run of --pass has none but its batch: one step is taken for it.
  spec.step->rate *= schedule.factor({.step = 0, .steps_per_epoch = 1, .epochs = settings.train.epochs});
  const bool whole = options.passes == std::vector<std::string>{kWholeStep};
  spec.step->passes = whole ? std::vector<std::string>{} : options.passes;
}

}  // namespace binade::sim
