// SPDX-License-Identifier: Apache-2.0
// Initial parameters against the distributions that PyTorch documents.
#include "sim/train/initialise.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "models/networks/builder.h"
#include "models/numerics/error.h"

namespace binade::sim {
namespace {

using networks::Op;

/// A convolution in groups, a normalisation of each kind, constant operands, a large linear layer.
networks::Network network() {
  networks::Builder b("test", "test", {4, 8, 8});
  int x = b.conv("conv", 0, 64, 3, {.pad = 1});
  b.layer(x).groups = 2;
  x = b.batch_norm("bn", x);
  x = b.flatten("flatten", x);
  x = b.linear("fc", x, 40);
  x = b.append("norm", Op::LayerNorm, {x});
  for (const auto op : {Op::Add, Op::Mul}) {
    x = b.append(std::string(to_string(op)), op, {x});
    b.layer(x).shape = {40, 1, 1};
  }
  return b.finish(40);
}

struct Moments {
  double least, most, mean, deviation;
};
Moments moments(const operations::Tensor& tensor) {
  const auto n = static_cast<double>(tensor.values.size());
  double sum = 0, squares = 0;
  for (const double value : tensor.values) sum += value, squares += value * value;
  const auto [least, most] = std::minmax_element(tensor.values.begin(), tensor.values.end());
  return {*least, *most, sum / n, std::sqrt(squares / n - sum * sum / n / n)};
}

/// Uniform within +-bound: its deviation is bound / sqrt 3, and the outermost of so many lie close to it.
void expect_uniform(const operations::Tensor& tensor, double bound) {
  const auto found = moments(tensor);
  const auto n = static_cast<double>(tensor.values.size());
  EXPECT_LE(std::max(-found.least, found.most), bound * (1 + 0x1p-24));
  EXPECT_GT(std::min(-found.least, found.most), bound * (1 - 20 / n));
  EXPECT_NEAR(found.mean, 0, 5 * bound / std::sqrt(3 * n));
  EXPECT_NEAR(found.deviation, bound / std::sqrt(3), 5 * bound / std::sqrt(n));
}

void expect_all(const operations::Tensor& tensor, double value) {
  EXPECT_TRUE(std::all_of(tensor.values.begin(), tensor.values.end(), [&](double other) { return other == value; }));
}

void expect_identities(const operations::Parameters& parameters) {
  expect_all(parameters.at("bn.weight"), 1);
  expect_all(parameters.at("bn.bias"), 0);
  expect_all(parameters.at("bn.running_mean"), 0);
  expect_all(parameters.at("bn.running_var"), 1);
  expect_all(parameters.at("norm.weight"), 1);
  expect_all(parameters.at("norm.bias"), 0);
  expect_all(parameters.at("add.weight"), 0);
  expect_all(parameters.at("mul.weight"), 1);
}

TEST(Initialise, AsPytorchDoes) {
  const auto parameters = initialise(network(), 3, parse_initialisation("pytorch", "x"));
  expect_uniform(parameters.at("conv.weight"), 1 / std::sqrt(2 * 9.0));  // two of the four channels
  expect_uniform(parameters.at("conv.bias"), 1 / std::sqrt(2 * 9.0));
  expect_uniform(parameters.at("fc.weight"), 1 / 64.0);
  expect_uniform(parameters.at("fc.bias"), 1 / 64.0);
  expect_identities(parameters);
}

TEST(Initialise, Xavier) {
  const auto parameters = initialise(network(), 3, parse_initialisation("xavier", "x"));
  expect_uniform(parameters.at("fc.weight"), std::sqrt(6.0 / (4096 + 40)));
  expect_uniform(parameters.at("conv.weight"), std::sqrt(6.0 / (2 * 9 + 64 * 9)));
  expect_all(parameters.at("fc.bias"), 0);
  expect_identities(parameters);
}

TEST(Initialise, NormalWithoutTails) {
  const auto parameters = initialise(network(), 3, parse_initialisation("normal:0.05", "x"));
  const auto& weight = parameters.at("fc.weight");
  const auto found = moments(weight);
  EXPECT_LE(std::max(-found.least, found.most), 0.1 * (1 + 0x1p-24));
  EXPECT_GT(std::min(-found.least, found.most), 0.099);
  // A normal variable between -2 and 2 has variance 1 - 4 phi(2) / (Phi(2) - Phi(-2)) = 0.7737.
  EXPECT_NEAR(found.deviation, 0.05 * std::sqrt(0.7737), 0.05 * 0.01);
  EXPECT_NEAR(found.mean, 0, 0.001);
  expect_all(parameters.at("fc.bias"), 0);
  expect_identities(parameters);
}

TEST(Initialise, NumbersFollowFromSeedAndName) {
  const auto plain = network();
  const auto a = initialise(plain, 3, {}), b = initialise(plain, 3, {}), c = initialise(plain, 4, {});
  for (const auto& [name, tensor] : a) {
    EXPECT_EQ(tensor.values, b.at(name).values);
    for (const double value : tensor.values) EXPECT_EQ(value, static_cast<double>(static_cast<float>(value)));
  }
  EXPECT_NE(a.at("fc.weight").values, c.at("fc.weight").values);
  EXPECT_EQ(a.size(), 12U);
  // A layer before it changes nothing.
  networks::Builder more("more", "test", {1, 28, 28});
  more.linear("fc2", more.linear("fc1", 0, 30), 10);
  networks::Builder less("less", "test", {30, 1, 1});
  less.linear("fc2", 0, 10);
  EXPECT_EQ(initialise(more.finish(10), 3, {}).at("fc2.weight").values, initialise(less.finish(10), 3, {}).at("fc2.weight").values);
}

TEST(Initialise, WordsGoBothWays) {
  for (const auto* word : {"pytorch", "xavier", "normal:0.01", "normal:1e-05"}) {
    const auto how = parse_initialisation(word, "x");
    EXPECT_EQ(how.text(), word);
    EXPECT_EQ(parse_initialisation(how.text(), "x"), how);
  }
  for (const auto* word : {"", "kaiming", "normal", "normal:", "normal:0", "normal:-1", "normal:nan", "normal:1x", "normal:100"}) {
    try {
      parse_initialisation(word, "train.initialisation");
      ADD_FAILURE() << word;
    } catch (const InputError& error) {
      EXPECT_EQ(std::string(error.what()).rfind("train.initialisation '", 0), 0U) << error.what();
      EXPECT_NE(std::string(error.what()).find("allowed: pytorch, xavier, normal:DEVIATION"), std::string::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace binade::sim
