// SPDX-License-Identifier: Apache-2.0
// Training data and initial parameters of the published files. Needs BINADE_DATA_DIR (default ../shared/data from the project's
// root).
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <filesystem>

#include "sim/data/npz.h"
#include "sim/data/parameters.h"
#include "sim/train/training_data.h"

namespace binade::sim {
namespace {

std::filesystem::path data_directory() {
  const char* variable = std::getenv("BINADE_DATA_DIR");
  return variable != nullptr ? variable : BINADE_DEFAULT_DATA_DIR;
}

#define NEEDS(file) \
  if (!std::filesystem::exists(data_directory() / (file))) GTEST_SKIP() << "SKIPPED: no " << data_directory() / (file)

// Bit for bit what NumPy and PyTorch compute in float32.
TEST(RealTrainingData, MnistIsNormalisedAsTheTraceOfPositnn) {
  NEEDS("training/batch_mnist.npz");
  NEEDS("t10k-images-idx3-ubyte.gz");
  const auto network = networks::make_network("mlp");
  const auto ours = load_training_data(network, data_directory(), "auto", 1);
  const auto theirs = load_training_data(network, data_directory() / "training/batch_mnist.npz", "auto", 1);
  EXPECT_EQ(ours.train->size(), 8000);
  EXPECT_EQ(ours.test->size(), 2000);
  ASSERT_EQ(theirs.train->size(), 512);
  EXPECT_EQ(theirs.test, nullptr);
  std::array<float, 784> a{}, b{};
  for (std::int64_t image = 0; image < 512; ++image) {
    ours.train->read(image, a);
    theirs.train->read(image, b);
    EXPECT_EQ(a, b) << image;
    EXPECT_EQ(ours.train->label(image), theirs.train->label(image));
  }
}

TEST(RealTrainingData, CifarIsBalanced) {
  NEEDS("cifar10-train-10k.bin.gz");
  const auto data = load_training_data(networks::make_network("resnet20-cifar"), data_directory(), "auto", 1);
  EXPECT_EQ(data.train->size(), 10000);
  EXPECT_EQ(data.test->size(), 2000);
  for (const auto* images : {data.train.get(), data.test.get()}) {
    std::array<std::int64_t, 10> counts{};
    for (std::int64_t image = 0; image < images->size(); ++image) ++counts.at(static_cast<std::size_t>(images->label(image)));
    for (const auto count : counts) EXPECT_EQ(count, images->size() / 10);
  }
}

TEST(RealTrainingData, ParametersOfTheTraceAreThoseOfMlp) {
  NEEDS("training/init_mlp.npz");
  const auto parameters = load_parameters(data_directory() / "training/init_mlp.npz", networks::make_network("mlp"));
  EXPECT_EQ(parameters.size(), 4U);
  EXPECT_EQ(parameters.at("fc1.weight").shape, (std::vector<std::int64_t>{32, 784}));
}

}  // namespace
}  // namespace binade::sim
