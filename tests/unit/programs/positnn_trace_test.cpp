// SPDX-License-Identifier: Apache-2.0
// Five training steps of a small network in PositNN's formats and order of roundings, against every code that its own program
// computed (posit(8,2), O and L posit(16,2), quire). Needs BINADE_DATA_DIR (default ../shared/data from the project's root).
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <set>

#include "sim/config/recipe_file.h"
#include "sim/data/npz.h"
#include "tests/support/encoded_training.h"

namespace binade::programs {
namespace {

namespace fs = std::filesystem;

constexpr int kBatch = 16;

TEST(PositNnTrace, EveryCapturedTensorOfFiveStepsIsEqual) {
  const char* const variable = std::getenv("BINADE_DATA_DIR");
  const fs::path data = fs::path(variable != nullptr ? variable : BINADE_DEFAULT_DATA_DIR) / "training";
  if (!fs::exists(data / "positnn_mlp_p8_o16l16.npz")) GTEST_SKIP() << "SKIPPED: no trace in " << data;
  sim::NpzReader trace(data / "positnn_mlp_p8_o16l16.npz"), batch(data / "batch_mnist.npz"), init(data / "init_mlp.npz");

  TrainingChoice choice;
  choice.formats.recipe = sim::read_recipe(fs::path(BINADE_SOURCE_DIR) / "recipes" / "positnn.yaml", {});
  choice.formats.format = numerics::parse_format("posit8");
  choice.policy = {.bias_per_sample = true, .average_gradients = true, .stepwise = true};
  choice.optimiser.momentum = 0.5;
  const networks::Network network = networks::make_network("mlp");
  support::EncodedTraining encoded(network, choice);
  EncodedExecutor& executor = encoded.executor;
  NetworkTraining& training = encoded.training;

  operations::Parameters parameters;
  for (const std::string& name : init.names()) {
    const sim::NpyArray array = init.read(name);
    parameters[name] = {.shape = array.shape, .values = array.values};
  }
  training.set_parameters(parameters);
  const std::vector<double> x = batch.read("x").values, y = batch.read("y").values;
  std::set<std::string> compared;
  const auto compare = [&](const std::string& key, int tensor) {
    if (!trace.contains(key)) return;
    const std::vector<double> expected = trace.read(key).values;
    const auto codes = executor.encoded(tensor).value().codes;
    ASSERT_EQ(codes.size(), expected.size()) << key;
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < codes.size(); ++i) wrong += codes[i] != static_cast<numerics::Code>(expected[i]) ? 1 : 0;
    EXPECT_EQ(wrong, 0U) << key << ": codes of " << codes.size() << " that differ";
    compared.insert(key);
  };
  for (const auto& [name, index] : training.persistent())
    if (name.starts_with("weight.")) compare("init." + name.substr(7), index);
  for (int step = 1; step <= 5; ++step) {
    const std::string prefix = "step" + std::to_string(step) + ".";
    const std::size_t pixels = x.size() / y.size(), first = static_cast<std::size_t>(step - 1) * kBatch;
    std::vector<float> images(x.begin() + static_cast<std::ptrdiff_t>(first * pixels),
                              x.begin() + static_cast<std::ptrdiff_t>((first + kBatch) * pixels));
    const std::vector<std::int64_t> labels(y.begin() + static_cast<std::ptrdiff_t>(first),
                                           y.begin() + static_cast<std::ptrdiff_t>(first + kBatch));
    const auto outcome =
        training.step(images, labels, 1.0 / 16, static_cast<std::uint64_t>(step),
                      [&](const std::string& name, const TrainingTensor&, int index) { compare(prefix + name, index); });
    EXPECT_EQ(static_cast<float>(outcome.loss), static_cast<float>(trace.read(prefix + "loss").values.at(0))) << prefix;
    compared.insert(prefix + "loss");
  }
  compared.insert("meta");
  for (const std::string& name : trace.names()) EXPECT_TRUE(compared.contains(name)) << name << " was not compared";
}

}  // namespace
}  // namespace binade::programs
