// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "models/networks/builder.h"
#include "sim/host/run.h"

namespace binade::sim {
namespace {

TEST(Synthetic, WeightsAreNormalScaledByFanIn) {
  const auto network = networks::make_network("resnet20-cifar");
  const auto parameters = synthetic_parameters(network, 5);
  std::vector<double> z = parameters.at("layers.7.conv1.weight").values;  // fan-in 64 * 9
  for (double& v : z) v /= std::sqrt(2.0 / 576);
  std::sort(z.begin(), z.end());
  const auto n = static_cast<double>(z.size());
  double mean = 0, variance = 0, distance = 0;
  for (std::size_t i = 0; i < z.size(); ++i) {
    mean += z[i] / n;
    variance += z[i] * z[i] / n;
    const double cdf = 0.5 * std::erfc(-z[i] / std::sqrt(2.0));
    distance = std::max(distance, std::abs(cdf - (static_cast<double>(i) + 0.5) / n));
  }
  EXPECT_NEAR(mean, 0, 5 / std::sqrt(n));
  EXPECT_NEAR(variance, 1, 10 / std::sqrt(n));
  EXPECT_LT(distance, 1.63 / std::sqrt(n));  // Kolmogorov-Smirnov, 1 %
  EXPECT_GT(z.back(), 4);                    // the tails are there
  for (const double b : parameters.at("fc.bias").values) EXPECT_EQ(b, 0);
}

TEST(Synthetic, ParametersAreThoseOfTheNetwork) {
  for (const char* name : {"resnet20-cifar", "lenet5"}) {
    const auto network = networks::make_network(name);
    const auto parameters = synthetic_parameters(network, 1);
    std::size_t expected = 0;
    for (std::size_t i = 0; i < network.layers.size(); ++i)
      for (const auto& p : parameter_shapes(network, static_cast<int>(i))) {
        ++expected;
        EXPECT_EQ(parameters.at(p.name).shape, p.shape);
        EXPECT_EQ(static_cast<std::int64_t>(parameters.at(p.name).values.size()), parameters.at(p.name).elements());
      }
    EXPECT_EQ(parameters.size(), expected);
  }
}

TEST(Synthetic, SeedsAndNamesTellTensorsApart) {
  const auto network = networks::make_network("lenet5");
  EXPECT_EQ(synthetic_inputs(network, 2, 9).at("input").values, synthetic_inputs(network, 2, 9).at("input").values);
  EXPECT_NE(synthetic_inputs(network, 2, 9).at("input").values, synthetic_inputs(network, 2, 10).at("input").values);
  const auto p = synthetic_parameters(network, 9);
  EXPECT_NE(p.at("conv1.weight").values[0] * std::sqrt(25.0), p.at("conv2.weight").values[0] * std::sqrt(150.0));
  const auto inputs = synthetic_inputs(network, 2, 9);
  for (const double v : inputs.at("input").values) EXPECT_GE(v, 0);
  EXPECT_EQ(synthetic_inputs(network, 3, 1).at("input").shape, (std::vector<std::int64_t>{3, 1, 28, 28}));
  EXPECT_NE(synthetic_description().find("fan-in"), std::string::npos);
}

// The second layer's weights are beyond what is held.
TEST(Synthetic, TensorsThatAreNotHeldAreTheSameNumbersByRanges) {
  networks::Builder builder("n", "s", {4000, 1, 1});
  builder.linear("large", builder.linear("small", 0, 10), 2'000'000);
  const auto parameters = synthetic_parameters(builder.finish(0), 3);
  EXPECT_EQ(parameters.at("small.weight").source, nullptr);
  const operations::Tensor& large = parameters.at("large.weight");
  ASSERT_NE(large.source, nullptr);
  EXPECT_TRUE(large.values.empty());

  const auto reals = large.reals();
  std::vector<double> whole(static_cast<std::size_t>(large.elements()));
  large.source->read(0, whole);
  EXPECT_EQ(reals.size(), large.elements());
  std::int64_t next = 0;
  reals.each_range([&](std::int64_t first, std::span<const double> range) {
    EXPECT_EQ(first, next);
    EXPECT_TRUE(std::equal(range.begin(), range.end(), whole.begin() + first));
    next += static_cast<std::int64_t>(range.size());
  });
  EXPECT_EQ(next, large.elements());
  std::vector<double> room;
  const auto part = reals.range(12'345, 1'001, room);
  EXPECT_TRUE(std::equal(part.begin(), part.end(), whole.begin() + 12'345));
}

}  // namespace
}  // namespace binade::sim
