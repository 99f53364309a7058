// SPDX-License-Identifier: Apache-2.0
// Whole networks through the host program on the literal device.
#include <gtest/gtest.h>

#include <numeric>
#include <set>

#include "models/datapath/timing.h"
#include "models/networks/builder.h"
#include "sim/host/digest.h"
#include "tests/support/instance_name.h"
#include "tests/support/literal_device.h"
#include "tests/unit/host/small_networks.h"

namespace binade::sim {
namespace {

using spec::Counter;
using tests::run_literally;
using tests::small_attention;
using tests::small_pair;
using tests::small_request;
using tests::small_residual;

const LayerReport& layer(const RunReport& report, const std::string& name) {
  for (const LayerReport& l : report.layers)
    if (l.name == name) return l;
  throw std::runtime_error("no layer " + name);
}

// Least signal-to-noise ratio that a format's precision makes certain on these nets (about 6 dB a bit, less what layers add up).
struct Quality {
  const char* format;
  double end_to_end_db, datapath_db;
};
class EveryFormat : public testing::TestWithParam<Quality> {};

TEST_P(EveryFormat, FiguresAreAsGoodAsThePrecision) {
  for (const auto& network : {small_residual(), small_attention()}) {
    const RunReport report = run_literally(small_request(network, GetParam().format, 3, 2));
    EXPECT_TRUE(report.complete);
    EXPECT_EQ(report.format, GetParam().format);
    for (const LayerReport& l : report.layers) {
      ASSERT_TRUE(l.end_to_end.sqnr_db.has_value()) << l.name;
      EXPECT_GT(*l.end_to_end.sqnr_db, GetParam().end_to_end_db) << l.name;
      EXPECT_GT(*l.datapath.sqnr_db, GetParam().datapath_db) << l.name;
      EXPECT_EQ(l.digest.size(), 64U);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, EveryFormat,
                         testing::Values(Quality{"fp32", 120, 130}, Quality{"flex16+5", 50, 55}, Quality{"posit16", 45, 55},
                                         Quality{"posit8", 8, 15}, Quality{"fp16", 45, 50}, Quality{"e6m7", 22, 28},
                                         Quality{"dfp16", 60, 70}, Quality{"dfp8", 12, 20}, Quality{"sdfp8", 12, 20},
                                         Quality{"fixed24.14", 50, 50}),
                         [](const auto& instance) { return tests::instance_name(instance.param.format); });

TEST(Run, ReluIsFusedAndFlattenMovesNothing) {
  const RunReport report = run_literally(small_request(small_residual(), "fp32", 1, 1));
  std::vector<std::string> names, ops;
  for (const LayerReport& l : report.layers) {
    names.push_back(l.name);
    ops.push_back(l.op);
  }
  EXPECT_EQ(names,
            (std::vector<std::string>{"conv1", "bn1", "pool", "conv2", "conv3", "concat", "shortcut", "add", "average", "fc"}));
  EXPECT_EQ(ops[1], "batchnorm+relu");
  EXPECT_EQ(ops[3], "conv+relu");
  EXPECT_EQ(ops[7], "add+relu");
  EXPECT_EQ(ops[9], "linear");
}

TEST(Run, OrderOfTheQueuesChangesNothing) {
  for (const char* format : {"posit8", "dfp8", "flex16+5"}) {
    const RunSpec request = small_request(small_residual(), format, 2, 2);
    const RunReport first = run_literally(request, 1);
    for (const std::uint64_t order : {2U, 3U, 4U}) EXPECT_EQ(run_literally(request, order).digest, first.digest);
  }
}

TEST(Run, BatchingDoesNotChangeBitsWhereExponentsDoNotDependOnIt) {
  for (const char* format : {"posit8", "e6m7", "fp16", "fixed16.8"})
    for (const bool stochastic : {false, true}) {
      if (stochastic && std::string(format) != "posit8" && std::string(format) != "fixed16.8") continue;
      std::set<std::string> digests;
      for (const std::int64_t batch : {1, 2, 3, 5}) {
        RunSpec request = small_request(small_residual(), format, 5, batch);
        if (stochastic) request.platform.core.accumulate.rounding = numerics::Rounding::Sr;
        if (stochastic) request.platform.core.accumulate.policy = numerics::Accumulate::Exact;
        digests.insert(run_literally(request).digest);
      }
      EXPECT_EQ(digests.size(), 1U) << format << (stochastic ? " sr" : "");
    }
}

TEST(Run, CountersAddUpAndCoverTheLayer) {
  const RunReport report = run_literally(small_request(small_residual(), "dfp8", 3, 2));
  spec::Counters sum;
  for (const LayerReport& l : report.layers) {
    sum += l.counters;
    EXPECT_GE(l.counters[Counter::LoadBytes] + l.counters[Counter::StoreBytes] + l.counters[Counter::FetchBytes], l.unique_bytes);
    if (l.k > 0) {
      EXPECT_EQ(static_cast<std::uint64_t>(l.m * l.n * l.k * l.groups), l.macs) << l.name;
      EXPECT_EQ(l.counters[Counter::CoreMacs], l.macs) << l.name;
    }
  }
  EXPECT_EQ(sum, report.counters);
  EXPECT_EQ(layer(report, "conv1").m, 3 * 5 * 5);
  EXPECT_FALSE(report.energy.empty());
}

TEST(Run, IdealMemoryRunsEachLayerAsOneCommand) {
  RunSpec request = small_request(small_residual(), "posit8", 2, 2);
  request.platform.memory_ideal = true;
  request.platform.core.capacity_limited = false;
  const RunReport report = run_literally(request);
  for (const char* name : {"conv1", "conv2", "fc"}) {
    const LayerReport& l = layer(report, name);
    const datapath::CoreCommand command{.m = l.m, .n = l.n, .k = l.k, .bias = true};
    EXPECT_EQ(l.cycles, tile_beats(request.platform.core, command)) << name;
  }
}

TEST(Run, NeitherBitsNorTimeDependOnTheReference) {
  for (const std::vector<std::string>& selection : {std::vector<std::string>{}, {"conv2", "fc"}}) {
    RunSpec request = small_request(small_residual(), "flex16+5", 3, 2);
    request.layer_selection = selection;  // layers that are left out run in the reference, wanted or not
    const RunReport with = run_literally(request);
    request.reference = false;
    const RunReport without = run_literally(request);
    EXPECT_EQ(without.digest, with.digest);
    EXPECT_EQ(without.counters, with.counters);
    EXPECT_TRUE(with.output.computed);
    for (const LayerReport& l : without.layers) EXPECT_FALSE(l.end_to_end.computed || l.datapath.computed) << l.name;
  }
}

TEST(Run, Top1CountsDeviceAndReference) {
  RunSpec request = small_request(small_residual(), "fp32", 6, 4);
  request.labels = std::vector<int>(6, 0);
  std::int64_t device = 0, reference = 0;
  for (int label = 0; label < 5; ++label) {
    request.labels->assign(6, label);
    const RunReport report = run_literally(request);
    device += report.top1_correct.value();
    reference += report.top1_reference.value();
    EXPECT_EQ(report.top1_correct, report.top1_reference);  // fp32 orders the scores as binary64 does
  }
  EXPECT_EQ(device, 6);  // each sample has exactly one best class
  EXPECT_EQ(reference, 6);
}

TEST(Run, SelectionIsolatesLayersBehindTheReference) {
  RunSpec request = small_request(small_residual(), "posit8", 2, 2);
  request.layer_selection = {"conv2", "f?"};
  const RunReport report = run_literally(request);
  ASSERT_EQ(report.layers.size(), 2U);
  EXPECT_EQ(report.layers[0].name, "conv2");
  EXPECT_EQ(report.layers[1].name, "fc");
  // Its input is the quantised reference: better than what eight layers of posit8 leave.
  const RunReport whole = run_literally(small_request(small_residual(), "posit8", 2, 2));
  EXPECT_GT(*report.layers[1].end_to_end.sqnr_db, *whole.layers.back().end_to_end.sqnr_db);
}

TEST(Run, IndependentLayersOfOneNetworkRunAsEachAlone) {
  const auto alone = [](const char* input, const char* name, networks::Shape shape, std::int64_t features) {
    networks::Builder b("alone", "test", shape);
    b.layer(0).name = input;
    b.linear(name, 0, features);
    return run_literally(small_request(b.finish(0), "flex16+5", 3, 2)).layers.at(0);
  };
  const RunReport both = run_literally(small_request(small_pair(), "flex16+5", 3, 2));
  ASSERT_EQ(both.layers.size(), 2U);
  EXPECT_EQ(both.layers[0].digest, alone("left", "fc_left", {7, 1, 1}, 4).digest);
  EXPECT_EQ(both.layers[1].digest, alone("right", "fc_right", {5, 1, 1}, 6).digest);
  EXPECT_EQ(both.output.max_ulp, both.layers[1].end_to_end.max_ulp);  // the output is the last layer's
}

TEST(Run, AnInputLayerSkipsWhatLiesBefore) {
  RunSpec request = small_request(small_residual(), "fp32", 2, 1);
  const auto network = request.network;
  request.inputs = {{"bn1", {{2, 4, 5, 5}, std::vector<double>(200, 0.5)}}};
  request.parameters.erase("conv1.weight");  // not needed
  const RunReport report = run_literally(request);
  EXPECT_EQ(report.layers.front().name, "relu1");  // its producer is not here to fuse it
  EXPECT_EQ(report.layers.front().op, "relu");
  EXPECT_EQ(report.layers.size(), 9U);
}

TEST(Run, StopEndsAfterTheCurrentLayer) {
  const RunSpec request = small_request(small_residual(), "posit8", 2, 1);
  tests::LiteralDevice device(request.platform, 1);
  std::atomic<bool> stop{false};
  std::vector<std::string> seen;
  const auto progress = [&](const Progress& p) {
    EXPECT_EQ(p.step, static_cast<std::int64_t>(seen.size()));
    EXPECT_EQ(p.steps, 20);
    seen.push_back(p.what);
    if (seen.size() == 3) stop = true;
  };
  const RunReport report = run_network(request, device, {.progress = progress, .stop = &stop});
  EXPECT_FALSE(report.complete);
  EXPECT_EQ(report.layers.size(), 3U);
  EXPECT_EQ(seen.back(), "pool");
  EXPECT_EQ(report.layers[0].digest.size(), 64U);
}

TEST(Digest, KnownAnswer) {
  Digest digest;
  digest.update("a");
  digest.update("bc");
  EXPECT_EQ(digest.hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");  // FIPS 180-2, appendix B.1
}

}  // namespace
}  // namespace binade::sim
