// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/verify_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <utility>

#include "models/numerics/error.h"
#include "models/numerics/nearest.h"
#include "models/numerics/text.h"
#include "rtl/cosim/shell_word.h"
#include "sim/cli/adapter_file.h"
#include "sim/cli/error_output.h"
#include "sim/cli/progress_bar.h"
#include "sim/cli/rtl_builds.h"
#include "sim/cli/rtl_sources.h"
#include "sim/cli/verify_files.h"
#include "sim/cli/verify_junit.h"
#include "sim/cli/verify_options.h"
#include "sim/cli/verify_products.h"
#include "sim/jobs/exit_codes.h"
#include "sim/jobs/interrupt.h"
#include "sim/report/output_file.h"
#include "sim/verify/engine.h"
#include "sim/verify/operand_stream.h"
#include "sim/verify/units.h"
#include "sim/verify/vector_file.h"
#include "sim/verify/verify_report.h"
#include "sim/verify/wrapper.h"

namespace binade::sim {
namespace {

namespace fs = std::filesystem;

class VerifyCommand {
 public:
  explicit VerifyCommand(const VerifyOptions& options)
      : options_(options),
        products_(products_of(options_)),
        core_(core_of(options_)),
        unit_(verify::make_unit(options_.unit, core_, operation_options_of(options_))) {}

  int operator()() {
    if (options_.print_wrapper) {
      std::cout << verify::wrapper_of(*unit_, options_.format);
      return 0;
    }
    if (options_.print_module) {
      print(module(speaking_rtl_cache()));
      return 0;
    }
    catch_interrupts();
    verify::EngineOptions engine = engine_options();
    rtl::ModuleCache cache = speaking_rtl_cache();
    const rtl::ModuleSpec spec = module(cache);
    check_files(options_, read_);
    const auto image = load(cache, spec);
    for (const auto& file : image->read()) read_.push_back(file.string());
    check_files(options_, read_);
    if (const auto mode = verify::only_rounding(*unit_, image, engine.adapter)) {
      verify::OperationOptions operation = operation_options_of(options_);
      operation.roundings = {static_cast<numerics::Rounding>(*mode)};
      unit_ = verify::make_unit(options_.unit, core_, operation);
      engine = engine_options();  // no vector once for each mode
    }
    unit_ = verify::fitted(std::move(unit_), image, engine.adapter);
    if (options_.stimulus == "trace" && !products_) {
      engine.trace = verify::read_csv(unit_->inputs(), options_.trace);
      engine.vectors = engine.trace.size();
    }
    engine.survey = engine.kind == verify::StimulusKind::Exhaustive && !options_.failures && unit_->timeless() != nullptr;
    const verify::Outcome outcome = run(image, engine);

    // From here on a mismatch that was found stays the answer, whatever can no longer be written.
    verify::Task task = describe(spec);
    if (!outcome.mismatches.empty()) keep(outcome.mismatches.front(), task);
    if (!options_.junit.empty()) write_junit(junit_of(task, *unit_, outcome), !outcome.mismatches.empty());
    if (options_.report_format == "json") {
      std::cout << to_json(task, *unit_, outcome).dump(2) << '\n';
    } else {
      std::cout << to_text(task, *unit_, outcome);
    }
    if (!outcome.mismatches.empty()) {
      if (!std::cout.flush()) report_error("standard output: cannot write; the report of the mismatches is lost");
      return kMismatchExit;
    }
    if (!interrupted()) return 0;
    std::cerr << "binade: interrupted: not all vectors ran\n";
    return kInterruptedExit;
  }

 private:
  verify::Outcome run(const std::shared_ptr<const rtl::ModuleImage>& image, const verify::EngineOptions& engine) const {
    ProgressBar bar;
    verify::Listener listener;
    listener.progress = [&](std::uint64_t done, std::uint64_t all) {
      bar.show(static_cast<std::int64_t>(done), static_cast<std::int64_t>(all), options_.unit);
    };
    // The first is said at once, lest anything that ends the run swallows it.
    bool said = false;
    listener.mismatch = [&](const verify::Mismatch& mismatch) {
      set_interrupted_exit(kMismatchExit);
      if (!std::exchange(said, true)) bar.say("binade: " + line_of(mismatch));
    };
    return verify::run(*unit_, image, engine, listener, interrupted());
  }

  /// Builds the module. Where Verilator does not find it either, the error names those that there are.
  std::shared_ptr<const rtl::ModuleImage> load(rtl::ModuleCache& cache, const rtl::ModuleSpec& spec) const {
    constexpr std::size_t kMostNamed = 20;
    try {
      return cache.load(spec);
    } catch (const InputError& error) {
      if (other_modules_.empty() || std::string_view(error.what()).find("--top-module") == std::string_view::npos) throw;
      const auto end = other_modules_.begin() + static_cast<std::ptrdiff_t>(std::min(other_modules_.size(), kMostNamed));
      throw InputError(fmt::format("--top {}: no such module in the sources, the nearest is {}; allowed: {}{}", spec.top,
                                   nearest_word(spec.top, other_modules_), fmt::join(other_modules_.begin(), end, " "),
                                   end == other_modules_.end() ? "" : " ..."));
    }
  }

  verify::EngineOptions engine_options() const {
    verify::EngineOptions engine;
    engine.seed = options_.seed;
    engine.jobs = options_.wave.empty() ? options_.jobs : 1;
    engine.failures = options_.failures.value_or(engine.failures);
    engine.adapter = adapter_of(options_);
    engine.wave = options_.wave;
    engine.stalls = options_.stalls == "none"     ? verify::Stalls::None
                    : options_.stalls == "bursty" ? verify::Stalls::Bursty
                                                  : verify::Stalls::Random;
    if (!options_.coverage.empty()) engine.coverage = options_.coverage_file;
    if (options_.coverage.empty() != options_.coverage_file.empty())
      throw InputError("--coverage: its data goes to a file; allowed: with --coverage-file FILE");
    if ((options_.stimulus == "trace") != !options_.trace.empty())
      throw InputError("--trace: the file of --stimulus trace; allowed: both or neither");
    if (products_) {
      for (const auto& operands : products_->operands) engine.operands.push_back(operands.get());
      if (unit_->items_of(*engine.operands.front()).count == 0)
        throw InputError(fmt::format("--trace {}: {} takes no operands of products; allowed: {}", printable(options_.trace),
                                     options_.unit, fmt::join(verify::operand_unit_names(), " ")));
      engine.vectors = options_.count.value_or(0);
    } else if (options_.stimulus == "trace") {
      // Its columns are the module's ports, which are known once it is built.
      if (!fs::is_regular_file(options_.trace))
        throw InputError(options_.trace + ": cannot read; allowed: a CSV file of input rows");
    } else if (options_.stimulus == "exhaustive") {
      engine.kind = verify::StimulusKind::Exhaustive;
      const std::uint64_t all = unit_->exhaustive_vectors();
      if (all == 0)
        throw InputError(fmt::format("--stimulus exhaustive: {} has too many operands in {}; allowed: corner random", options_.unit,
                                     options_.format));
      engine.vectors = std::min(options_.count.value_or(all), all);
    } else if (options_.stimulus == "corner") {
      engine.kind = verify::StimulusKind::Corner;
      engine.vectors = options_.count.value_or(unit_->corner_vectors());
    } else {
      engine.vectors = options_.count.value_or(random_vectors());
    }
    return engine;
  }

  /// A waveform of all that a run does by default would be too large to look at.
  std::uint64_t random_vectors() const {
    constexpr std::uint64_t kMostInWave = 10000;
    return options_.wave.empty() ? unit_->random_vectors() : std::min(unit_->random_vectors(), kMostInWave);
  }

  /// For tools that read the same sources: synthesis, foreign simulators.
  static void print(const rtl::ModuleSpec& spec) {
    nlohmann::ordered_json parameters = nlohmann::ordered_json::object(), sources = nlohmann::ordered_json::array();
    for (const auto& [name, literal] : spec.parameters) parameters[name] = literal;
    for (const auto& source : spec.sources) sources.push_back(source.string());
    std::cout << nlohmann::ordered_json{{"top", spec.top}, {"parameters", parameters}, {"sources", sources}}.dump(2) << '\n';
  }

  rtl::ModuleSpec module(const rtl::ModuleCache& cache) {
    rtl::ModuleSpec spec;
    if (!options_.rtl.empty() || !options_.lists.empty()) {
      if (options_.top.empty()) throw InputError("--rtl: which module; allowed: with --top NAME");
      RtlSources sources = rtl_sources({options_.rtl, options_.lists, options_.incdirs, options_.defines}, options_.top);
      other_modules_ = std::move(sources.others);
      read_ = std::move(sources.read);
      std::vector<std::string> arguments = options_.verilator_args;  // whose include paths come first
      arguments.insert(arguments.end(), sources.arguments.begin(), sources.arguments.end());
      spec = {.top = options_.top,
              .sources = std::move(sources.files),
              .parameters = parameters_of(options_),
              .lint = false,
              .verilator_args = std::move(arguments)};
    } else {
      spec = unit_->module(cache);
      if (!options_.top.empty() || !options_.parameters.empty() || !options_.verilator_args.empty() || !options_.incdirs.empty() ||
          !options_.defines.empty())
        throw InputError(
            "--top, --param, --incdir, --define, --verilator-arg: of somebody else's module; allowed: with --rtl DIR or -f LIST");
    }
    spec.waves = !options_.wave.empty();
    spec.line_coverage = !options_.coverage.empty();
    spec.toggle_coverage = options_.coverage == "toggle";
    return spec;
  }

  verify::Task describe(const rtl::ModuleSpec& spec) const {
    return {.unit = options_.unit,
            .format = numerics::to_string(core_.format),
            .accumulate = verify::adds_products(options_.unit) ? std::string(to_string(core_.accumulate.policy)) : std::string(),
            .rounding = options_.roundings.empty() ? std::string(to_string(core_.accumulate.rounding))
                                                   : fmt::format("{}", fmt::join(options_.roundings, ",")),
            .module = rtl::describe(spec),
            .stimulus = products_                      ? products_->description
                        : options_.stimulus == "trace" ? options_.trace
                                                       : options_.stimulus,
            .stalls = options_.stalls,
            .seed = options_.seed,
            .mismatch_file = {},
            .replay = {},
            .unwritten = {}};
  }

  /// Leaves the inputs up to a mismatch in --out, or says in the task why it cannot.
  void keep(const verify::Mismatch& mismatch, verify::Task& task) const {
    const fs::path out(options_.out);
    const std::string replay = replay_of(out);
    const std::string comment = fmt::format("{}\n{}: clock {}, port {}: expected {}, got {}\nreplay: {}", task.module, task.unit,
                                            mismatch.clock, mismatch.pin, mismatch.expected, mismatch.got, replay);
    try {
      write_file(out, verify::to_csv(unit_->inputs(), mismatch.history, comment));
    } catch (const std::exception& error) {
      task.unwritten = fmt::format("--out {}", error.what());
      report_error(task.unwritten);
      return;
    }
    task.mismatch_file = out.string();
    task.replay = replay;
  }

  /// A mismatch stays the answer where the file cannot be written.
  void write_junit(const std::string& text, bool differs) const {
    try {
      write_file(options_.junit, text);
    } catch (const std::exception& error) {
      if (!differs) throw;
      report_error(fmt::format("--junit {}", error.what()));
    }
  }

  /// The command that plays `file`, as a shell reads it.
  std::string replay_of(const fs::path& file) const {
    std::vector<std::string> words{"binade", "verify", options_.unit, "--format", options_.format};
    const auto add = [&](const char* option, const std::string& value) { words.insert(words.end(), {option, value}); };
    for (const auto& set : options_.sets) add("--set", set);
    if (!options_.to.empty()) add("--to", options_.to);
    if (!options_.tininess.empty()) add("--tininess", options_.tininess);
    if (!options_.overflow.empty()) add("--overflow", options_.overflow);
    if (!options_.top.empty()) add("--top", options_.top);
    for (const auto& parameter : options_.parameters) add("--param", parameter);
    for (const auto& argument : options_.verilator_args) words.push_back("--verilator-arg=" + argument);
    const std::pair<const char*, const std::vector<std::string>&> lists[] = {
        {"--rtl", options_.rtl},        {"-f", options_.lists},       {"--incdir", options_.incdirs},
        {"--define", options_.defines}, {"--map", options_.maps},     {"--map-value", options_.values},
        {"--ignore", options_.ignores}, {"--drive", options_.drives}, {"--rounding", options_.roundings}};
    for (const auto& [option, values] : lists)
      for (const auto& value : values) add(option, value);
    if (options_.latency) add("--latency", fmt::format("{}", *options_.latency));
    if (options_.timeout) add("--timeout", fmt::format("{}", *options_.timeout));
    if (options_.seed != 0) add("--seed", fmt::format("{}", options_.seed));  // of registers without a reset
    add("--stimulus", "trace");
    add("--trace", file.string());
    add("--wave", fs::path(file).replace_extension("fst").string());
    std::string command;
    for (const auto& word : words) command.append(command.empty() ? "" : " ").append(rtl::shell_word(word));
    return command;
  }

  VerifyOptions options_;                         ///< completed by what the products want
  const std::optional<VerifyProducts> products_;  ///< of --stimulus trace
  const datapath::CoreConfig core_;
  std::unique_ptr<verify::Unit> unit_;      ///< as the module has it, once that is built
  std::vector<std::string> other_modules_;  ///< of sources that do not define --top
  std::vector<std::string> read_;           ///< files of somebody else's module, as far as they are known
};

}  // namespace

void add_verify_command(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("verify", "verify SystemVerilog, ours or yours, against the golden model");
  const auto options = std::make_shared<VerifyOptions>();
  declare(*command, *options);
  command->callback([options, &exit_code] {
    if (options->print_schema) {
      std::cout << adapter_schema().dump(2) << '\n';
      return;
    }
    if (options->print_report_schema) {
      std::cout << verify::report_schema().dump(2) << '\n';
      return;
    }
    if (!options->adapter.empty()) read_adapter(options->adapter, *options);
    if (options->unit.empty())
      throw InputError(
          fmt::format("UNIT is required; allowed: {}, or --adapter FILE that says it", fmt::join(verify::unit_names(), " ")));
    exit_code = VerifyCommand(*options)();
  });
}

}  // namespace binade::sim
