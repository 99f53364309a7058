// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/step_trace_command.h"

#include <fmt/format.h>

#include <filesystem>
#include <iostream>

#include "models/numerics/text.h"
#include "sim/cli/error_output.h"
#include "sim/cli/output_folder.h"
#include "sim/cli/progress_bar.h"
#include "sim/jobs/exit_codes.h"
#include "sim/jobs/interrupt.h"
#include "sim/report/output_file.h"
#include "sim/run/recipes.h"
#include "sim/train/trace_step.h"

namespace binade::sim {

int write_step_trace(const TrainOptions& options, std::uint64_t step, std::optional<std::int64_t> samples, const PartsMaker& make) {
  catch_interrupts();
  std::optional<RecipeFile> recipe;
  if (!options.configuration.recipe.empty()) recipe = load_recipe(options.configuration.recipe);
  const RecipeFile* const rules = recipe ? &*recipe : nullptr;
  const Settings settings = settings_of(options, rules);
  check_output_file(options.out);
  check_named_output("--out", options.out, {}, files_of(options));
  const TrainingParts parts = make(options, settings, rules, report_note);

  ProgressBar bar("images");
  const auto progress = [&](const TrainProgress& at) {
    bar.show(at.images, at.all_images, fmt::format("epoch {}/{}  loss {:.4f}", at.epoch, at.epochs, at.loss));
  };
  const TracedStepChoice choice{.step = step, .batch = settings.train.batch, .epochs = settings.train.epochs, .samples = samples};
  auto trace = trace_step(parts, choice, progress, &interrupted());
  if (!trace) {
    std::cerr << "binade: interrupted: no trace was written\n";
    return kInterruptedExit;
  }
  trace->start.source = printable(fmt::format("step {}; data {}, {}, {}; first weights {}; batch {}", step, parts.data, parts.order,
                                              parts.augmentation, parts.initialisation, settings.train.batch));
  trace->facts.recipe = options.configuration.recipe;
  trace->facts.keys = key_values(settings, KeySet::All);
  trace->facts.seed = options.seed;
  save_step_trace(options.out, *trace);
  std::cout << fmt::format("{}: step {} of {}, {}, {} samples, loss {:.4f}, {} products, {} bytes\n", printable(options.out), step,
                           parts.network->name, recipe ? trace->facts.recipe : settings.formats.front(), trace->start.labels.size(),
                           trace->facts.loss, trace->recorded.products.size(), std::filesystem::file_size(options.out));
  return 0;
}

}  // namespace binade::sim
