// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/train_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <limits>
#include <thread>

#include "models/numerics/error.h"
#include "models/spec/limits.h"
#include "sim/cli/option_words.h"
#include "sim/cli/output_folder.h"

namespace binade::sim {
namespace {

constexpr const char* kExamples = R"(
Examples:
  binade train --network lenet5 --data ../shared/data --recipe positnn,O=posit16,L=posit16 --out out/positnn
  binade train --network mlp --data mine.npz --recipe fp32 --set train.optimiser=adam --set train.lr=0.001
  binade train --network lenet5 --data ../shared/data --recipe dfp8 --out out/dfp8 --resume
  binade train --network mlp --recipe positnn --steps 5 --capture steps.npz --capture-steps 1,2,5
  binade train --network lenet5 --recipe flexpoint --cost --core cycle --set core.rows=32 --epochs 1
  binade report out/positnn out/dfp8 --out out/compare
)";

CLI::Range range_of(const spec::Limit& limit) { return {limit.least, limit.most}; }

/// Of paths.
CLI::Validator given() {
  return {[](std::string& word) { return word.empty() ? std::string("is empty; allowed: a path") : std::string(); }, ""};
}

}  // namespace

std::vector<CLI::Option*> declare_run(CLI::App& command, TrainOptions& options) {
  std::vector<CLI::Option*> all;
  const auto add = [&]<class Value>(const char* name, Value& value, const std::string& help, const char* type) {
    all.push_back(command.add_option(name, value, help)->type_name(type));
    return all.back();
  };
  add("--init", options.init, "the first parameters, by PyTorch names; default: drawn by --seed (train.init)", "FILE.npz")
      ->check(given());
  add("--recipe", options.configuration.recipe,
      "rules that give each tensor its format (docs/recipes.md): a file, or a name that `binade recipes` lists; default: "
      "all tensors in the key `format`",
      "FILE|NAME[,KEY=WORD...]")
      ->check(given());
  declare_keys(command, options.configuration);
  for (const char* name : {"--config", "--set"}) all.push_back(command.get_option(name));
  add("--epochs", options.epochs, "the key train.epochs", "N")->check(range_of(spec::limit_of("train.epochs")));
  add("--batch", options.batch, "the key train.batch", "N")->check(range_of(spec::limit_of("train.batch")));
  add("--seed", options.seed, "of weights, order, augmentation, dropout and stochastic rounding, 32 bits", "N")
      ->check(CLI::Range(std::int64_t{0}, kMostSeed32))
      ->capture_default_str();
  all.push_back(command.add_option("--order", options.order, "of the samples in each epoch")
                    ->check(CLI::IsMember({"shuffled", "sequential"}))
                    ->capture_default_str());
  add("--augment", options.augment, "of the training images: flip, crop, or both with a comma between them", "WORD[,WORD]")
      ->capture_default_str();
  add("--threads", options.threads, "of its arithmetic; same results", "N")->check(CLI::Range(1, kMostJobs))->capture_default_str();
  return all;
}

void declare(CLI::App& command, TrainOptions& options) {
  constexpr auto kMostSteps = std::numeric_limits<std::int64_t>::max();
  command
      .add_option("--network", options.network,
                  "what to train: a name that `binade networks` lists, or a network in YAML or ONNX (docs/workloads.md)")
      ->type_name("NAME|FILE")
      ->required();
  command
      .add_option("--data", options.data,
                  "a folder with MNIST, CIFAR-10 or CIFAR-100 files, or arrays x, y, x_test, y_test (docs/data.md); default: a "
                  "synthetic set")
      ->type_name("DIR|FILE.npz")
      ->check(given());
  declare_run(command, options);
  command.add_option("--steps", options.steps, "end after that many steps, counted from the very first")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{1}, kMostSteps));
  command
      .add_option("--checkpoint", options.checkpoint,
                  "where the state is put from which --resume goes on; default: checkpoint.npz in --out")
      ->type_name("FILE")
      ->check(given());
  command.add_flag("--resume", options.resume,
                   "go on from the checkpoint, bit for bit; from the beginning where there is none yet");
  command.add_option("--capture", options.capture, "write the tensors of some steps there (docs/training.md)")
      ->type_name("FILE.npz")
      ->check(given());
  command.add_option("--capture-steps", options.capture_steps, "which, the first being 1")
      ->type_name("N[,N...]")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::Range(std::int64_t{1}, kMostSteps));
  command.add_flag("--cost", options.cost,
                   "simulate the first step on the accelerator, compare its bits, and report cycles, energy and traffic of its "
                   "passes, of a step and of an epoch");
  auto* const core = command.add_option("--core", options.core, "core of --cost: " + core_kind_help() + "; same results");
  core->check(CLI::IsMember(core_kind_words()))
      ->each([&options](const std::string&) { options.core_given = true; })
      ->capture_default_str()
      ->needs("--cost");
  declare_costs(command, options.energy_table)->needs("--cost");
  command
      .add_option(
          "--out", options.out,
          "write history.csv, tensors.csv, exponents.csv, report.json, report.html, checkpoint.npz and weights.npz there, and "
          "with --cost cost.csv and cost.json")
      ->type_name("DIR")
      ->check(given());
  command.add_option("--report-format", options.report_format, "what goes to standard output")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  command.add_flag("--print-config", options.print_config,
                   "print the resolved configuration as YAML, and the format of each tensor, and stop");
  command.footer(kExamples);
}

std::vector<std::string> files_of(const TrainOptions& options) {
  auto files = files_of(options.configuration);
  files.insert(files.end(), {chosen_file(options.network), options.data, options.init});
  return files;
}

Settings settings_of(const TrainOptions& options, const RecipeFile* recipe) {
  auto configuration = options.configuration;
  if (options.epochs) configuration.sets.push_back(fmt::format("train.epochs={}", *options.epochs));
  if (options.batch) configuration.sets.push_back(fmt::format("train.batch={}", *options.batch));
  auto settings = settings_of(configuration, recipe);
  std::vector<std::string> problems;
  if (settings.formats.size() > 1)
    problems.push_back(
        fmt::format("format: {}; allowed: one word, a training run is in one format or recipe", fmt::join(settings.formats, ",")));
  if (options.capture.empty() != options.capture_steps.empty())
    problems.emplace_back(options.capture.empty() ? "--capture-steps: nothing to write them to; allowed: with --capture FILE.npz"
                                                  : "--capture: no steps to write; allowed: with --capture-steps N[,N...]");
  if (options.resume && options.checkpoint.empty() && options.out.empty())
    problems.emplace_back("--resume: no checkpoint to go on from; allowed: with --out DIR or --checkpoint FILE");
  if (!problems.empty()) throw InputError(fmt::format("{}", fmt::join(problems, "\n")));
  return settings;
}

}  // namespace binade::sim
