// SPDX-License-Identifier: Apache-2.0
// Who chooses exponents, when, and what it costs.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "models/exponent/autoflex.h"
#include "models/exponent/dfp.h"
#include "models/networks/builder.h"
#include "tests/support/literal_device.h"
#include "tests/unit/host/small_networks.h"

namespace binade::sim {
namespace {

using spec::Counter;
using tests::run_literally;
using tests::small_request;

// y = x: an identity matrix as a linear layer, so that inputs set what the device sees.
RunSpec identity_request(const std::string& format, std::int64_t samples, std::int64_t batch) {
  networks::Builder b("identity", "test", {4, 1, 1});
  b.layer(b.linear("fc", 0, 4)).bias = false;
  RunSpec request = small_request(b.finish(0), format, samples, batch);
  for (int i = 0; i < 16; ++i) request.parameters["fc.weight"].values[static_cast<std::size_t>(i)] = i % 5 == 0 ? 1 : 0;
  return request;
}

TEST(FlexExponents, FirstFromAlgorithm1ThenFromHistory) {
  RunSpec request = identity_request("flex16+5", 3, 1);
  request.inputs["input"].values = {0.75, 0, 0, 0, 0.75, 0, 0, 0, 3.0, 0, 0, 0};
  // What must happen, from the exponent manager alone. A run at LSB 2^e stores min(0.75 * 2^-e, 32767).
  const auto run = [](double x) {
    return [x](int e) { return static_cast<std::uint64_t>(std::min(std::floor(std::ldexp(x, -e) + 0.5), 32767.0)); };
  };
  const int first = exponent::autoflex_initialise(16, 0, run(0.75)).lsb_exponent;
  exponent::Autoflex history(exponent::autoflex_preset("paper", 16), first);
  history.record(run(0.75)(first));
  const int second = history.predict();
  history.record(run(0.75)(second));
  const int third = history.predict();
  RunSpec one = request;
  one.inputs["input"] = {{1, 4, 1, 1}, {0.75, 0, 0, 0}};
  EXPECT_EQ(run_literally(one).layers[0].exponent, first);
  one.inputs["input"] = {{2, 4, 1, 1}, {0.75, 0, 0, 0, 0.75, 0, 0, 0}};
  EXPECT_EQ(run_literally(one).layers[0].exponent, second);
  EXPECT_EQ(run_literally(request).layers[0].exponent, third);  // 3.0 does not matter before it has been seen
}

// Weights of any scale run to the end: shifts and exponents saturate where a descriptor ends, and no value is an error.
TEST(Exponents, ScalesBeyondADescriptorSaturate) {
  for (const char* format : {"dfp8", "sdfp8", "dfp16", "flex16+5", "fixed16.8", "flex8+5"})
    for (const double scale : {1e-25, 1e25, 1e-70, 1e70, 1e-300, 1e300})
      for (const char* only : {"", "fc.weight", "fc.bias", "conv1.weight", "bn1.weight"}) {
        if (*only == 0 && scale > 1e100) continue;  // products of several would leave binary64
        RunSpec request = small_request(tests::small_residual(), format, 2, 1);
        for (auto& [name, tensor] : request.parameters) {
          if (*only != 0 && name != only) continue;
          if (name.find("running_var") != std::string::npos) continue;
          for (double& value : tensor.values) value *= scale;
        }
        EXPECT_TRUE(run_literally(request).complete) << format << ' ' << scale << ' ' << only;
      }
}

// What binary32 holds needs neither: a bias far above its layer's products is added as if the shift had no end.
TEST(Exponents, AFarBiasSaturatesEverySum) {
  RunSpec request = identity_request("dfp8", 1, 1);
  request.inputs["input"].values = {0.75, -0.5, 0.25, 0};
  networks::Builder b("biased", "test", {4, 1, 1});
  b.layer(b.linear("fc", 0, 4)).bias = true;
  RunSpec biased = small_request(b.finish(0), "dfp8", 1, 1);
  biased.inputs["input"] = request.inputs["input"];
  biased.parameters["fc.weight"] = request.parameters["fc.weight"];
  for (double& value : biased.parameters["fc.weight"].values) value *= 1e-30;
  biased.parameters["fc.bias"].values = {1.0, -1.0, 0.0, 0.5};
  const RunReport report = run_literally(biased);
  // The accumulator of 32 bits saturates at both ends, and keeps what a bias of zero adds to.
  EXPECT_EQ(report.layers[0].counters[Counter::EventSaturation], 3U);
}

TEST(FlexExponents, InitialisationOnTheDeviceIsCountedAndAgrees) {
  RunSpec request = small_request(tests::small_residual(), "flex16+5", 2, 1);
  const RunReport golden = run_literally(request);
  request.flex.init_on_device = true;
  const RunReport device = run_literally(request);
  EXPECT_EQ(device.digest, golden.digest);
  ASSERT_EQ(device.layers.size(), golden.layers.size());
  for (std::size_t i = 0; i < device.layers.size(); ++i) {
    const LayerReport &d = device.layers[i], &g = golden.layers[i];
    EXPECT_EQ(d.exponent, g.exponent) << d.name;
    EXPECT_FALSE(g.device_tries.has_value());
    if (!d.device_tries) continue;  // keeps its input's exponent
    // Two passes, of which the first also paid for the tries.
    EXPECT_EQ(d.counters[Counter::CoreMacs], g.counters[Counter::CoreMacs] / 2 * static_cast<std::uint64_t>(2 + *d.device_tries))
        << d.name;
    EXPECT_GE(*d.device_tries, 1);
  }
}

TEST(FlexExponents, PresetsDiffer) {
  RunSpec request = identity_request("flex16+5", 4, 1);
  request.inputs["input"].values.assign(16, 0.9);
  const auto exponent_with = [&](const char* preset) {
    request.flex.preset = preset;
    return run_literally(request).layers[0].exponent.value();
  };
  EXPECT_EQ(exponent_with("paper"), exponent_with("ngraph") + 1);  // alpha 2 keeps one bit more in reserve
}

TEST(FlexExponents, ManyLayersDoNotMakeATensorInfrequent) {
  // ngraph's age counts passes: with 20 layers and two batches every tensor has been predicted as often as there were passes.
  constexpr int kLayers = 20;
  networks::Builder b("chain", "test", {4, 1, 1});
  int last = 0;
  for (int i = 0; i < kLayers; ++i) {
    last = b.linear("fc" + std::to_string(i), last, 4);
    b.layer(last).bias = false;
  }
  RunSpec request = small_request(b.finish(0), "flex16+5", 2, 1);
  request.flex.preset = "ngraph";
  for (int i = 0; i < kLayers; ++i)
    for (int j = 0; j < 16; ++j)
      request.parameters["fc" + std::to_string(i) + ".weight"].values[static_cast<std::size_t>(j)] = j % 5 == 0 ? 1 : 0;
  request.inputs["input"].values.assign(8, 0.9);
  const RunReport report = run_literally(request);
  // 0.9 stays below 2^15 LSBs with the 100 LSBs of the usual rule, and would not with the 4096 of the rule for infrequent tensors.
  constexpr int kExponent = -15;
  const auto stored = static_cast<std::uint64_t>(std::lround(std::ldexp(0.9, -kExponent)));
  for (const std::uint64_t age : {2, 16}) {
    exponent::Autoflex history(exponent::autoflex_preset("ngraph", 16), kExponent);
    history.record(stored);
    EXPECT_EQ(history.predict(age), age < 16 ? kExponent : kExponent + 1);
  }
  ASSERT_EQ(report.layers.size(), static_cast<std::size_t>(kLayers));
  for (const LayerReport& layer : report.layers) EXPECT_EQ(layer.exponent, kExponent) << layer.name;
}

TEST(DfpExponents, TheSecondPassUsesTheFinishedTensorsMaximum) {
  for (const char* format : {"dfp8", "dfp16", "sdfp8"}) {
    const RunReport report = run_literally(small_request(tests::small_residual(), format, 2, 2));
    for (const LayerReport& l : report.layers) EXPECT_TRUE(l.exponent.has_value());
    // Every requantised layer: a vector pass over all its elements beside its own operations.
    EXPECT_EQ(report.layers[0].counters[Counter::VectorOperations], 2U * 4 * 5 * 5);
  }
}

TEST(DfpExponents, IdentityGivesTheDirectQuantisation) {
  for (const char* format : {"dfp8", "dfp16"}) {
    RunSpec request = identity_request(format, 1, 1);
    request.inputs["input"].values = {0.3, -1.7, 0.01, 0.9};
    const int bits = request.platform.core.format.out.bits;
    const RunReport report = run_literally(request);
    EXPECT_EQ(report.layers[0].exponent, exponent::dfp_exponent(1.7, bits));
    // Products of quantised inputs and an exact 1 come back unchanged: nothing is lost in the datapath.
    EXPECT_TRUE(std::isinf(*report.layers[0].datapath.sqnr_db));
  }
}

TEST(SdfpExponents, BiasMovesTheExponentByClass) {
  RunSpec request = identity_request("sdfp8", 1, 1);
  request.inputs["input"].values = {0.3, -1.7, 0.01, 0.9};
  const int base = run_literally(request).layers[0].exponent.value();
  request.sdfp.activations = -1;
  // The input's largest code is now 127/128, so the output's maximum is an octave lower, and its own bias one more.
  EXPECT_EQ(run_literally(request).layers[0].exponent.value(), base - 2);
  EXPECT_GT(run_literally(request).layers[0].end_to_end.max_relative, 0.2);  // 1.7 saturates
  request.sdfp.activations.reset();
  const int automatic = run_literally(request).layers[0].exponent.value();
  EXPECT_TRUE(automatic <= base && automatic >= base - 6);  // input and output choose 0 to -3 each
}

TEST(DfpExponents, HeadroomIsTheHostsAndThatOfFinishedSums) {
  for (const char* format : {"dfp8", "sdfp16"}) {
    RunSpec request = identity_request(format, 1, 1);
    request.inputs["input"].values = {0.3, -1.7, 0.01, 0.9};
    const int bits = request.platform.core.format.out.bits;
    request.sdfp.add_shift = 2;
    EXPECT_EQ(run_literally(request).layers[0].exponent, exponent::dfp_exponent(1.7, bits) + 2) << format;
    // What is said of the tensors wins over what holds for all.
    request.formats = programs::choice_of(request.platform.core);
    request.formats->add_shift = 1;
    EXPECT_EQ(run_literally(request).layers[0].exponent, exponent::dfp_exponent(1.7, bits) + 1) << format;
  }
}

TEST(ZeroTensors, RunInEverySharedExponentFormat) {
  for (const char* format : {"flex16+5", "dfp8", "sdfp8", "fixed8.4"}) {
    RunSpec request = small_request(tests::small_residual(), format, 2, 1);
    std::fill(request.inputs["input"].values.begin(), request.inputs["input"].values.end(), 0);
    for (auto& [name, tensor] : request.parameters)
      if (name.ends_with("bias") || name.ends_with("mean")) std::fill(tensor.values.begin(), tensor.values.end(), 0);
    const RunReport report = run_literally(request);
    EXPECT_FALSE(report.output.sqnr_db.has_value()) << format;  // the reference is zero
    EXPECT_EQ(report.output.max_ulp, 0) << format;
    if (std::string(format) == "dfp8") {
      for (const LayerReport& l : report.layers) EXPECT_EQ(l.exponent, 0) << l.name;
    }
  }
}

}  // namespace
}  // namespace binade::sim
