// SPDX-License-Identifier: Apache-2.0
// Sums of Flexpoint's training (docs/fidelity.md 1.2): binary32 sums of the values in their order, rounded once to the result's
// LSB, against C++'s own binary32 arithmetic.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <map>
#include <random>

#include "models/networks/builder.h"
#include "tests/support/encoded_training.h"
#include "tests/support/training_networks.h"

namespace binade::programs {
namespace {

using numerics::EncodedTensor;

constexpr std::int64_t kSamples = 4, kChannels = 3, kSide = 24, kPixels = kSide * kSide, kClasses = 5;

networks::Network network() {
  networks::Builder net("summed", "", {2, kSide, kSide});
  const int at = net.relu("relu1", net.batch_norm("bn1", net.conv("conv1", 0, kChannels, 3, {.pad = 1})));
  net.linear("fc", net.flatten("flat", at), kClasses);
  return net.finish(kClasses);
}

/// Every tensor of a step in flex16+5, by name.
std::map<std::string, EncodedTensor> tensors_of_a_step(std::optional<numerics::FormatSpec> sums, std::uint64_t seed,
                                                       double spread = 0.4) {
  const networks::Network net = network();
  std::mt19937_64 random(seed);
  const operations::Parameters parameters = support::drawn_parameters(net, random);
  TrainingChoice choice;
  choice.formats.format = numerics::parse_format("flex16+5");
  choice.formats.recipe.rules = {{.layers = {}, .classes = {}, .passes = {}, .says = {.sums = sums}, .where = {}}};
  choice.policy.weight_order = operations::KOrder::SamplesInnermost;
  support::EncodedTraining encoded(net, choice);
  encoded.training.set_parameters(parameters);
  std::normal_distribution<double> draw(0, spread);
  std::vector<float> x(static_cast<std::size_t>(kSamples * 2 * kPixels));
  for (float& value : x) value = static_cast<float>(draw(random));
  const std::vector<std::int64_t> targets{0, 2, 1, 4};
  std::map<std::string, EncodedTensor> all;
  encoded.training.step(x, targets, 0.1, 1, [&](const std::string& name, const TrainingTensor&, int index) {
    all[name] = *encoded.executor.encoded(index);
  });
  return all;
}

float value(const EncodedTensor& tensor, std::int64_t i) {
  const std::int64_t mantissa = numerics::mantissa_of(tensor.format, tensor.codes.at(static_cast<std::size_t>(i)));
  return std::ldexp(static_cast<float>(mantissa), tensor.lsb_exponent());
}

/// Elements of `sums` that are not what binary32 makes of `terms`: element i of them sums terms[at(i, 0)], terms[at(i, 1)], ...
int mismatches(const EncodedTensor& terms, const EncodedTensor& sums, std::int64_t length,
               const std::function<std::int64_t(std::int64_t element, std::int64_t k)>& at) {
  int wrong = 0;
  for (std::size_t i = 0; i < sums.codes.size(); ++i) {
    float total = 0;
    for (std::int64_t k = 0; k < length; ++k) total += value(terms, at(static_cast<std::int64_t>(i), k));
    if (sums.format != terms.format) {  // a total, as it was added
      wrong += sums.codes[i] == std::bit_cast<std::uint32_t>(total) ? 0 : 1;
      continue;
    }
    const double rounded = std::nearbyint(std::ldexp(static_cast<double>(total), -sums.lsb_exponent()));
    wrong +=
        static_cast<double>(numerics::mantissa_of(sums.format, sums.codes[i])) == std::clamp(rounded, -32768.0, 32767.0) ? 0 : 1;
  }
  return wrong;
}

/// What a quotient alone reads: in the format of the sums where a rule says one.
const EncodedTensor& total_of(const std::map<std::string, EncodedTensor>& all, const std::string& name) {
  const auto apart = all.find(name + ":fp32");
  return apart == all.end() ? all.at(name) : apart->second;
}

int mismatches_of_a_step(const std::map<std::string, EncodedTensor>& all) {
  constexpr std::int64_t kImage = kChannels * kPixels, kTerms = kSamples * kPixels;
  // Samples are innermost in backward-weight, and outermost in the forward pass.
  const auto innermost = [](std::int64_t c, std::int64_t k) { return k % kSamples * kImage + c * kPixels + k / kSamples; };
  const auto outermost = [](std::int64_t c, std::int64_t k) { return k / kPixels * kImage + c * kPixels + k % kPixels; };
  return mismatches(all.at("delta.conv1_out"), all.at("grad.conv1.bias"), kTerms, innermost) +
         mismatches(all.at("delta.bn1_out"), all.at("grad.bn1.bias"), kTerms, innermost) +
         mismatches(all.at("products.bn1"), all.at("grad.bn1.weight"), kTerms, innermost) +
         mismatches(all.at("act.conv1"), total_of(all, "mean.sum.bn1"), kTerms, outermost) +
         mismatches(all.at("squares.bn1"), total_of(all, "squares.sum.bn1"), kTerms, outermost) +
         mismatches(all.at("delta.fc_out"), all.at("grad.fc.bias"), kSamples,
                    [](std::int64_t i, std::int64_t k) { return k * kClasses + i; }) +
         mismatches(all.at("softmax.exp"), all.at("softmax.sum"), kClasses,
                    [](std::int64_t i, std::int64_t k) { return i * kClasses + k; });
}

TEST(FlexpointSums, AreBinary32SumsRoundedOnce) {
  const auto seed = static_cast<std::uint64_t>(std::random_device{}());
  SCOPED_TRACE("seed " + std::to_string(seed));
  EXPECT_EQ(mismatches_of_a_step(tensors_of_a_step(numerics::parse_format("fp32"), seed)), 0);
}

// 2^15 is what flex16+5 ends at: the total of squares lies beyond, their mean does not.
TEST(FlexpointSums, TotalsLeaveTheRangeOfTheFormat) {
  const auto all = tensors_of_a_step(numerics::parse_format("fp32"), 5, 200);
  const EncodedTensor& total = all.at("squares.sum.bn1:fp32");
  const EncodedTensor& variance = all.at("variance.bn1");
  for (std::int64_t c = 0; c < kChannels; ++c) {
    const auto sum = std::bit_cast<float>(total.codes.at(static_cast<std::size_t>(c)));
    EXPECT_GT(sum, 32768.0F);
    EXPECT_NEAR(value(variance, c), sum / static_cast<float>(kSamples * kPixels), std::ldexp(1.0, variance.lsb_exponent()));
  }
}

// Sums of the core's own policy close blocks, which shows in some of their codes: what the test above sees.
TEST(FlexpointSums, DifferFromSumsInBlocks) { EXPECT_GT(mismatches_of_a_step(tensors_of_a_step({}, 3)), 0); }

}  // namespace
}  // namespace binade::programs
