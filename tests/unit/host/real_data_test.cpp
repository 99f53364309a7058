// SPDX-License-Identifier: Apache-2.0
// Trained networks on real images: the reference reaches the accuracy that their training reported, and so does the device.
// Needs BINADE_DATA_DIR (default ../shared/data from the project's root).
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "sim/data/dataset.h"
#include "sim/data/npz.h"
#include "tests/unit/host/small_networks.h"

namespace binade::sim {
namespace {

// Keys are PyTorch names, some with an underscore before the last part.
std::string parameter_name(const networks::Network& network, std::string key) {
  for (std::size_t i = 0; i < network.layers.size(); ++i)
    for (const auto& p : parameter_shapes(network, static_cast<int>(i))) {
      std::string with_underscore = p.name;
      with_underscore[p.name.rfind('.')] = '_';
      if (key == with_underscore) return p.name;
    }
  return key;
}

struct Trained {
  const char* network;
  const char* weights;
  const char* last_layer;
  std::int64_t samples;
  double accuracy, tolerance;  ///< of the whole test set; four standard deviations of the part used
};

class RealData : public testing::TestWithParam<Trained> {};

TEST_P(RealData, Top1) {
  const char* variable = std::getenv("BINADE_DATA_DIR");
  const std::filesystem::path data = variable != nullptr ? variable : BINADE_DEFAULT_DATA_DIR;
  if (!std::filesystem::exists(data / GetParam().weights)) GTEST_SKIP() << "SKIPPED: no " << data / GetParam().weights;
  RunSpec request = tests::small_request(networks::make_network(GetParam().network), "posit16", 1, 64);
  request.platform.scratchpad = {};
  request.parameters.clear();
  NpzReader weights(data / GetParam().weights);
  for (const auto& key : weights.names())
    request.parameters[parameter_name(request.network, key)] = to_tensor(weights.read(key), key);
  Dataset images = load_dataset(networks::make_network(GetParam().network), data, GetParam().samples);
  request.inputs["input"] = std::move(images.images);
  request.labels = std::move(images.labels);
  request.layer_selection = {GetParam().last_layer};
  const RunReport report = tests::run_literally(request);
  const auto total = static_cast<double>(GetParam().samples);
  EXPECT_NEAR(static_cast<double>(*report.top1_reference) / total, GetParam().accuracy, GetParam().tolerance);
  EXPECT_NEAR(static_cast<double>(*report.top1_correct), static_cast<double>(*report.top1_reference), 1);
}

INSTANTIATE_TEST_SUITE_P(Networks, RealData,
                         testing::Values(Trained{"lenet5", "lenet5-mnist.npz", "fc2", 2000, 0.986, 1e-9},
                                         Trained{"resnet20-cifar", "resnet20-cifar10.npz", "fc", 200, 0.741, 0.124}),
                         [](const auto& instance) { return std::string(instance.param.network).substr(0, 6); });

}  // namespace
}  // namespace binade::sim
