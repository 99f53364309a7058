// SPDX-License-Identifier: Apache-2.0
#include "sim/verify/engine.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "models/numerics/error.h"
#include "sim/verify/binding.h"
#include "sim/verify/explain.h"
#include "sim/verify/plan.h"
#include "sim/verify/timed_unit.h"

namespace binade::verify {
namespace {

/// A module under test with its pins bound.
class Bench {
 public:
  Bench(const Unit& unit, const std::shared_ptr<const rtl::ModuleImage>& image, const EngineOptions& options)
      : unit_(unit),
        options_(options),
        module_(image, static_cast<std::uint32_t>(options.seed), clock_of(options.adapter)),
        binding_(unit, module_, options.adapter) {
    got_.resize(unit.outputs().words());
    if (options.survey) survey_.emplace(*unit.timeless());
    if (!options.wave.empty()) open_wave();
  }

  /// Runs a block; adds to `outcome`.
  void run(std::uint64_t number, Stimulus& stimulus, UnitModel& model, Outcome& outcome) {
    Row in(unit_.inputs().words()), out(unit_.outputs().words()), care(unit_.outputs().words());
    std::vector<Row> history;
    for (std::uint64_t clock = 0; stimulus.next(in, out); ++clock) {
      binding_.admit(in);
      history.push_back(in);
      model.clock(in, out, care);
      ++outcome.cycles;
      apply(in);
      if (!std::exchange(started_, true)) check_data_files();
      binding_.read(true, got_);
      model.settle(got_, out, care);
      binding_.mask(care);
      if (survey_ && (model.judged() != nullptr || !unit_.clocked()))
        survey_->seen(model.judged() != nullptr ? *model.judged() : in);
      show(true, out, care);
      if (differs(true, out, care, model, {number, clock}, history, outcome)) break;
      if (unit_.clocked()) {
        module_.high();
        binding_.read(false, got_);
        model.observe(got_, out, care);
        binding_.mask(care);
        show(false, out, care);
        if (differs(false, out, care, model, {number, clock}, history, outcome)) break;
      }
      if (const auto messages = module_.messages(); messages.size() != told_) {
        outcome.mismatches.push_back(
            {number, clock, "assertion", "none", std::string(messages.substr(told_)), {}, {}, {}, std::move(history)});
        told_ = messages.size();
        break;
      }
    }
    outcome.vectors += stimulus.vectors();
    ++outcome.blocks;
  }

  const std::optional<Survey>& survey() const { return survey_; }
  /// Of the unit's classes those that take what the module lacks.
  std::vector<bool> absent() const {
    std::vector<bool> absent(unit_.classes().size());
    for (const auto& [index, need] : unit_.needs()) absent[index] = !binding_.can_be(*unit_.inputs().find(need.pin), need.value);
    return absent;
  }

  std::vector<bool> compared() const {
    std::vector<bool> compared;
    for (const Pin& pin : unit_.outputs().list()) compared.push_back(binding_.compares(pin));
    return compared;
  }

  void write_coverage(const std::filesystem::path& path) { module_.write_coverage(path); }

 private:
  /// $readmemh and $readmemb ran by the first clock. Data that are not there are no verdict about the module.
  void check_data_files() const {
    const std::string_view messages = module_.messages();
    if (messages.find("$readmem") == std::string_view::npos) return;
    throw InputError(fmt::format("{}; allowed: data files that can be read, relative to the working directory",
                                 messages.substr(0, messages.find('\n'))));
  }

  /// Signals that never come to rest are no verdict either.
  void check_settled() const {
    const std::string_view told = module_.messages().substr(told_);
    const auto at = told.find("did not converge");
    if (at == std::string_view::npos) return;
    const auto begin = told.rfind('\n', at) + 1;  // 0 where there is none
    throw InputError(fmt::format("the module does not settle: {}; allowed: logic without combinational loops",
                                 told.substr(begin, told.find('\n', at) - begin)));
  }

  void apply(const Row& in) {
    binding_.write(in);
    if (unit_.clocked()) {
      module_.low();
    } else {
      module_.eval();
    }
    if (module_.messages().size() != told_) check_settled();
  }

  /// The module's signals and, in a scope of their own, what its outputs should be.
  void open_wave() {
    expected_.resize(unit_.outputs().words());
    constexpr std::uint32_t kWordBytes = 8;
    std::vector<BinadePort> beside;
    for (const Pin& pin : unit_.outputs().list())
      if (binding_.compares(pin))
        beside.push_back({pin.name.c_str(), static_cast<std::uint32_t>(pin.bits),
                          static_cast<std::uint32_t>(pin.words()) * kWordBytes, 1, &expected_[pin.word]});
    module_.open_wave(options_.wave, beside);
  }

  /// A moment of the waveform. An expected bit that is not specified, or not compared now, is the module's own, so that the two
  /// sides differ where there is a mismatch and nowhere else.
  void show(bool combinational, const Row& out, const Row& care) {
    if (options_.wave.empty()) return;
    for (const bool moment : {false, true}) binding_.read(moment, expected_);
    for (const Pin& pin : unit_.outputs().list()) {
      if (pin.combinational != combinational) continue;
      for (std::size_t word = pin.word; word < pin.word + pin.words(); ++word)
        expected_[word] = (out[word] & care[word]) | (expected_[word] & ~care[word]);
    }
    module_.dump();
  }

  struct Place {
    std::uint64_t block, clock;
  };

  /// Notes a difference. True: nothing behind it in this block would say anything.
  bool differs(bool combinational, const Row& out, const Row& care, const UnitModel& model, Place place, std::vector<Row>& history,
               Outcome& outcome) {
    const auto& pins = unit_.outputs().list();
    const auto pin = first_difference(unit_.outputs(), combinational, out, got_, care);
    if (!pin) return false;
    const std::size_t word = pins[*pin].word;
    const Row& judged = model.judged() != nullptr ? *model.judged() : history.back();
    const bool goes_on = survey_ && unit_.timeless()->outputs().find(pins[*pin].name) != nullptr;
    if (goes_on && model.judged_last()) survey_->failed(judged);
    if (goes_on && !outcome.mismatches.empty()) return false;
    std::string expected = hex(pins[*pin], &out[word]), got = hex(pins[*pin], &got_[word]);
    if (const auto& format = pins[*pin].format) {
      expected += " = " + decoded(*format, out[word]);
      got += " = " + decoded(*format, got_[word]);
    }
    outcome.mismatches.push_back({place.block, place.clock, pins[*pin].name, std::move(expected), std::move(got),
                                  described(unit_.inputs(), judged), unit_.explain(judged), model.remark(), history});
    return !goes_on;
  }

  const Unit& unit_;
  const EngineOptions& options_;
  Row expected_;  ///< what the waveform shows; outlives the module
  rtl::Module module_;
  Binding binding_;
  Row got_;
  std::size_t told_ = 0;
  bool started_ = false;
  std::optional<Survey> survey_;
};

/// Adds up what blocks found, in the order of the blocks up to the one that ends the run, whoever ran them and when.
class Tally {
 public:
  /// `most` mismatches are kept; the failing block number `last_failure` ends the run.
  Tally(Outcome& total, std::uint64_t most, std::uint64_t last_failure)
      : total_(total), most_(most), last_failure_(std::max<std::uint64_t>(last_failure, 1)) {}

  void add(std::uint64_t block, Outcome part, std::unique_ptr<UnitModel> model) {
    failures_ += part.mismatches.empty() ? 0 : 1;
    waiting_.emplace(block, Done{std::move(part), std::move(model)});
    for (auto first = waiting_.begin(); first != waiting_.end() && first->first == next_; first = waiting_.erase(first), ++next_)
      count(first->second);
  }
  /// Blocks that no one has begun are no longer wanted.
  bool ends() const { return failures_ >= last_failure_; }
  /// What waits for a block that never ran counts too.
  void close() {
    for (auto& [block, done] : waiting_) count(done);
    waiting_.clear();
  }

 private:
  struct Done {
    Outcome part;
    std::unique_ptr<UnitModel> model;
  };

  void count(Done& done) {
    if (total_.failing_blocks >= last_failure_) return;
    const auto& [part, model] = done;
    total_.vectors += part.vectors;
    total_.cycles += part.cycles;
    total_.blocks += part.blocks;
    total_.events += model->events();
    for (std::size_t i = 0; i < model->hits().size(); ++i) total_.hits[i] += model->hits()[i];
    total_.failing_blocks += part.mismatches.empty() ? 0 : 1;
    for (Mismatch& mismatch : done.part.mismatches) {
      if (total_.mismatches.size() >= most_) break;
      // What led to a difference is kept of the first only: there may be many.
      if (!total_.mismatches.empty()) mismatch.history = {};
      total_.mismatches.push_back(std::move(mismatch));
    }
  }

  Outcome& total_;
  const std::uint64_t most_, last_failure_;
  std::uint64_t failures_ = 0;             ///< failing blocks, counted or not
  std::uint64_t next_ = 0;                 ///< the first block that is not done
  std::map<std::uint64_t, Done> waiting_;  ///< for next_
};

/// What the failing vectors of a survey share, and how many vectors of the run have it.
Pattern pattern_of(const Survey& survey, const Unit& unit, const std::shared_ptr<const rtl::ModuleImage>& image,
                   const EngineOptions& options, const Outcome& outcome) {
  constexpr std::uint64_t kMostCounted = std::uint64_t{1} << 24;
  Pattern pattern = survey.pattern(outcome.hits, outcome.vectors);
  if (pattern.shared.empty() || options.vectors > kMostCounted) return pattern;
  rtl::Module module(image, 0, clock_of(options.adapter));
  const Binding binding(unit, module, options.adapter);
  const auto plan = make_plan(*unit.timeless(), options);
  for (std::uint64_t block = 0; block < plan->blocks(); ++block) {
    const auto stimulus = plan->make(block);
    Row in(unit.inputs().words());
    while (stimulus->next(in, {})) {
      binding.admit(in);
      pattern.alike += survey.alike(in) ? 1 : 0;
    }
  }
  return pattern;
}

std::string words_of(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "unknown failure";
  }
}

}  // namespace

std::optional<std::uint64_t> only_rounding(const Unit& unit, const std::shared_ptr<const rtl::ModuleImage>& image,
                                           const Adapter& adapter) {
  const Pin* const pin = unit.inputs().find("rounding_i");
  if (pin == nullptr || !adapter.roundings.empty()) return std::nullopt;
  const rtl::Module module(image, 0, clock_of(adapter));
  return has_pin(module, adapter, pin->name) ? std::nullopt : std::optional(pin->rest);
}

std::unique_ptr<Unit> fitted(std::unique_ptr<Unit> unit, const std::shared_ptr<const rtl::ModuleImage>& image,
                             const Adapter& adapter) {
  const std::string clock = clock_of(adapter);
  rtl::Module module(image, 0, clock);  // one alone: Verilator 5.006 ends a module in the context of the thread's newest
  const bool given = adapter.latency.has_value(), has_clock = module.has_port(clock);
  if (unit->clocked()) {
    if (given)
      throw InputError(
          fmt::format("--latency: {} has clocks of its own; allowed: core.pe_latency, core.lane_latency", unit->name()));
  } else if (has_clock || has_pin(module, adapter, "valid_o")) {
    if (!has_clock)
      throw InputError(fmt::format("valid_o without a clock; allowed: --map clk_i=PORT, --ignore valid_o; the module has {}",
                                   fmt::join(module.described_ports(), " ")));
    if (!given && !has_pin(module, adapter, "valid_o"))
      throw InputError(
          fmt::format("the module has a clock and no valid_o, so when are results there; allowed: --latency N (rising edges from "
                      "inputs to outputs), --map valid_o=PORT; the module has {}",
                      fmt::join(module.described_ports(), " ")));
    if (!given && !has_pin(module, adapter, "valid_i"))
      throw InputError("the module has valid_o and no valid_i; allowed: --map valid_i=PORT, --latency N");
    unit = make_timed_unit(std::move(unit), {adapter.latency, adapter.timeout, has_pin(module, adapter, "valid_i")});
  } else if (adapter.latency.value_or(0) != 0) {
    throw InputError(fmt::format("--latency {}: the module has no clock {}; allowed: 0, --map clk_i=PORT; the module has {}",
                                 *adapter.latency, clock, fmt::join(module.described_ports(), " ")));
  }
  static_cast<void>(Binding(*unit, module, adapter));
  const std::string problem = unit->unusable([&](std::string_view pin) { return has_pin(module, adapter, pin); });
  if (!problem.empty()) throw InputError(fmt::format("{}; the module has {}", problem, fmt::join(module.described_ports(), " ")));
  return unit;
}

Outcome run(const Unit& unit, const std::shared_ptr<const rtl::ModuleImage>& image, const EngineOptions& options,
            const Listener& listener, const std::atomic<bool>& stop) {
  const auto started = std::chrono::steady_clock::now();
  const auto plan = make_plan(unit, options);
  const std::uint64_t blocks = plan->blocks();
  Outcome total;
  total.hits.resize(unit.classes().size());
  Tally tally(total, options.survey ? options.failures : blocks, options.survey ? blocks + 1 : options.failures);
  std::mutex mutex;
  std::atomic<std::uint64_t> next{0};
  std::exception_ptr failure;
  std::optional<Survey> survey;
  const auto work = [&](std::size_t job) {
    try {
      Bench bench(unit, image, options);
      if (job == 0) {
        total.absent = bench.absent();
        total.compared = bench.compared();
      }
      for (std::uint64_t number = next++; number < blocks && !stop.load(); number = next++) {
        auto model = unit.make_model();
        const auto stimulus = plan->make(number);
        Outcome part;
        bench.run(number, *stimulus, *model, part);
        const std::lock_guard lock(mutex);
        for (const Mismatch& mismatch : part.mismatches)
          if (listener.mismatch) listener.mismatch(mismatch);
        tally.add(number, std::move(part), std::move(model));
        if (tally.ends()) next = blocks;
        if (listener.progress) listener.progress(total.vectors, plan->vectors());
      }
      if (bench.survey()) {
        const std::lock_guard lock(mutex);
        if (!survey) survey.emplace(*unit.timeless());
        survey->merge(*bench.survey());
      }
      if (!options.coverage.empty()) bench.write_coverage(fmt::format("{}.{}", options.coverage.string(), job));
    } catch (...) {
      const std::lock_guard lock(mutex);
      failure = std::current_exception();
      next = blocks;
    }
  };
  const auto jobs = std::min<std::uint64_t>(std::max<std::size_t>(options.jobs, 1), blocks);
  std::vector<std::thread> threads;
  try {
    for (std::size_t job = 1; job < jobs; ++job) threads.emplace_back(work, job);
  } catch (const std::system_error&) {
    // As many threads as there can be: the result does not depend on them.
  }
  work(0);
  for (auto& thread : threads) thread.join();
  tally.close();
  if (failure && total.mismatches.empty()) std::rethrow_exception(failure);
  if (failure) total.trouble = words_of(failure);
  total.complete = !failure && total.blocks == blocks;
  if (survey && survey->failures() > 0) total.pattern = pattern_of(*survey, unit, image, options, total);
  total.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  return total;
}

}  // namespace binade::verify
