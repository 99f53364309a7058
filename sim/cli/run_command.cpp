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
#include <system_error>

#include "models/kernels/workers.h"
#include "models/numerics/error.h"
#include "models/numerics/format_words.h"
#include "models/numerics/text.h"
#include "models/operations/reference_library.h"
#include "sim/cli/error_output.h"
#include "sim/cli/identity.h"
#include "sim/cli/inputs.h"
#include "sim/cli/progress_bar.h"
#include "sim/cli/rtl_cache.h"
#include "sim/cli/run_options.h"
#include "sim/cli/saved_outputs.h"
#include "sim/cli/share.h"
#include "sim/jobs/exit_codes.h"
#include "sim/jobs/failure.h"
#include "sim/jobs/interrupt.h"
#include "sim/jobs/pool.h"
#include "sim/platform/platform.h"
#include "sim/report/csv_report.h"
#include "sim/report/html_report.h"
#include "sim/report/json_report.h"
#include "sim/report/output_file.h"
#include "sim/report/text_report.h"

namespace binade::sim {
namespace {

constexpr const char* kTimeline = "trace.json";

class RunCommand {
 public:
  explicit RunCommand(const RunOptions& options) : options_(options) {}

  int operator()() {
    catch_interrupts();
    settings_ = settings_of(options_);
    if (options_.print_config) {
      std::cout << to_yaml(settings_.formats.size() == 1 ? resolved_for(settings_, settings_.formats.front()) : settings_);
      return 0;
    }
    prepare();
    std::vector<std::size_t> todo;
    for (std::size_t i = 0; i < runs_.size(); ++i)
      if (!runs_[i].report) todo.push_back(i);
    for (const auto& run : runs_) report_note(numerics::twin_note(numerics::parse_format(run.settings.formats.front())));
    execute(todo);
    return finish();
  }

 private:
  struct Run {
    Settings settings;
    std::filesystem::path directory;  ///< empty: no files
    std::string identity;
    std::filesystem::path save;  ///< file of the layers' outputs; empty: none
    std::optional<RunReport> report;
  };

  /// Everything that can be wrong with the user's input is found here, before anything runs or is written.
  void prepare() {
    if (options_.timeline && options_.out.empty()) throw InputError("--timeline: it writes trace.json; allowed: with --out DIR");
    if (options_.resume && options_.out.empty()) throw InputError("--resume: it reads earlier reports; allowed: with --out DIR");
    if (options_.save.empty() && !options_.save_layers.empty())
      throw InputError("--save-layers: they choose what --save writes; allowed: with --save FILE.npz");
    if (options_.resume && !options_.save.empty())
      throw InputError("--save: outputs come from running; allowed: without --resume, which keeps reports of earlier runs");
    for (const auto& format : settings_.formats) {
      Run run{.settings = resolved_for(settings_, format), .directory = {}, .identity = {}, .save = {}, .report = {}};
      const auto word = run.settings.formats.front();
      run.directory = options_.out;
      if (!options_.out.empty() && settings_.formats.size() > 1) run.directory /= word;
      if (!options_.save.empty()) {
        run.save = options_.save;
        if (settings_.formats.size() > 1) run.save = save_file(run.save, word);
      }
      runs_.push_back(std::move(run));
    }
    const auto start = std::chrono::steady_clock::now();
    request_ = load_inputs(options_);
    input_seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    request_.flex = settings_.flex;
    request_.sdfp = settings_.sdfp;
    for (auto& run : runs_) {
      request_.platform = platform_of_run(run);
      validate(request_, core_reach(request_.platform.core, request_.core, !options_.rtl_sample.empty()));
      check_energy(request_);
      if (run.save.empty()) continue;
      static_cast<void>(SavedOutputs(request_, options_.save_layers));
      check_output_file(run.save);
    }
    prepare_machine();
    if (needs_rtl(request_.core) || !options_.rtl_sample.empty()) prepare_rtl();
    const std::string rtl = rtl_ ? sources_digest(shared_file("rtl/sources.f").parent_path()) : "";
    for (auto& run : runs_) {
      run.identity = run_identity(request_, run.settings,
                                  fmt::format("{} {} {} {}", options_.rtl_sample, rtl, options_.values, options_.reference));
      if (run.directory.empty()) continue;
      prepare_output_directory(run.directory);
      for (const char* const name : {"report.json", "layers.csv", "report.html"}) check_output_file(run.directory / name);
      if (options_.timeline) check_output_file(run.directory / kTimeline);
      if (options_.resume) run.report = earlier_report(run);
    }
    if (runs_.size() > 1 && !options_.out.empty())
      for (const char* const name : {"compare.json", "compare.csv", "compare.txt", "compare.html"})
        check_output_file(std::filesystem::path(options_.out) / name);
  }

  hw::PlatformConfig platform_of_run(const Run& run) const {
    auto platform = platform_of(run.settings);
    platform.values = options_.values == "full";
    return platform;
  }

  /// What a run will ask of the machine, asked for here: the reference's library with its memory, and the threads.
  void prepare_machine() const {
    const bool reference = options_.reference == "full" || !options_.layers.empty();  // which runs layers that are not selected
    if (reference && options_.values == "full") operations::load_reference_library();
    if (options_.threads == 1) return;
    try {
      const kernels::Workers probe(options_.threads);
    } catch (const std::system_error& error) {
      throw InputError(
          fmt::format("--threads {}: cannot start them: {}; allowed: fewer", options_.threads, error.code().message()));
    }
  }

  /// Builds the RTL of every run here, so that runs in child processes find it.
  void prepare_rtl() {
    if (!options_.rtl_sample.empty()) {
      if (needs_rtl(request_.core))
        throw InputError(
            fmt::format("--rtl-sample: every tile runs on the RTL with --core {}; allowed: --core fast or cycle", options_.core));
      try {
        sample_ = lockstep::parse_sample_size(options_.rtl_sample);
      } catch (const InputError& error) {
        throw InputError(fmt::format("--rtl-sample: {}", error.what()));
      }
    }
    rtl_.emplace(rtl_cache());
    std::vector<std::string> problems;
    for (const auto& run : runs_) {
      try {
        check_rtl(platform_of(run.settings).core, *rtl_);
      } catch (const InputError& error) {
        problems.push_back(fmt::format("{}: {}", run.settings.formats.front(), error.what()));
      }
    }
    if (!problems.empty()) throw InputError(fmt::format("{}", fmt::join(problems, "\n")));
    for (const auto& run : runs_) build_rtl(platform_of(run.settings).core, *rtl_);
  }

  /// The report in the run's directory if it is complete and of this very run.
  std::optional<RunReport> earlier_report(const Run& run) const {
    std::ifstream stream(run.directory / "report.json");
    if (!stream) return std::nullopt;
    const auto json = nlohmann::ordered_json::parse(stream, nullptr, false);
    if (!seal_holds(json)) return std::nullopt;
    try {
      auto report = report_from_json(json);
      if (!report.complete || report.identity != run.identity) return std::nullopt;
      if (options_.timeline && (!report.timeline || file_digest(run.directory / kTimeline) != report.timeline)) return std::nullopt;
      return report;
    } catch (const InputError&) {
      return std::nullopt;
    }
  }

  std::string selection_text() const {
    std::string text;
    for (const auto& pattern : options_.layers) text += (text.empty() ? std::string() : std::string(",")) + pattern;
    return text.empty() ? "all" : printable(text);
  }

  static RunReport with_config(RunReport report, const Run& run) {
    report.config = key_values(run.settings);
    report.overrides = overridden_keys(run.settings);
    return report;
  }

  RunReport simulate(const Run& run, const ProgressSink& progress) {
    WallClock wall_clock;
    wall_clock.add(WallPart::Inputs, input_seconds_);
    request_.platform = platform_of_run(run);
    RunHooks hooks{.progress = progress, .stop = &interrupted(), .wall_clock = &wall_clock, .threads = options_.threads};
    PlatformOptions platform_options;
    platform_options.wall_clock = &wall_clock;
    if (options_.timeline) platform_options.trace_path = (run.directory / kTimeline).string();
    for (const auto& layer : request_.network.layers) platform_options.layer_names.push_back(layer.name);
    lockstep::Position position;
    std::optional<lockstep::TileSampler> sampler;
    if (sample_) sampler.emplace(*sample_, options_.seed);
    hooks.before_gemm = [&](const std::string& layer, std::int64_t tiles) {
      position.begin_layer(layer);
      if (sampler) sampler->begin_run(layer, tiles);
    };
    platform_options.cores = {.rtl = rtl_ ? &*rtl_ : nullptr,
                              .sampler = sampler ? &*sampler : nullptr,
                              .position = &position,
                              .mismatch_directory = run.directory,
                              .threads = options_.threads};
    std::optional<SavedOutputs> saved;
    if (!run.save.empty()) saved.emplace(request_, options_.save_layers);
    if (saved) hooks.output = [&](const LayerOutput& output) { saved->add(output); };
    RunReport report;
    run_on_platform(request_.platform, request_.core, platform_options,
                    [&](Device& device) { report = run_network(request_, device, hooks); });
    if (saved && report.complete) write_outputs(*saved, run);
    report.layers_selected = selection_text();
    report.identity = run.identity;
    if (options_.timeline) report.timeline = file_digest(run.directory / kTimeline);
    if (sampler) report.rtl_sample = sampler->report();
    if (options_.energy_table.empty()) report.energy_table = fmt::format("published, not calibrated: {}", kPublishedEnergyTable);
    report.wall_parts = wall_clock.rows();
    for (const auto& row : report.wall_parts) report.wall_seconds += row.seconds;
    return with_config(std::move(report), run);
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

  /// A report on its way between processes; a byte that is no UTF-8 does not cost it.
  static std::string report_bytes(const RunReport& report) {
    return to_json(report).dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  }

  void execute(const std::vector<std::size_t>& todo) {
    ProgressBar bar;
    const ProgressSink show = [&](const Progress& progress) { bar.show(progress.step, progress.steps, progress.what); };
    for (const auto& run : runs_)
      if (run.report) save(run);
    if (runs_.size() == 1) {
      for (const auto i : todo) {
        runs_[i].report = simulate(runs_[i], show);
        save(runs_[i]);
      }
      return;
    }
    const PoolOptions pool{.at_a_time = options_.jobs, .noun = "run", .remedy = "fewer --jobs, a smaller --batch"};
    run_jobs(
        todo.size(), pool,
        [&](std::size_t i, const ProgressSink& progress) {
          const auto& run = runs_[todo[i]];
          const auto word = run.settings.formats.front();
          return report_bytes(simulate(run, [&](const Progress& p) { progress({p.step, p.steps, word + " " + p.what}); }));
        },
        [&](std::size_t i, const JobResult& result) {
          auto& run = runs_[todo[i]];
          if (result.bytes) run.report = report_from_json(nlohmann::ordered_json::parse(*result.bytes));
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
      write_file(run.directory / "report.html", to_html(*run.report));
      write_file(run.directory / "report.json", sealed(to_json(*run.report)).dump(2) + "\n");  // last: it vouches for the run
    } catch (...) {
      fail(current_failure());
    }
  }

  int finish() {
    std::vector<RunReport> reports;
    for (auto& run : runs_) {
      if (run.report) reports.push_back(std::move(*run.report));
    }
    const bool several = runs_.size() > 1;
    if (several && !options_.out.empty() && !reports.empty()) save_comparison(reports);
    print(reports, several);
    for (const auto& failure : failures_) report_error(failure);
    if (exit_code_ != 0) return exit_code_;
    if (!interrupted()) return 0;
    std::cerr << "binade: interrupted: the report is partial" << (options_.out.empty() ? "" : "; --resume goes on") << '\n';
    return kInterruptedExit;
  }

  void save_comparison(const std::vector<RunReport>& reports) {
    const std::filesystem::path directory = options_.out;
    try {
      write_file(directory / "compare.json", comparison_to_json(reports, false).dump(2) + "\n");
      write_file(directory / "compare.csv", comparison_to_csv(reports));
      write_file(directory / "compare.txt", comparison_to_text(reports));
      write_file(directory / "compare.html", comparison_to_html(reports));
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

  const RunOptions& options_;
  Settings settings_;
  RunSpec request_;
  double input_seconds_ = 0;
  std::optional<rtl::ModuleCache> rtl_;         ///< where the runs need it
  std::optional<lockstep::SampleSize> sample_;  ///< of --rtl-sample
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
