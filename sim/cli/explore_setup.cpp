// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/explore_setup.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "models/numerics/error.h"
#include "sim/config/keys.h"
#include "sim/run/cost_choice.h"

namespace binade::sim {

ExploreSetup::ExploreSetup(CLI::App& command, ExploreOptions& options) : options_(options), space_(space_of(command, options_)) {
  const Settings settings = base_settings(nullptr);
  choose_values();
  if (space_.objectives.empty()) choose_objectives();
  judge_.emplace(space_, settings);
  if (options_.run.values == "auto")
    options_.run.values = judge_->asks_for("output.") || judge_->asks_for("top1.") ? "full" : "none";
  check_figures();
}

/// Throws InputError where objectives or constraints follow from figures that no point can have.
void ExploreSetup::check_figures() const {
  const RunOptions& run = options_.run;
  std::vector<std::string> problems;
  const auto check = [&](bool can_be, const char* what, const auto& is, const std::string& allowed) {
    const auto where = can_be ? std::nullopt : judge_->judged_by(is);
    if (where) problems.push_back(fmt::format("{}: no point has {}; allowed: {}, or other figures", *where, what, allowed));
  };
  RunSpec costs;
  choose_costs(run.energy_table, run.energy, costs);
  check(
      costs.calibrated.has_value(), "area or other figures of a calibrated core",
      [](std::string_view name) { return name.starts_with("calibrated."); },
      fmt::format("with --cost-table and a technology ({}, or the folder of one)", fmt::join(calibrated_technologies(), ", ")));
  check(
      run.values == "full" && run.reference == "full", "an error without values and their reference",
      [](std::string_view name) { return name.starts_with("output."); }, "without --values none and --reference none");
  check(
      run.values == "full" && !(run.data.empty() && run.trace.empty()), "an accuracy without values and labels",
      [](std::string_view name) { return name == "top1.correct" || name == "top1.reference_correct"; },
      "--data or --trace, without --values none");
  if (!problems.empty()) throw InputError(fmt::format("{}", fmt::join(problems, "\n")));
}

RunBase ExploreSetup::base() const {
  return {.words = options_.run, .recipe = options_.run.recipe, .settings = [this](const RecipeFile* rules) {
            return base_settings(rules);
          }};
}

/// What a recipe brings, the space's keys, --config, --set.
Settings ExploreSetup::base_settings(const RecipeFile* rules) const {
  Settings settings;
  if (rules != nullptr) apply_settings_of(*rules, settings);
  for (const auto& [key, word] : space_.config) find_key(key).set(settings, word);
  RunOptions options = options_.run;
  options.recipe = rules != nullptr ? "given" : "";
  settings = settings_of(options, std::move(settings));
  if (settings.formats.size() > 1) throw InputError("format: several words; allowed: one, or an axis format");
  return settings;
}

/// auto: full where axes speak of arithmetic, or where files bring tensors.
void ExploreSetup::choose_values() {
  RunOptions& run = options_.run;
  if (run.values != "auto") return;
  const bool files = !run.data.empty() || !run.weights.empty() || !run.input.empty() || !run.trace.empty();
  const bool arithmetic = std::any_of(space_.axes.begin(), space_.axes.end(), [](const Axis& axis) {
    if (axis.name.starts_with("recipe")) return true;
    const auto& keys = configuration_keys();
    return std::any_of(keys.begin(), keys.end(), [&](const Key& key) { return key.name == axis.name && key.of_arithmetic(); });
  });
  if (files || arithmetic) run.values = "full";
}

void ExploreSetup::choose_objectives() {
  std::vector<std::string> words{"time", "energy"};
  if (options_.run.values == "full" && options_.run.reference == "full") words.emplace_back("error");
  for (const auto& word : words) space_.objectives.push_back(parse_objective(word, "--objective"));
}

}  // namespace binade::sim
