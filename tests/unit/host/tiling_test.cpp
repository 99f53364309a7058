// SPDX-License-Identifier: Apache-2.0
// Chosen tiles over a product of shapes, arrays, dataflows and scratchpad sizes.
#include "sim/host/tiling.h"

#include <gtest/gtest.h>

#include "models/numerics/error.h"
#include "sim/host/scratchpads.h"

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

TEST(Tiling, TilesFitAndObeyTheCoresRules) {
  for (const Dataflow dataflow : {Dataflow::OutputStationary, Dataflow::WeightStationary})
    for (const auto& [rows, cols] : {std::pair{4, 4}, {8, 2}, {16, 16}})
      for (const std::int64_t bytes : {2048, 4096, 65536, 1 << 20})
        for (const std::int64_t m : {1, 7, 64, 3136})
          for (const std::int64_t n : {1, 10, 64, 1000})
            for (const std::int64_t k : {1, 27, 576, 4608}) {
              const auto config = config_of(dataflow, rows, cols, bytes);
              const GemmShape shape{.m = m, .n = n, .k = k, .bias = true};
              const Tile tile = choose_tile(config, shape, "here");
              const TileBytes used = tile_bytes(config, shape, tile);
              const std::string what =
                  to_string(tile) + " of " + std::to_string(m) + ' ' + std::to_string(n) + ' ' + std::to_string(k);
              EXPECT_LE(2 * used.a, bytes) << what;
              EXPECT_LE(2 * used.b, bytes) << what;
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
    const Tile tile = choose_tile(config_of(Dataflow::OutputStationary, rows, 16, 1 << 20), row, "here");
    EXPECT_EQ(tile.k, row.k) << rows;  // 8 KiB of the scratchpad's half of 512
  }
}

TEST(Tiling, WithoutCapacityLimitsTheLayerIsOneCommand) {
  auto config = config_of(Dataflow::WeightStationary, 16, 16, 64);
  config.memory_ideal = true;
  config.core.capacity_limited = false;
  const Tile tile = choose_tile(config, {.m = 50176, .n = 64, .k = 576}, "here");
  EXPECT_EQ(to_string(tile), "50176 x 64 x 576");
}

TEST(Tiling, MoreRoomNeverMeansMoreTraffic) {
  // With everything resident each operand is loaded once, so the tile count of the operands cannot grow.
  const GemmShape shape{.m = 3136, .n = 256, .k = 1152};
  std::int64_t tiles_before = INT64_MAX;
  for (std::int64_t bytes = 1 << 14; bytes <= 1 << 24; bytes *= 4) {
    const Tile tile = choose_tile(config_of(Dataflow::OutputStationary, 16, 16, bytes), shape, "here");
    const std::int64_t tiles =
        ((shape.m + tile.m - 1) / tile.m) * ((shape.n + tile.n - 1) / tile.n) * ((shape.k + tile.k - 1) / tile.k);
    EXPECT_LE(tiles, tiles_before);
    tiles_before = tiles;
  }
}

TEST(Tiling, RefusalNamesKeyAndBytes) {
  auto config = config_of(Dataflow::OutputStationary, 16, 16, 65536);
  config.scratchpad.o_bytes = 512;  // 16 x 16 codes of 2 bytes, twice, need 1024
  try {
    choose_tile(config, {.m = 100, .n = 100, .k = 10}, "layer 'conv9'");
    FAIL();
  } catch (const InputError& error) {
    const std::string what = error.what();
    EXPECT_NE(what.find("layer 'conv9'"), std::string::npos) << what;
    EXPECT_NE(what.find("scratchpad.o_bytes is 512, at least 1024 bytes"), std::string::npos) << what;
    EXPECT_EQ(what.find("a_bytes"), std::string::npos) << what;
  }
  config.scratchpad.o_bytes = 1024;
  EXPECT_NO_THROW(choose_tile(config, {.m = 100, .n = 100, .k = 10}, "here"));
}

}  // namespace
}  // namespace binade::sim
