// SPDX-License-Identifier: Apache-2.0
// The timing function against the table of the design, stated again fold by fold, and against the sequencer clock by clock.
#include "models/datapath/timing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "models/datapath/fold_walk.h"
#include "models/datapath/sequencer.h"
#include "tests/unit/datapath/harness.h"

namespace binade::datapath::test {
namespace {

/// One row of the table for every fold, as written in the design; `folds` in run order.
struct TableFold {
  std::int64_t r, c;
  bool first_of_tile;  ///< ws: first K-fold of an output tile
};

std::int64_t table_cycles(const CoreConfig& config, const CoreCommand& t) {
  const std::int64_t rows = config.rows, cols = config.cols, stages = config.pe_latency - 1;
  const bool os = config.dataflow == Dataflow::OutputStationary, full_edge = config.edge == Edge::Full;
  std::vector<TableFold> folds;
  const auto add = [&](std::int64_t r, std::int64_t c, bool first) {
    folds.push_back({full_edge ? rows : std::min(rows, r), full_edge ? cols : std::min(cols, c), first});
  };
  if (os) {
    for (std::int64_t m = t.m; m > 0; m -= rows) {
      for (std::int64_t n = t.n; n > 0; n -= cols) add(m, n, true);
    }
  } else {
    for (std::int64_t n = t.n; n > 0; n -= cols) {
      for (std::int64_t k = t.k; k > 0; k -= rows) add(k, n, k == t.k);
    }
  }
  const std::int64_t depth = os ? t.k : t.m;
  std::int64_t sum = 0, start = 0, end = 0;
  for (std::size_t f = 0; f < folds.size(); ++f) {
    const auto [r, c, first] = folds[f];
    const std::int64_t fold = depth + r + rows + c - 2;
    if (config.overlap == Overlap::None) {
      sum += fold + stages;
    } else if (config.overlap == Overlap::Drain) {
      sum += depth + r + c - 2 + stages;
    } else {
      if (f == 0) {
        start = os ? 0 : r;
      } else if (os) {
        start += std::max(depth, folds[f - 1].r);
      } else {
        start += std::max({depth, r, first ? 0 : rows});
      }
      end = std::max(end, start + (os ? fold : depth + rows + c - 2) + stages);
    }
  }
  return config.overlap == Overlap::Full ? end : config.overlap == Overlap::Drain ? sum + rows : sum;
}

Problem shape(Dataflow dataflow, Overlap overlap, Edge edge) {
  Problem p;
  p.config.format = numerics::parse_format("dfp8");
  p.config.dataflow = dataflow;
  p.config.overlap = overlap;
  p.config.edge = edge;
  p.config.capacity_limited = false;
  return p;
}

struct Mode {
  Dataflow dataflow;
  Overlap overlap;
};
class Timing : public testing::TestWithParam<std::tuple<Mode, Edge>> {};

TEST_P(Timing, EqualsTheTableAndTheSequencer) {
  const auto [mode, edge] = GetParam();
  std::mt19937_64 random(7);
  for (int i = 0; i < 400; ++i) {
    Problem p = shape(mode.dataflow, mode.overlap, edge);
    p.config.rows = static_cast<int>(pick(random, 1, 12));
    p.config.cols = static_cast<int>(pick(random, 1, 12));
    p.config.pe_latency = static_cast<int>(pick(random, 1, 4));
    p.config.lane_latency = static_cast<int>(pick(random, 0, 6));
    p.command.m = pick(random, 1, 40);
    p.command.n = pick(random, 1, 40);
    p.command.k = pick(random, 1, 40);
    p.command.bias = pick(random, 0, 1) == 0;
    const auto beats = static_cast<std::int64_t>(tile_beats(p.config, p.command));
    ASSERT_EQ(beats, table_cycles(p.config, p.command)) << p;
    ASSERT_EQ(sequence_tile(p.config, p.command, 1, 1, 1), step_sequence(p.config, p.command, 1, 1, 1)) << p;
    std::uint64_t end = 0;
    for (FoldWalk walk(p.config, p.command); !walk.done(); walk.next()) end = std::max(end, walk.fold().end);
    ASSERT_EQ(beats, static_cast<std::int64_t>(end)) << p;
  }
}

std::string mode_name(const testing::TestParamInfo<Timing::ParamType>& row) {
  const auto& [mode, edge] = row.param;
  return std::string(to_string(mode.dataflow)) + '_' + std::string(to_string(mode.overlap)) + '_' + std::string(to_string(edge));
}

INSTANTIATE_TEST_SUITE_P(All, Timing,
                         testing::Combine(testing::Values(Mode{Dataflow::OutputStationary, Overlap::None},
                                                          Mode{Dataflow::OutputStationary, Overlap::Drain},
                                                          Mode{Dataflow::OutputStationary, Overlap::Full},
                                                          Mode{Dataflow::WeightStationary, Overlap::None},
                                                          Mode{Dataflow::WeightStationary, Overlap::Full}),
                                          testing::Values(Edge::Ragged, Edge::Full)),
                         mode_name);

// SCALE-Sim charges every fold the whole array: os K + R + C - 2 (and the drain of the last fold), ws M + 2R + C - 2.
TEST(Timing, EdgeFullIsScaleSim) {
  Problem os = shape(Dataflow::OutputStationary, Overlap::Drain, Edge::Full);
  os.command.m = 100;
  os.command.n = 50;
  os.command.k = 27;
  EXPECT_EQ(tile_beats(os.config, os.command), 7U * 4U * (27 + 16 + 16 - 2) + 16);
  Problem ws = shape(Dataflow::WeightStationary, Overlap::None, Edge::Full);
  ws.command = os.command;
  EXPECT_EQ(tile_beats(ws.config, ws.command), 2U * 4U * (100 + 2 * 16 + 16 - 2));
}

// The example of docs/timing.md.
TEST(Timing, DocumentedExample) {
  Problem p = shape(Dataflow::OutputStationary, Overlap::Full, Edge::Ragged);
  p.command.m = p.command.n = 32;
  p.command.k = 100;
  EXPECT_EQ(tile_beats(p.config, p.command), 446U);
  EXPECT_EQ(step_sequence(p.config, p.command, 1, 1, 1).clocks(), 451U);
}

TEST(Timing, PartialKHasNoDrain) {
  for (const Overlap overlap : {Overlap::None, Overlap::Drain, Overlap::Full}) {
    Problem p = shape(Dataflow::OutputStationary, overlap, Edge::Ragged);
    p.config.pe_latency = 3;
    p.command.m = 5;
    p.command.n = 7;
    p.command.k = 40;
    p.command.last_k = false;
    EXPECT_EQ(tile_beats(p.config, p.command), 40U + 5 + 7 - 2 + 2);
    EXPECT_EQ(out_vectors(p.config, p.command), 0U);
    EXPECT_EQ(step_sequence(p.config, p.command, 1, 1, 1), sequence_tile(p.config, p.command, 1, 1, 1));
  }
}

// A stream that delivers every i-th clock bounds the tile from below; its waits are charged to it.
TEST(Timing, StallsNameTheSlowStream) {
  Problem p = shape(Dataflow::OutputStationary, Overlap::Full, Edge::Ragged);
  p.command.m = 64;
  p.command.n = 64;
  p.command.k = 50;
  const TileClocks free = sequence_tile(p.config, p.command, 1, 1, 1);
  EXPECT_EQ(free.stall_a + free.stall_b + free.stall_out, 0U);
  const TileClocks slow_a = sequence_tile(p.config, p.command, 3, 1, 1);
  EXPECT_EQ(slow_a.beats, free.beats);
  EXPECT_EQ(slow_a.stall_b + slow_a.stall_out, 0U);
  EXPECT_GE(slow_a.clocks(), 3 * (slow_a.a_vectors - 1));
  const TileClocks slow_b = sequence_tile(p.config, p.command, 1, 3, 1);
  EXPECT_EQ(slow_b.stall_b, slow_a.stall_a);
  EXPECT_EQ(slow_b.stall_a + slow_b.stall_out, 0U);
  const TileClocks slow_out = sequence_tile(p.config, p.command, 1, 1, 9);
  EXPECT_EQ(slow_out.stall_a + slow_out.stall_b, 0U);
  EXPECT_GE(slow_out.clocks(), 9 * (slow_out.out_vectors - 1));
  p.config.lane_interval = 9;
  EXPECT_GE(sequence_tile(p.config, p.command, 1, 1, 1).clocks(), 9 * (free.out_vectors - 1));
  EXPECT_GT(sequence_tile(p.config, p.command, 1, 1, 1).stall_out, 0U);
}

}  // namespace
}  // namespace binade::datapath::test
