// SPDX-License-Identifier: Apache-2.0
// Training programs in binary64: the gradient of every operation that has one against finite differences of the loss, through whole
// networks; encoded steps hold no more than they need.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "models/networks/builder.h"
#include "models/numerics/error.h"
#include "models/programs/training/reference_executor.h"
#include "tests/support/encoded_training.h"
#include "tests/support/training_networks.h"

namespace binade::programs {
namespace {

using networks::Network;
using support::drawn_parameters;
using support::training_networks;
using support::TrainingNetwork;

class Gradients : public testing::TestWithParam<std::tuple<TrainingNetwork, Loss>> {};

TEST_P(Gradients, AreThoseOfFiniteDifferences) {
  const auto& [chosen, loss] = GetParam();
  const auto seed = static_cast<std::uint64_t>(std::random_device{}());
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  const Network network = chosen.network();
  constexpr int kSamples = 3;
  operations::Parameters parameters = drawn_parameters(network, random);
  std::normal_distribution<double> draw;
  std::vector<float> x(static_cast<std::size_t>(kSamples * network.layers[0].out.elements()));
  for (float& value : x) value = static_cast<float>(draw(random));
  const std::vector<std::int64_t> targets{0, 2, 1};
  ReferenceExecutor executor;
  NetworkTraining training(network, {.loss = loss}, executor, 5);

  std::map<std::string, std::vector<double>> gradients;
  training.set_parameters(parameters);
  // At a learning rate of 0 nothing is learned.
  training.step(x, targets, 0, 1, [&](const std::string& name, const TrainingTensor&, int index) {
    if (name.starts_with("grad.")) gradients[name.substr(5)] = executor.values(index);
  });
  std::size_t compared = 0;
  for (auto& [name, tensor] : parameters) {
    if (name.ends_with("running_mean") || name.ends_with("running_var")) continue;
    ASSERT_TRUE(gradients.contains(name)) << name;
    ASSERT_EQ(gradients[name].size(), tensor.values.size()) << name;
    for (std::size_t i = 0; i < tensor.values.size(); i += 1 + tensor.values.size() / 23) {
      const double kept = tensor.values[i];
      const auto loss_at = [&](double value) {
        tensor.values[i] = value;
        training.set_parameters(parameters);
        return training.step(x, targets, 0, 1, {}).loss;
      };
      const double loss_here = loss_at(kept);
      double numeric = 0, bound = 0;
      const auto differs = [&](double step) {
        constexpr double kRounding = 0x1p-50;  // of the loss, a few of its last bits
        numeric = (loss_at(kept + step) - loss_at(kept - step)) / (2 * step);
        bound = 1e-7 + 1e-5 * std::fabs(numeric) + kRounding * std::fabs(loss_here) / step;
        return !(std::fabs(gradients[name][i] - numeric) <= bound);
      };
      // A kink (of a ReLU, of a maximum) within the step is rarely within a hundredth of it.
      if (differs(1e-5)) differs(1e-7);
      tensor.values[i] = kept;
      EXPECT_NEAR(gradients[name][i], numeric, bound) << name << '[' << i << ']';
      ++compared;
    }
  }
  EXPECT_GT(compared, 20U);
}

// Copies of weights in other formats, momenta and running statistics take the place of those of the step before.
TEST(EncodedTraining, HoldsAsMuchAfterEveryStep) {
  const Network network = support::training_network("normalised");
  std::mt19937_64 random(1);
  TrainingChoice choice;
  choice.formats.format = numerics::parse_format("posit8");
  RecipeRule wide{.layers = {}, .classes = {}, .passes = {}, .says = {}, .where = {}};
  wide.classes.insert(TensorClass::State);
  wide.says.format = numerics::parse_format("posit16");
  choice.formats.recipe.rules = {wide};
  choice.optimiser.momentum = 0.5;
  support::EncodedTraining encoded(network, choice);
  GoldenMachine& machine = encoded.machine;
  NetworkTraining& training = encoded.training;
  training.set_parameters(drawn_parameters(network, random));
  const std::vector<float> x(static_cast<std::size_t>(3 * network.layers[0].out.elements()), 0.5F);
  const std::vector<std::int64_t> targets{0, 2, 1};
  training.step(x, targets, 0.1, 1, {});
  const std::size_t held = machine.tensors();
  for (std::uint64_t step = 2; step < 6; ++step) training.step(x, targets, 0.1, step, {});
  training.evaluate(x, targets);
  // A step of other extents, and one whose tensors are watched.
  training.step(std::span(x).first(x.size() / 3 * 2), std::span(targets).first(2), 0.1, 6, {});
  training.step(x, targets, 0.1, 7, [](const std::string&, const TrainingTensor&, int) {});
  EXPECT_EQ(machine.tensors(), held);
}

// What follows a layer without a gradient is looked at all the same, and nothing is said of it that is not so.
TEST(TrainingProgram, NamesEveryLayerWithoutAGradient) {
  networks::Builder net("converted", "", {3, 4, 4});
  int at = net.append("copy1", operations::Op::Convert, {net.conv("conv1", 0, 4, 3, {.pad = 1})});
  at = net.append("copy2", operations::Op::Convert, {net.conv("conv2", at, 4, 3, {.pad = 1})});
  net.linear("fc", net.flatten("flat", at), 3);
  const Network network = net.finish(3);
  TensorNames names;
  TrainingChoice choice;
  choice.formats.format = numerics::parse_format("posit8");
  try {
    make_training(network, choice, 2, names);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_EQ(std::string(error.what()),
              "layer 'copy1': convert has no gradient; allowed in training: other operations (docs/training.md)\n"
              "layer 'copy2': convert has no gradient; allowed in training: other operations (docs/training.md)");
  }
}

// Of the divisors 13 .. 25 on both sides.
TEST(TrainingProgram, NamesAnAveragePoolWhoseDivisorsHaveNoCommonMultiple) {
  for (const bool all_count : {false, true}) {
    networks::Builder net("averaged", "", {1, 25, 25});
    const int at = net.append("average", operations::Op::AvgPool, {net.conv("conv1", 0, 1, 3, {.pad = 1})});
    networks::Window& window = net.layer(at).window;
    window.kernel_h = window.kernel_w = 25;
    window.pad_h = window.pad_w = 12;
    window.count_include_pad = all_count;
    net.linear("fc", net.flatten("flat", at), 3);
    const Network network = net.finish(3);
    TensorNames names;
    TrainingChoice choice;
    choice.formats.format = numerics::parse_format("posit8");
    std::string said;
    try {
      make_training(network, choice, 2, names);
    } catch (const InputError& error) {
      said = error.what();
    }
    EXPECT_EQ(said, all_count
                        ? ""
                        : "layer 'average', backward-data: the divisors have no common multiple up to 2^62; allowed in training: "
                          "other windows");
  }
}

INSTANTIATE_TEST_SUITE_P(Networks, Gradients,
                         testing::Combine(testing::ValuesIn(training_networks()),
                                          testing::Values(Loss::CrossEntropy, Loss::MeanSquare)),
                         [](const auto& tested) {
                           return std::get<0>(tested.param).name +
                                  (std::get<1>(tested.param) == Loss::CrossEntropy ? "CrossEntropy" : "MeanSquare");
                         });

}  // namespace
}  // namespace binade::programs
