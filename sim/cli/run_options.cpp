// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/run_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <fstream>
#include <thread>

#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "models/spec/words.h"
#include "sim/cli/error_output.h"
#include "sim/cli/option_words.h"
#include "sim/cli/output_folder.h"
#include "sim/cli/pass_options.h"
#include "sim/import/scalesim_config.h"
#include "sim/run/cost_choice.h"
#include "sim/run/share.h"

namespace binade::sim {
namespace {

constexpr const char* kExamples = R"(
Examples:
  binade run --network resnet18 --format flex16+5
  binade run --network alexnet --format posit8,e6m7,fp32 --set core.rows=32 --set core.dataflow=ws --out out/alexnet
  binade run --trace traces/lenet5-mnist.npz --format dfp8 --core cycle --out out/lenet5 --timeline
  binade run --network resnet18 --format posit8 --set core.rows=4 --set core.cols=4 --rtl-sample 2
  binade run --network lenet5 --data ../shared/data --weights lenet5.npz --format posit8 --samples 500
  binade run --network topology.csv --config scale.cfg --preset scalesim --format posit8
  binade run --network mine.yaml --weights mine.safetensors --input images.npz --save outputs.npz --save-layers 'fc*'
  binade run --gemm 512,768,768,4 --gemm 512,512,64 --format dfp8
  binade run --network resnet20-cifar --recipe wider-ends,F=posit8,E=posit16
  binade run --network lenet5 --recipe flexpoint --pass step --batch 64 --out out/step
  binade run --trace traces/step-dfp8.npz --pass step --core cycle --set core.dataflow=ws
  binade run --print-config > platform.yaml
)";

constexpr std::int64_t kMostSamples = 1 << 20;

CLI::Validator given_path() {
  return CLI::Validator(
      [](const std::string& word) { return word.empty() ? std::string("is empty; allowed: a path") : std::string(); }, "");
}

}  // namespace

void declare_keys(CLI::App& command, RunOptions& options) {
  command.add_option("--config", options.config, "configuration file: YAML (docs/configuration.md), or SCALE-Sim's .cfg")
      ->type_name("FILE")
      ->check(given_path());
  command.add_option("--set", options.sets, "set one configuration key; repeatable (`binade keys`)")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
}

CLI::Option* declare_costs(CLI::App& command, std::string& table) {
  return command
      .add_option("--cost-table,--energy-table", table,
                  "what a run costs: a calibrated technology (" + fmt::format("{}", fmt::join(calibrated_technologies(), " ")) +
                      "), a folder of one, or energies per event in CSV; default: published figures")
      ->type_name("NAME|DIR|FILE")
      ->check(given_path());
}

void declare_configuration(CLI::App& command, RunOptions& options) {
  command.add_option("--format", options.formats, "number formats, one run each (`binade formats`); default: the key `format`")
      ->type_name("WORD[,WORD...]")
      ->delimiter(',')
      ->allow_extra_args(false);
  command
      .add_option("--preset", options.preset,
                  "scalesim: ideal memory, whole folds and the overlap of SCALE-Sim's formulae (docs/timing.md); before --config")
      ->check(CLI::IsMember({"scalesim"}));
  declare_keys(command, options);
}

void declare_workload(CLI::App& command, SpecWords& words) {
  const CLI::Validator given = given_path();
  command
      .add_option("--network", words.network,
                  "what to run: a name that `binade networks` lists, a network in YAML or a SCALE-Sim topology in CSV "
                  "(docs/workloads.md); default: the trace's")
      ->type_name("NAME|FILE");
  command.add_option("--gemm", words.gemms, "matrix products instead of a network, of M x K and K x N, COUNT of them; repeatable")
      ->type_name("M,N,K[,COUNT]")
      ->allow_extra_args(false);
  command.add_option("--data", words.data, "directory of a real data set; top-1 is reported")->type_name("DIR")->check(given);
  command
      .add_option("--weights", words.weights,
                  "trained parameters, npz or safetensors; what it lacks is synthetic; default: the file in --data that fits, else "
                  "synthetic")
      ->type_name("FILE")
      ->check(given);
  command.add_option("--input", words.input, "the network's inputs, npz or safetensors, by their names, samples first")
      ->type_name("FILE")
      ->check(given);
  command.add_option("--batch", words.batch, "samples per pass; default: all samples, up to 100")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{1}, kMostSamples));
  command
      .add_option("--layers", words.layers, "run these layers only: names or globs; their inputs come from the float64 reference")
      ->type_name("SEL[,SEL...]")
      ->delimiter(',')
      ->allow_extra_args(false);
  command.add_option("--reference", words.reference, "none: no float64 reference and no error figures")
      ->check(CLI::IsMember({"full", "none"}))
      ->capture_default_str();
  declare_costs(command, words.energy_table);
  command
      .add_option("--energy", words.energy,
                  "fixed: elements of a calibrated core are priced by expected operands; operands: by those of the run")
      ->check(CLI::IsMember({"operands", "fixed"}))
      ->capture_default_str();
}

void declare_recipe(CLI::App& command, std::string& recipe) {
  command
      .add_option(
          "--recipe", recipe,
          "rules that give each tensor its format (docs/recipes.md): a file, or a name that `binade recipes` lists; instead "
          "of --format")
      ->type_name("FILE|NAME[,KEY=WORD...]")
      ->check(given_path());
}

void declare(CLI::App& command, RunOptions& options) {
  const CLI::Validator given = given_path();
  options.jobs = std::max(1U, std::thread::hardware_concurrency());
  declare_workload(command, options);
  declare_configuration(command, options);
  declare_recipe(command, options.recipe);
  command.add_option("--core", options.core, "core: " + core_kind_help() + "; same results")
      ->check(CLI::IsMember(core_kind_words()))
      ->capture_default_str();
  command
      .add_option("--values", options.values,
                  "none: tensors have no values; cycles, stalls, traffic and commands are those of a full run, sooner; no digests")
      ->check(CLI::IsMember({"full", "none"}))
      ->capture_default_str();
  command.add_flag("--check", options.check, "carry every layer out on the golden model too; a difference is exit 1");
  command
      .add_option("--rtl-sample", options.rtl_sample,
                  "run that many tiles of each layer, drawn by --seed, through the RTL too, in lockstep with the cycle core")
      ->type_name("N|N%");
  command
      .add_option("--trace", options.trace,
                  "captured activations and trained weights, or with --pass a training step that `binade trace --step` wrote: it "
                  "runs again, and tensors that differ are exit 1 (traces/README.md)")
      ->type_name("FILE.npz")
      ->check(given);
  command
      .add_option("--save", options.save,
                  "write the layers' outputs there, arrays NAME and NAME.codes; several formats: FILE-FORMAT.npz each")
      ->type_name("FILE.npz")
      ->check(given);
  command.add_option("--save-layers", options.save_layers, "of these layers only: names or globs")
      ->type_name("SEL[,SEL...]")
      ->delimiter(',')
      ->allow_extra_args(false);
  command
      .add_option("--samples", options.samples, "samples to run; default: all of a trace or test set, one batch of synthetic ones")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{1}, kMostSamples));
  command
      .add_option("--pass", options.passes,
                  "run a training step (docs/training.md): step, or some of its passes, which are reported: " +
                      fmt::format("{}", fmt::join(pass_option_words(), " ")) +
                      "; keys train.* say what a step is, or the file of --trace")
      ->type_name("WORD[,WORD...]")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::IsMember(pass_option_words()));
  command
      .add_option("--out", options.out,
                  "write report.json, layers.csv (of a training step passes.csv) and report.html there; several formats: a folder "
                  "each, and compare.json, .csv, "
                  ".txt and .html")
      ->type_name("DIR")
      ->check(given);
  command.add_flag("--timeline", options.timeline, "also write trace.json, the engines' timeline for Perfetto (needs --out)");
  command.add_option("--report-format", options.report_format, "what goes to standard output")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  command.add_option("--seed", options.seed, "of synthetic tensors and stochastic rounding, 32 bits")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{0}, kMostSeed32))
      ->each([&options](const std::string&) { options.seed_given = true; })
      ->capture_default_str();
  command.add_option("--jobs", options.jobs, "formats to run at a time; of one format, simulations of --tiling search")
      ->check(CLI::Range(1, kMostJobs))
      ->capture_default_str();
  command
      .add_option("--threads", options.threads,
                  "threads of each format's matrix products (fast core and golden model); same results. They pay where tiles are "
                  "large; --jobs divides cores better")
      ->type_name("N")
      ->check(CLI::Range(1, kMostJobs))
      ->capture_default_str();
  command.add_flag("--resume", options.resume, "keep the complete reports of the same run that --out already holds");
  command
      .add_option("--tiling", options.tiling,
                  "the key tiling.choice: search simulates several tiles for each layer and keeps the best")
      ->check(CLI::IsMember(words_of(spec::kTilingWords)));
  command.add_option("--flex-init", options.flex_init, "the key flex.init: where Flexpoint exponents are initialised")
      ->check(CLI::IsMember(words_of(spec::kFlexInitWords)));
  command.add_flag("--print-config", options.print_config, "print the resolved configuration as YAML and stop");
  command.footer(kExamples);
}

namespace {

void apply_cfg_file(Settings& settings, const std::string& file, std::vector<std::string>& problems) {
  std::ifstream stream(file, std::ios::binary);
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored) || !stream) {
    problems.push_back(fmt::format("{}: cannot read the file; allowed: SCALE-Sim's .cfg", printable(file)));
    return;
  }
  std::vector<std::string> notes;
  try {
    apply_scalesim_config(settings, read_text(stream, printable(file)), file, problems, notes);
  } catch (const InputError& error) {
    problems.emplace_back(error.what());
  }
  for (const auto& note : notes) report_note(note);
}

}  // namespace

namespace {

/// Without what belongs to a mode, which a recipe brings: its modes are validated one by one. In the place of them a mode that no
/// machine refuses: sums without blocks, and as much room for them as they like.
Settings without_mode(Settings settings) {
  set_formats(settings, {"fp32"});
  settings.accumulate = settings.rounding = kAuto;
  const numerics::AccumulateSpec untouched;
  settings.platform.core.accumulate = untouched;
  settings.platform.memory_ideal = true;
  return settings;
}

}  // namespace

std::vector<std::string> files_of(const RunOptions& options) {
  return {chosen_file(options.network),
          options.data,
          options.weights,
          options.input,
          options.trace,
          chosen_file(parse_recipe_choice(options.recipe).name),
          options.config,
          options.energy_table};
}

Settings settings_of(const RunOptions& options, const RecipeFile* recipe) {
  Settings base;
  if (recipe != nullptr) apply_settings_of(*recipe, base);
  return settings_of(options, std::move(base));
}

Settings settings_of(const RunOptions& options, Settings settings) {
  std::vector<std::string> problems;
  if (options.preset == "scalesim") apply_scalesim_preset(settings);
  if (options.config.ends_with(".cfg")) {
    apply_cfg_file(settings, options.config, problems);
  } else if (!options.config.empty()) {
    apply_yaml_file(settings, options.config, problems);
  }
  if (!options.formats.empty()) set_formats(settings, options.formats);
  for (const auto& assignment : options.sets) apply_assignment(settings, assignment, problems);
  const auto says_overlap = [](const std::string& assignment) { return assignment.starts_with("core.overlap="); };
  if (options.preset == "scalesim" && std::none_of(options.sets.begin(), options.sets.end(), says_overlap))
    apply_scalesim_overlap(settings);
  if (!options.formats.empty()) {
    try {
      for (const auto& format : options.formats) numerics::parse_format(format);
      settings.formats = options.formats;
    } catch (const InputError& error) {
      problems.push_back(fmt::format("--format: {}", error.what()));
    }
  }
  if (!options.tiling.empty()) settings.tiling.search = options.tiling == spec::kTilingWords[1];
  if (!options.flex_init.empty()) settings.flex.init_on_device = options.flex_init == spec::kFlexInitWords[1];
  if (!options.recipe.empty() && !options.formats.empty())
    problems.emplace_back(
        "--format: a recipe says the formats, of --recipe or of a step's trace; allowed: without one, or a parameter of it");
  else if (!options.recipe.empty() && settings.formats.size() > 1)
    problems.emplace_back("format: several words beside --recipe; allowed: one, of tensors that no rule speaks of");
  if (problems.empty()) problems = validate(options.recipe.empty() ? settings : without_mode(settings));
  if (!problems.empty()) throw InputError(fmt::format("{}", fmt::join(problems, "\n")));
  return settings;
}

}  // namespace binade::sim
