// SPDX-License-Identifier: Apache-2.0
#include "sim/train/capture.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

#include "models/numerics/error.h"
#include "sim/data/npz.h"
#include "sim/train/trainer.h"
#include "tests/support/small_session.h"

namespace binade::sim {
namespace {

std::vector<std::byte> bytes(std::size_t count) { return std::vector<std::byte>(count, std::byte{1}); }

TEST(Capture, HoldsWhatTheStepsWroteUnderTheirKeys) {
  support::SmallSession session(4, 2, 0.5);
  const auto first = session.weights();
  const support::SmallBatches batches(1, 64, 0, 4, 2);
  Capture capture({1, 3}, session.parameter_codes());
  std::vector<std::vector<double>> weights;
  TrainPlan plan;
  plan.batch = 16;
  plan.lr = [](std::int64_t, std::uint64_t) { return 0.5; };
  TrainHooks hooks;
  hooks.capture = [&](std::uint64_t step) { return capture.tensors(step); };
  hooks.step_done = [&](std::uint64_t step, const StepResult& result) {
    weights.push_back(session.weights());
    capture.step_done(step, result.loss);
  };
  TrainState state;
  Trainer(session, batches, plan, hooks, state).run();
  const auto file = std::filesystem::temp_directory_path() / ("binade-capture-" + std::to_string(::getpid()) + ".npz");
  capture.write(file, R"({"batch": 16})");
  NpzReader arrays(file);
  auto names = arrays.names();
  std::vector<std::string> wanted{"init.fc.weight", "meta", "step1.loss", "step2.loss", "step3.loss"};
  for (const char* step : {"step1.", "step3."})
    for (const char* key : {"grad.fc.weight", "weight.fc.weight", "weight.fc.weight.exponent"})
      wanted.push_back(std::string(step) + key);
  std::sort(wanted.begin(), wanted.end());
  EXPECT_EQ(names, wanted);
  EXPECT_EQ(arrays.read("init.fc.weight").values, first);
  EXPECT_EQ(arrays.read("step1.weight.fc.weight").values, weights[0]);
  EXPECT_EQ(arrays.read("step3.weight.fc.weight").values, weights[2]);
  EXPECT_EQ(arrays.read("step3.weight.fc.weight").shape, (std::vector<std::int64_t>{2, 4}));
  EXPECT_EQ(arrays.read("step3.weight.fc.weight.exponent").values, std::vector<double>{-3});
  EXPECT_EQ(arrays.read("meta").text, R"({"batch": 16})");
  std::filesystem::remove(file);
}

TEST(Capture, CodesAreOfTheSmallestUnsignedType) {
  std::vector<Captured> tensors;
  for (const int width : {1, 2, 4})
    tensors.push_back({.key = "w" + std::to_string(width),
                       .shape = {3},
                       .element_bytes = width,
                       .bytes = bytes(3 * static_cast<std::size_t>(width)),
                       .exponent = {}});
  const auto file = std::filesystem::temp_directory_path() / ("binade-codes-" + std::to_string(::getpid()) + ".npz");
  Capture({1}, tensors).write(file, "{}");
  NpzReader arrays(file);
  EXPECT_EQ(arrays.read_saved("init.w1").type, "|u1");
  EXPECT_EQ(arrays.read_saved("init.w2").type, "<u2");
  EXPECT_EQ(arrays.read_saved("init.w4").type, "<u4");
  EXPECT_EQ(arrays.read("init.w4").values, std::vector<double>(3, 0x01010101));
  std::filesystem::remove(file);
}

TEST(Capture, ATensorOfAnotherSizeBreaksAnInvariant) {
  EXPECT_THROW(Capture({1}, {{.key = "w", .shape = {3}, .element_bytes = 2, .bytes = bytes(5), .exponent = {}}}), InvariantError);
  EXPECT_THROW(Capture({1}, {{.key = "w", .shape = {3}, .element_bytes = 3, .bytes = bytes(9), .exponent = {}}}), InvariantError);
}

}  // namespace
}  // namespace binade::sim
