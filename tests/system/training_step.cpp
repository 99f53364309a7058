// SPDX-License-Identifier: Apache-2.0
// One training step of a small network, or of a network by name, through the simulated accelerator: its report as JSON.
#include "tests/support/training_step.h"

#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "models/numerics/error.h"
#include "sim/report/json_report.h"
#include "sim/run/simulate.h"

namespace {

using namespace binade;

struct Flags {
  support::StepWords words;
  std::string core = "fast", values = "full";
  int step = 1;
  std::string rtl_sample;
  bool check = false, reference = false;
};

int run(const Flags& flags) {
  sim::RunSpec spec = support::step_spec(flags.words);
  if (flags.step == 2 && flags.values == "full") spec = support::next_step(spec);
  spec.core = sim::parse_core_kind(flags.core);
  spec.check = flags.check;
  spec.reference = flags.reference;
  if (!flags.rtl_sample.empty()) spec.rtl_sample = lockstep::parse_sample_size(flags.rtl_sample);
  if (flags.values == "none") {
    spec.platform.values = false;
    spec.parameters.clear();
    spec.inputs.begin()->second.values.clear();
    spec.step->step = static_cast<std::uint64_t>(flags.step);
    sim::complete_platform(spec);
  }
  sim::check(spec);
  std::cout << sim::to_json(sim::simulate(spec)).dump(2) << std::endl;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("runs a training step of a small network through the simulated accelerator");
  Flags flags;
  app.add_option("--network", flags.words.network)->required();
  app.add_option("--recipe", flags.words.recipe);
  app.add_option("--format", flags.words.format);
  app.add_option("--samples", flags.words.samples);
  app.add_option("--set", flags.words.assignments)->expected(1)->take_all();
  app.add_option("--core", flags.core)->check(CLI::IsMember(sim::core_kind_words()));
  app.add_option("--values", flags.values)->check(CLI::IsMember({"full", "none"}));
  app.add_option("--step", flags.step)->check(CLI::Range(1, 2));
  app.add_option("--rtl-sample", flags.rtl_sample);
  app.add_flag("--check", flags.check);
  app.add_flag("--reference", flags.reference);
  CLI11_PARSE(app, argc, argv);
  try {
    return run(flags);
  } catch (const MismatchError& error) {
    std::cerr << "run_training_step: " << error.what() << '\n';
    return 1;
  } catch (const std::exception& error) {
    std::cerr << "run_training_step: " << error.what() << '\n';
    return 2;
  }
}
