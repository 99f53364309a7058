// SPDX-License-Identifier: Apache-2.0
#include "sim/explore/point_specs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "models/numerics/error.h"
#include "models/spec/limits.h"
#include "sim/config/keys.h"
#include "sim/config/values.h"
#include "sim/report/cell_json.h"
#include "sim/run/recipes.h"
#include "sim/run/spec_settings.h"

namespace binade::sim {
namespace {

constexpr spec::Limit kSamples{"samples", 1, 1 << 20};
constexpr spec::Limit kBatch{"batch", 1, 1 << 20};
constexpr spec::Limit kSeed{"seed", 0, 0xffffffff};
constexpr std::string_view kParameter = "recipe.";

}  // namespace

PointSpecs::PointSpecs(const Space& space, RunBase base, NoteSink note)
    : space_(space), base_(std::move(base)), note_(std::move(note)) {}

SpecWords PointSpecs::words_of(const Choice& choice) const {
  SpecWords words = base_.words;
  for (std::size_t i = 0; i < choice.size(); ++i) {
    const Axis& axis = space_.axes[i];
    const std::string& word = axis.values[choice[i]];
    if (axis.name == "network") words.network = word;
    if (axis.name == "layers") words.layers = {word};
    try {
      if (axis.name == "batch") words.batch = parse_integer(word, kBatch);
      if (axis.name == "samples") words.samples = parse_integer(word, kSamples);
      if (axis.name == "seed") words.seed = static_cast<std::uint64_t>(parse_integer(word, kSeed));
    } catch (const InputError& error) {
      throw InputError(fmt::format("{}: {}", axis.where, error.what()));
    }
  }
  return words;
}

std::string PointSpecs::recipe_of(const Choice& choice) const {
  std::string recipe = base_.recipe, parameters;
  for (std::size_t i = 0; i < choice.size(); ++i) {
    const Axis& axis = space_.axes[i];
    const std::string& word = axis.values[choice[i]];
    if (axis.name == "recipe") recipe = word;
    if (axis.name.starts_with(kParameter)) parameters += fmt::format(",{}={}", axis.name.substr(kParameter.size()), word);
  }
  if (recipe.empty() && !parameters.empty())
    throw InputError("axis recipe.PARAMETER: no recipe; allowed: with --recipe, or an axis recipe");
  return recipe + parameters;
}

std::string PointSpecs::workload(const Choice& choice) const {
  const SpecWords words = words_of(choice);
  return fmt::format("{}\n{}\n{}\n{}\n{}", words.network, words.batch.value_or(0), words.samples.value_or(0), words.seed,
                     fmt::join(words.layers, ","));
}

void PointSpecs::check_workload(const Choice& choice) const {
  static_cast<void>(recipe_of(choice));
  SpecWords words = words_of(choice);
  if (!words.trace.empty()) return;
  words.values = "none";
  words.data.clear(), words.weights.clear(), words.input.clear();
  static_cast<void>(make_spec(words));
}

const RecipeFile* PointSpecs::recipe(const std::string& text) {
  if (text.empty()) return nullptr;
  const auto found = recipes_.find(text);
  if (found != recipes_.end()) return &found->second;
  return &recipes_.emplace(text, load_recipe(text)).first->second;
}

const Settings& PointSpecs::base_settings(const std::string& text) {
  const auto found = settings_.find(text);
  if (found != settings_.end()) return found->second;
  return settings_.emplace(text, base_.settings(recipe(text))).first->second;
}

const RunSpec& PointSpecs::spec_of(const Choice& choice) {
  const auto wanted = workload(choice);
  if (!spec_ || made_ != wanted) {
    spec_.reset();  // before there is another one
    spec_ = make_spec(words_of(choice), note_);
    made_ = wanted;
  }
  const auto recipe_text = recipe_of(choice);
  Settings settings = base_settings(recipe_text);
  // The format comes first: it sets those of the operands, whatever the order of the axes.
  for (const bool format : {true, false})
    for (std::size_t i = 0; i < choice.size(); ++i) {
      const Axis& axis = space_.axes[i];
      if ((axis.name == "format") != format) continue;
      for (const Key& key : configuration_keys())
        if (key.name == axis.name) key.set(settings, axis.values[choice[i]]);
    }
  const RecipeFile* const rules = recipe(recipe_text);
  if (rules == nullptr) {
    if (const auto problems = validate(settings); !problems.empty()) throw InputError(fmt::format("{}", fmt::join(problems, "; ")));
    spec_->formats.reset();
  } else {
    spec_->formats = choice_of(settings, *rules);
  }
  apply_settings(resolved_for(settings, settings.formats.front()), *spec_);
  complete_platform(*spec_);
  return *spec_;
}

std::string PointSpecs::axes_text(const Choice& choice) const {
  auto json = nlohmann::ordered_json::object();
  for (std::size_t i = 0; i < choice.size(); ++i) json[space_.axes[i].name] = setting_to_json(space_.axes[i].values[choice[i]]);
  return json.dump();
}

std::string PointSpecs::config_text(const RunSpec& spec) const {
  auto json = nlohmann::ordered_json::object();
  for (const auto& [key, value] : key_values(settings_of(spec), keys_of(spec))) json[key] = setting_to_json(value);
  return json.dump();
}

}  // namespace binade::sim
