// SPDX-License-Identifier: Apache-2.0
// Wrong requests: each is refused before anything runs, in words that name what is wrong.
#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "models/numerics/error.h"
#include "tests/unit/host/small_networks.h"

namespace binade::sim {
namespace {

std::string refusal_of(RunSpec request, const std::function<void(RunSpec&)>& spoil, const CoreReach& reach = {}) {
  spoil(request);
  try {
    validate(request, reach);
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

std::string refusal(const std::function<void(RunSpec&)>& spoil, const CoreReach& reach = {}) {
  return refusal_of(tests::small_request(tests::small_residual(), "flex16+5", 2, 1), spoil, reach);
}

void expect_refusal(const char* part, const std::function<void(RunSpec&)>& spoil, const CoreReach& reach = {}) {
  const std::string what = refusal(spoil, reach);
  EXPECT_NE(what.find(part), std::string::npos) << what;
}

TEST(Validation, AcceptsTheUnspoiltRequest) {
  EXPECT_EQ(refusal([](RunSpec&) {}), "accepted");
  EXPECT_EQ(refusal([](RunSpec& r) { r.parameters["bn1.num_batches_tracked"] = {{1}, {3}}; }), "accepted");
}

TEST(Validation, Tensors) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  expect_refusal("input: element 7 is NaN", [](RunSpec& r) { r.inputs["input"].values[7] = kNan; });
  expect_refusal("'conv2.weight': element 3 is infinite", [](RunSpec& r) { r.parameters["conv2.weight"].values[3] = 1 / 0.0; });
  expect_refusal("'conv2.weight' (4, 4, 3, 3) is missing", [](RunSpec& r) { r.parameters.erase("conv2.weight"); });
  expect_refusal("'bogus' belongs to no layer", [](RunSpec& r) { r.parameters["bogus"] = {{1}, {1}}; });
  expect_refusal("'fc.bias' has shape (1, 5)", [](RunSpec& r) { r.parameters["fc.bias"].shape = {1, 5}; });
  expect_refusal("allowed: (samples, 3, 9, 9)", [](RunSpec& r) { r.inputs["input"].shape = {2, 3, 81}; });
  expect_refusal("allowed: (samples, 3, 9, 9)", [](RunSpec& r) { r.inputs["input"] = {}; });
  expect_refusal("does not fit its 486 values", [](RunSpec& r) { r.inputs["input"].shape[0] = 7; });
}

TEST(Validation, NamesEveryProblemAtOnce) {
  const std::string what = refusal([](RunSpec& r) {
    r.batch = 0;
    r.flex.preset = "neon";
    r.parameters.erase("conv2.weight");
    r.labels = std::vector<int>{0, 5};
  });
  for (const char* part : {"batch: 0", "'neon'", "conv2.weight", "labels: element 1 is 5; allowed: 0 to 4"})
    EXPECT_NE(what.find(part), std::string::npos) << what;
}

TEST(Validation, LabelsAndSelection) {
  expect_refusal("labels: 1 for 2 samples", [](RunSpec& r) { r.labels = std::vector<int>{0}; });
  expect_refusal("--layers: small-residual has no layer 'conv9', the nearest is 'conv1'; allowed:",
                 [](RunSpec& r) { r.layer_selection = {"conv9"}; });
  expect_refusal("--layers: 'input' is an input of the network; allowed: layers after it", [](RunSpec& r) {
    r.layer_selection = {"conv1", "input"};
  });
  expect_refusal("--layers: 'flat*' matches no layer that runs; allowed: layer names of small-residual or patterns",
                 [](RunSpec& r) { r.layer_selection = {"flat*"}; });
  expect_refusal("no layer 'conv9'", [](RunSpec& r) { r.inputs["conv9"] = r.inputs["input"]; });
  expect_refusal("'concat' needs the output of 'conv3', which does not follow from the input at 'conv2'", [](RunSpec& r) {
    r.inputs = {{"conv2", {{2, 4, 3, 3}, std::vector<double>(72, 0.0)}}};
  });
}

TEST(Validation, EveryInputIsThereWithAsManySamples) {
  const auto refusal_of_pair = [](const std::function<void(RunSpec&)>& spoil) {
    return refusal_of(tests::small_request(tests::small_pair(), "posit8", 2, 2), spoil);
  };
  EXPECT_EQ(refusal_of_pair([](RunSpec&) {}), "accepted");
  EXPECT_EQ(refusal_of_pair([](RunSpec& r) { r.inputs.erase("right"); }),
            "input: shape () does not fit 'right' of small-pair; allowed: (samples, 5, 1, 1)");
  EXPECT_EQ(refusal_of_pair([](RunSpec& r) {
              r.inputs["right"] = {{1, 5}, std::vector<double>(5, 0.0)};
            }),
            "input 'right': 1 samples, 'left' has 2; allowed: as many for every input");
  EXPECT_EQ(refusal_of_pair([](RunSpec& r) { r.inputs["right"].values[1] = 1 / 0.0; }),
            "input 'right': element 1 is infinite; only finite values are allowed");
}

TEST(Validation, DfpSumsAreNotRoundedBeforeTheirExponentIsKnown) {
  for (const auto policy : {numerics::Accumulate::Serial, numerics::Accumulate::Blocked})
    expect_refusal("has only when the tensor is finished; allowed: exact fp32", [policy](RunSpec& r) {
      r.platform.core.format = numerics::parse_format("sdfp8");
      r.platform.core.accumulate.policy = policy;
    });
}

TEST(Validation, TilesThatDoNotFitNameTheKey) {
  expect_refusal("scratchpad.b_bytes is 64, at least", [](RunSpec& r) { r.platform.scratchpad.b_bytes = 64; });
  expect_refusal("layer 'bn1' and 5 more: a scratchpad is too small for one tile",
                 [](RunSpec& r) { r.platform.scratchpad.a_bytes = 64; });
}

TEST(Validation, TilesThatTheRtlCannotHoldAreRefusedBeforeTheRun) {
  expect_refusal("rows keeps partial sums, and the RTL holds 2",
                 [](RunSpec& r) { r.platform.core.dataflow = datapath::Dataflow::WeightStationary; }, {.partial_sum_rows = 2});
  expect_refusal("columns with bias, and the RTL holds 1", [](RunSpec&) {}, {.bias_columns = 1});
}

}  // namespace
}  // namespace binade::sim
