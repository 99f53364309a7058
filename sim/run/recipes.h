// SPDX-License-Identifier: Apache-2.0
// The recipe of a run: chosen by name or file, beside the settings whose words win over it.
#pragma once

#include <string>

#include "models/programs/recipe.h"
#include "sim/config/recipe_file.h"
#include "sim/config/settings.h"
#include "sim/host/run_spec.h"

namespace binade::sim {

/// `FILE|NAME[,KEY=WORD...]`: a file where there is one of that name, otherwise the shipped recipe. Throws InputError.
RecipeFile load_recipe(const std::string& choice);

/// What a recipe and settings say together: the settings' words that are not `auto`, then the rules, then the format of the
/// settings.
programs::FormatChoice choice_of(const Settings& settings, const programs::Recipe& recipe);

/// The formats that a spec's program has, a line for each tensor, or each that its training step makes: layer or tensor, class,
/// format, accumulate, rounding. As comments of YAML.
std::string formats_text(const RunSpec& spec);

}  // namespace binade::sim
