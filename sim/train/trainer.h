// SPDX-License-Identifier: Apache-2.0
// The loop of a training run: epochs of steps, an evaluation after each, checkpoints between steps. It knows neither formats nor
// files.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/train/batches.h"
#include "sim/train/session.h"
#include "sim/train/train_state.h"

namespace binade::sim {

struct TrainPlan {
  std::int64_t batch = 1, epochs = 1;
  std::optional<std::uint64_t> steps;  ///< the run ends after that many, counted from its very first
  std::int64_t checkpoint_steps = 0;   ///< 0: by time and epochs alone
  std::chrono::steady_clock::duration checkpoint_interval = std::chrono::minutes(5);
  /// The learning rate of the step after `steps` steps, the first of epoch number `epoch` being the 0th.
  std::function<double(std::int64_t epoch, std::uint64_t steps)> lr;
};

/// For a person who waits.
struct TrainProgress {
  std::int64_t images = 0, all_images = 0;  ///< trained on, of the whole run
  std::int64_t epoch = 0, epochs = 0;       ///< the one under way, from 1
  double loss = 0, accuracy = 0;            ///< of its samples so far
  bool evaluating = false;
};

/// Each may be empty.
struct TrainHooks {
  std::function<void(const TrainProgress&)> progress;
  /// The state between two steps, to be put away.
  std::function<void(const TrainState&)> checkpoint;
  /// After each epoch and its evaluation, before its checkpoint.
  std::function<void(const TrainState&)> epoch_done;
  /// Where the tensors of a step, counted from 1, go; null: nowhere.
  std::function<std::vector<Captured>*(std::uint64_t step)> capture;
  /// After each step, counted from 1.
  std::function<void(std::uint64_t step, const StepResult& result)> step_done;
  const std::atomic<bool>* stop = nullptr;
};

struct TrainOutcome {
  std::string status;  ///< kComplete, kInterrupted, or the step that made no numbers and the first tensor of them
  /// Of an epoch that was begun and not finished: evaluated where the run ends by `TrainPlan::steps`.
  std::optional<EpochRow> partial;
  std::vector<TensorRow> partial_tensors;
  bool diverged = false;
};

class Trainer {
 public:
  /// All outlive the trainer. `state`: a new one, or one that the session was restored with.
  Trainer(Session& session, const Batches& batches, TrainPlan plan, TrainHooks hooks, TrainState& state);

  TrainOutcome run();

 private:
  bool stopped() const { return hooks_.stop != nullptr && hooks_.stop->load(); }
  bool all_steps_done() const;
  std::int64_t images_of_the_run() const;
  /// What of it is no number, which ends the run before its state is put away; empty: nothing.
  std::string step();
  /// The whole test set; nothing where there is none, or a stop came first.
  std::optional<StepResult> evaluate();
  void count_tensors();
  void save();
  void show(bool evaluating) const;
  TrainOutcome partial(std::string status, const StepResult* test);

  Session& session_;
  const Batches& batches_;
  TrainPlan plan_;
  TrainHooks hooks_;
  TrainState& state_;
  std::chrono::steady_clock::time_point saved_ = std::chrono::steady_clock::now();
  std::uint64_t saved_step_ = 0;
};

}  // namespace binade::sim
