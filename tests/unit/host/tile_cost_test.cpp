// SPDX-License-Identifier: Apache-2.0
// The closed form of a tile's traffic against the address generators of the engines, descriptor by descriptor.
#include "sim/host/tile_cost.h"

#include <gtest/gtest.h>

#include <cmath>

#include "hw/engines/load_plan.h"
#include "hw/engines/store_plan.h"
#include "hw/engines/walk_plan.h"
#include "models/networks/builder.h"
#include "models/operations/gradients.h"
#include "models/operations/operation_table.h"
#include "sim/host/addressed.h"

namespace binade::sim {
namespace {

struct Traffic {
  double transactions = 0, bursts = 0, bytes = 0;
};

hw::PlatformConfig config_of(const char* format, datapath::Dataflow dataflow) {
  hw::PlatformConfig config;
  config.core.format = numerics::parse_format(format);
  config.core.accumulate.policy = default_accumulate(config.core.format);
  config.core.dataflow = dataflow;
  return config;
}

struct Layer {
  const char* name;
  networks::Network network;
};

std::vector<Layer> layers() {
  std::vector<Layer> all;
  const auto conv = [&](const char* name, networks::Shape in, std::int64_t channels, int kernel, int stride, int dilation) {
    networks::Builder b("n", "s", in);
    const int c = b.conv("l", 0, channels, kernel, {.bias = true});
    networks::Window& w = b.layer(c).window;
    w.stride_h = w.stride_w = stride;
    w.dilation_h = w.dilation_w = dilation;
    w.pad_h = w.pad_w = dilation * (kernel - 1) / 2;
    all.push_back({name, b.finish(0)});
  };
  conv("1x1", {128, 28, 28}, 64, 1, 1, 1);
  conv("1x1 by two", {64, 56, 56}, 128, 1, 2, 1);
  conv("3x3", {64, 14, 14}, 96, 3, 1, 1);
  conv("7x7 by two", {3, 112, 112}, 64, 7, 2, 1);
  conv("3x3 apart", {32, 33, 33}, 64, 3, 1, 12);
  networks::Builder b("n", "s", networks::Shape::tokens(64, 256));
  b.linear("l", 0, 384);
  all.push_back({"linear", b.finish(0)});
  return all;
}

Traffic exact(const hw::PlatformConfig& config, const GemmForm& form, const Tile& tile) {
  programs::Work work;
  work.mode = mode_of(config.core, 0);
  const auto tensor = [&](std::int64_t address) {
    return programs::StoredTensor{
        .address = address, .elements = 0, .format = config.core.format.out, .raw_bytes = 0, .magnitude = {}};
  };
  work.inputs = {tensor(0)};
  work.weight = tensor(1 << 24);
  work.bias = tensor(2 << 24);
  work.output = tensor(3 << 24);
  work.output.raw_bytes = stores_raw(config.core) ? output_bytes(config.core) : 0;
  Schedule schedule(0);
  lower_gemm(config, addressed(form, work), tile, schedule);
  Traffic traffic;
  const auto add = [&](const std::vector<hw::DramSpan>& spans) {
    for (const hw::DramSpan& span : hw::split_bursts(spans, static_cast<std::uint64_t>(config.bus.burst_bytes))) {
      ++traffic.transactions;
      traffic.bursts += static_cast<double>((span.address + span.bytes - 1) / 64 - span.address / 64 + 1);
      traffic.bytes += static_cast<double>(span.bytes);
    }
  };
  for (const spec::DescriptorWords& words : schedule.finish()) {
    const auto opcode = static_cast<spec::Opcode>(spec::unpack_header(words).opcode);
    if (opcode == spec::Opcode::Load) add(hw::LoadPlan::make(spec::unpack<spec::Load>(words))->spans());
    if (opcode == spec::Opcode::LoadWalk) add(hw::WalkPlan::make(spec::unpack<spec::LoadWalk>(words))->spans());
    if (opcode == spec::Opcode::Store) add(hw::StorePlan::make(spec::unpack<spec::Store>(words))->spans);
  }
  return traffic;
}

/// Tiles of a product from the best to the worst; their traffic by the closed form and as the engines plan it.
void compare(const hw::PlatformConfig& config, const GemmForm& form, const std::string& name) {
  const TileCost cost(config, form);
  const std::vector<Tile> tiles = rank_tiles(config, form, 400);
  double transactions = 0, bursts = 0;
  int count = 0;
  for (std::size_t i = 0; i < tiles.size(); i += std::min<std::size_t>(40, 1 + tiles.size() / 10), ++count) {
    const Tile& tile = tiles[i];
    const Traffic walked = exact(config, form, tile);
    const TileCost::Estimate estimate = cost(tile);
    const auto off = [](double said, double is) { return std::abs(said / is - 1); };
    const std::string what = name + " " + to_string(tile) + (tile.n_inner ? " mnk" : " nmk");
    EXPECT_LT(off(estimate.transactions, walked.transactions), 0.35)
        << what << ": " << estimate.transactions << " for " << walked.transactions;
    EXPECT_LT(off(estimate.bursts, walked.bursts), 0.35) << what << ": " << estimate.bursts << " for " << walked.bursts;
    transactions += off(estimate.transactions, walked.transactions);
    bursts += off(estimate.bursts, walked.bursts);
  }
  EXPECT_LT(transactions / count, 0.15) << name;
  EXPECT_LT(bursts / count, 0.15) << name;
}

TEST(TileCost, CountsTrafficAsTheEnginesDo) {
  for (const char* const format : {"posit8", "fp16", "dfp8"})
    for (const auto dataflow : {datapath::Dataflow::OutputStationary, datapath::Dataflow::WeightStationary}) {
      const hw::PlatformConfig config = config_of(format, dataflow);
      for (const Layer& layer : layers()) {
        const int last = static_cast<int>(layer.network.layers.size()) - 1;
        const operations::Call call = networks::call_of(layer.network, last, 1, 0, false);
        compare(config, operations::row(layer.network.layers.back()).gemm(call), std::string(format) + " " + layer.name);
      }
    }
}

// Sums over samples and pixels are products with a 1, whose rows lie plane by plane.
TEST(TileCost, CountsTrafficOfSums) {
  for (const char* const format : {"posit8", "fp16"})
    for (const auto order : {operations::KOrder::SamplesOutermost, operations::KOrder::SamplesInnermost}) {
      const hw::PlatformConfig config = config_of(format, datapath::Dataflow::OutputStationary);
      const std::string name = std::string(format) + (order == operations::KOrder::SamplesOutermost ? " outermost" : " innermost");
      for (const std::int64_t channels : {6, 40})
        for (const std::int64_t pixels : {1, 784})
          compare(config,
                  operations::sums_over({{.role = operations::Role::Input}, 32, channels, pixels},
                                        {.samples = true, .pixels = true}, order, {.role = operations::Role::Weight}),
                  name + " " + std::to_string(channels) + " channels of " + std::to_string(pixels));
    }
}

}  // namespace
}  // namespace binade::sim
