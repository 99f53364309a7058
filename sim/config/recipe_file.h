// SPDX-License-Identifier: Apache-2.0
// Recipes as YAML (docs/recipes.md): name, source, parameters with their defaults, settings, rules.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "models/programs/recipe.h"
#include "sim/config/settings.h"

namespace binade::sim {

/// A recipe and the configuration that it brings: keys under `settings`, checked.
struct RecipeFile : programs::Recipe {
  std::vector<std::pair<std::string, std::string>> settings;
};
/// Before everything else that says keys.
void apply_settings_of(const RecipeFile& recipe, Settings& settings);

/// `NAME[,KEY=WORD...]` as the command line has it.
struct RecipeChoice {
  std::string name;  ///< a recipe's name, or a file's
  std::vector<std::pair<std::string, std::string>> parameters;
};
/// Throws InputError where a part has no '='.
RecipeChoice parse_recipe_choice(const std::string& text);

/// The recipe in `text` with its parameters replaced; `name` stands for the file in messages. Throws InputError with every problem,
/// one a line: "FILE:LINE: what; allowed: ...".
RecipeFile recipe_from_yaml(const std::string& text, const std::string& name,
                            const std::vector<std::pair<std::string, std::string>>& parameters);
RecipeFile read_recipe(const std::filesystem::path& file, const std::vector<std::pair<std::string, std::string>>& parameters);

}  // namespace binade::sim
