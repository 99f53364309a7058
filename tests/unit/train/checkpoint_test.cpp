// SPDX-License-Identifier: Apache-2.0
#include "sim/train/checkpoint.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>

#include "models/numerics/error.h"

namespace binade::sim {
namespace {

class CheckpointFile : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("binade-checkpoint-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string told(const std::filesystem::path& file) const {
    try {
      read_checkpoint(file);
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  }

  std::filesystem::path folder_;
};

Checkpoint example() {
  Checkpoint checkpoint;
  checkpoint.identity = {{"network", "lenet5"}, {"train.lr", "0.0625"}};
  checkpoint.version = "0.1 abc";
  auto& state = checkpoint.state;
  state.step = (std::uint64_t{1} << 53) + 1;  // more than a double holds
  state.epoch = 2;
  state.position = 640;
  state.loss_sum = 0.1 + 0.2;
  state.lr = 1.0 / 3;
  state.seconds = 1e-3;
  state.correct = 17;
  state.current = {
      {.epoch = 3, .tensor = "conv1", .pass = "forward", .exponent = -12, .writes = 5, .overflows = 1, .underflows = 0}};
  state.history = {{.epoch = 1,
                    .step = 125,
                    .samples = 8000,
                    .train_loss = 0.3,
                    .train_accuracy = 0.9,
                    .test_loss = {},
                    .test_accuracy = 0.95,
                    .lr = 0.0625,
                    .images_per_second = 3.5,
                    .train_seconds = 2}};
  state.tensors = {{.epoch = 1, .tensor = "fc1", .pass = "update", .exponent = {}, .writes = 7}};
  checkpoint.session = {
      {"codes", saved(std::vector<std::uint16_t>{0, 0x8000, 0xffff})},
      {"counts", saved(std::vector<std::uint64_t>{std::numeric_limits<std::uint64_t>::max(), 1})},
      {"reals", saved(std::vector<double>{-0.0, std::nan("7"), 0x1p-1074, std::numeric_limits<double>::infinity()})},
      {"none", saved(std::vector<std::int32_t>{})},
      {"bytes", {"|u1", {2, 2}, std::vector<std::byte>(4, std::byte{9})}},
  };
  return checkpoint;
}

TEST_F(CheckpointFile, ReadsBackBitForBit) {
  const auto written = example();
  write_checkpoint(folder_ / "c.npz", written);
  const auto read = read_checkpoint(folder_ / "c.npz");
  EXPECT_EQ(read.identity, written.identity);
  EXPECT_EQ(read.version, written.version);
  EXPECT_EQ(read.state, written.state);
  EXPECT_EQ(read.session, written.session);
}

TEST_F(CheckpointFile, ReplacesTheOneBefore) {
  auto checkpoint = example();
  write_checkpoint(folder_ / "c.npz", checkpoint);
  checkpoint.state.step = 3;
  write_checkpoint(folder_ / "c.npz", checkpoint);
  EXPECT_EQ(read_checkpoint(folder_ / "c.npz").state.step, 3U);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(CheckpointFile, DamageAnywhereIsToldNotUsed) {
  write_checkpoint(folder_ / "c.npz", example());
  std::ifstream stream(folder_ / "c.npz", std::ios::binary);
  const std::string whole((std::istreambuf_iterator<char>(stream)), {});
  const auto write = [&](const std::string& content) { std::ofstream(folder_ / "d.npz", std::ios::binary) << content; };
  for (std::size_t cut = 0; cut < whole.size(); cut += 97) {
    write(whole.substr(0, cut));
    EXPECT_NE(told(folder_ / "d.npz").find("d.npz"), std::string::npos) << cut;
  }
  const auto right = read_checkpoint(folder_ / "c.npz");
  for (std::size_t at = 0; at < whole.size(); at += 31) {
    auto damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    write(damaged);
    try {
      const auto read = read_checkpoint(folder_ / "d.npz");  // a field that says nothing, such as a date
      EXPECT_TRUE(read.state == right.state && read.session == right.session && read.identity == right.identity) << at;
    } catch (const InputError& error) {
      EXPECT_NE(std::string(error.what()).find("d.npz"), std::string::npos) << at;
    }
  }
}

TEST_F(CheckpointFile, OtherFilesAreRefused) {
  EXPECT_NE(told(folder_ / "absent.npz").find("absent.npz"), std::string::npos);
  Checkpoint checkpoint = example();
  checkpoint.identity = {};
  write_checkpoint(folder_ / "c.npz", checkpoint);
  EXPECT_EQ(told(folder_ / "c.npz"), "");
}

TEST(TrainStateProblem, OnlyStatesThatARunComesTo) {
  const TrainState start;
  EXPECT_EQ(start.problem(10, 4), "");
  TrainState state;
  state.step = 2;
  state.position = 8;
  EXPECT_EQ(state.problem(10, 4), "");
  for (const std::int64_t position : {-4, 0, 4, 7, 10, 12}) {
    state.position = position;
    EXPECT_NE(state.problem(10, 4), "") << position;
  }
  state.step = 3;
  state.position = 10;  // all of the epoch, which is not yet evaluated
  EXPECT_EQ(state.problem(10, 4), "");
  state.finish_epoch(nullptr);
  EXPECT_EQ(state.problem(10, 4), "");
  state.history.front().epoch = 2;
  EXPECT_NE(state.problem(10, 4), "");
}

TEST(CheckpointIdentity, DifferencesNameBothSides) {
  const RunIdentity ours{{"network", "lenet5"}, {"seed", "1"}, {"batch", "64"}};
  EXPECT_TRUE(differences(ours, ours).empty());
  const RunIdentity theirs{{"network", "mlp"}, {"seed", "1"}, {"recipe", "fp32"}};
  EXPECT_EQ(differences(ours, theirs), (std::vector<std::string>{"network is lenet5, there mlp", "batch is 64, there absent",
                                                                 "recipe is absent, there fp32"}));
}

}  // namespace
}  // namespace binade::sim
