// SPDX-License-Identifier: Apache-2.0
// The loop: what it calls, in which order, what its rows say, and that a run cut anywhere and taken up again is the uncut one.
#include "sim/train/trainer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/support/small_session.h"

namespace binade::sim {
namespace {

using support::SmallBatches;
using support::SmallSession;

TrainPlan plan_of(std::int64_t batch, std::int64_t epochs) {
  TrainPlan plan;
  plan.batch = batch;
  plan.epochs = epochs;
  plan.lr = [](std::int64_t epoch, std::uint64_t) { return std::ldexp(0.5, -static_cast<int>(epoch)); };
  return plan;
}

/// Rows less what the wall clock says.
template <typename Rows>
Rows untimed(Rows rows) {
  for (auto& row : rows) row.images_per_second = row.train_seconds = 0;
  return rows;
}

TEST(Trainer, TrainsOnEverySampleAndLearns) {
  SmallSession session(4, 2, 0.5);
  const SmallBatches batches(1, 70, 40, 4, 2);
  TrainState state;
  std::vector<std::int64_t> sizes;
  TrainHooks hooks;
  hooks.step_done = [&](std::uint64_t, const StepResult& result) { sizes.push_back(result.samples); };
  const auto outcome = Trainer(session, batches, plan_of(32, 4), hooks, state).run();
  EXPECT_EQ(outcome.status, kComplete);
  EXPECT_FALSE(outcome.partial);
  EXPECT_EQ(sizes, (std::vector<std::int64_t>{32, 32, 6, 32, 32, 6, 32, 32, 6, 32, 32, 6}));
  ASSERT_EQ(state.history.size(), 4U);
  EXPECT_LT(state.history.back().train_loss, state.history.front().train_loss);
  EXPECT_GT(*state.history.back().test_accuracy, 0.8);
  for (std::size_t i = 0; i < 4; ++i) {
    const auto& row = state.history[i];
    EXPECT_EQ(row.epoch, static_cast<std::int64_t>(i) + 1);
    EXPECT_EQ(row.step, 3 * (i + 1));
    EXPECT_EQ(row.samples, 70);
    EXPECT_EQ(row.lr, std::ldexp(0.5, -static_cast<int>(i)));
  }
}

TEST(Trainer, ARowIsTheMeanOfItsSamples) {
  SmallSession session(3, 2, 0), again(3, 2, 0);
  const SmallBatches batches(2, 10, 7, 3, 2);
  TrainState state;
  Trainer(session, batches, plan_of(4, 1), {}, state).run();
  double loss = 0;
  std::int64_t correct = 0, at = 0;
  for (const std::int64_t count : {4, 4, 2}) {
    const auto batch = batches.train(0, at, count);
    const auto result = again.step(batch.x, batch.y, 0.5, static_cast<std::uint64_t>(at / 4), nullptr);
    loss += result.loss * static_cast<double>(count);
    correct += result.correct;
    at += count;
  }
  const auto& row = state.history.front();
  EXPECT_EQ(row.train_loss, loss / 10);
  EXPECT_EQ(row.train_accuracy, static_cast<double>(correct) / 10);
  EXPECT_EQ(session.weights(), again.weights());
  // Evaluated in batches, the mean is still that of the samples.
  const auto all = batches.test(0, 7);
  EXPECT_NEAR(*row.test_loss, session.evaluate(all.x, all.y).loss, 1e-15);
}

TEST(Trainer, TensorsAreCountedOnceWhoeverAsks) {
  const auto rows_with = [](std::int64_t checkpoint_steps) {
    SmallSession session(4, 2, 0.5);
    const SmallBatches batches(1, 50, 8, 4, 2);
    TrainState state;
    auto plan = plan_of(8, 3);
    plan.checkpoint_steps = checkpoint_steps;
    TrainHooks hooks;
    hooks.checkpoint = [](const TrainState&) {};
    Trainer(session, batches, plan, hooks, state).run();
    return state;
  };
  const auto seldom = rows_with(0), often = rows_with(1);
  ASSERT_EQ(seldom.tensors.size(), 6U);
  EXPECT_EQ(seldom.tensors, often.tensors);
  std::uint64_t writes = 0, overflows = 0;
  for (const auto& row : seldom.tensors)
    if (row.pass == "update") writes += row.writes, overflows += row.overflows;
  EXPECT_EQ(writes, 3U * 7U * 8U);  // epochs, steps, weights
  std::uint64_t told = 0;
  for (const auto& row : seldom.history) told += row.overflows;
  EXPECT_EQ(told, overflows);
  EXPECT_TRUE(seldom.tensors.front().exponent);
  EXPECT_FALSE(seldom.tensors[1].exponent);
}

// A stop after every number of steps there is, evaluations included: each run is put away and taken up by a new session.
TEST(Trainer, CutAnywhereItIsTheUncutRun) {
  const SmallBatches batches(3, 21, 16, 4, 2);
  const auto plan = plan_of(8, 3);
  SmallSession whole(4, 2, 0.5);
  TrainState uncut;
  Trainer(whole, batches, plan, {}, uncut).run();
  for (std::uint64_t every = 1; every <= 9; ++every) {
    TrainState state;
    std::map<std::string, SavedArray> saved = SmallSession(4, 2, 0.5).save();
    int runs = 0;
    for (std::string status = kInterrupted; status == kInterrupted; ++runs) {
      ASSERT_LT(runs, 20);
      SmallSession session(4, 2, 0.9);
      session = SmallSession(4, 2, 0.5);
      session.restore(saved, state.step);
      std::atomic<bool> stop = false;
      const auto begun = state.step;
      TrainHooks hooks;
      hooks.stop = &stop;
      hooks.step_done = [&](std::uint64_t step, const StepResult&) { stop = step - begun >= every; };
      hooks.checkpoint = [&](const TrainState&) { saved = session.save(); };
      const auto outcome = Trainer(session, batches, plan, hooks, state).run();
      status = outcome.status;
      if (status == kInterrupted && state.position > 0) {
        EXPECT_EQ(outcome.partial->samples, state.position);
      }
    }
    EXPECT_EQ(untimed(state.history), untimed(uncut.history)) << every;
    EXPECT_EQ(state.tensors, uncut.tensors) << every;
    EXPECT_EQ(saved, whole.save()) << every;
  }
}

TEST(Trainer, StepsEndARunWithinAnEpochAndItGoesOnFromThere) {
  const SmallBatches batches(4, 40, 16, 4, 2);
  auto plan = plan_of(8, 2);
  SmallSession whole(4, 2, 0.5);
  TrainState uncut;
  Trainer(whole, batches, plan, {}, uncut).run();

  SmallSession session(4, 2, 0.5);
  TrainState state;
  plan.steps = 7;
  std::vector<std::int64_t> all;
  TrainHooks hooks;
  hooks.progress = [&](const TrainProgress& progress) { all.push_back(progress.all_images); };
  auto outcome = Trainer(session, batches, plan, hooks, state).run();
  EXPECT_EQ(outcome.status, kComplete);
  ASSERT_TRUE(outcome.partial);
  EXPECT_EQ(outcome.partial->epoch, 2);
  EXPECT_EQ(outcome.partial->samples, 16);
  EXPECT_TRUE(outcome.partial->test_accuracy);
  EXPECT_EQ(state.history.size(), 1U);
  for (const auto images : all) EXPECT_EQ(images, 56);
  plan.steps.reset();
  outcome = Trainer(session, batches, plan, {}, state).run();
  EXPECT_EQ(untimed(state.history), untimed(uncut.history));
  EXPECT_EQ(session.weights(), whole.weights());
}

TEST(Trainer, StepsThatEndWithAnEpochLeaveNothingPartial) {
  SmallSession session(4, 2, 0.5);
  TrainState state;
  auto plan = plan_of(8, 2);
  plan.steps = 5;
  const auto outcome = Trainer(session, SmallBatches(4, 40, 16, 4, 2), plan, {}, state).run();
  EXPECT_EQ(outcome.status, kComplete);
  EXPECT_FALSE(outcome.partial);
  EXPECT_EQ(state.history.size(), 1U);
}

TEST(Trainer, WithoutATestSetTheRowSaysNothingOfIt) {
  SmallSession session(4, 2, 0.5);
  TrainState state;
  Trainer(session, SmallBatches(4, 40, 0, 4, 2), plan_of(8, 1), {}, state).run();
  EXPECT_FALSE(state.history.front().test_loss || state.history.front().test_accuracy);
}

/// What the steps of a run of two epochs, 5 steps each, have put away, and how it ends.
struct BrokenRun {
  TrainOutcome outcome = {};
  TrainState state = {};
  std::vector<std::uint64_t> put_away = {};
};
BrokenRun broken_run(const Batches& batches, double rate_of_step_7) {
  SmallSession session(4, 2, 0.5);
  BrokenRun run;
  auto plan = plan_of(8, 2);
  plan.lr = [rate_of_step_7](std::int64_t, std::uint64_t steps) { return steps == 6 ? rate_of_step_7 : 0.5; };
  plan.checkpoint_steps = 1;
  TrainHooks hooks;
  hooks.checkpoint = [&](const TrainState& saved) { run.put_away.push_back(saved.step); };
  run.outcome = Trainer(session, batches, plan, hooks, run.state).run();
  return run;
}

/// A sample of step 8 is infinite.
class BrokenBatches final : public Batches {
 public:
  std::int64_t train_samples() const override { return sound_.train_samples(); }
  std::int64_t test_samples() const override { return sound_.test_samples(); }
  Batch train(std::int64_t epoch, std::int64_t first, std::int64_t count) const override {
    Batch batch = sound_.train(epoch, first, count);
    if (epoch == 1 && first == 16) batch.x.front() = std::numeric_limits<float>::infinity();
    return batch;
  }
  Batch test(std::int64_t first, std::int64_t count) const override { return sound_.test(first, count); }

 private:
  const SmallBatches sound_{4, 40, 16, 4, 2};
};

/// Weights written in the steps of the row that is not whole.
std::uint64_t partial_writes(const BrokenRun& run) {
  for (const TensorRow& row : run.outcome.partial_tensors)
    if (row.pass == "update") return row.writes;
  return 0;
}

TEST(Trainer, ALossThatIsNoNumberEndsTheRunWithStepAndTensor) {
  const BrokenRun run = broken_run(BrokenBatches(), 0.5);
  EXPECT_TRUE(run.outcome.diverged);
  EXPECT_EQ(run.outcome.status, "step 8: the loss is no finite number; the first tensor that went bad: grad.fc.weight");
  EXPECT_EQ(run.state.history.size(), 1U);
  ASSERT_TRUE(run.outcome.partial);
  EXPECT_EQ(run.outcome.partial->samples, 16);
  EXPECT_EQ(partial_writes(run), 2U * 8U);                                        // of the steps of those samples alone
  EXPECT_EQ(run.put_away, (std::vector<std::uint64_t>{1, 2, 3, 4, 5, 5, 6, 7}));  // the epoch's end too
}

TEST(Trainer, WeightsThatAreNoNumbersAreNeverPutAway) {
  const BrokenRun run = broken_run(SmallBatches(4, 40, 16, 4, 2), std::numeric_limits<double>::infinity());
  EXPECT_TRUE(run.outcome.diverged);
  EXPECT_EQ(run.outcome.status,
            "step 7: what the next step reads has elements that are no finite numbers; the first tensor that went bad: "
            "weight.fc.weight");
  ASSERT_TRUE(run.outcome.partial);
  EXPECT_EQ(run.outcome.partial->samples, 8);
  EXPECT_EQ(partial_writes(run), 8U);
  EXPECT_EQ(run.put_away, (std::vector<std::uint64_t>{1, 2, 3, 4, 5, 5, 6}));
}

}  // namespace
}  // namespace binade::sim
