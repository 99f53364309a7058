// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/search_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "models/cost/operand_streams.h"
#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "sim/cli/cost_rows.h"
#include "sim/cli/error_output.h"
#include "sim/cli/made_directories.h"
#include "sim/cli/output_folder.h"
#include "sim/cli/progress_bar.h"
#include "sim/cli/search_options.h"
#include "sim/explore/store.h"
#include "sim/jobs/exit_codes.h"
#include "sim/jobs/interrupt.h"
#include "sim/report/output_file.h"
#include "sim/report/search_report.h"
#include "sim/run/make_spec.h"
#include "sim/run/simulate.h"
#include "sim/search/accuracy_model.h"
#include "sim/search/search.h"
#include "sim/search/study.h"

namespace binade::sim {
namespace {

namespace fs = std::filesystem;

class SearchCommand {
 public:
  explicit SearchCommand(const SearchOptions& options) : options_(options) {}

  int operator()() {
    catch_interrupts();
    read_words();
    price();
    open_folder();
    load();
    if (!fit() || !predict() || !find()) return stopped();
    return finish();
  }

 private:
  struct Fit {
    std::string network;
    std::unique_ptr<FormatStudy> study;
  };

  /// All that is wrong with words and small files.
  void read_words() {
    std::vector<std::string> problems;
    const auto guarded = [&](const auto& action) {
      try {
        action();
      } catch (const InputError& error) {
        problems.emplace_back(error.what());
      }
    };
    guarded([&] { loss_ = loss_of(options_.loss); });
    guarded([&] { formats_ = formats_of(options_); });
    for (const auto& text : options_.fits) guarded([&] { fit_words_.push_back(fit_of(text)); });
    if (!options_.model.empty()) guarded([&] { points_ = read_model(options_.model); });
    if (options_.fits.empty() && options_.model.empty())
      problems.emplace_back("no model of accuracy; allowed: --fit NETWORK:DATA:WEIGHTS of other networks, or --model FILE");
    if (options_.run.resume && options_.run.out.empty())
      problems.emplace_back("--resume: it reads measurements; allowed: with --out DIR");
    for (const auto& assignment : options_.run.sets)
      if (assignment.starts_with("format="))
        problems.push_back(fmt::format("--set {}: the search says it; allowed: --format", printable(assignment)));
    guarded([&] { settings_ = settings_of(options_.run); });
    if (!problems.empty()) throw InputError(fmt::format("{}", fmt::join(problems, "\n")));
  }

  /// The rows of the report, with what their formats cost.
  void price() {
    const auto table = calibrated_table(options_.table);
    const auto activity = cost::parse_activity("nn");
    const auto baseline = baseline_of(table, baseline_core(settings_.platform.core.pe_latency));
    std::vector<std::string> problems;
    for (const auto& word : formats_) {
      Settings settings = settings_;
      set_formats(settings, {word});
      if (const auto wrong = validate(settings); !wrong.empty()) {
        problems.push_back(fmt::format("{}: {}", word, fmt::join(wrong, "; ")));
        continue;
      }
      const auto format = numerics::parse_format(word);
      const FormatPlace place = place_of(format);
      const auto cost = format_cost(table, platform_of(resolved_for(settings, word)).core, activity, baseline);
      SearchRow row;
      row.format = word;
      row.family = place.family;
      row.accumulate = cost.accumulate;
      row.bits = format.bits;
      row.range = place.range;
      row.precision = place.precision;
      row.iso_area_speedup = cost.iso_area_speedup;
      row.energy_pj_per_mac = cost.energy_pj_per_mac;
      row.cost_flags = cost.flags;
      report_.rows.push_back(std::move(row));
    }
    if (!problems.empty()) throw InputError(fmt::format("{}", fmt::join(problems, "\n")));
    if (std::none_of(report_.rows.begin(), report_.rows.end(), [&](const SearchRow& row) { return merit(row).has_value(); }))
      throw InputError(
          fmt::format("cost table {}: knows none of the formats for --objective {}; allowed: formats between those that it was "
                      "made of (docs/cost.md)",
                      table.name(), options_.objective));
    report_.table = table.name();
  }

  std::optional<double> merit(const SearchRow& row) const {
    if (options_.objective == "speed") return row.iso_area_speedup;
    return row.energy_pj_per_mac ? std::optional(-*row.energy_pj_per_mac) : std::nullopt;
  }

  void open_folder() {
    const std::string& out = options_.run.out;
    if (out.empty()) {
      measures_.emplace(fs::path());
      return;
    }
    auto read = files_of(options_.run);
    read.push_back(options_.model);
    check_folder(out, FolderOwner::Search, read);
    made_.prepare(out);
    lock_.emplace(out);
    for (const char* const name : {"search.json", "formats.csv", "model.json", "measures.json"})
      check_output_file(fs::path(out) / name);
    measures_.emplace(fs::path(out) / "measures.json");
    if (measures_->size() > 0 && !options_.run.resume)
      throw InputError(
          fmt::format("--out {}: holds {} measurements; allowed: --resume, or another folder", printable(out), measures_->size()));
  }

  FormatStudy* study(const SpecWords& words, const std::string& name) {
    RunSpec spec = make_spec(words, report_note);
    auto made = std::make_unique<FormatStudy>(
        std::move(spec), settings_, StudyOptions{.inputs = options_.inputs, .seed = options_.run.seed, .jobs = options_.run.jobs},
        *measures_);
    check(made->spec_in(formats_.front()));
    prepare_machine(made->spec(), 1);
    studies_.push_back({name, std::move(made)});
    return studies_.back().study.get();
  }

  /// Everything that is read; what is wrong with it is said before anything is measured.
  void load() {
    target_ = study(options_.run, "");
    const std::string& name = report_.network = target_->spec().network.name;
    if (!target_->has_labels() && (options_.evaluations > 0 || options_.exhaustive))
      throw InputError(
          "there are no labels to measure accuracy by; allowed: --data with a data set, or --evaluations 0 without --exhaustive");
    for (const FitWords& words : fit_words_) {
      SpecWords fit = options_.run;
      fit.network = words.network, fit.data = words.data, fit.weights = words.weights;
      fit.input.clear();
      fit.samples = options_.fit_samples;
      FormatStudy* const made = study(fit, words.network);
      const std::string& fitted = studies_.back().network = made->spec().network.name;
      if (fitted == name)
        throw InputError(fmt::format("--fit {}: the model must not know the network that is searched; allowed: other networks",
                                     printable(words.network)));
      if (made->reference_correct() == 0)
        throw InputError(
            fmt::format("--fit {}: no sample is right in binary64; allowed: trained parameters", printable(words.network)));
    }
    if (studies_.size() == 1) fit_line(points_, name, kind());
  }

  ProgressSink shown(std::optional<ProgressBar>& bar, const std::string& network) const {
    bar.emplace("formats");
    return [&bar, network](const Progress& p) { bar->show(p.step, p.steps, network + " " + p.what); };
  }

  /// False, here and below: an interrupt came.
  bool fit() {
    for (std::size_t i = 1; i < studies_.size(); ++i) {
      FormatStudy& study = *studies_[i].study;
      std::optional<ProgressBar> bar;
      const auto r2 = study.correlations(formats_, shown(bar, studies_[i].network));
      if (interrupted()) return false;
      const auto correct = study.correct(formats_, shown(bar, studies_[i].network));
      if (interrupted()) return false;
      for (std::size_t k = 0; k < formats_.size(); ++k)
        if (r2[k].measure && correct[k].measure)
          add_point({.network = studies_[i].network,
                     .format = formats_[k],
                     .r2 = r2[k].measure->value,
                     .accuracy = correct[k].measure->value / static_cast<double>(study.reference_correct())});
    }
    line_ = fit_line(points_, report_.network, kind());
    return true;
  }

  LineKind kind() const { return options_.line == "free" ? LineKind::Free : LineKind::Anchored; }

  /// In place of one of the same network and format.
  void add_point(ModelPoint point) {
    std::erase_if(points_, [&](const ModelPoint& old) { return old.network == point.network && old.format == point.format; });
    points_.push_back(std::move(point));
  }

  bool predict() {
    std::optional<ProgressBar> bar;
    const auto r2 = target_->correlations(formats_, shown(bar, report_.network));
    if (interrupted()) return false;
    for (std::size_t i = 0; i < formats_.size(); ++i) {
      SearchRow& row = report_.rows[i];
      row.refused = r2[i].refused;
      if (!r2[i].measure) continue;
      row.r2 = r2[i].measure->value;
      row.predicted = line_.predict(*row.r2);
      row.model_seconds = r2[i].measure->seconds;
      report_.search_seconds += *row.model_seconds;
    }
    return true;
  }

  bool find() {
    std::vector<Candidate> candidates;
    for (const SearchRow& row : report_.rows)
      candidates.push_back(
          {.place = place_of(numerics::parse_format(row.format)), .merit = merit(row), .predicted = row.predicted});
    const auto result = search(candidates, 1 - loss_, options_.evaluations, [&](std::size_t i) {
      take(i, target_->correct({formats_[i]}, [](const Progress&) {}).front());
      return interrupted() ? std::nullopt : report_.rows[i].measured;
    });
    if (interrupted()) return false;
    int number = 0;
    for (const std::size_t i : result.evaluated) {
      report_.rows[i].evaluation = ++number;
      report_.search_seconds += report_.rows[i].measure_seconds.value_or(0);
    }
    if (result.chosen) report_.rows[*result.chosen].chosen = true;
    report_.status = !result.chosen ? "none" : result.measured ? "measured" : "predicted";
    if (!options_.exhaustive) {
      estimate(result.evaluated);
      return true;
    }
    std::optional<ProgressBar> bar;
    const auto all = target_->correct(formats_, shown(bar, report_.network));
    if (interrupted()) return false;
    report_.exhaustive_seconds = 0;
    for (std::size_t i = 0; i < formats_.size(); ++i) {
      take(i, all[i]);
      const SearchRow& row = report_.rows[i];
      *report_.exhaustive_seconds += row.measure_seconds.value_or(0);
      if (row.measured && row.r2) add_point({report_.network, row.format, *row.r2, *row.measured});
    }
    report_.exhaustive = true;
    const auto best = best_of(candidates, 1 - loss_, [&](std::size_t i) { return report_.rows[i].measured; });
    if (best) report_.rows[*best].exhaustive_best = true;
    return true;
  }

  void take(std::size_t index, const FormatMeasure& one) {
    SearchRow& row = report_.rows[index];
    if (!one.measure) return;
    const auto reference = static_cast<double>(target_->reference_correct());
    row.correct = static_cast<std::int64_t>(one.measure->value);
    row.measured = reference > 0 ? one.measure->value / reference : 0;
    row.measure_seconds = one.measure->seconds;
  }

  /// What all formats would take, as long as those that were evaluated.
  void estimate(const std::vector<std::size_t>& evaluated) {
    if (evaluated.empty()) return;
    double seconds = 0;
    for (const std::size_t i : evaluated) seconds += report_.rows[i].measure_seconds.value_or(0);
    report_.exhaustive_seconds = seconds / static_cast<double>(evaluated.size()) * static_cast<double>(formats_.size());
  }

  int stopped() {
    measures_->flush();
    std::cerr << "binade: interrupted" << (options_.run.out.empty() ? "" : ": --resume goes on") << '\n';
    return kInterruptedExit;
  }

  int finish() {
    report_.tensors = target_->spec().tensors;
    report_.objective = options_.objective;
    report_.samples = target_->samples();
    report_.inputs = options_.inputs;
    report_.loss = loss_;
    report_.evaluations = options_.evaluations;
    if (options_.evaluations > 0 || options_.exhaustive) report_.reference_correct = target_->reference_correct();
    report_.slope = line_.slope, report_.intercept = line_.intercept, report_.correlation = line_.correlation;
    report_.model_networks = line_.networks;
    report_.model_points =
        std::count_if(points_.begin(), points_.end(), [&](const ModelPoint& p) { return p.network != report_.network; });
    if (!options_.run.out.empty()) {
      const fs::path out = options_.run.out;
      write_file(out / "model.json", model_to_json(points_).dump(1) + "\n");
      write_file(out / "formats.csv", to_csv(report_));
      write_file(out / "search.json", to_json(report_).dump(2) + "\n");
    }
    const std::string& format = options_.run.report_format;
    if (format == "json")
      std::cout << to_json(report_).dump(2) << '\n';
    else
      std::cout << (format == "csv" ? to_csv(report_) : to_text(report_));
    return 0;
  }

  const SearchOptions& options_;
  double loss_ = 0;
  std::vector<std::string> formats_;
  std::vector<FitWords> fit_words_;
  std::vector<ModelPoint> points_;
  Settings settings_;
  MadeDirectories made_;
  std::optional<FolderLock> lock_;
  std::optional<Measures> measures_;
  std::vector<Fit> studies_;  ///< the first is that of the target
  FormatStudy* target_ = nullptr;
  AccuracyLine line_;
  SearchReport report_;
};

}  // namespace

void add_search_command(CLI::App& app, int& exit_code) {
  CLI::App* command =
      app.add_subcommand("search", "the narrowest format that a network bears, found on a few inputs (docs/search.md)");
  const auto options = std::make_shared<SearchOptions>();
  declare(*command, *options);
  command->callback([options, &exit_code] { exit_code = SearchCommand(*options)(); });
}

}  // namespace binade::sim
