// SPDX-License-Identifier: Apache-2.0
#include "sim/train/program_session.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "models/numerics/error.h"
#include "models/programs/golden_machine.h"
#include "models/programs/storage.h"
#include "models/programs/training/encoded_executor.h"
#include "models/programs/training/network_training.h"
#include "models/programs/training/reference_executor.h"
#include "models/spec/train_words.h"
#include "sim/host/step_program.h"
#include "sim/run/step_settings.h"
#include "sim/train/recording_session.h"
#include "sim/train/saved_histories.h"
#include "sim/train/saved_state.h"
#include "sim/train/step_tensors.h"

namespace binade::sim {
namespace {

using programs::EncodedExecutor;
using programs::ExponentBook;
using programs::NetworkTraining;
using programs::TrainingProgram;
using programs::TrainingStep;
using programs::TrainingTensor;

template <class T>
std::vector<std::byte> bytes_of(const std::vector<T>& values) {
  const auto bytes = std::as_bytes(std::span(values));
  return {bytes.begin(), bytes.end()};
}

programs::TrainingChoice choice_of(const SessionSpec& spec) {
  return training_choice(step_of(spec.settings.train, spec.settings.flex), spec.formats);
}

datapath::CoreConfig core_of(const SessionSpec& spec) {
  datapath::CoreConfig core = spec.settings.platform.core;
  core.format = spec.formats.format;
  core.accumulate = {};
  return core;
}

programs::ExponentOptions exponents_of(const SessionSpec& spec) {
  const Settings& settings = spec.settings;
  return exponent_options(step_of(settings.train, settings.flex), settings.flex, settings.sdfp, spec.seed);
}

class ProgramSession final : public RecordingSession {
 public:
  explicit ProgramSession(const SessionSpec& spec)
      : binary64_(spec.settings.train.arithmetic == spec::kArithmeticWords[1]),
        machine_(core_of(spec), spec.threads),
        book_(exponents_of(spec)),
        options_{.core = core_of(spec),
                 .seed = static_cast<std::uint32_t>(spec.seed),
                 .threads = spec.threads,
                 .initialise_on_machine = true,
                 .divide = machine_.divide()},
        encoded_(machine_, book_, options_),
        training_(spec.network, choice_of(spec), executor(), static_cast<std::uint32_t>(spec.seed)) {
    for (const std::int64_t samples : spec.batches) static_cast<void>(training_.program(samples));
    training_.set_parameters(spec.parameters);
    each_step([&](const TrainingStep& step) {
      for (const programs::StepResult& result : step.results) writes_.emplace_back(result.writer(), step.pass);
    });
    for (const programs::Given& given : training_.reference().given)
      if (given.what != programs::Given::What::Constant) writes_.emplace_back(given.tensor, operations::Pass::Forward);
  }

  StepResult step(std::span<const float> x, std::span<const std::int64_t> y, double lr, std::uint64_t step,
                  std::vector<Captured>* capture) override {
    NetworkTraining::Watch watch;
    if (capture != nullptr)
      watch = [&](const std::string& name, const TrainingTensor& tensor, int index) {
        if (const auto key = capture_key(name, tensor.scale.has_value())) capture->push_back(captured(*key, tensor, index));
      };
    return result_of(training_.step(x, y, lr, step + 1, watch));
  }
  StepResult record(std::span<const float> x, std::span<const std::int64_t> y, double lr, std::uint64_t step,
                    programs::RecordedStep& recorded) override {
    if (binary64_) throw InputError("--recipe: its tensors are real numbers, not codes; allowed: a recipe in number formats");
    programs::StepRecorder recorder(machine_, [](const std::string& name) { return capture_key(name, false).has_value(); });
    encoded_.observe(&recorder);
    const auto outcome = training_.step(x, y, lr, step + 1, {});
    encoded_.observe(nullptr);
    recorded = recorder.take();
    return result_of(outcome);
  }
  StepResult evaluate(std::span<const float> x, std::span<const std::int64_t> y) override {
    return result_of(training_.evaluate(x, y));
  }
  std::string first_bad_tensor() const override { return training_.first_bad_tensor(); }

  std::vector<TensorHistory> history() override {
    std::vector<TensorHistory> all;
    const TrainingProgram& program = training_.reference();
    for (const auto& [tensor, pass] : writes_) {
      const programs::WriteCounts counts = executor().take_counts(tensor);
      if (counts.writes == 0) continue;
      all.push_back({.tensor = program.tensors[static_cast<std::size_t>(tensor)].name,
                     .pass = std::string(operations::to_string(pass)),
                     .exponent = counts.exponent,
                     .writes = counts.writes,
                     .overflows = counts.overflows,
                     .underflows = counts.underflows});
    }
    return all;
  }

  std::string formats() const override { return format_lines(training_.reference()); }

  std::vector<Captured> parameter_codes() const override {
    std::vector<Captured> all;
    const TrainingProgram& program = training_.reference();
    for (const programs::TrainedParameter& parameter : program.parameters)
      all.push_back(captured(parameter.name, program.tensors[static_cast<std::size_t>(parameter.master)], parameter.master));
    return all;
  }
  operations::Parameters parameters() const override {
    operations::Parameters all;
    const TrainingProgram& program = training_.reference();
    for (const programs::TrainedParameter& parameter : program.parameters)
      all[parameter.name] = {.shape = program.tensors[static_cast<std::size_t>(parameter.master)].shape,
                             .values = executor().values(parameter.master)};
    return all;
  }

  // Histories by writer beside the tensors (saved_histories.h).
  std::map<std::string, SavedArray> save() const override {
    std::map<std::string, SavedArray> all;
    for (const auto& [name, index] : training_.persistent()) {
      if (!executor().holds(index)) continue;
      const auto tensor = executor().encoded(index);
      all[kSavedTensor + name] = tensor ? saved(tensor->codes) : saved(executor().values(index));
      if (tensor && tensor->exponents.granularity() != numerics::Granularity::None)
        all[kSavedExponent + name] = saved(std::vector<std::int64_t>{tensor->lsb_exponent()});
    }
    all.merge(saved_histories(book_.state()));
    return all;
  }

  void restore(const std::map<std::string, SavedArray>& state, std::uint64_t steps) override {
    // A velocity begins with the first step.
    const auto needed = [&](int tensor) { return executor().holds(tensor) || steps > 0; };
    if (binary64_) {
      restore_values(state, needed);
      restore_exponents(exponents_of(state, training_.reference()));
    } else {
      const StepState read = state_of(state, training_.reference(), training_.persistent(), needed);
      for (const auto& [name, index] : training_.persistent())
        if (const auto found = read.tensors.find(name); found != read.tensors.end()) encoded_.restore(index, found->second);
      restore_exponents(read.exponents);
    }
    executor().forget_counts();
  }

 private:
  static StepResult result_of(const NetworkTraining::Outcome& outcome) {
    return {.loss = outcome.loss, .correct = outcome.correct, .samples = outcome.samples, .lasts = outcome.lasts};
  }

  void restore_values(const std::map<std::string, SavedArray>& state, const std::function<bool(int tensor)>& needed) {
    const TrainingProgram& program = training_.reference();
    const auto persistent = training_.persistent();
    check_names(state, persistent);
    for (const auto& [name, index] : persistent) {
      if (!state.contains(kSavedTensor + name) && !needed(index)) continue;
      const auto values = values_of<double>(saved_array(state, kSavedTensor + name));
      check_elements(name, program.tensors[static_cast<std::size_t>(index)], values.size());
      executor().write(program, index, numerics::Reals(values));
    }
  }
  void restore_exponents(const ExponentBook::State& exponents) {
    book_.restore(exponents, [this](int writer) { return history_bits(training_.reference(), writer); });
  }

  Captured captured(const std::string& key, const TrainingTensor& tensor, int index) const {
    Captured made{.key = key, .shape = tensor.shape, .element_bytes = 8, .bytes = {}, .exponent = {}};
    if (const auto encoded = executor().encoded(index)) {
      made.element_bytes = encoded->format.storage_bytes();
      made.bytes = programs::pack_codes(encoded->codes, made.element_bytes);
      if (encoded->exponents.granularity() != numerics::Granularity::None) made.exponent = encoded->lsb_exponent();
    } else {
      made.bytes = bytes_of(executor().values(index));
    }
    return made;
  }

  /// Of a training step: forward to backward, an update that has a step before it, copies.
  template <class Visit>
  void each_step(Visit visit) const {
    const TrainingProgram& program = training_.reference();
    std::for_each(program.steps.begin(), program.steps.end(), visit);
    const std::vector<TrainingStep> update = make_update(program, 0, 2);
    std::for_each(update.begin(), update.end(), visit);
    std::for_each(program.copies.begin(), program.copies.end(), visit);
  }

  programs::StepExecutor& executor() const {
    if (binary64_) return reference_;
    return encoded_;
  }

  const bool binary64_;
  programs::GoldenMachine machine_;
  ExponentBook book_;
  const programs::ExecutionOptions options_;
  // Reading a tensor's values reads a machine's memory.
  mutable EncodedExecutor encoded_;
  mutable programs::ReferenceExecutor reference_;
  mutable NetworkTraining training_;
  std::vector<std::pair<int, operations::Pass>> writes_;  ///< tensors that a step writes, or is given, in that order
};

}  // namespace

std::unique_ptr<Session> make_program_session(const SessionSpec& spec) { return std::make_unique<ProgramSession>(spec); }

}  // namespace binade::sim
