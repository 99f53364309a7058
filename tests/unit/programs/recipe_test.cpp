// SPDX-License-Identifier: Apache-2.0
// Recipes: which rule has the last word, and what a wrong recipe is told.
#include "models/programs/recipe.h"

#include <gtest/gtest.h>

#include "models/numerics/error.h"
#include "sim/config/recipe_file.h"

namespace binade::programs {
namespace {

using numerics::parse_format;
using sim::parse_recipe_choice;
using sim::recipe_from_yaml;

using Names = std::vector<std::string>;

const char* const kWider = R"(name: wider-ends
source: none
parameters:
  F: posit8
  E: posit16
rules:
  - format: $F
  - layer: [conv1, "fc*"]
    format: $E
  - class: W
    layer: fc2
    pass: [backward-data, update]
    format: posit32
    rounding: sr
  - layer: conv2
    class: [A]
    read: $F
    accumulate: serial
)";

std::string message(const std::string& text, const std::vector<std::pair<std::string, std::string>>& parameters = {}) {
  try {
    recipe_from_yaml(text, "r.yaml", parameters);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(Recipe, BringsSettings) {
  const char* const text = R"(parameters: {R: "0.25"}
settings: {train.lr: $R, train.nesterov: true, flex.preset: ngraph}
rules: [{format: posit8}]
)";
  sim::Settings settings;
  apply_settings_of(recipe_from_yaml(text, "r.yaml", {}), settings);
  EXPECT_EQ(settings.train.lr, 0.25);
  EXPECT_TRUE(settings.train.nesterov);
  EXPECT_EQ(settings.flex.preset, "ngraph");
  apply_settings_of(recipe_from_yaml(text, "r.yaml", {{"R", "0.125"}}), settings);
  EXPECT_EQ(settings.train.lr, 0.125);
}

TEST(Recipe, AWrongSettingIsToldWithItsLine) {
  const auto told = [](const std::string& entry) { return message("settings:\n  " + entry + "\nrules: [{format: posit8}]\n"); };
  EXPECT_EQ(told("train.lr: 1"), "");
  EXPECT_NE(told("train.rate: 1").find("r.yaml:2: unknown key 'train.rate'"), std::string::npos);
  EXPECT_EQ(told("train.lr: fast"), "r.yaml:2: train.lr: 'fast' is not a number; allowed: 0..1000");
  EXPECT_EQ(told("train.lr: $R"), "r.yaml:2: train.lr: $R is no parameter; allowed: none are declared");
  EXPECT_EQ(told("train.lr: 1\n  train.lr: 2"), "r.yaml:3: train.lr set twice; allowed: once");
  for (const char* key : {"format: posit8", "core.format_a: posit8", "accumulate: exact", "rounding: rne", "core.block: 8"})
    EXPECT_NE(told(key).find("is what rules say; allowed: a rule"), std::string::npos) << key;
}

TEST(Recipe, LaterRulesWinFieldByField) {
  const Recipe recipe = recipe_from_yaml(kWider, "r.yaml", {{"E", "posit24"}});
  EXPECT_EQ(recipe.name, "wider-ends,E=posit24");
  const auto format = [&](const char* layer, TensorClass tensor_class, Pass pass) {
    return to_string(resolve(recipe, Names{layer}, tensor_class, pass).format.value());
  };
  EXPECT_EQ(format("conv2", TensorClass::Weight, Pass::Forward), "posit8");
  EXPECT_EQ(format("conv1", TensorClass::Weight, Pass::Forward), "posit24");
  EXPECT_EQ(format("fc1", TensorClass::Activation, Pass::Update), "posit24");
  EXPECT_EQ(format("fc2", TensorClass::Weight, Pass::Forward), "posit24");
  EXPECT_EQ(format("fc2", TensorClass::Weight, Pass::BackwardData), "posit32");
  EXPECT_EQ(format("fc2", TensorClass::Gradient, Pass::BackwardData), "posit24");
  const TensorRule conv2 = resolve(recipe, Names{"conv2"}, TensorClass::Activation, Pass::Forward);
  EXPECT_EQ(conv2.format, parse_format("posit8"));
  EXPECT_EQ(conv2.read, parse_format("posit8"));
  EXPECT_EQ(conv2.accumulate, numerics::Accumulate::Serial);
  EXPECT_FALSE(conv2.rounding.has_value());
  EXPECT_EQ(resolve(recipe, Names{"fc2"}, TensorClass::Weight, Pass::Update).rounding, numerics::Rounding::Sr);
}

TEST(Recipe, UnderflowIsThatOfThePositsThatTheRulesName) {
  const auto words = [](const std::string& head, const std::vector<std::pair<std::string, std::string>>& parameters = {}) {
    const Recipe recipe =
        recipe_from_yaml(head + "rules:\n  - {format: posit8, read: posit16es1}\n  - {format: fp16}\n", "r.yaml", parameters);
    return to_string(*recipe.rules[0].says.format) + " " + to_string(*recipe.rules[0].says.read) + " " +
           to_string(*recipe.rules[1].says.format);
  };
  EXPECT_EQ(words(""), "posit8 posit16es1 fp16");
  EXPECT_EQ(words("underflow: standard\n"), "posit8 posit16es1 fp16");
  EXPECT_EQ(words("underflow: round\n"), "posit8u posit16es1u fp16");
  EXPECT_EQ(words("parameters: {U: standard}\nunderflow: $U\n", {{"U", "round"}}), "posit8u posit16es1u fp16");
  EXPECT_NE(message("underflow: zero\nrules:\n  - {format: posit8}").find("r.yaml:1: underflow: "), std::string::npos);
}

TEST(Recipe, EveryClassAndPassHasItsWordAndLetter) {
  const char* const letters[] = {"I", "W", "A", "D", "G", "S", "L"};
  for (int i = 0; i < 7; ++i) {
    const auto tensor_class = static_cast<TensorClass>(i);
    EXPECT_EQ(parse_tensor_class(to_string(tensor_class)), tensor_class);
    EXPECT_EQ(parse_tensor_class(letters[i]), tensor_class);
  }
  for (int i = 0; i < 4; ++i) EXPECT_EQ(parse_pass(to_string(static_cast<Pass>(i))), static_cast<Pass>(i));
}

TEST(Recipe, RulesThatMatchNoLayerAreNamed) {
  const Recipe recipe = recipe_from_yaml(kWider, "r.yaml", {});
  EXPECT_NO_THROW(check_layers(recipe, {"conv1", "conv2", "fc1", "fc2"}));
  try {
    check_layers(recipe, {"conv1", "conv3", "fc1"});
    FAIL();
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(),
                 "r.yaml:10: 'fc2' matches no layer; allowed: layer names or patterns with * and ?, <first>, <last>\n"
                 "r.yaml:15: 'conv2' matches no layer; allowed: layer names or patterns with * and ?, <first>, <last>");
  }
}

TEST(Recipe, WrongOnesAreToldWhereWhatAndWhatIsAllowed) {
  EXPECT_EQ(message("rules: []"), "r.yaml:1: no rules; allowed: `rules`, a list of mappings");
  EXPECT_EQ(message("[1]"), "r.yaml:1: the recipe is not a mapping; allowed: keys and values");
  EXPECT_NE(message("rules:\n  - {format: posit9es9}").find("r.yaml:2: "), std::string::npos);
  EXPECT_NE(message("rules:\n  - {fromat: posit8}").find("r.yaml:2: unknown word 'fromat', the nearest is 'format'"),
            std::string::npos);
  EXPECT_NE(message("rules:\n  - {format: $X}").find("$X is no parameter; allowed: none are declared"), std::string::npos);
  EXPECT_NE(message("rules:\n  - {class: Q, format: fp32}").find("'Q' is no tensor class; allowed: input (I)"), std::string::npos);
  EXPECT_NE(message("rules:\n  - {pass: up, format: fp32}").find("'up' is no pass; allowed: forward"), std::string::npos);
  EXPECT_NE(message("rules:\n  - {layer: a}").find("a rule that says nothing"), std::string::npos);
  for (const char* const word : {"scale: last-maximum", "scale_history: 2", "scale_margin: 1"})
    EXPECT_EQ(message("rules:\n  - {layer: a, " + std::string(word) + "}").find("says nothing"), std::string::npos) << word;
  EXPECT_NE(message("rules:\n  - {format: fp32, format: fp16}").find("twice"), std::string::npos);
  EXPECT_NE(message("rules:\n  - {acc_bits: many}").find("allowed: "), std::string::npos);
  EXPECT_NE(message("a: [").find("allowed: YAML"), std::string::npos);
  EXPECT_NE(message(kWider, {{"Q", "posit8"}}).find("no parameter 'Q'; allowed: E, F"), std::string::npos);
  EXPECT_EQ(message("rules:\n  - {class: [W, S], read: fp32}\n  - {class: [W, A], read: fp32}\n  - {read: fp32}"),
            "r.yaml:2: read: what the rule's classes are is read as it was written; allowed: class A, I, D or G");
  // Every problem at once.
  EXPECT_NE(message("rules:\n  - {format: x}\n  - {rounding: y}").find("r.yaml:3"), std::string::npos);
}

TEST(Recipe, ChoiceOfTheCommandLine) {
  const auto choice = parse_recipe_choice("positnn,O=posit12,quire=off");
  EXPECT_EQ(choice.name, "positnn");
  ASSERT_EQ(choice.parameters.size(), 2U);
  EXPECT_EQ(choice.parameters[1], (std::pair<std::string, std::string>{"quire", "off"}));
  EXPECT_THROW(parse_recipe_choice("positnn,O"), InputError);
}

}  // namespace
}  // namespace binade::programs
