// SPDX-License-Identifier: Apache-2.0
// The built-in tables against published parameter and multiply-accumulate counts.
#include <gtest/gtest.h>

#include "models/networks/network.h"
#include "models/numerics/error.h"
#include "tests/support/instance_name.h"

namespace binade::networks {
namespace {

std::uint64_t total_macs(const Network& network) {
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < network.layers.size(); ++i) total += macs(network, static_cast<int>(i));
  return total;
}

// Learned parameters; the running statistics of batch normalisation are not learned.
std::uint64_t learned(const Network& network) {
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < network.layers.size(); ++i)
    for (const ParameterShape& p : parameter_shapes(network, static_cast<int>(i))) {
      if (p.name.find(".running_") != std::string::npos) continue;
      std::int64_t n = 1;
      for (const auto extent : p.shape) n *= extent;
      total += static_cast<std::uint64_t>(n);
    }
  return total;
}

struct Published {
  const char* name;
  std::uint64_t parameters;
  std::uint64_t macs;
};

// Parameters: torchvision's `num_params` (GoogLeNet: without auxiliary classifiers, 6,624,904); He et al. 2016 table 6 rounds the
// CIFAR networks to 0.27 M and 1.7 M; Hugging Face's encoder 85.05 M. Multiply-accumulates: torchvision's `_ops` in 10^9 are 0.714,
// 15.47, 1.498, 0.301 (MobileNetV2), 1.814, 3.664, 4.089, 7.801, 11.514; 40.55 M and 252.9 M for the CIFAR networks. alexnet-cifar:
// 2.47 M parameters in the README of its source.
class PublishedCounts : public testing::TestWithParam<Published> {};

TEST_P(PublishedCounts, ParametersAndMacs) {
  const Network network = make_network(GetParam().name);
  EXPECT_EQ(learned(network), GetParam().parameters);
  EXPECT_EQ(total_macs(network), GetParam().macs);
  EXPECT_EQ(network.name, GetParam().name);
  EXPECT_FALSE(network.source.empty());
}

INSTANTIATE_TEST_SUITE_P(
    All, PublishedCounts,
    testing::Values(Published{"mlp", 25'450, 25'408}, Published{"alexnet-cifar", 2'472'266, 14'957'056},
                    Published{"lenet5", 61'706, 416'520}, Published{"cifarnet", 473'274, 1'902'464},
                    Published{"alexnet", 61'100'840, 714'188'480}, Published{"vgg16", 138'357'544, 15'470'264'320},
                    Published{"googlenet", 6'624'904, 1'498'376'192}, Published{"mobilenetv2", 3'504'872, 300'774'272},
                    Published{"resnet18", 11'689'512, 1'814'073'344}, Published{"resnet34", 21'797'672, 3'663'761'408},
                    Published{"resnet50", 25'557'032, 4'089'184'256}, Published{"resnet101", 44'549'160, 7'801'405'440},
                    Published{"resnet152", 60'192'808, 11'513'626'624}, Published{"resnet20-cifar", 269'722, 40'551'040},
                    Published{"resnet110-cifar", 1'727'962, 252'887'680}, Published{"bert-base", 85'054'464, 11'173'625'856}),
    [](const auto& instance) { return tests::instance_name(instance.param.name); });

TEST(Networks, EveryNameMakesItsNetwork) {
  const auto names = network_names();
  EXPECT_EQ(names.size(), 16U);
  for (const auto& name : names) EXPECT_EQ(make_network(name).name, name);
}

TEST(Networks, UnknownNameNamesTheNearest) {
  try {
    make_network("resnet19");
    FAIL();
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("'resnet18'"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("bert-base"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace binade::networks
