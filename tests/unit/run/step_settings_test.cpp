// SPDX-License-Identifier: Apache-2.0
// The keys train.* as a step, and back: a step's report says the keys that it was made of.
#include "sim/run/step_settings.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "models/numerics/error.h"
#include "sim/config/keys.h"
#include "sim/host/run.h"
#include "sim/run/identity.h"
#include "sim/run/recipes.h"
#include "sim/run/spec_settings.h"
#include "tests/unit/run/small_spec.h"

namespace binade::sim {
namespace {

using tests::small_spec;

RunSpec step_of_settings(const std::vector<std::string>& assignments) {
  const Settings settings = tests::small_settings("posit8", assignments);
  RunSpec spec = small_spec("posit8", assignments);
  spec.formats = choice_of(settings, {});
  set_step(settings.train, spec);
  return spec;
}

/// Values that are none of the defaults.
const std::map<std::string, std::string>& other_values() {
  static const std::map<std::string, std::string> values{{"train.lr", "0.5"},
                                                         {"train.optimiser", "adam"},
                                                         {"train.momentum", "0.25"},
                                                         {"train.dampening", "0.5"},
                                                         {"train.nesterov", "true"},
                                                         {"train.weight_decay", "0.5"},
                                                         {"train.alpha", "0.5"},
                                                         {"train.beta1", "0.5"},
                                                         {"train.beta2", "0.5"},
                                                         {"train.epsilon", "0.5"},
                                                         {"train.loss", "mse"},
                                                         {"train.loss_scale", "64"},
                                                         {"train.average", "gradients"},
                                                         {"train.weight_order", "samples-innermost"},
                                                         {"train.bias_sums", "per-sample"},
                                                         {"train.elementwise", "stepwise"},
                                                         {"train.sdfp_gradients", "3"},
                                                         {"train.flex_age", "step"}};
  return values;
}

TEST(StepSettings, EveryKeyOfAStepIsInItAndComesBack) {
  std::set<std::string> identities{run_identity(step_of_settings({}))};
  for (const Key& key : configuration_keys()) {
    if (!key.of_training() || key.of_the_loop() || key.name == "train.batch") continue;
    ASSERT_TRUE(other_values().contains(key.name)) << key.name;
    const RunSpec spec = step_of_settings({key.name + "=" + other_values().at(key.name)});
    EXPECT_TRUE(identities.insert(run_identity(spec)).second) << key.name;
    std::map<std::string, std::string> said;
    for (const auto& [name, value] : key_values(settings_of(spec), keys_of(spec))) said[name] = value;
    EXPECT_EQ(said.at(key.name), other_values().at(key.name));
    EXPECT_EQ(said.at("train.batch"), "2");
    EXPECT_FALSE(said.contains("train.epochs"));
  }
}

TEST(StepSettings, AForwardPassSaysNoKeyOfTraining) {
  for (const auto& [name, value] : key_values(settings_of(small_spec("posit8")), keys_of(small_spec("posit8"))))
    EXPECT_FALSE(name.starts_with("train.")) << name;
}

TEST(StepSettings, RealNumbersAreNoAccelerators) {
  RunSpec spec = small_spec("posit8");
  TrainSettings train;
  train.arithmetic = "binary64";
  try {
    set_step(train, spec);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_EQ(std::string(error.what()), "train.arithmetic: binary64: no accelerator computes in it; allowed: accelerator");
  }
}

TEST(StepSettings, OperandsHaveNoFormatsOfTheirOwn) {
  RunSpec spec = step_of_settings({});
  spec.formats->a = numerics::parse_format("posit16");
  EXPECT_THROW(validate(spec), InputError);
}

}  // namespace
}  // namespace binade::sim
