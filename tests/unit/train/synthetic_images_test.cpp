// SPDX-License-Identifier: Apache-2.0
// The synthetic data set: the same at every request, of any extents, and learnable.
#include "sim/train/synthetic_images.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "models/numerics/error.h"
#include "sim/train/training_data.h"

namespace binade::sim {
namespace {

TEST(Synthetic, SamplesFollowFromTheSeed) {
  const auto network = networks::make_network("lenet5");
  const auto a = load_training_data(network, "", "auto", 1), b = load_training_data(network, "", "auto", 1),
             c = load_training_data(network, "", "auto", 2);
  EXPECT_TRUE(a.synthetic);
  EXPECT_NE(a.description.find("synthetic, seed 1"), std::string::npos) << a.description;
  EXPECT_EQ(digest_of(a), digest_of(b));
  EXPECT_NE(digest_of(a), digest_of(c));
  std::vector<float> first(784), again(784), other(784), of_test(784);
  a.train->read(1999, first);
  b.train->read(0, other);
  b.train->read(1999, again);
  EXPECT_EQ(first, again);
  EXPECT_NE(first, other);
  c.train->read(1999, other);
  EXPECT_NE(first, other);
  a.test->read(499, of_test);
  EXPECT_NE(first, of_test);
}

TEST(Synthetic, FitsEveryNetworkOfOneInputAndClasses) {
  for (const auto& name : networks::network_names()) {
    const auto network = networks::make_network(name);
    if (name == "bert-base") {
      EXPECT_THROW(load_training_data(network, "", "auto", 1), InputError);
      continue;
    }
    const auto data = load_training_data(network, "", "auto", 1);
    EXPECT_EQ(data.classes, network.classes);
    std::vector<float> image(static_cast<std::size_t>(data.train->shape().elements()));
    data.train->read(data.train->size() - 1, image);
    EXPECT_LT(data.train->label(data.train->size() - 1), data.classes);
    double squares = 0;
    for (const float value : image) squares += static_cast<double>(value) * static_cast<double>(value);
    EXPECT_NEAR(squares / static_cast<double>(image.size()), 2, 0.6) << name;
  }
}

/// Softmax regression by plain gradient descent, a pass over the training set in batches of 20; its accuracy on the test set.
double regression_accuracy(const TrainingData& data, std::int64_t classes) {
  const auto elements = static_cast<std::size_t>(data.train->shape().elements()), labels = static_cast<std::size_t>(classes);
  std::vector<double> weight(labels * elements), gradient(weight.size());
  std::vector<float> x(elements);
  const auto scores = [&] {
    std::vector<double> z(labels);
    for (std::size_t c = 0; c < labels; ++c)
      for (std::size_t e = 0; e < elements; ++e) z[c] += weight[c * elements + e] * static_cast<double>(x[e]);
    return z;
  };
  for (std::int64_t sample = 0; sample < data.train->size(); ++sample) {
    data.train->read(sample, x);
    auto p = scores();
    const double most = *std::max_element(p.begin(), p.end());
    double sum = 0;
    for (double& value : p) sum += value = std::exp(value - most);
    for (std::size_t c = 0; c < labels; ++c) {
      const double delta = p[c] / sum - (static_cast<std::int64_t>(c) == data.train->label(sample) ? 1 : 0);
      for (std::size_t e = 0; e < elements; ++e) gradient[c * elements + e] += delta * static_cast<double>(x[e]);
    }
    if (sample % 20 != 19) continue;
    for (std::size_t i = 0; i < weight.size(); ++i) weight[i] -= 0.02 / 20 * std::exchange(gradient[i], 0);
  }
  int correct = 0;
  for (std::int64_t sample = 0; sample < data.test->size(); ++sample) {
    data.test->read(sample, x);
    const auto z = scores();
    correct += std::max_element(z.begin(), z.end()) - z.begin() == data.test->label(sample);
  }
  return correct / static_cast<double>(data.test->size());
}

TEST(Synthetic, ALinearClassifierLearnsItAndIsNotBornWithIt) {
  const auto network = networks::make_network("mlp");
  const auto data = load_training_data(network, "", "auto", 4);
  EXPECT_GT(regression_accuracy(data, 10), 0.9);
  // Labels that do not belong to the patterns cannot be learnt: chance is 0.1.
  TrainingData mixed = load_training_data(network, "", "auto", 4);
  mixed.test = load_training_data(network, "", "auto", 5).test;
  EXPECT_LT(regression_accuracy(mixed, 10), 0.5);
}

}  // namespace
}  // namespace binade::sim
