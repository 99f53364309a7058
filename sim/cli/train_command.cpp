// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/train_command.h"

#include <fmt/format.h>

#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "sim/cli/error_output.h"
#include "sim/cli/made_directories.h"
#include "sim/cli/output_folder.h"
#include "sim/cli/progress_bar.h"
#include "sim/cli/seal.h"
#include "sim/cli/train_cost.h"
#include "sim/cli/train_identity.h"
#include "sim/cli/train_options.h"
#include "sim/cli/train_outputs.h"
#include "sim/jobs/exit_codes.h"
#include "sim/jobs/interrupt.h"
#include "sim/report/output_file.h"
#include "sim/report/training_json.h"
#include "sim/report/training_text.h"
#include "sim/run/identity.h"
#include "sim/run/recipes.h"
#include "sim/train/capture.h"
#include "sim/train/checkpoint.h"
#include "sim/train/trainer.h"

namespace binade::sim {
namespace {

namespace fs = std::filesystem;

class TrainCommand {
 public:
  TrainCommand(const TrainOptions& options, const PartsMaker& make) : options_(options), make_(make) {}

  int operator()() {
    catch_interrupts();
    if (!options_.configuration.recipe.empty()) recipe_ = load_recipe(options_.configuration.recipe);
    settings_ = settings_of(options_, recipe_ ? &*recipe_ : nullptr);
    shown_ = recipe_ ? settings_ : resolved_for(settings_, settings_.formats.front());
    parts_ = make_(options_, settings_, recipe_ ? &*recipe_ : nullptr, report_note);
    if (options_.print_config) {
      std::cout << to_yaml(shown_, KeySet::All) << commented(parts_.session->formats());
      return 0;
    }
    prepare();
    if (const auto exit_code = count_cost()) return *exit_code;
    return finish(train());
  }

 private:
  /// Keys that somebody has set. Beside a recipe `auto` words of formats stay what they are: rules say them tensor by tensor.
  std::vector<std::string> overrides() const {
    auto resolved = resolved_for(settings_, settings_.formats.front());
    if (recipe_) {
      resolved.format_a = settings_.format_a;
      resolved.format_b = settings_.format_b;
      resolved.format_out = settings_.format_out;
      resolved.accumulate = settings_.accumulate;
      resolved.rounding = settings_.rounding;
    }
    return overridden_keys(resolved);
  }

  /// Everything that can be wrong with the user's files is found here, before anything runs or is written.
  void prepare() {
    plan_.batch = settings_.train.batch;
    plan_.epochs = settings_.train.epochs;
    plan_.steps = options_.steps;
    plan_.checkpoint_steps = settings_.train.checkpoint_steps;
    plan_.lr = parts_.lr;
    checkpoint_ = !options_.checkpoint.empty() ? fs::path(options_.checkpoint)
                  : options_.out.empty()       ? fs::path()
                                               : fs::path(options_.out) / kCheckpointName;
    identity_ = identity_of(report(going()), parts_);
    std::optional<Checkpoint> earlier;
    if (std::error_code error; !checkpoint_.empty() && fs::is_regular_file(checkpoint_, error)) {
      earlier = read_checkpoint(checkpoint_);
      check_same_run(checkpoint_, identity_, earlier->identity);
    }
    if (!options_.out.empty()) {
      check_folder(options_.out, FolderOwner::Train, files_read());
      check_training_folder(options_.out, checkpoint_, report(going()), parts_);
    }
    if (earlier && options_.resume) {
      resume(*earlier);
    } else if (earlier && earlier->state.epoch < plan_.epochs && !(plan_.steps && earlier->state.step >= *plan_.steps)) {
      throw InputError(
          fmt::format("{}: a run that has come to step {}, epoch {}; allowed: --resume to go on with it, another "
                      "--checkpoint or --out, or without this file",
                      printable(checkpoint_.string()), earlier->state.step, earlier->state.epoch + 1));
    } else if (options_.resume && !earlier) {
      report_note("--resume: no checkpoint yet, the run begins");
    }
    prepare_capture();
    prepare_cost();
    if (!options_.out.empty()) {
      made_.prepare(options_.out);
      check_training_outputs(options_.out);
      if (cost_) cost_->check_files();
    }
    for (const auto& file : {fs::path(options_.capture), checkpoint_})  // which may go to --out
      if (!file.empty()) check_output_file(file);
  }

  std::vector<std::string> files_read() const {
    auto files = files_of(options_);
    files.push_back(options_.energy_table);
    return files;
  }

  void resume(const Checkpoint& earlier) {
    const auto refuse = [&](const std::string& what, const char* allowed) {
      throw InputError(fmt::format("{}: {}; allowed: {}", printable(checkpoint_.string()), what, allowed));
    };
    if (earlier.version != program_version())
      refuse(fmt::format("of revision {} of the program, this one is {}, which may compute otherwise", printable(earlier.version),
                         program_version()),
             "the revision that began the run, or another --out and --checkpoint");
    constexpr const char* kWritten = "a checkpoint as `binade train` has written it";
    if (const auto problem = earlier.state.problem(parts_.batches->train_samples(), plan_.batch); !problem.empty())
      refuse("it has " + problem, kWritten);
    try {
      parts_.session->restore(earlier.session, earlier.state.step);
    } catch (const InputError& error) {
      refuse(error.what(), kWritten);
    }
    state_ = earlier.state;
  }

  void prepare_capture() {
    if (options_.capture.empty()) return;
    if (state_.step > 0)
      throw InputError(
          fmt::format("--capture: the run goes on after step {}, and a capture begins with the first parameters; "
                      "allowed: without --resume",
                      state_.step));
    const auto samples = parts_.batches->train_samples();
    const auto of_epoch = static_cast<std::uint64_t>((samples + plan_.batch - 1) / plan_.batch);
    auto steps = of_epoch * static_cast<std::uint64_t>(plan_.epochs);
    if (plan_.steps) steps = std::min(steps, *plan_.steps);
    for (const auto step : options_.capture_steps)
      if (step > steps) throw InputError(fmt::format("--capture-steps: {}; allowed: 1..{}, the steps of the run", step, steps));
    auto used = files_read();
    used.push_back(checkpoint_.string());
    check_named_output("--capture", options_.capture, options_.out, used);
    capture_.emplace(std::set<std::uint64_t>(options_.capture_steps.begin(), options_.capture_steps.end()),
                     parts_.session->parameter_codes());
  }

  /// A run that goes on keeps the cost that it began with, unless another core is asked for by name.
  void prepare_cost() {
    const auto kept = options_.resume ? CostOfTraining::core_of(options_.out) : std::nullopt;
    if (!options_.cost && !kept) return;
    const CoreKind core = kept && !options_.core_given ? *kept : parse_core_kind(options_.core);
    const CostWords words{.core = core, .energy_table = options_.energy_table, .seed = options_.seed};
    cost_.emplace(parts_, settings_, words, options_.threads, options_.out);
    if (kept && cost_->keep()) return;
    if (kept && state_.step > 0 && core == *kept && options_.energy_table.empty())
      throw InputError(
          fmt::format("{}: its cost is of other prices than those that come with the program; allowed: --cost with --cost-table or "
                      "--energy-table, which keeps the cost where they are those prices and counts it again where they are others",
                      printable(options_.out)));
    if (options_.cost) return;
    cost_.reset();
    report_note(
        "--resume: the cost in --out is of other options; --cost, and --cost-table or --energy-table where it had one, counts it "
        "again");
  }

  /// Simulates the step of --cost where that has not been done, and lets go of what it was made of: first weights and samples. The
  /// exit code where the run ends with it.
  std::optional<int> count_cost() {
    if (!cost_ && !options_.out.empty()) CostOfTraining::remove(options_.out);
    parts_.weights.clear();
    if (!cost_) return std::nullopt;
    if (!cost_->cost()) {
      if (const auto failure = cost_->run()) {
        report_error(failure->what);
        return failure->exit_code;
      }
    }
    counted_ = cost_->cost();
    cost_.reset();
    if (counted_) return std::nullopt;
    std::cerr << "binade: interrupted: nothing has been trained\n";
    return kInterruptedExit;
  }

  std::string recipe_name() const { return recipe_ ? recipe_->name : settings_.formats.front(); }

  TrainOutcome train() {
    ProgressBar bar("images", state_.epoch * parts_.batches->train_samples() + state_.position);
    TrainHooks hooks;
    hooks.stop = &interrupted();
    hooks.progress = [&](const TrainProgress& progress) {
      bar.show(progress.images, progress.all_images,
               fmt::format("epoch {}/{}  loss {}  {:.2f} %{}", progress.epoch, progress.epochs, loss_text(progress.loss),
                           100 * progress.accuracy, progress.evaluating ? "  testing" : ""));
    };
    if (!checkpoint_.empty())
      hooks.checkpoint = [&](const TrainState& state) {
        write_checkpoint(checkpoint_, {identity_, program_version(), state, parts_.session->save()});
      };
    if (!options_.out.empty()) {
      const auto write = [&] {  // until it ends a run is one that was interrupted
        write_training_outputs(options_.out, report(going()));
      };
      write();
      hooks.epoch_done = [write](const TrainState&) { write(); };
    }
    if (capture_) {
      hooks.capture = [&](std::uint64_t step) { return capture_->tensors(step); };
      hooks.step_done = [&](std::uint64_t step, const StepResult& result) { capture_->step_done(step, result.loss); };
    }
    return Trainer(*parts_.session, *parts_.batches, plan_, std::move(hooks), state_).run();
  }

  static TrainOutcome going() {
    TrainOutcome outcome;
    outcome.status = kInterrupted;
    return outcome;
  }

  TrainingReport report(const TrainOutcome& outcome) const {
    TrainingReport report{.network = parts_.network->name,
                          .network_source = parts_.network->source,
                          .recipe = recipe_name(),
                          .data = parts_.data,
                          .initialisation = parts_.initialisation,
                          .train_samples = parts_.batches->train_samples(),
                          .test_samples = parts_.batches->test_samples(),
                          .seed = options_.seed,
                          .order = parts_.order,
                          .augmentation = parts_.augmentation,
                          .config = key_values(shown_, KeySet::All),
                          .overrides = overrides(),
                          .formats = parts_.session->formats(),
                          .status = outcome.status,
                          .identity = digest_of(identity_),
                          .history = state_.history,
                          .tensors = state_.tensors,
                          .exponents = state_.exponents};
    if (outcome.partial) report.history.push_back(*outcome.partial);
    if (counted_) add_cost(*counted_, report);
    report.tensors.insert(report.tensors.end(), outcome.partial_tensors.begin(), outcome.partial_tensors.end());
    return report;
  }

  int finish(const TrainOutcome& outcome) {
    const auto whole = report(outcome);
    if (!options_.out.empty()) {
      write_training_outputs(options_.out, whole);
      if (!outcome.diverged) write_weights(options_.out, parts_.session->parameters());
    }
    if (capture_) capture_->write(options_.capture, meta());
    if (options_.report_format == "json") {
      std::cout << sealed(to_json(whole)).dump(2) << std::endl;
    } else {
      std::cout << to_text(whole);
      if (!options_.out.empty()) std::cout << "reports: " << printable(options_.out) << '\n';
      std::cout << std::flush;
    }
    if (outcome.diverged) {
      report_error(fmt::format("{}; allowed: a smaller train.lr, another recipe", outcome.status));
      return kUserErrorExit;
    }
    if (outcome.status != kInterrupted) return 0;
    std::cerr << "binade: interrupted: the report is partial" << (checkpoint_.empty() ? "" : "; --resume goes on") << '\n';
    return kInterruptedExit;
  }

  std::string meta() const {
    nlohmann::ordered_json keys;
    for (const auto& [key, value] : key_values(shown_, KeySet::All)) keys[key] = value;
    const nlohmann::ordered_json json{
        {"network", parts_.network->name},     {"recipe", recipe_name()},         {"data", parts_.data},
        {"init", parts_.initialisation},       {"seed", options_.seed},           {"order", parts_.order},
        {"augmentation", parts_.augmentation}, {"steps", options_.capture_steps}, {"config", keys}};
    return json.dump(-1, ' ', true);
  }

  /// As comments of YAML.
  static std::string commented(const std::string& text) {
    std::string out = "# formats:\n";
    for (std::size_t begin = 0; begin < text.size();) {
      const auto end = std::min(text.find('\n', begin), text.size());
      out += "# " + text.substr(begin, end - begin) + "\n";
      begin = end + 1;
    }
    return out;
  }

  const TrainOptions& options_;
  const PartsMaker& make_;
  std::optional<RecipeFile> recipe_;
  Settings settings_, shown_;  ///< as given; with its `auto` words resolved, where there is no recipe
  TrainingParts parts_;
  TrainPlan plan_;
  TrainState state_;
  RunIdentity identity_;
  fs::path checkpoint_;  ///< empty: none
  MadeDirectories made_;
  std::optional<Capture> capture_;
  std::optional<CostOfTraining> cost_;  ///< until it is counted
  std::optional<TrainingCost> counted_;
};

}  // namespace

void add_train_command(CLI::App& app, int& exit_code, PartsMaker make) {
  auto* command = app.add_subcommand("train", "train a network with the arithmetic of a recipe, step by step");
  const auto options = std::make_shared<TrainOptions>();
  declare(*command, *options);
  command->callback([options, &exit_code, make = std::move(make)] { exit_code = TrainCommand(*options, make)(); });
}

}  // namespace binade::sim
