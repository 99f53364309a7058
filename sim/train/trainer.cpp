// SPDX-License-Identifier: Apache-2.0
#include "sim/train/trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "models/numerics/error.h"

namespace binade::sim {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

}  // namespace

Trainer::Trainer(Session& session, const Batches& batches, TrainPlan plan, TrainHooks hooks, TrainState& state)
    : session_(session),
      batches_(batches),
      plan_(std::move(plan)),
      hooks_(std::move(hooks)),
      state_(state),
      saved_step_(state.step) {
  if (batches_.train_samples() < 1 || plan_.batch < 1) throw InvariantError("Trainer: nothing to train on");
}

bool Trainer::all_steps_done() const { return state_.epoch >= plan_.epochs || (plan_.steps && state_.step >= *plan_.steps); }

std::int64_t Trainer::images_of_the_run() const {
  const std::int64_t epoch = batches_.train_samples(), all = plan_.epochs * epoch;
  if (!plan_.steps) return all;
  // Of each epoch the last batch is what is left.
  const std::int64_t batches = (epoch + plan_.batch - 1) / plan_.batch;
  const auto steps =
      static_cast<std::int64_t>(std::min<std::uint64_t>(*plan_.steps, static_cast<std::uint64_t>(plan_.epochs * batches)));
  return steps / batches * epoch + std::min(epoch, steps % batches * plan_.batch);
}

void Trainer::show(bool evaluating) const {
  if (!hooks_.progress) return;
  const auto row = state_.row(nullptr);
  hooks_.progress({.images = state_.epoch * batches_.train_samples() + state_.position,
                   .all_images = images_of_the_run(),
                   .epoch = row.epoch,
                   .epochs = plan_.epochs,
                   .loss = row.train_loss,
                   .accuracy = row.train_accuracy,
                   .evaluating = evaluating});
}

void Trainer::count_tensors() {
  const auto counts = session_.history();
  state_.add(counts);
}

void Trainer::save() {
  if (!hooks_.checkpoint) return;
  count_tensors();
  hooks_.checkpoint(state_);
  saved_ = Clock::now();
  saved_step_ = state_.step;
}

std::string Trainer::step() {
  const auto start = Clock::now();
  const auto count = std::min(plan_.batch, batches_.train_samples() - state_.position);
  const double lr = plan_.lr(state_.epoch, state_.step);
  const auto batch = batches_.train(state_.epoch, state_.position, count);
  auto* const capture = hooks_.capture ? hooks_.capture(state_.step + 1) : nullptr;
  const auto result = session_.step(batch.x, batch.y, lr, state_.step, capture);
  if (hooks_.step_done) hooks_.step_done(state_.step + 1, result);
  const auto counts = session_.history();  // of a step that ends the run they are in no row, as its samples are not
  if (!std::isfinite(result.loss)) return "the loss is no finite number";
  if (!result.lasts) return "what the next step reads has elements that are no finite numbers";
  state_.add(result, lr, seconds_since(start));
  state_.add(counts);
  state_.record(counts);
  return {};
}

std::optional<StepResult> Trainer::evaluate() {
  StepResult sum;
  const auto all = batches_.test_samples();
  for (std::int64_t first = 0; first < all; first += plan_.batch) {
    if (stopped()) return std::nullopt;
    show(true);
    const auto batch = batches_.test(first, std::min(plan_.batch, all - first));
    const auto result = session_.evaluate(batch.x, batch.y);
    sum.loss += result.loss * static_cast<double>(result.samples);
    sum.correct += result.correct;
    sum.samples += result.samples;
  }
  if (sum.samples == 0) return std::nullopt;
  sum.loss /= static_cast<double>(sum.samples);
  return sum;
}

TrainOutcome Trainer::partial(std::string status, const StepResult* test) {
  TrainOutcome outcome{.status = std::move(status), .partial = {}, .partial_tensors = {}};
  count_tensors();
  if (state_.position > 0) {
    outcome.partial = state_.row(test);
    outcome.partial_tensors = state_.current;
  }
  return outcome;
}

TrainOutcome Trainer::run() {
  while (!stopped()) {
    if (state_.position == batches_.train_samples()) {
      count_tensors();
      const auto test = evaluate();
      if (stopped()) break;  // evaluated again when the run goes on
      state_.finish_epoch(test ? &*test : nullptr);
      if (hooks_.epoch_done) hooks_.epoch_done(state_);
      save();
      continue;
    }
    if (all_steps_done()) {
      if (saved_step_ != state_.step) save();
      if (state_.position == 0) return {.status = kComplete, .partial = {}, .partial_tensors = {}};
      const auto test = evaluate();
      return partial(stopped() ? kInterrupted : kComplete, test ? &*test : nullptr);
    }
    if (const std::string problem = step(); !problem.empty()) {
      const auto bad = session_.first_bad_tensor();
      auto outcome = partial(fmt::format("step {}: {}{}", state_.step + 1, problem,
                                         bad.empty() ? "" : fmt::format("; the first tensor that went bad: {}", bad)),
                             nullptr);
      outcome.diverged = true;
      return outcome;
    }
    show(false);
    const bool often = plan_.checkpoint_steps > 0 && state_.step % static_cast<std::uint64_t>(plan_.checkpoint_steps) == 0;
    if (often || Clock::now() - saved_ >= plan_.checkpoint_interval) save();
  }
  save();
  const bool done = state_.position == 0 && all_steps_done();  // the signal came too late
  return partial(done ? kComplete : kInterrupted, nullptr);
}

}  // namespace binade::sim
