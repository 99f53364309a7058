// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/run_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "models/numerics/error.h"
#include "models/numerics/format_words.h"
#include "models/numerics/text.h"
#include "sim/cli/error_output.h"
#include "sim/cli/made_directories.h"
#include "sim/cli/output_folder.h"
#include "sim/cli/pass_options.h"
#include "sim/cli/progress_bar.h"
#include "sim/cli/report_inputs.h"
#include "sim/cli/rtl_builds.h"
#include "sim/cli/run_options.h"
#include "sim/cli/saved_outputs.h"
#include "sim/cli/seal.h"
#include "sim/cli/traced_step.h"
#include "sim/jobs/exit_codes.h"
#include "sim/jobs/failure.h"
#include "sim/jobs/interrupt.h"
#include "sim/platform/cores.h"
#include "sim/report/configuration_text.h"
#include "sim/report/csv_report.h"
#include "sim/report/html_report.h"
#include "sim/report/json_report.h"
#include "sim/report/output_file.h"
#include "sim/report/passes.h"
#include "sim/report/text_report.h"
#include "sim/run/fold.h"
#include "sim/run/identity.h"
#include "sim/run/make_spec.h"
#include "sim/run/processes.h"
#include "sim/run/recipes.h"
#include "sim/run/simulate.h"
#include "sim/run/spec_settings.h"

namespace binade::sim {
namespace {

constexpr const char* kTimeline = "trace.json";
constexpr const char* kPasses = "passes.csv";

class RunCommand {
 public:
  explicit RunCommand(const RunOptions& options) : options_(options) {}

  int operator()() {
    catch_interrupts();
    load_settings();
    if (options_.print_config) {
      print_config();
      return 0;
    }
    prepare();
    std::vector<std::size_t> todo;
    for (std::size_t i = 0; i < runs_.size(); ++i)
      if (!runs_[i].report) todo.push_back(i);
    for (const auto& run : runs_)
      if (!recipe_) report_note(numerics::twin_note(numerics::parse_format(run.settings.formats.front())));
    execute(todo);
    return finish();
  }

 private:
  struct Run {
    Settings settings;
    std::filesystem::path directory;  ///< empty: no files
    std::filesystem::path save;       ///< file of the layers' outputs; empty: none
    std::optional<RunReport> report;
  };

  /// The recipe, and the keys that the run begins with.
  void load_settings() {
    if (is_step()) check_pass_options(options_);
    if (is_step() && !options_.trace.empty()) {
      traced_.emplace(options_);
      options_ = traced_->completed(options_);
    }
    if (traced_)
      recipe_ = traced_->recipe(options_);
    else if (!options_.recipe.empty())
      recipe_ = load_recipe(options_.recipe);
    settings_ = traced_ ? settings_of(options_, traced_->settings(rules())) : settings_of(options_, rules());
    if (traced_) traced_->check(settings_, rules());
  }

  /// Everything that can be wrong with the user's input is found here, before anything runs or is written.
  void prepare() {
    if (options_.timeline && options_.out.empty()) throw InputError("--timeline: it writes trace.json; allowed: with --out DIR");
    if (options_.resume && options_.out.empty()) throw InputError("--resume: it reads earlier reports; allowed: with --out DIR");
    if (options_.save.empty() && !options_.save_layers.empty())
      throw InputError("--save-layers: they choose what --save writes; allowed: with --save FILE.npz");
    if (options_.resume && !options_.save.empty())
      throw InputError("--save: outputs come from running; allowed: without --resume, which keeps reports of earlier runs");
    if (!options_.save.empty() && options_.values == "none")
      throw InputError("--values none: there are no outputs to save; allowed: without --save");
    for (const auto& format : settings_.formats) {
      Run run{.settings = resolved_for(settings_, format), .directory = {}, .save = {}, .report = {}};
      const auto word = run.settings.formats.front();
      run.directory = options_.out;
      if (!options_.out.empty() && settings_.formats.size() > 1) run.directory /= word;
      if (!options_.save.empty()) {
        run.save = options_.save;
        if (settings_.formats.size() > 1) run.save = save_file(run.save, word);
      }
      runs_.push_back(std::move(run));
    }
    check_outputs();
    const auto start = std::chrono::steady_clock::now();
    spec_ = make_spec(words(), report_note);
    const auto folded = settings_.fold_batchnorm ? fold_batchnorm(spec_) : std::vector<std::string>{};
    input_seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    for (const auto& run : runs_) {
      const RunSpec& spec = spec_of(run);
      check(spec);
      if (run.save.empty()) continue;
      static_cast<void>(SavedOutputs(spec, options_.save_layers));
      if (!run.directory.empty()) made_.prepare(run.directory);  // where it may go
      check_output_file(run.save);
    }
    if (settings_.fold_batchnorm) report_note(folded_in_words(folded));
    prepare_machine(spec_, options_.threads);
    if (spec_.uses_rtl()) prepare_rtl();
    for (auto& run : runs_) {
      if (run.directory.empty()) continue;
      made_.prepare(run.directory);
      for (const char* const name : {"report.json", "layers.csv", "report.html"}) check_output_file(run.directory / name);
      if (options_.timeline) check_output_file(run.directory / kTimeline);
      if (is_step()) check_output_file(run.directory / kPasses);
      if (options_.resume) run.report = earlier_report(run);
    }
    if (runs_.size() > 1 && !options_.out.empty())
      for (const char* const name : {"compare.json", "compare.csv", "compare.txt", "compare.html"})
        check_output_file(std::filesystem::path(options_.out) / name);
  }

  /// None is another command's, nor a file that the run reads.
  void check_outputs() const {
    if (!options_.out.empty()) check_folder(options_.out, FolderOwner::Run);
    const auto read = files_of(options_);
    for (const auto& run : runs_) {
      if (!run.directory.empty()) check_folder(run.directory, FolderOwner::Run, read);
      if (!run.save.empty()) check_named_output("--save", run.save, run.directory, read);
    }
  }

  /// Settings, and where a recipe is given the table of formats of the workload.
  void print_config() {
    const bool one = settings_.formats.size() == 1 && !recipe_;
    const auto keys =
        to_yaml(one ? resolved_for(settings_, settings_.formats.front()) : settings_, is_step() ? KeySet::Step : KeySet::Run);
    if (!recipe_ && !is_step()) {
      std::cout << keys;
      return;
    }
    auto shapes = words();
    if (shapes.trace.empty()) {
      shapes.values = "none";  // nothing is drawn
      shapes.data.clear(), shapes.weights.clear(), shapes.input.clear(), shapes.rtl_sample.clear();
    }
    spec_ = make_spec(shapes, report_note);
    if (settings_.fold_batchnorm) fold_batchnorm(spec_);
    Run shown;
    shown.settings = resolved_for(settings_, settings_.formats.front());
    const RunSpec& spec = spec_of(shown);
    if (const auto problems = spec.platform.validate(); !problems.empty())
      throw InputError(fmt::format("{}", fmt::join(problems, "\n")));
    const auto table = formats_text(spec);
    std::cout << keys << table;
  }

  bool is_step() const { return !options_.passes.empty(); }
  const RecipeFile* rules() const { return recipe_ ? &*recipe_ : nullptr; }

  /// What the spec is made of.
  SpecWords words() const {
    if (is_step()) return step_words(options_, settings_.train.batch);
    return options_;
  }

  /// The one spec, with a run's settings: tensors are held once for all formats.
  const RunSpec& spec_of(const Run& run) {
    apply_settings(run.settings, spec_);
    if (is_step()) {
      auto given = settings_;  // `auto` words as they are: rules say them tensor by tensor
      given.formats = run.settings.formats;
      set_pass(options_, given, rules(), spec_);
      if (traced_) traced_->set(spec_);
    } else if (recipe_) {
      spec_.formats = choice_of(settings_, *recipe_);
    }
    complete_platform(spec_);
    return spec_;
  }

  /// Builds the RTL of every run here, so that runs in child processes find it.
  void prepare_rtl() {
    rtl_.emplace(speaking_rtl_cache());
    std::vector<std::string> problems;
    for (const auto& run : runs_) {
      try {
        check_rtl(spec_of(run).platform.core, *rtl_);
      } catch (const InputError& error) {
        problems.push_back(fmt::format("{}: {}", run.settings.formats.front(), error.what()));
      }
    }
    if (!problems.empty()) throw InputError(fmt::format("{}", fmt::join(problems, "\n")));
    for (const auto& run : runs_) build_rtl(spec_of(run).platform.core, *rtl_);
  }

  /// The report in the run's directory if it is complete and of this very run.
  std::optional<RunReport> earlier_report(const Run& run) {
    std::ifstream stream(run.directory / "report.json");
    if (!stream) return std::nullopt;
    const auto json = nlohmann::ordered_json::parse(stream, nullptr, false);
    if (!seal_holds(json)) return std::nullopt;
    try {
      auto report = report_from_json(json);
      if (!report.complete || report.identity != run_identity(spec_of(run))) return std::nullopt;
      if (options_.timeline && (!report.timeline || file_digest(run.directory / kTimeline) != report.timeline)) return std::nullopt;
      return report;
    } catch (const InputError&) {
      return std::nullopt;
    }
  }

  RunReport simulate_run(const Run& run, const ProgressSink& progress) {
    WallClock wall_clock;
    wall_clock.add(WallPart::Inputs, input_seconds_);
    const RunSpec& spec = spec_of(run);
    SimulateHooks hooks;
    hooks.run.progress = progress;
    hooks.run.stop = &interrupted();
    hooks.run.wall_clock = &wall_clock;
    hooks.run.threads = options_.threads;
    if (runs_.size() == 1) hooks.processes = options_.jobs;
    hooks.rtl = rtl_ ? &*rtl_ : nullptr;
    hooks.mismatch_directory = run.directory;
    if (options_.timeline) hooks.timeline = run.directory / kTimeline;
    std::optional<SavedOutputs> saved;
    if (!run.save.empty()) saved.emplace(spec, options_.save_layers);
    if (saved) hooks.run.output = [&](const LayerOutput& output) { saved->add(output); };
    auto report = simulate(spec, hooks);
    if (saved && report.complete) write_outputs(*saved, run);
    return report;
  }

  /// Where they cannot be written the report is still printed; of several runs, each in a process of its own, that one fails.
  void write_outputs(const SavedOutputs& saved, const Run& run) {
    try {
      saved.write(run.save);
    } catch (...) {
      if (runs_.size() > 1) throw;
      fail(current_failure());
    }
  }

  void execute(const std::vector<std::size_t>& todo) {
    ProgressBar bar;
    const ProgressSink show = [&](const Progress& progress) { bar.show(progress.step, progress.steps, progress.what); };
    for (const auto& run : runs_)
      if (run.report) save(run);
    if (runs_.size() == 1) {
      for (const auto i : todo) {
        runs_[i].report = simulate_run(runs_[i], show);
        save(runs_[i]);
      }
      return;
    }
    const PoolOptions pool{.at_a_time = options_.jobs, .noun = "run", .remedy = "fewer --jobs, a smaller --batch"};
    run_in_processes(
        todo.size(), pool,
        [&](std::size_t i, const ProgressSink& progress) {
          const auto& run = runs_[todo[i]];
          const auto word = run.settings.formats.front();
          return simulate_run(run, [&](const Progress& p) { progress({p.step, p.steps, word + " " + p.what}); });
        },
        [&](std::size_t i, ProcessResult result) {
          auto& run = runs_[todo[i]];
          run.report = std::move(result.report);
          if (run.report) save(run);
          if (result.exit_code != 0) fail({fmt::format("{}: {}", run.settings.formats.front(), result.error), result.exit_code});
        },
        show);
  }

  /// A mismatch that was found stays the verdict, whatever else fails; then the gravest.
  void fail(const Failure& failure) {
    const bool mismatch = exit_code_ == kMismatchExit || failure.exit_code == kMismatchExit;
    exit_code_ = mismatch ? kMismatchExit : std::max(exit_code_, failure.exit_code);
    failures_.push_back(failure.what);
  }

  /// The files of a finished run, as soon as it has finished. Where they cannot be written the result is still printed.
  void save(const Run& run) {
    if (run.directory.empty()) return;
    try {
      write_file(run.directory / "layers.csv", to_csv(*run.report));
      if (is_step()) write_file(run.directory / kPasses, passes_to_csv(*run.report));
      write_file(run.directory / "report.html", to_html(*run.report));
      write_file(run.directory / "report.json", sealed(to_json(*run.report)).dump(2) + "\n");  // last: it vouches for the run
    } catch (...) {
      fail(current_failure());
    }
  }

  int finish() {
    ReportInputs done;
    for (auto& run : runs_) {
      if (!run.report) continue;
      done.runs.push_back(std::move(*run.report));
      done.run_folders.push_back(run.directory);
    }
    const bool several = runs_.size() > 1;
    if (several && !options_.out.empty() && !done.runs.empty()) save_comparison(done);
    print(done.runs, several);
    for (const auto& failure : failures_) report_error(failure);
    if (exit_code_ != 0) return exit_code_;
    if (!interrupted()) return 0;
    std::cerr << "binade: interrupted: the report is partial" << (options_.out.empty() ? "" : "; --resume goes on") << '\n';
    return kInterruptedExit;
  }

  void save_comparison(const ReportInputs& done) {
    const std::filesystem::path directory = options_.out;
    const auto& reports = done.runs;
    try {
      write_file(directory / "compare.json", comparison_to_json(reports, false).dump(2) + "\n");
      write_file(directory / "compare.csv", comparison_to_csv(reports));
      write_file(directory / "compare.txt", comparison_to_text(reports));
      write_file(directory / "compare.html", report_page(done, directory));
      const auto names = run_labels(reports);
      for (std::size_t i = 0; i < reports.size(); ++i)
        write_file(done.run_folders[i] / "report.html", to_html(reports[i], link_to_run("../compare.html", names[i])));
    } catch (...) {
      fail(current_failure());
    }
  }

  void print(const std::vector<RunReport>& reports, bool several) const {
    if (options_.report_format == "json") {
      if (several) {
        auto json = comparison_to_json(reports, true);
        for (auto& report : json.at("reports")) report = sealed(report);
        std::cout << json.dump(2) << std::endl;
      } else if (!reports.empty()) {
        std::cout << sealed(to_json(reports.front())).dump(2) << std::endl;
      }
      return;
    }
    if (several) {
      std::cout << comparison_to_text(reports);
    } else if (!reports.empty()) {
      std::cout << to_text(reports.front());
    }
    if (!options_.out.empty() && !reports.empty()) std::cout << "reports: " << printable(options_.out) << '\n';
    std::cout << std::flush;
  }

  RunOptions options_;
  std::optional<TracedStep> traced_;  ///< where the run is a step of a trace
  Settings settings_;
  std::optional<RecipeFile> recipe_;
  RunSpec spec_;  ///< of all runs; the settings are those of the last spec_of()
  double input_seconds_ = 0;
  std::optional<rtl::ModuleCache> rtl_;  ///< where the runs need it
  MadeDirectories made_;
  std::vector<Run> runs_;
  std::vector<std::string> failures_;
  int exit_code_ = 0;
};

}  // namespace

void add_run_command(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("run", "run a network through the simulated accelerator, once per number format");
  const auto options = std::make_shared<RunOptions>();
  declare(*command, *options);
  command->callback([options, &exit_code] { exit_code = RunCommand(*options)(); });
}

}  // namespace binade::sim
