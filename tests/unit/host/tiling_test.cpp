// SPDX-License-Identifier: Apache-2.0
// Chosen tiles over a product of shapes, arrays, dataflows and scratchpad sizes.
#include "sim/host/tiling.h"

#include <gtest/gtest.h>

#include "models/numerics/error.h"
#include "sim/host/scratchpads.h"
#include "sim/host/tile_cost.h"

namespace binade::sim {
namespace {

using datapath::Dataflow;

hw::PlatformConfig config_of(Dataflow dataflow, int rows, int cols, std::int64_t scratchpad_bytes) {
  hw::PlatformConfig config;
  config.core.format = numerics::parse_format("flex16+5");
  config.core.accumulate = {.policy = numerics::Accumulate::Blocked};
  config.core.dataflow = dataflow;
  config.core.rows = rows;
  config.core.cols = cols;
  config.core.psum_bytes = 4096;
  config.scratchpad.a_bytes = config.scratchpad.b_bytes = config.scratchpad.o_bytes = scratchpad_bytes;
  return config;
}

/// A product of dense matrices.
GemmForm form_of(const GemmShape& shape) {
  GemmForm form;
  form.shape = shape;
  return form;
}

TEST(Tiling, TilesFitAndObeyTheCoresRules) {
  for (const Dataflow dataflow : {Dataflow::OutputStationary, Dataflow::WeightStationary})
    for (const auto& [rows, cols] : {std::pair{4, 4}, {8, 2}, {16, 16}})
      for (const std::int64_t bytes : {2048, 4096, 65536, 1 << 20})
        for (const std::int64_t m : {1, 7, 64, 3136})
          for (const std::int64_t n : {1, 10, 64, 1000})
            for (const std::int64_t k : {1, 27, 576, 4608}) {
              const auto config = config_of(dataflow, rows, cols, bytes);
              const GemmShape shape{.m = m, .n = n, .k = k, .bias = true};
              const Tile tile = choose_tile(config, form_of(shape), "here");
              const TileBytes used = tile_bytes(config, shape, tile);
              const std::string what =
                  to_string(tile) + " of " + std::to_string(m) + ' ' + std::to_string(n) + ' ' + std::to_string(k);
              const TileSlots slots = tile_slots(config, shape, tile);
              EXPECT_LE(slots.a * used.a, bytes) << what;
              EXPECT_LE(slots.b * used.b, bytes) << what;
              EXPECT_LE(2 * used.o, bytes) << what;
              EXPECT_TRUE(tile.m >= 1 && tile.m <= m && tile.n >= 1 && tile.n <= n && tile.k >= 1 &&
                          tile.k <= std::max<std::int64_t>(k, rows))
                  << what;
              const bool os = dataflow == Dataflow::OutputStationary;
              if (tile.k < k) {
                EXPECT_LE(tile.n, cols) << what;
                EXPECT_TRUE(!os || tile.m <= rows) << what;
                EXPECT_TRUE(os || tile.k % rows == 0) << what;
              }
              EXPECT_TRUE(os || k <= rows || tile.m <= psum_rows(config.core)) << what;
            }
}

// An array larger than the tile neither takes more of a scratchpad nor splits what would fit.
TEST(Tiling, UnusedRowsAndColumnsTakeNoRoom) {
  for (const Dataflow dataflow : {Dataflow::OutputStationary, Dataflow::WeightStationary})
    for (const std::int64_t m : {1, 3, 16})
      for (const std::int64_t n : {1, 6, 16})
        for (const std::int64_t k : {1, 5, 16}) {
          const GemmShape shape{.m = m, .n = n, .k = k, .bias = true};
          const bool os = dataflow == Dataflow::OutputStationary;
          const TileBytes exact =
              tile_bytes(config_of(dataflow, static_cast<int>(os ? m : k), static_cast<int>(n), 4096), shape, {m, n, k});
          const TileBytes large = tile_bytes(config_of(dataflow, 256, 256, 4096), shape, {m, n, k});
          EXPECT_EQ(large.a, exact.a);
          EXPECT_EQ(large.b, exact.b);
          EXPECT_EQ(large.a, align_up(m * k * 2));
          EXPECT_EQ(large.weights, align_up(n * k * 2));
        }
  const GemmShape row{.m = 1, .n = 64, .k = 4096};
  for (const int rows : {1, 16, 256}) {
    const Tile tile = choose_tile(config_of(Dataflow::OutputStationary, rows, 16, 1 << 20), form_of(row), "here");
    EXPECT_EQ(tile.k, row.k) << rows;  // 8 KiB of the scratchpad's half of 512
  }
}

TEST(Tiling, WithoutCapacityLimitsTheLayerIsOneCommand) {
  auto config = config_of(Dataflow::WeightStationary, 16, 16, 64);
  config.memory_ideal = true;
  config.core.capacity_limited = false;
  const Tile tile = choose_tile(config, form_of({.m = 50176, .n = 64, .k = 576}), "here");
  EXPECT_EQ(to_string(tile), "50176 x 64 x 576");
}

TEST(Tiling, MoreRoomNeverMeansMoreTraffic) {
  // With everything resident each operand is loaded once, so the tile count of the operands cannot grow.
  const GemmShape shape{.m = 3136, .n = 256, .k = 1152};
  std::int64_t tiles_before = INT64_MAX;
  for (std::int64_t bytes = 1 << 14; bytes <= 1 << 24; bytes *= 4) {
    const Tile tile = choose_tile(config_of(Dataflow::OutputStationary, 16, 16, bytes), form_of(shape), "here");
    const std::int64_t tiles =
        ((shape.m + tile.m - 1) / tile.m) * ((shape.n + tile.n - 1) / tile.n) * ((shape.k + tile.k - 1) / tile.k);
    EXPECT_LE(tiles, tiles_before);
    tiles_before = tiles;
  }
}

TEST(Tiling, RefusalNamesKeyAndBytes) {
  auto config = config_of(Dataflow::OutputStationary, 16, 16, 65536);
  config.scratchpad.o_bytes = 64;  // one result takes an aligned place of 64 bytes, and there are two
  try {
    choose_tile(config, form_of({.m = 100, .n = 100, .k = 10}), "layer 'conv9'");
    FAIL();
  } catch (const InputError& error) {
    const std::string what = error.what();
    EXPECT_NE(what.find("layer 'conv9'"), std::string::npos) << what;
    EXPECT_NE(what.find("scratchpad.o_bytes is 64, at least 128 bytes"), std::string::npos) << what;
    EXPECT_EQ(what.find("a_bytes"), std::string::npos) << what;
  }
  config.scratchpad.o_bytes = 128;
  EXPECT_NO_THROW(choose_tile(config, form_of({.m = 100, .n = 100, .k = 10}), "here"));
}

TEST(Tiling, AForcedTileIsTakenOrRefusedByWhatItBreaks) {
  const auto os = config_of(Dataflow::OutputStationary, 16, 16, 65536), ws = config_of(Dataflow::WeightStationary, 16, 16, 65536);
  const GemmForm form = form_of({.m = 100, .n = 100, .k = 640});
  const auto forced = [&](const hw::PlatformConfig& config, std::int64_t m, std::int64_t n, std::int64_t k) {
    return choose_tile(config, form, "layer 'fc'", {.extents = TilingChoice::Extents{m, n, k}, .n_inner = false});
  };
  EXPECT_EQ(forced(os, 32, 16, 640), (Tile{32, 16, 640, false}));
  EXPECT_EQ(forced(os, 16, 16, 100), (Tile{16, 16, 100, false}));
  EXPECT_EQ(forced(os, 16, 16, 99999), (Tile{16, 16, 640, false}));
  const auto refusal = [&](const hw::PlatformConfig& config, std::int64_t m, std::int64_t n, std::int64_t k) -> std::string {
    try {
      forced(config, m, n, k);
      return "";
    } catch (const InputError& error) {
      return error.what();
    }
  };
  EXPECT_NE(refusal(os, 32, 16, 320).find("more than one output block; allowed: up to 16 rows and 16 columns"), std::string::npos);
  EXPECT_NE(refusal(ws, 32, 16, 100).find("multiples of 16"), std::string::npos);
  EXPECT_NE(refusal(os, 100, 16, 640).find("scratchpad.a_bytes is 65536, at least"), std::string::npos);
  EXPECT_EQ(refusal(os, 100, 16, 640).rfind("tiling.tile: layer 'fc': a tile of 100 x 16 x 640", 0), 0U);
}

TEST(Tiling, RankedTilesAreDifferentAndBeginWithTheBest) {
  const auto config = config_of(Dataflow::OutputStationary, 16, 16, 65536);
  const GemmForm form = form_of({.m = 784, .n = 512, .k = 256});
  const std::vector<Tile> ranked = rank_tiles(config, form, 8);
  ASSERT_EQ(ranked.size(), 8U);
  const TileCost cost(config, form);
  for (std::size_t i = 1; i < ranked.size(); ++i) {
    EXPECT_LE(cost(ranked[i - 1]).score, cost(ranked[i]).score);
    EXPECT_FALSE(ranked[i - 1] == ranked[i]);
  }
  EXPECT_LE(cost(ranked.front()).score, cost(choose_tile(config, form, "here")).score);
  EXPECT_EQ(choose_tile(config, form, "here", {.rank = 3}), ranked[2]);
}

TEST(Tiling, RankedAndBestTilesStayWithinReach) {
  const auto config = config_of(Dataflow::WeightStationary, 16, 16, 65536);
  const GemmForm form = form_of({.m = 784, .n = 512, .k = 256, .bias = true});
  const CoreReach reach{.partial_sum_rows = 40, .bias_columns = 48};
  const auto within = [&](const Tile& tile) {
    return tile.n <= reach.bias_columns && (tile.m <= reach.partial_sum_rows || !sums_wait(config.core, form.shape, tile));
  };
  EXPECT_FALSE(within(choose_tile(config, form, "here")));  // the limits do limit
  EXPECT_TRUE(within(choose_tile(config, form, "here", {.reach = reach})));
  const std::vector<Tile> ranked = rank_tiles(config, form, 1000, {}, reach);
  ASSERT_GE(ranked.size(), 8U);
  for (const Tile& tile : ranked) EXPECT_TRUE(within(tile)) << to_string(tile);
}

// An operand that is loaded once need not be halved.
TEST(Tiling, AStationaryOperandTakesAllOfItsScratchpad) {
  const GemmShape shape{.m = 1089, .n = 64, .k = 1152};  // B: 147,456 bytes
  const auto config = config_of(Dataflow::OutputStationary, 1, 256, 1 << 18);
  const Tile tile = choose_tile(config, form_of(shape), "here");
  EXPECT_EQ(tile.n, shape.n);
  EXPECT_EQ(tile.k, shape.k);
  EXPECT_EQ(tile_slots(config, shape, tile).b, 1);
}

}  // namespace
}  // namespace binade::sim
