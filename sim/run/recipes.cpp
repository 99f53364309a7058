// SPDX-License-Identifier: Apache-2.0
#include "sim/run/recipes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <sstream>

#include "models/numerics/error.h"
#include "models/numerics/nearest.h"
#include "models/numerics/text.h"
#include "sim/host/step_program.h"
#include "sim/report/text_report.h"
#include "sim/run/share.h"

namespace binade::sim {

RecipeFile load_recipe(const std::string& text) {
  try {
    const RecipeChoice choice = parse_recipe_choice(text);
    std::error_code ignored;
    // A pipe too.
    if (std::filesystem::exists(choice.name, ignored) && !std::filesystem::is_directory(choice.name, ignored))
      return read_recipe(choice.name, choice.parameters);
    const auto names = shared_names(kRecipes, ".yaml");
    if (std::find(names.begin(), names.end(), choice.name) == names.end())
      throw InputError(fmt::format("'{}' is neither a file nor a recipe, the nearest is '{}'; allowed: FILE, {}",
                                   printable(choice.name), nearest_word(choice.name, names), fmt::join(names, ", ")));
    return read_recipe(shared_file(fmt::format("{}/{}.yaml", kRecipes, choice.name)), choice.parameters);
  } catch (const InputError& error) {
    throw InputError(fmt::format("--recipe: {}", error.what()));
  }
}

programs::FormatChoice choice_of(const Settings& settings, const programs::Recipe& recipe) {
  const auto format = [&](const std::string& word) {
    return word == kAuto ? std::nullopt : std::optional(format_of(settings, word));
  };
  programs::FormatChoice choice;
  choice.recipe = recipe;
  if (settings.posit_underflow) underflow(choice.recipe);
  choice.format = format_of(settings, settings.formats.front());
  choice.a = format(settings.format_a);
  choice.b = format(settings.format_b);
  choice.out = format(settings.format_out);
  if (settings.accumulate != kAuto) choice.accumulate = numerics::parse_accumulate(settings.accumulate);
  if (settings.rounding != kAuto) choice.rounding = numerics::parse_rounding(settings.rounding);
  const numerics::AccumulateSpec untouched, &accumulate = settings.platform.core.accumulate;
  if (accumulate.acc_bits != untouched.acc_bits) choice.acc_bits = accumulate.acc_bits;
  if (accumulate.block != untouched.block) choice.block = accumulate.block;
  if (settings.sdfp.add_shift != 0) choice.add_shift = settings.sdfp.add_shift;
  if (accumulate.chain != untouched.chain) choice.chain = accumulate.chain;
  if (accumulate.bias != untouched.bias) choice.bias = accumulate.bias;
  return choice;
}

namespace {

using Rows = std::vector<std::vector<std::string>>;

Rows rows_of(const programs::Program& program) {
  Rows rows;
  for (const programs::FormatRow& row : format_rows(program))
    rows.push_back({row.layer, std::string(to_string(row.tensor_class)), numerics::to_string(row.format),
                    row.accumulate ? std::string(to_string(row.accumulate->policy)) : "-", std::string(to_string(row.rounding))});
  return rows;
}

/// A row each tensor that a step makes.
Rows rows_of(const StepProgram& step) {
  Rows rows;
  for (const programs::TrainingStep* const one : step.steps()) {
    const bool product = std::holds_alternative<operations::GemmForm>(one->form);
    for (const programs::StepResult& result : one->results) {
      const programs::TrainingTensor& made = step.tensor(result.writer());
      rows.push_back({made.name, std::string(to_string(made.tensor_class)),
                      made.index_bytes != 0 ? "index" : numerics::to_string(made.encoding.format),
                      product ? std::string(to_string(one->mode.accumulate.policy)) : "-",
                      std::string(to_string(made.encoding.rounding))});
    }
  }
  return rows;
}

}  // namespace

std::string formats_text(const RunSpec& spec) {
  const Rows rows = spec.step ? rows_of(StepProgram(spec)) : rows_of(program_of(spec));
  std::string text = fmt::format("# formats of {}{}:\n", spec.network.name,
                                 spec.formats ? fmt::format(" by {}", spec.formats->recipe.name) : std::string());
  std::istringstream lines(table({spec.step ? "tensor" : "layer", "class", "format", "accumulate", "rounding"}, rows, "lllll"));
  for (std::string line; std::getline(lines, line);) text += "# " + line + "\n";
  return text;
}

}  // namespace binade::sim
