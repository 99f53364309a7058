// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/traced_step.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <utility>
#include <vector>

#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "sim/config/keys.h"
#include "sim/import/network_yaml.h"
#include "sim/import/workload.h"
#include "sim/run/identity.h"
#include "sim/run/recipes.h"
#include "sim/run/share.h"

namespace binade::sim {
namespace {

using Problems = std::vector<std::string>;

void throw_all(const Problems& problems) {
  if (!problems.empty()) throw InputError(fmt::format("{}", fmt::join(problems, "\n")));
}

}  // namespace

TracedStep::TracedStep(const RunOptions& options) : name_(printable(options.trace)) {
  const std::filesystem::path file = user_or_shared_file(options.trace);
  trace_ = load_step_trace(file);
  digest_ = file_digest(file).value_or("");
}

RunOptions TracedStep::completed(RunOptions options) const {
  const StepFacts& facts = trace_.facts;
  Problems problems;
  const auto contradicts = [&](const char* option, const std::string& given, const std::string& has) {
    problems.push_back(fmt::format("{} {}: step {} of {} has {}; allowed: what it has, or nothing", option, printable(given),
                                   facts.step, name_, printable(has)));
  };
  const auto samples = static_cast<std::int64_t>(trace_.start.labels.size());
  if (options.batch.value_or(samples) != samples)
    contradicts("--batch", std::to_string(*options.batch), fmt::format("{} samples", samples));
  if (options.seed_given && options.seed != facts.seed)
    contradicts("--seed", std::to_string(options.seed), std::to_string(facts.seed));
  if (!options.network.empty() && network_to_yaml(load_workload(options.network).network) != network_to_yaml(trace_.start.network))
    contradicts("--network", options.network, fmt::format("{}, layer by layer", trace_.start.network.name));
  if (facts.recipe.empty() && !options.recipe.empty()) contradicts("--recipe", options.recipe, "none");
  throw_all(problems);
  options.network.clear();
  options.batch.reset();
  options.seed = facts.seed;
  if (options.recipe.empty()) options.recipe = facts.recipe;
  return options;
}

std::optional<RecipeFile> TracedStep::recipe(const RunOptions& completed) const {
  if (completed.recipe.empty()) return std::nullopt;
  try {
    return load_recipe(completed.recipe);
  } catch (const InputError& error) {
    if (completed.recipe != trace_.facts.recipe) throw;
    throw InputError(fmt::format("{}: its recipe: {}", name_, error.what()));
  }
}

Settings TracedStep::settings(const RecipeFile* recipe) const {
  Settings settings;
  if (recipe != nullptr) apply_settings_of(*recipe, settings);
  Problems problems;
  for (const auto& [key, value] : trace_.facts.keys) apply_assignment(settings, fmt::format("{}={}", key, value), problems);
  for (std::string& problem : problems) problem = fmt::format("{}: {}: {}", name_, kStepMember, problem);
  throw_all(problems);
  return settings;
}

void TracedStep::check(const Settings& settings, const RecipeFile* recipe) const {
  const auto theirs = key_values(this->settings(recipe), KeySet::All), ours = key_values(settings, KeySet::All);
  Problems problems;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    const auto& [key, value] = ours[i];
    if (value == theirs[i].second || !find_key(key).of_arithmetic()) continue;
    problems.push_back(fmt::format("{}: {}, where step {} of {} has {}; allowed: what it has, or keys of the machine", key, value,
                                   trace_.facts.step, name_, theirs[i].second));
  }
  throw_all(problems);
}

void TracedStep::set(RunSpec& spec) {
  spec.step->step = trace_.facts.step;
  spec.step->rate = trace_.facts.learning_rate;
  if (!repeated_) repeated_ = repeat_step(trace_, name_, digest_, spec);
  spec.step->state = repeated_->state;
  spec.step->record = repeated_->record;
}

}  // namespace binade::sim
