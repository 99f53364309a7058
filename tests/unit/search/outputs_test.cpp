// SPDX-License-Identifier: Apache-2.0
// Outputs of the golden machine beside those of a simulated run, and the correlation of outputs.
#include "sim/search/outputs.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "sim/config/settings.h"
#include "sim/jobs/pool.h"
#include "sim/run/make_spec.h"
#include "sim/run/simulate.h"
#include "sim/run/spec_settings.h"

namespace binade::sim {
namespace {

RunSpec spec_in(const std::string& format) {
  RunSpec spec = make_spec({.network = "lenet5", .batch = 2, .samples = 3, .seed = 7});
  Settings settings;
  set_formats(settings, {format});
  apply_settings(resolved_for(settings, format), spec);
  complete_platform(spec);
  return spec;
}

/// Of a simulation in a process of its own: the bytes of the last layer's values.
std::vector<double> simulated(const RunSpec& spec) {
  std::vector<double> values;
  run_jobs(
      1, {},
      [&](std::size_t, const ProgressSink&) {
        std::string bytes;
        SimulateHooks hooks;
        hooks.run.output = [&](const LayerOutput& output) {
          if (output.layer == spec.network.layers.back().name)
            bytes.append(reinterpret_cast<const char*>(output.values.data()), output.values.size_bytes());
        };
        simulate(spec, hooks);
        return bytes;
      },
      [&](std::size_t, JobResult result) {
        ASSERT_TRUE(result.bytes) << result.error;
        values.resize(result.bytes->size() / sizeof(double));
        std::memcpy(values.data(), result.bytes->data(), result.bytes->size());
      },
      [](const Progress&) {});
  return values;
}

/// Families whose exponents follow from batches too.
TEST(GoldenOutputs, AreThoseOfARun) {
  for (const char* const format : {"e6m7", "posit8", "dfp8", "flex16+5", "fixed16.8", "fp16"}) {
    const RunSpec spec = spec_in(format);
    const Outputs golden = golden_outputs(spec);
    EXPECT_EQ(golden.width, 10);
    EXPECT_EQ(golden.samples(), 3);
    EXPECT_EQ(golden.values, simulated(spec)) << format;
  }
}

TEST(GoldenOutputs, ComeCloseToTheReferenceInAWideFormat) {
  const RunSpec spec = spec_in("fp32");
  const Outputs exact = reference_outputs(spec), golden = golden_outputs(spec);
  ASSERT_EQ(exact.values.size(), golden.values.size());
  for (std::size_t i = 0; i < exact.values.size(); ++i)
    EXPECT_NEAR(golden.values[i], exact.values[i], 1e-4 * (1 + std::abs(exact.values[i])));
  EXPECT_GT(correlation_squared(exact.values, golden.values), 0.999999);
  EXPECT_LT(correlation_squared(exact.values, golden_outputs(spec_in("e2m1")).values), 0.9);
}

TEST(GoldenOutputs, OfSomeSamplesAreTheirRows) {
  const RunSpec spec = spec_in("e6m7");
  const Outputs all = golden_outputs(spec), some = golden_outputs(samples_at(spec, {0, 2}));
  const std::vector<double> rows = [&] {
    std::vector<double> values(all.values.begin(), all.values.begin() + 10);
    values.insert(values.end(), all.values.begin() + 20, all.values.end());
    return values;
  }();
  EXPECT_EQ(some.values, rows);
}

TEST(GoldenOutputs, EndWhereTheyAreStopped) {
  const std::atomic<bool> stop = true;
  EXPECT_LT(golden_outputs(spec_in("e6m7"), &stop).samples(), 3);
}

TEST(Correlation, IsOfLinesAndOfNothingElse) {
  const std::vector<double> x{1, 2, 3, 4}, line{-2, -4, -6, -8}, constant{5, 5, 5, 5}, bent{1, 0, 0, 1};
  EXPECT_NEAR(correlation_squared(x, line), 1, 1e-12);
  EXPECT_EQ(correlation_squared(x, constant), 0);
  EXPECT_NEAR(correlation_squared(x, bent), 0, 1e-12);
  EXPECT_NEAR(correlation_squared(x, std::vector<double>{1e300, 2e300, 3e300, 4e300}), 1, 1e-12);
  std::vector<double> broken = x;
  broken[1] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(correlation_squared(x, broken), 0);
  broken[1] = std::numeric_limits<double>::infinity();
  EXPECT_EQ(correlation_squared(broken, x), 0);
  EXPECT_EQ(correlation_squared({}, {}), 0);
}

}  // namespace
}  // namespace binade::sim
