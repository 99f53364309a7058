// SPDX-License-Identifier: Apache-2.0
#include "sim/train/trace_step.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "models/numerics/error.h"
#include "sim/report/training_report.h"
#include "sim/train/batch_order.h"
#include "sim/train/recording_session.h"

namespace binade::sim {
namespace {

/// The training samples alone: nothing is evaluated.
class TrainingSamples final : public Batches {
 public:
  explicit TrainingSamples(const Batches& all) : all_(all) {}
  std::int64_t train_samples() const override { return all_.train_samples(); }
  std::int64_t test_samples() const override { return 0; }
  Batch train(std::int64_t epoch, std::int64_t first, std::int64_t count) const override { return all_.train(epoch, first, count); }
  Batch test(std::int64_t first, std::int64_t count) const override { return all_.test(first, count); }

 private:
  const Batches& all_;
};

constexpr const char* kDiverged = "allowed: an earlier step, a smaller train.lr, another recipe";

void check(const TrainingParts& parts, const TracedStepChoice& choice) {
  const auto of_epoch = static_cast<std::uint64_t>(batches_of(parts.batches->train_samples(), choice.batch));
  const std::uint64_t steps = of_epoch * static_cast<std::uint64_t>(choice.epochs);
  if (choice.step < 1 || choice.step > steps)
    throw InputError(fmt::format("--step: {}; allowed: 1..{}, the steps of {} epochs of {} batches", choice.step, steps,
                                 choice.epochs, of_epoch));
  const auto first = static_cast<std::int64_t>((choice.step - 1) % of_epoch) * choice.batch;
  const std::int64_t batch = std::min(choice.batch, parts.batches->train_samples() - first);
  if (choice.samples && *choice.samples > batch)
    throw InputError(fmt::format("--samples: {}; allowed: 1..{}, the batch of the step", *choice.samples, batch));
}

/// Runs all steps before it. False: stopped.
bool train_up_to(const TrainingParts& parts, const TracedStepChoice& choice, TrainHooks hooks, TrainState& state) {
  const TrainingSamples samples(*parts.batches);
  const TrainPlan plan{.batch = choice.batch, .epochs = choice.epochs, .steps = choice.step - 1, .lr = parts.lr};
  const TrainOutcome outcome = Trainer(*parts.session, samples, plan, std::move(hooks), state).run();
  if (outcome.diverged) throw InputError(fmt::format("{}; {}", outcome.status, kDiverged));
  return outcome.status == kComplete;
}

}  // namespace

std::optional<StepTrace> trace_step(const TrainingParts& parts, const TracedStepChoice& choice,
                                    const std::function<void(const TrainProgress&)>& progress, const std::atomic<bool>* stop) {
  check(parts, choice);
  auto* const session = dynamic_cast<RecordingSession*>(parts.session.get());
  if (session == nullptr) throw InvariantError("trace: a session whose steps cannot be recorded");
  TrainHooks hooks;
  hooks.progress = progress;
  hooks.stop = stop;
  TrainState state;
  if (!train_up_to(parts, choice, std::move(hooks), state)) return std::nullopt;

  const std::int64_t batch = std::min(choice.batch, parts.batches->train_samples() - state.position);
  const Batch samples = parts.batches->train(state.epoch, state.position, choice.samples.value_or(batch));
  StepTrace trace;
  trace.start.network = *parts.network;
  const networks::Layer& input = parts.network->layers.front();
  trace.start.input_layer = input.name;
  trace.start.input = {{static_cast<std::int64_t>(samples.y.size()), input.out.channels, input.out.height, input.out.width},
                       {samples.x.begin(), samples.x.end()}};
  trace.start.labels.assign(samples.y.begin(), samples.y.end());
  trace.start.parameters = parts.session->parameters();
  trace.session = parts.session->save();
  trace.facts.step = choice.step;
  trace.facts.learning_rate = parts.lr(state.epoch, state.step);
  trace.facts.formats = parts.session->formats();
  const StepResult result = session->record(samples.x, samples.y, trace.facts.learning_rate, state.step, trace.recorded);
  if (!std::isfinite(result.loss))
    throw InputError(fmt::format("step {}: the loss is no finite number; {}", choice.step, kDiverged));
  trace.facts.loss = result.loss;
  return trace;
}

}  // namespace binade::sim
