// SPDX-License-Identifier: Apache-2.0
// Sessions on training programs: a session that is put away and taken up goes on bit for bit, whatever the number of threads, in
// every recipe; counts begin with the first step.
#include "sim/train/program_session.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <iterator>
#include <random>

#include "models/kernels/simd/target.h"
#include "models/networks/builder.h"
#include "models/numerics/error.h"
#include "sim/run/recipes.h"
#include "sim/run/share.h"
#include "sim/train/initialise.h"

namespace binade::sim {
namespace {

networks::Network network() {
  networks::Builder net("small", "", {2, 8, 8});
  int at = net.batch_norm("bn1", net.conv("conv1", 0, 4, 3, {.pad = 1}));
  at = net.max_pool("pool1", net.relu("relu1", at), 2, 2);
  at = net.append("drop", networks::Op::Dropout, {at});
  net.linear("fc", net.flatten("flat", at), 5);
  return net.finish(5);
}

/// A recipe, and keys beside it.
struct Case {
  std::string recipe;
  std::vector<std::string> keys = {};
};

class Sessions : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    recipe_ = load_recipe(GetParam().recipe);
    apply_settings_of(recipe_, settings_);
    std::vector<std::string> problems;
    for (const std::string& key : GetParam().keys) apply_assignment(settings_, key, problems);
    ASSERT_TRUE(problems.empty()) << problems.front();
    formats_ = choice_of(settings_, recipe_);
    parameters_ = initialise(network_, 7, parse_initialisation("pytorch", "test"));
    std::mt19937 random(static_cast<unsigned>(seed_));
    std::normal_distribution<float> draw;
    for (float& value : x_) value = draw(random);
    for (std::size_t i = 0; i < y_.size(); ++i) y_[i] = static_cast<std::int64_t>(i % 5);
  }
  std::unique_ptr<Session> session(int threads = 1) {
    return make_program_session({.network = network_,
                                 .parameters = parameters_,
                                 .formats = formats_,
                                 .settings = settings_,
                                 .seed = seed_,
                                 .threads = threads});
  }
  void steps(Session& session, std::uint64_t first, std::uint64_t last, std::vector<Captured>* capture = nullptr) {
    for (std::uint64_t step = first; step < last; ++step) {
      // The last batch of an epoch is short.
      const std::size_t samples = step % 3 == 2 ? 3 : kBatch;
      session.step(std::span(x_).first(samples * kPixels), std::span(y_).first(samples), 0.05, step, capture);
    }
  }

  static constexpr std::size_t kBatch = 6, kPixels = 2 * 8 * 8;
  const std::uint64_t seed_ = std::random_device{}();
  const networks::Network network_ = network();
  Settings settings_;
  RecipeFile recipe_;
  programs::FormatChoice formats_;
  operations::Parameters parameters_;
  std::vector<float> x_ = std::vector<float>(kBatch * kPixels);
  std::vector<std::int64_t> y_ = std::vector<std::int64_t>(kBatch);
};

TEST_P(Sessions, GoOnBitForBit) {
  SCOPED_TRACE("seed " + std::to_string(seed_));
  const auto whole = session(), before = session(2);
  std::vector<Captured> same;
  steps(*whole, 0, 1, &same);
  steps(*whole, 1, 7);
  std::vector<Captured> captured;
  steps(*before, 0, 1, &captured);
  EXPECT_GT(captured.size(), 20U);
  steps(*before, 1, 4);
  const auto after = session();
  after->restore(before->save(), 4);
  after->evaluate(std::span(x_).first(4 * kPixels), std::span(y_).first(4));  // leaves no trace
  steps(*after, 4, 7);
  EXPECT_TRUE(after->save() == whole->save());
}

TEST_P(Sessions, HaveTheSameBitsOnEverySimdTarget) {
  std::map<std::string, SavedArray> best;
  for (const std::string& target : kernels::simd_targets()) {
    kernels::force_simd_target(target);
    const auto one = session();
    steps(*one, 0, 3);
    if (best.empty()) best = one->save();
    EXPECT_EQ(one->save(), best) << target;
  }
  kernels::force_simd_target("");
}

TEST_P(Sessions, CountWhatStepsWrite) {
  const auto one = session(), other = session();
  EXPECT_TRUE(one->history().empty());
  other->restore(session()->save(), 0);
  other->evaluate(std::span(x_), std::span(y_));
  EXPECT_TRUE(other->history().empty());
  steps(*one, 0, 1);
  steps(*other, 0, 1);
  const auto a = one->history(), b = other->history();
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].tensor, b[i].tensor);
    EXPECT_EQ(a[i].writes, b[i].writes) << a[i].tensor;
    EXPECT_EQ(a[i].underflows, b[i].underflows) << a[i].tensor;
    EXPECT_EQ(a[i].exponent, b[i].exponent) << a[i].tensor;
  }
}

// Whatever word of a saved session is another one: refused, or a state that a session can be in; never anything else.
TEST_P(Sessions, AlteredStatesAreRefusedOrWhole) {
  SCOPED_TRACE("seed " + std::to_string(seed_));
  const auto before = session();
  steps(*before, 0, 2);
  const auto saved_state = before->save();
  std::mt19937 random(static_cast<unsigned>(seed_));
  int refusals = 0;
  const auto restored = [&](const std::map<std::string, SavedArray>& state) {
    const auto after = session();
    try {
      after->restore(state, 2);
      steps(*after, 2, 3);
    } catch (const InputError& error) {
      ++refusals;
      EXPECT_NE(std::string(error.what()).find("array"), std::string::npos) << error.what();
    }
  };
  for (const auto& [name, array] : saved_state) {
    auto state = saved_state;
    state.erase(name);
    restored(state);
    state = saved_state;
    state[name].type = "<f4";
    restored(state);
    if (array.bytes.empty()) continue;
    state = saved_state;
    state[name].bytes.resize(array.bytes.size() / 2);
    restored(state);
  }
  EXPECT_GE(refusals, static_cast<int>(2 * saved_state.size()));  // all that are missing or of another type
  for (const auto* const name : {"autoflex/histories", "autoflex/touches", "scale/histories"}) {
    if (!saved_state.contains(name)) continue;
    const auto words = values_of<std::int64_t>(saved_state.at(name));
    for (int i = 0; i < 8 && !words.empty(); ++i) {
      auto altered = words;
      constexpr std::int64_t kOthers[] = {-1, 0, 1, 7, 1 << 20, INT64_MAX, INT64_MIN};
      altered[random() % altered.size()] = kOthers[random() % std::size(kOthers)];
      auto state = saved_state;
      state[name] = saved(altered);
      restored(state);
    }
  }
}

std::string name_of(const testing::TestParamInfo<Case>& tested) {
  std::string name = tested.param.recipe;
  for (const std::string& key : tested.param.keys) name += "_" + key;
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  return name;
}

// The loss of such a step is a number still, and so is all that its forward and backward passes made.
TEST(Session, AWeightWhoseCopyIsNoNumberDoesNotLast) {
  const auto recipe = recipe_from_yaml(
      "rules: [{format: fp32}, {layer: fc, class: W, pass: [forward, backward-data], format: fp8e4m3}]", "r.yaml", {});
  networks::Builder net("one", "", {2, 1, 1});
  net.linear("fc", 0, 2);
  const networks::Network network = net.finish(2);
  const operations::Parameters parameters{{"fc.weight", {{2, 2}, {1, 1, 1, 1}}}, {"fc.bias", {{2}, {0, 0}}}};
  const Settings settings;
  const auto formats = choice_of(settings, recipe);
  const auto session =
      make_program_session({.network = network, .parameters = parameters, .formats = formats, .settings = settings});
  const std::vector<float> x{1, -1};
  const std::vector<std::int64_t> y{0};
  EXPECT_TRUE(session->step(x, y, 100, 0, nullptr).lasts);                                  // weights of 51 and -49
  const StepResult result = session->step(std::vector<float>{-1, 1}, y, 1000, 1, nullptr);  // beyond 448, where there is no number
  EXPECT_TRUE(std::isfinite(result.loss));
  EXPECT_FALSE(result.lasts);
  EXPECT_EQ(session->first_bad_tensor(), "weight.fc.weight:fp8e4m3");
}

TEST(Session, ABatchThatCannotBeTrainedOnIsRefusedAtOnce) {
  networks::Builder net("one", "", {2, 1, 1});
  net.linear("fc2", net.batch_norm("bn1", net.linear("fc1", 0, 3)), 2);
  const networks::Network network = net.finish(2);
  const auto parameters = initialise(network, 7, parse_initialisation("pytorch", "test"));
  const Settings settings;
  const auto formats = choice_of(settings, {});
  const auto made_for = [&](const std::vector<std::int64_t>& batches) -> std::string {
    try {
      make_program_session(
          {.network = network, .parameters = parameters, .formats = formats, .settings = settings, .batches = batches});
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(made_for({3, 2}), "");
  EXPECT_EQ(
      made_for({3, 1}),
      "network: layer 'bn1': normalises a batch of one element per channel, which has no variance; allowed in training: larger "
      "batches, the last of an epoch too (train.batch)");
}

INSTANTIATE_TEST_SUITE_P(Recipes, Sessions,
                         testing::Values(Case{"binary64"}, Case{"fp32"}, Case{"fp32", {"train.momentum=0"}}, Case{"bf16"},
                                         Case{"fp16"}, Case{"positnn"}, Case{"positnn,B=posit10,G=posit12"},
                                         Case{"positnn,quire=off,underflow=round"}, Case{"positnn", {"train.optimiser=adam"}},
                                         Case{"flexpoint"}, Case{"flexpoint,preset=ngraph"}, Case{"flexpoint,F=flex8+5"},
                                         Case{"flexpoint", {"train.average=gradients", "train.optimiser=rmsprop"}}, Case{"dfp16"},
                                         Case{"dfp8"}, Case{"dfp8,rounding=sr,E=fp32"}, Case{"sdfp8,W=-1"}, Case{"hill"},
                                         Case{"hill,sums=exact"}, Case{"fp8"}, Case{"fp8,history=3,margin=1,F=e4m3"}),
                         name_of);

}  // namespace
}  // namespace binade::sim
