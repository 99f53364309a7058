// SPDX-License-Identifier: Apache-2.0
// A folded network computes what it computed, in binary64 within rounding, with fewer layers.
#include "models/networks/fold_batchnorm.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "models/networks/builder.h"
#include "models/networks/reference.h"
#include "tests/support/random_values.h"

namespace binade::networks {
namespace {

using Outputs = std::map<std::string, std::vector<double>>;

operations::Parameters parameters_of(const Network& network) {
  operations::Parameters parameters;
  unsigned seed = 1;
  for (int i = 0; i < static_cast<int>(network.layers.size()); ++i)
    for (const ParameterShape& shape : parameter_shapes(network, i)) {
      std::int64_t count = 1;
      for (const auto extent : shape.shape) count *= extent;
      auto values = tests::random_values(count, ++seed);
      if (shape.name.ends_with("running_var"))
        for (double& value : values) value = std::fabs(value) + 0.1;
      parameters[shape.name] = {shape.shape, std::move(values)};
    }
  return parameters;
}

Outputs forward(const Network& network, const operations::Parameters& parameters) {
  std::vector<std::vector<double>> values;
  Outputs outputs;
  for (int i = 0; i < static_cast<int>(network.layers.size()); ++i) {
    const Layer& layer = network.layers[static_cast<std::size_t>(i)];
    if (layer.op == Op::Input) {
      values.push_back(tests::random_values(2 * layer.out.elements(), 77));
    } else {
      std::vector<std::span<const double>> inputs;
      for (const int input : layer.inputs) inputs.emplace_back(values[static_cast<std::size_t>(input)]);
      const LayerParameters mine = layer_parameters(network, i, parameters);
      values.push_back(reference_forward(network, i, 2, inputs, mine.weight, mine.bias));
    }
    outputs[layer.name] = values.back();
  }
  return outputs;
}

// Folded: into a convolution in groups, into one with a bias, twice, and into a fully connected layer. Not folded: after an
// addition, and after a product that something else reads.
Network mixed() {
  Builder b("mixed", "test", {4, 6, 6});
  const int grouped = b.conv("grouped", 0, 8, 3, {.pad = 1, .bias = false});
  b.layer(grouped).groups = 2;
  const int first = b.relu("relu1", b.batch_norm("bn1", grouped, 0.01));
  const int biased = b.batch_norm("bn2", b.conv("biased", first, 8, 3, {.pad = 1}));
  const int again = b.batch_norm("bn3", biased);
  const int sum = b.batch_norm("bn4", b.add("add", again, first));
  const int read_twice = b.conv("read_twice", sum, 8, 1);
  const int both = b.add("both", b.batch_norm("bn5", read_twice), read_twice);
  b.relu("out", b.batch_norm("bn6", b.linear("fc", b.flatten("flatten", both), 5)));
  return b.finish(5);
}

TEST(FoldBatchnorm, KeepsEveryOutputThatIsLeft) {
  const Network network = mixed();
  const auto parameters = parameters_of(network);
  Network folded = network;
  auto fewer = parameters;
  EXPECT_EQ(fold_batchnorm(folded, fewer, {}), (std::vector<std::string>{"bn1", "bn2", "bn3", "bn6"}));
  EXPECT_EQ(folded.layers.size() + 4, network.layers.size());
  const Outputs before = forward(network, parameters), after = forward(folded, fewer);
  const std::map<std::string, std::string> stands_for{{"grouped", "bn1"}, {"biased", "bn3"}, {"fc", "bn6"}};
  for (const auto& [name, values] : after) {
    const auto it = stands_for.find(name);
    const auto& expected = before.at(it == stands_for.end() ? name : it->second);
    ASSERT_EQ(values.size(), expected.size());
    for (std::size_t i = 0; i < values.size(); ++i)
      ASSERT_NEAR(values[i], expected[i], 1e-12 * (1 + std::fabs(expected[i]))) << name;
  }
  for (const auto& [name, tensor] : fewer) EXPECT_FALSE(name.starts_with("bn1.") || name.starts_with("bn6.")) << name;
  EXPECT_TRUE(fewer.contains("grouped.bias") && fewer.contains("bn4.running_var"));
  EXPECT_TRUE(fold_batchnorm(folded, fewer, {}).empty());
}

TEST(FoldBatchnorm, LeavesLayersWhoseOutputsAreGiven) {
  for (const char* given : {"grouped", "bn1"}) {
    Network network = mixed();
    auto parameters = parameters_of(network);
    EXPECT_EQ(fold_batchnorm(network, parameters, {given}), (std::vector<std::string>{"bn2", "bn3", "bn6"}));
  }
}

TEST(FoldBatchnorm, FoldsShapesWithoutValues) {
  Network network = mixed();
  operations::Parameters none;
  EXPECT_EQ(fold_batchnorm(network, none, {}).size(), 4U);
  EXPECT_TRUE(none.empty());
  Network again = network;
  infer_shapes(again);
  for (std::size_t i = 0; i < network.layers.size(); ++i) EXPECT_EQ(again.layers[i].out, network.layers[i].out);
}

}  // namespace
}  // namespace binade::networks
