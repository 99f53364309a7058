// SPDX-License-Identifier: Apache-2.0
#include "tests/support/training_step.h"

#include <algorithm>
#include <random>
#include <utility>

#include "models/numerics/error.h"
#include "models/programs/golden_machine.h"
#include "models/programs/training/encoded_executor.h"
#include "models/programs/training/network_training.h"
#include "sim/host/run.h"
#include "sim/host/step_program.h"
#include "sim/import/workload.h"
#include "sim/run/cost_choice.h"
#include "sim/run/recipes.h"
#include "sim/run/simulate.h"
#include "sim/run/spec_settings.h"
#include "sim/run/step_settings.h"
#include "tests/support/training_networks.h"

namespace binade::support {

using sim::RunSpec;

RunSpec step_spec(const StepWords& words) {
  sim::Settings settings;
  std::vector<std::string> problems;
  programs::Recipe recipe;
  if (words.recipe.empty()) {
    set_formats(settings, {words.format});
  } else {
    const sim::RecipeFile file = sim::load_recipe(words.recipe);
    apply_settings_of(file, settings);
    recipe = file;
  }
  for (const char* const key :
       {"core.rows=4", "core.cols=4", "scratchpad.a_bytes=4096", "scratchpad.b_bytes=4096", "scratchpad.o_bytes=4096"})
    apply_assignment(settings, key, problems);
  for (const std::string& assignment : words.assignments) apply_assignment(settings, assignment, problems);
  if (!problems.empty()) throw InputError(problems.front());
  RunSpec spec;
  const auto& small = training_networks();
  const auto is_it = [&](const TrainingNetwork& one) { return one.name == words.network; };
  spec.network =
      std::any_of(small.begin(), small.end(), is_it) ? training_network(words.network) : sim::load_workload(words.network).network;
  std::mt19937_64 of_parameters(7), random(9);
  spec.parameters = drawn_parameters(spec.network, of_parameters);
  std::normal_distribution<float> draw;
  operations::Tensor& input = spec.inputs[spec.network.layers[0].name];
  const networks::Shape& shape = spec.network.layers[0].out;
  input.shape = {words.samples, shape.channels, shape.height, shape.width};
  input.values.resize(static_cast<std::size_t>(input.elements()));
  for (double& value : input.values) value = draw(random);
  spec.batch = words.samples;
  spec.seed = 5;
  spec.energy_table = sim::published_energy_table();
  spec.reference = false;
  apply_settings(resolved_for(settings, settings.formats.front()), spec);
  spec.formats = sim::choice_of(settings, recipe);
  sim::set_step(settings.train, spec);
  sim::complete_platform(spec);
  return spec;
}

RunSpec next_step(const RunSpec& spec) {
  const sim::StepSpec& step = *spec.step;
  const auto seed = static_cast<std::uint32_t>(spec.seed);
  const programs::ExecutionOptions options{.core = spec.platform.core, .seed = seed, .initialise_on_machine = true};
  programs::GoldenMachine machine(spec.platform.core);
  programs::ExponentBook book(exponent_options(step, spec.flex, spec.sdfp, spec.seed));
  programs::EncodedExecutor executor(machine, book, options);
  programs::NetworkTraining training(spec.network, training_choice(step, *spec.formats), executor, seed, false);
  training.set_parameters(spec.parameters);
  std::vector<double> room;
  const std::span<const double> x = spec.inputs.begin()->second.reals().all(room);
  training.step(std::vector<float>(x.begin(), x.end()), targets_of(spec), step.rate, step.step, {});
  auto state = std::make_shared<sim::StepState>();
  for (const auto& [name, index] : training.persistent())
    if (executor.holds(index)) state->tensors[name] = *executor.encoded(index);
  state->exponents = book.state();
  RunSpec next = spec;
  next.step->step = step.step + 1;
  next.step->state = state;
  sim::complete_platform(next);
  return next;
}

}  // namespace binade::support
