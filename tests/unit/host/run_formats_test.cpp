// SPDX-License-Identifier: Apache-2.0
// Runs whose tensors have formats of their own: golden = device operation by operation, and what each layer reports of them.
#include <gtest/gtest.h>

#include "models/numerics/error.h"
#include "sim/config/recipe_file.h"
#include "tests/unit/host/small_networks.h"

namespace binade::sim {
namespace {

using numerics::parse_format;
using tests::small_attention;
using tests::small_request;
using tests::small_residual;

/// What is tried: the operands of a core, or rules.
struct Mix {
  const char *a, *b, *out;
  const char* rules;
};

RunSpec mixed(networks::Network network, const Mix& mix) {
  RunSpec spec = small_request(std::move(network), "fp32", 3, 2);
  spec.platform.scratchpad.a_bytes = spec.platform.scratchpad.b_bytes = spec.platform.scratchpad.o_bytes = 2048;
  spec.check = true;
  if (mix.rules != nullptr) {
    programs::FormatChoice& choice = spec.formats.emplace();
    choice.recipe = recipe_from_yaml(std::string("rules:\n") + mix.rules, "r.yaml", {});
    choice.format = parse_format("posit8");
  } else {
    datapath::CoreConfig& core = spec.platform.core;
    core.format = {parse_format(mix.a), parse_format(mix.b), parse_format(mix.out)};
    core.accumulate.policy = default_accumulate(core.format);
    core.accumulate.rounding = core.format.default_rounding();
  }
  complete_platform(spec);
  return spec;
}

const Mix kMixes[] = {
    {"posit8", "posit16", "posit16", nullptr},
    {"posit8", "posit8", "posit16", nullptr},
    {"posit16", "posit8", "posit8", nullptr},
    {"fp8e4m3", "fp8e5m2", "bf16", nullptr},
    {"e5m2", "e6m7", "fp16", nullptr},
    {"dfp8", "dfp16", "dfp16", nullptr},
    {"dfp16", "dfp8", "dfp8", nullptr},
    {"dfp8", "sdfp8", "fp32", nullptr},
    {"dfp8", "dfp8", "fp32", nullptr},
    {"dfp8", "dfp8", "bf16", nullptr},
    {"flex16+5", "flex8+5", "flex16+5", nullptr},
    {"fixed16.8", "fixed8.4", "fixed16.8", nullptr},
    {nullptr, nullptr, nullptr, "  - {format: posit8}\n  - {layer: [conv1, query, fc, dense], format: posit16}\n"},
    {nullptr, nullptr, nullptr, "  - {format: posit8}\n  - {class: A, format: posit16}\n  - {class: A, read: posit8}\n"},
    {nullptr, nullptr, nullptr, "  - {format: dfp8}\n  - {class: A, format: fp32, read: dfp8}\n"},
    {nullptr, nullptr, nullptr,
     "  - {format: dfp8}\n  - {class: A, read: dfp8}\n  - {layer: [bn1, add, softmax, norm], format: bf16}\n"},
    {nullptr, nullptr, nullptr, "  - {format: flex16+5, read: flex16+5}\n  - {layer: [pool, add, gelu], format: fp16}\n"},
    {nullptr, nullptr, nullptr,
     "  - {format: posit16, rounding: rtz}\n  - {layer: [conv2, key], accumulate: serial, rounding: rha}\n"},
};

class MixedRuns : public testing::TestWithParam<std::size_t> {};

TEST_P(MixedRuns, GoldenAndDeviceAgreeInTheTensorsOwnFormats) {
  const Mix& mix = kMixes[GetParam()];
  for (const auto& network : {small_residual(), small_attention()}) {
    const std::string text = mix.rules != nullptr ? mix.rules : std::string(mix.a) + " x " + mix.b + " -> " + mix.out;
    SCOPED_TRACE(network.name + ": " + text);
    const RunSpec spec = mixed(network, mix);
    const RunReport report = tests::run_literally(spec, 5);
    for (const LayerReport& layer : report.layers) {
      EXPECT_GT(layer.datapath.sqnr_db.value_or(1e9), 8) << layer.name;
      EXPECT_EQ(layer.exponent.has_value(), parse_format(layer.format_out).shared_exponent()) << layer.name;
      if (mix.rules == nullptr && layer.k > 0) {
        EXPECT_EQ(layer.format_a, mix.a) << layer.name;
        EXPECT_EQ(layer.format_b, mix.b) << layer.name;
        EXPECT_EQ(layer.format_out, mix.out) << layer.name;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, MixedRuns, testing::Range(std::size_t{0}, std::size(kMixes)));

}  // namespace
}  // namespace binade::sim
