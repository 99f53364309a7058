// SPDX-License-Identifier: Apache-2.0
// Scales of 8-bit factors next to results and sums of other families: a step's results are about those of binary32 whatever their
// formats are, and scales begin with the first write that says something.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <random>

#include "models/numerics/error.h"
#include "tests/support/encoded_training.h"
#include "tests/support/training_networks.h"

namespace binade::programs {
namespace {

using numerics::parse_format;
using operations::Pass;
using operations::TensorClass;
using Values = std::map<std::string, std::vector<double>>;

struct Case {
  std::string format;     ///< of results
  std::string sums = {};  ///< of gradients; empty: no rule says
  bool scaled = true;     ///< factors of products
};
void PrintTo(const Case& tested, std::ostream* out) { *out << tested.format << " sums " << tested.sums; }

/// What is said of factors of the layers' products.
RecipeRule rule_of(std::initializer_list<TensorClass> classes, void (*say)(TensorRule&)) {
  RecipeRule rule;
  rule.layers = {"<linear>"};
  for (const TensorClass one : classes) rule.classes.insert(one);
  say(rule.says);
  return rule;
}

TrainingChoice choice_of(const Case& tested) {
  TrainingChoice choice;
  choice.formats.format = parse_format(tested.format);
  auto& rules = choice.formats.recipe.rules;
  if (tested.scaled) {
    rules.push_back(rule_of({TensorClass::Input, TensorClass::Activation}, [](TensorRule& says) {
      says.read = parse_format("fp8e4m3sat");
      says.scaled = true;
    }));
    rules.push_back(rule_of({TensorClass::Delta}, [](TensorRule& says) {
      says.read = parse_format("fp8e5m2sat");
      says.scaled = true;
    }));
    rules.push_back(rule_of({TensorClass::Weight}, [](TensorRule& says) {
      says.format = parse_format("fp8e4m3sat");
      says.scaled = true;
    }));
    for (const Pass pass : {Pass::Forward, Pass::BackwardData}) rules.back().passes.insert(pass);
  }
  if (!tested.sums.empty()) {
    rules.push_back(rule_of({TensorClass::Gradient}, [](TensorRule&) {}));
    rules.back().says.sums = parse_format(tested.sums);
  }
  return choice;
}

/// Values of every tensor of the first step, by name.
Values step_of(const Case& tested) {
  const networks::Network net = support::training_network("mlp");
  const TrainingChoice choice = choice_of(tested);
  std::mt19937_64 random(7);
  const operations::Parameters parameters = support::drawn_parameters(net, random);
  std::normal_distribution<double> draw(0, 0.4);
  std::vector<float> x(15);
  for (float& value : x) value = static_cast<float>(draw(random));
  support::EncodedTraining encoded(net, choice);
  encoded.training.set_parameters(parameters);
  Values all;
  encoded.training.step(x, std::vector<std::int64_t>{0, 2, 1}, 0.1, 1,
                        [&](const std::string& name, const TrainingTensor&, int index) {
                          const numerics::EncodedTensor made = *encoded.executor.encoded(index);
                          all[name].resize(made.codes.size());
                          decode_tensor(made.view(), all[name]);
                        });
  return all;
}

class ScaledStep : public testing::TestWithParam<Case> {};

TEST_P(ScaledStep, IsAboutBinary32s) {
  const Values expected = step_of({.format = "fp32", .scaled = false}), made = step_of(GetParam());
  for (const char* const name : {"act.fc1", "act.fc2", "grad.fc1.weight", "grad.fc2.weight", "grad.fc1.bias", "grad.fc2.bias"}) {
    const std::vector<double>&theirs = expected.at(name), &ours = made.at(name);
    ASSERT_EQ(ours.size(), theirs.size()) << name;
    double largest = 0, farthest = 0;
    for (std::size_t i = 0; i < ours.size(); ++i) {
      largest = std::max(largest, std::fabs(theirs[i]));
      farthest = std::max(farthest, std::fabs(ours[i] - theirs[i]));
    }
    EXPECT_LT(farthest, 0.2 * largest) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, ScaledStep,
                         testing::Values(Case{"fp32"}, Case{"fp32", "fp8e5m2sat"}, Case{"fp32", "dfp16"}, Case{"fp32", "sdfp16"},
                                         Case{"fp32", "flex16+5"}, Case{"fp32", "posit16"}, Case{"flex16+5"},
                                         Case{"flex16+5", "fp32"}, Case{"dfp16"}, Case{"posit16"}),
                         [](const auto& tested) {
                           std::string name = tested.param.format + (tested.param.sums.empty() ? "" : "_sums_" + tested.param.sums);
                           std::replace(name.begin(), name.end(), '+', '_');
                           return name;
                         });

TEST(Scales, NamesWhereTheyAreOfNoFloat) {
  const networks::Network net = support::training_network("mlp");
  TrainingChoice choice = choice_of({.format = "fp32", .scaled = false});
  choice.formats.recipe.rules.push_back(rule_of({TensorClass::Activation}, [](TensorRule& says) {
    says.read = parse_format("dfp8");
    says.scaled = true;
  }));
  TensorNames names;
  try {
    make_training(net, choice, 3, names);
    FAIL() << "nothing said";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("layer 'fc2', class activation, forward: scale: last-maximum of tensors in dfp8"),
              std::string::npos)
        << error.what();
  }
}

TEST(Scales, BeginWithTheFirstWriteThatSaysSomething) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN(), kInfinite = std::numeric_limits<double>::infinity();
  ExponentBook book({});
  const numerics::FormatSpec format = parse_format("fp8e4m3");
  for (const double nothing : {0.0, kInfinite, kNan, 0.0}) EXPECT_EQ(book.choose_scale(3, format, {}, nothing), 0) << nothing;
  EXPECT_EQ(book.choose_scale(3, format, {}, 7), -6);
  EXPECT_EQ(book.choose_scale(3, format, {}, 0), -6);
  EXPECT_EQ(book.choose_scale(3, format, {}, 448), -6);
  EXPECT_EQ(book.choose_scale(3, format, {}, 7), 0);
}

}  // namespace
}  // namespace binade::programs
