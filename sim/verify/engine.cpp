// SPDX-License-Identifier: Apache-2.0
#include "sim/verify/engine.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <thread>

#include "models/numerics/error.h"

namespace binade::verify {
namespace {

/// Rows of a file, given back one by one.
class TraceStimulus final : public Stimulus {
 public:
  explicit TraceStimulus(const std::vector<Row>& rows) : rows_(rows) {}
  bool next(Row& in, const Row& /*outputs*/) override {
    if (vectors_ == rows_.size()) return false;
    in = rows_[vectors_++];
    return true;
  }

 private:
  const std::vector<Row>& rows_;
};

/// A module under test with its pins bound.
class Bench {
 public:
  Bench(const Unit& unit, const std::shared_ptr<const rtl::ModuleImage>& image, const EngineOptions& options)
      : unit_(unit), options_(options), module_(image, static_cast<std::uint32_t>(options.seed)) {
    check_ports(unit, module_, options.drive);
    for (const Pin& pin : unit.inputs().list()) inputs_.push_back(module_.port(pin.name));
    for (const Pin& pin : unit.outputs().list()) outputs_.push_back(module_.port(pin.name));
    for (const auto& [name, value] : options.drive) module_.port(name).set(value);
    if (!options.wave.empty()) module_.open_wave(options.wave);
    got_.resize(unit.outputs().words());
  }

  /// Runs a block; adds to `outcome`.
  void run(std::uint64_t number, Stimulus& stimulus, UnitModel& model, Outcome& outcome) {
    Row in(unit_.inputs().words()), out(unit_.outputs().words()), care(unit_.outputs().words());
    std::vector<Row> history;
    for (std::uint64_t clock = 0; stimulus.next(in, out); ++clock) {
      history.push_back(in);
      model.clock(in, out, care);
      ++outcome.cycles;
      apply(in);
      read(true);
      if (differs(true, out, care, number, clock, history, outcome)) break;
      if (unit_.clocked()) {
        module_.rise();
        read(false);
        model.observe(got_, out, care);
        if (differs(false, out, care, number, clock, history, outcome)) break;
      }
      if (const auto messages = module_.messages(); messages.size() != told_) {
        outcome.mismatches.push_back({number, clock, "assertion", "none", std::string(messages.substr(told_)), std::move(history)});
        told_ = messages.size();
        break;
      }
    }
    outcome.vectors += stimulus.vectors();
    ++outcome.blocks;
  }

  void write_coverage(const std::filesystem::path& path) { module_.write_coverage(path); }

 private:
  void apply(const Row& in) {
    for (std::size_t i = 0; i < inputs_.size(); ++i) inputs_[i].write(&in[unit_.inputs().list()[i].word]);
    if (unit_.clocked()) {
      module_.settle();
    } else {
      module_.eval();
    }
  }

  void read(bool combinational) {
    const auto& pins = unit_.outputs().list();
    for (std::size_t i = 0; i < outputs_.size(); ++i)
      if (pins[i].combinational == combinational) outputs_[i].read(&got_[pins[i].word]);
  }

  bool differs(bool combinational, const Row& out, const Row& care, std::uint64_t number, std::uint64_t clock,
               std::vector<Row>& history, Outcome& outcome) {
    const auto& pins = unit_.outputs().list();
    const auto pin = first_difference(unit_.outputs(), combinational, out, got_, care);
    if (!pin) return false;
    const std::size_t word = pins[*pin].word;
    outcome.mismatches.push_back(
        {number, clock, pins[*pin].name, hex(pins[*pin], &out[word]), hex(pins[*pin], &got_[word]), std::move(history)});
    return true;
  }

  const Unit& unit_;
  const EngineOptions& options_;
  rtl::Module module_;
  std::vector<rtl::Port> inputs_, outputs_;
  Row got_;
  std::size_t told_ = 0;
};

/// Blocks' seeds are far apart: a multiplier of full period (Knuth's MMIX generator).
std::uint64_t block_seed(std::uint64_t seed, std::uint64_t block) {
  return (seed * 0x9e3779b97f4a7c15 + block + 1) * 6364136223846793005ULL + 1442695040888963407ULL;
}

void merge(Outcome& total, Outcome part, const UnitModel& model) {
  total.vectors += part.vectors;
  total.cycles += part.cycles;
  total.blocks += part.blocks;
  total.events += model.events();
  for (std::size_t i = 0; i < model.hits().size(); ++i) total.hits[i] += model.hits()[i];
  for (auto& mismatch : part.mismatches) total.mismatches.push_back(std::move(mismatch));
}

}  // namespace

void check_ports(const Unit& unit, const rtl::Module& module, const std::map<std::string, std::uint64_t>& drive) {
  std::vector<std::string> problems;
  const auto check = [&](const Pin& pin, bool output) {
    if (!module.has_port(pin.name)) {
      problems.push_back(fmt::format("port {}: missing; allowed: the ports of docs/rtl", pin.name));
      return;
    }
    const rtl::Port port = module.port(pin.name);
    if (port.is_output() != output || port.bits() != pin.bits)
      problems.push_back(fmt::format("port {}: an {} of {} bits; allowed: an {} of {}", pin.name,
                                     port.is_output() ? "output" : "input", port.bits(), output ? "output" : "input", pin.bits));
  };
  for (const Pin& pin : unit.inputs().list()) check(pin, false);
  for (const Pin& pin : unit.outputs().list()) check(pin, true);
  for (const auto& [name, value] : module.inputs()) {
    if (name == "clk_i" || unit.inputs().find(name) != nullptr || drive.contains(name)) continue;
    problems.push_back(fmt::format("port {}: not of {}; allowed: --drive {}=VALUE", name, unit.name(), name));
  }
  if (!problems.empty()) throw InputError(fmt::format("{}", fmt::join(problems, "\n")));
}

Outcome run(const Unit& unit, const std::shared_ptr<const rtl::ModuleImage>& image, const EngineOptions& options,
            const std::function<void(std::uint64_t, std::uint64_t)>& progress, const std::atomic<bool>& stop) {
  const auto started = std::chrono::steady_clock::now();
  const std::uint64_t size = unit.block_vectors();
  const std::uint64_t blocks = options.trace.empty() ? (options.vectors + size - 1) / size : 1;
  Outcome total;
  total.hits.resize(unit.classes().size());
  std::mutex mutex;
  std::atomic<std::uint64_t> next{0};
  std::exception_ptr failure;
  const auto work = [&](std::size_t job) {
    try {
      Bench bench(unit, image, options);
      for (std::uint64_t number = next++; number < blocks && !stop.load(); number = next++) {
        const Block block{options.kind, options.stalls, number * size, std::min(size, options.vectors - number * size),
                          block_seed(options.seed, number)};
        const auto model = unit.make_model();
        const auto stimulus = options.trace.empty() ? unit.make_stimulus(block) : std::make_unique<TraceStimulus>(options.trace);
        Outcome part;
        bench.run(number, *stimulus, *model, part);
        const std::lock_guard lock(mutex);
        merge(total, std::move(part), *model);
        if (total.mismatches.size() >= options.failures) next = blocks;
        if (progress) progress(total.vectors, options.vectors);
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
  for (std::size_t job = 1; job < jobs; ++job) threads.emplace_back(work, job);
  work(0);
  for (auto& thread : threads) thread.join();
  if (failure) std::rethrow_exception(failure);
  std::sort(total.mismatches.begin(), total.mismatches.end(), [](const auto& a, const auto& b) { return a.block < b.block; });
  total.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  return total;
}

}  // namespace binade::verify
