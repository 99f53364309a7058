// SPDX-License-Identifier: Apache-2.0
// Results of elementwise work in formats whose exponent follows from the finished tensor: binary32 first, then what dynamic fixed
// point makes of the finished tensor (docs/fidelity.md 4.1), against that rule in binary64. A batch that has no variance.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

#include "models/networks/builder.h"
#include "models/numerics/error.h"
#include "models/programs/training/reference_executor.h"
#include "tests/support/encoded_training.h"
#include "tests/support/training_networks.h"

namespace binade::programs {
namespace {

using operations::Op;

networks::Network network() {
  networks::Builder net("finished", "", {2, 8, 8});
  int at = net.batch_norm("bn1", net.conv("conv1", 0, 4, 3, {.pad = 1}));
  at = net.max_pool("pool1", net.relu("relu1", at), 3, 2, 1);
  at = net.append("pool2", Op::AvgPool, {at});
  net.layer(at).window.kernel_h = net.layer(at).window.kernel_w = 2;
  at = net.linear("fc1", net.flatten("flat", at), 8);
  at = net.append("soft", Op::Softmax, {at});
  net.linear("fc2", at, 3);
  return net.finish(3);
}

class FinishedExponents : public testing::TestWithParam<const char*> {};

TEST_P(FinishedExponents, RoundElementwiseResultsOnceTheyAreKnown) {
  const auto seed = static_cast<std::uint64_t>(std::random_device{}());
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  const networks::Network net = network();
  TrainingChoice choice;
  choice.formats.format = numerics::parse_format(GetParam());
  choice.optimiser.momentum = 0.5;
  support::EncodedTraining encoded(net, choice);
  NetworkTraining& training = encoded.training;
  training.set_parameters(support::drawn_parameters(net, random));
  std::normal_distribution<float> draw;
  std::vector<float> x(static_cast<std::size_t>(3 * net.layers[0].out.elements()));
  for (float& value : x) value = draw(random);
  const std::vector<std::int64_t> targets{0, 2, 1};
  std::map<std::string, numerics::EncodedTensor> all;
  std::size_t held = 0;
  for (std::uint64_t step = 1; step < 4; ++step) {
    training.step(x, targets, 0.1, step,
                  [&](const std::string& name, const TrainingTensor&, int index) { all[name] = *encoded.executor.encoded(index); });
    if (step == 2) held = encoded.machine.tensors();
  }
  EXPECT_EQ(encoded.machine.tensors(), held);
  int compared = 0;
  const int bits = choice.formats.format.bits;
  const double most = std::ldexp(1.0, bits - 1) - 1;
  for (const auto& [name, first] : all) {
    const std::size_t suffix = name.find(":unrounded");
    if (suffix == std::string::npos) continue;
    // Results of the update and running statistics take the place of what they were made from.
    std::string own = name.starts_with("next.") ? name.substr(5, suffix - 5) : name.substr(0, suffix);
    if (own.starts_with("running_")) own = "weight.bn1." + own.substr(0, own.find('.'));
    ASSERT_TRUE(all.contains(own)) << own;
    std::vector<double> values(first.codes.size());
    decode_tensor(first.view(), values);
    double largest = 0;
    for (const double value : values) largest = std::max(largest, std::fabs(value));
    const int exponent = largest == 0 ? 0 : std::ilogb(largest) - (bits - 2);
    const numerics::EncodedTensor& made = all.at(own);
    EXPECT_EQ(made.lsb_exponent(), exponent) << own;
    for (std::size_t i = 0; i < values.size(); ++i)
      EXPECT_EQ(static_cast<double>(numerics::mantissa_of(made.format, made.codes[i])),
                std::clamp(std::nearbyint(std::ldexp(values[i], -exponent)), -most, most))
          << own << '[' << i << ']';
    ++compared;
  }
  // Chains, the pools and their gradients, the softmax, weights and velocities.
  EXPECT_GT(compared, 30);
  for (const char* const name : {"act.pool2", "act.soft", "delta.pool1_in", "weight.fc1.weight", "velocity.conv1.bias"})
    EXPECT_TRUE(all.contains(name)) << name;
}

INSTANTIATE_TEST_SUITE_P(Formats, FinishedExponents, testing::Values("dfp16", "dfp8"),
                         [](const auto& tested) { return std::string(tested.param); });

TEST(BatchNorm, OfASingleElementPerChannelIsRefusedInTraining) {
  networks::Builder net("single", "", {6, 1, 1});
  net.linear("fc", net.batch_norm("bn1", net.linear("fc1", 0, 4)), 3);
  const networks::Network built = net.finish(3);
  ReferenceExecutor executor;
  NetworkTraining training(built, {}, executor, 1);
  std::mt19937_64 random(1);
  training.set_parameters(support::drawn_parameters(built, random));
  const std::vector<float> x(6, 0.5F);
  const std::vector<std::int64_t> target{1};
  EXPECT_NO_THROW(training.evaluate(x, target));
  try {
    training.step(x, target, 0.1, 1, {});
    FAIL() << "not refused";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("layer 'bn1'"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace binade::programs
