// SPDX-License-Identifier: Apache-2.0
// The timing function against the table of the design, stated again fold by fold, and against the sequencer clock by clock.
#include "models/datapath/timing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "models/datapath/cycle/fold_walk.h"
#include "models/datapath/cycle/lane_walk.h"
#include "models/datapath/cycle/sequencer.h"
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

const Intervals kFree(1, 1, 1);

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
    ASSERT_EQ(sequence_tile(p.config, p.command, kFree), step_sequence(p.config, p.command, kFree)) << p;
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
  EXPECT_EQ(step_sequence(p.config, p.command, kFree).clocks(), 451U);
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
    EXPECT_EQ(step_sequence(p.config, p.command, kFree), sequence_tile(p.config, p.command, kFree));
  }
}

// A stream that delivers every i-th clock bounds the tile from below; its waits are charged to it.
TEST(Timing, StallsNameTheSlowStream) {
  Problem p = shape(Dataflow::OutputStationary, Overlap::Full, Edge::Ragged);
  p.command.m = 64;
  p.command.n = 64;
  p.command.k = 50;
  const TileClocks free = sequence_tile(p.config, p.command, kFree);
  EXPECT_EQ(free.stall_a + free.stall_b + free.stall_out, 0U);
  const TileClocks slow_a = sequence_tile(p.config, p.command, Intervals(3, 1, 1));
  EXPECT_EQ(slow_a.beats, free.beats);
  EXPECT_EQ(slow_a.stall_b + slow_a.stall_out, 0U);
  EXPECT_GE(slow_a.clocks(), 3 * (slow_a.a_vectors - 1));
  const TileClocks slow_b = sequence_tile(p.config, p.command, Intervals(1, 3, 1));
  EXPECT_EQ(slow_b.stall_b, slow_a.stall_a);
  EXPECT_EQ(slow_b.stall_a + slow_b.stall_out, 0U);
  const TileClocks slow_out = sequence_tile(p.config, p.command, Intervals(1, 1, 9));
  EXPECT_EQ(slow_out.stall_a + slow_out.stall_b, 0U);
  EXPECT_GE(slow_out.clocks(), 9 * (slow_out.out_vectors - 1));
  p.config.lane_interval = 9;
  EXPECT_GE(sequence_tile(p.config, p.command, kFree).clocks(), 9 * (free.out_vectors - 1));
  EXPECT_GT(sequence_tile(p.config, p.command, kFree).stall_out, 0U);
}

/// A port that moves so many lanes a clock.
class PortWidth final : public TileStreams {
 public:
  explicit PortWidth(int lanes) : lanes_(lanes) {}
  void read_a(std::uint64_t, std::span<numerics::Code>) override {}
  void read_b(std::uint64_t, std::span<numerics::Code>) override {}
  void write_out(std::uint64_t, std::span<const std::uint64_t>) override {}
  int interval(Stream, int lanes) const override { return (lanes + lanes_ - 1) / lanes_; }

 private:
  int lanes_;
};

/// Port clocks of a stream in closed form: every vector but those of the last, narrower block is full.
std::uint64_t port_clocks(const CoreConfig& config, const CoreCommand& command, Stream stream, const TileStreams& streams) {
  std::uint64_t clocks = 0;
  for (LaneWalk walk(config, command, stream); !walk.done(); walk.next())
    clocks += walk.vectors() * static_cast<std::uint64_t>(streams.interval(stream, walk.lanes()));
  return clocks;
}

class Lanes : public testing::TestWithParam<Mode> {};

// What a stream carries, vector by vector, is what the closed form says that the tile pays for.
TEST_P(Lanes, VectorsCarryTheTilesElements) {
  std::mt19937_64 random(11);
  for (int i = 0; i < 200; ++i) {
    Problem p = shape(GetParam().dataflow, GetParam().overlap, i % 2 == 0 ? Edge::Ragged : Edge::Full);
    p.config.rows = static_cast<int>(pick(random, 1, 9));
    p.config.cols = static_cast<int>(pick(random, 1, 9));
    p.command.m = pick(random, 1, 30);
    p.command.n = pick(random, 1, 30);
    p.command.k = pick(random, 1, 30);
    p.command.bias = pick(random, 0, 1) == 0;
    const std::uint64_t vectors[] = {a_vectors(p.config, p.command), b_vectors(p.config, p.command),
                                     out_vectors(p.config, p.command)};
    for (const Stream stream : {Stream::A, Stream::B, Stream::Out}) {
      std::uint64_t count = 0, elements = 0;
      int widest = 0;
      for (LaneWalk walk(p.config, p.command, stream); !walk.done(); walk.next()) {
        count += walk.vectors();
        elements += walk.vectors() * static_cast<std::uint64_t>(walk.lanes());
        widest = std::max(widest, walk.lanes());
      }
      ASSERT_EQ(count, vectors[static_cast<std::size_t>(stream)]) << p;
      ASSERT_EQ(elements, stream_elements(p.config, p.command, stream)) << p;
      ASSERT_EQ(widest, widest_vector(p.config, p.command, stream)) << p;
    }
  }
}

// Columns that no element uses cost the B and output ports nothing, rows the A port: a wider array only deskews for longer.
TEST_P(Lanes, UnusedLanesCostNoPortClocks) {
  std::mt19937_64 random(12);
  const PortWidth port(4);
  for (int i = 0; i < 60; ++i) {
    Problem p = shape(GetParam().dataflow, GetParam().overlap, Edge::Ragged);
    p.command.m = pick(random, 1, 40);
    p.command.n = pick(random, 1, 16);
    p.command.k = pick(random, 1, 16);
    p.command.bias = pick(random, 0, 1) == 0;
    p.config.cols = static_cast<int>(p.command.n);
    const TileClocks fitting = sequence_tile(p.config, p.command, port);
    p.config.cols = 256;
    const TileClocks wide = sequence_tile(p.config, p.command, port);
    ASSERT_EQ(wide.beats, fitting.beats) << p;
    // The deskew tail, after which outputs no longer leave beside the compute of later folds.
    ASSERT_LE(wide.clocks(), fitting.clocks() + static_cast<std::uint64_t>(256 - p.command.n) +
                                 port_clocks(p.config, p.command, Stream::Out, port))
        << p;
    p.config.rows = 256;
    for (const Stream stream : {Stream::A, Stream::B, Stream::Out}) {
      CoreConfig exact = p.config;
      const bool os = exact.dataflow == Dataflow::OutputStationary;
      exact.rows = static_cast<int>(os ? p.command.m : p.command.k);
      exact.cols = static_cast<int>(p.command.n);
      ASSERT_EQ(port_clocks(p.config, p.command, stream, port), port_clocks(exact, p.command, stream, port)) << p;
    }
  }
}

// A port that lags takes the clocks of what it carries, the narrow last block's included, and no more than a few around them.
TEST_P(Lanes, ASlowPortTakesTheClocksOfWhatItCarries) {
  const PortWidth port(1);
  for (const std::int64_t n : {16, 17, 24, 31, 32}) {
    Problem p = shape(GetParam().dataflow, GetParam().overlap, Edge::Ragged);
    p.command.m = 48;
    p.command.n = n;
    p.command.k = 64;
    const std::uint64_t b = port_clocks(p.config, p.command, Stream::B, port),
                        a = port_clocks(p.config, p.command, Stream::A, port);
    const std::uint64_t clocks = sequence_tile(p.config, p.command, port).clocks();
    EXPECT_EQ(b, stream_elements(p.config, p.command, Stream::B));
    EXPECT_GE(clocks + 16, std::max(a, b)) << p;
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, Lanes,
    testing::Values(Mode{Dataflow::OutputStationary, Overlap::None}, Mode{Dataflow::OutputStationary, Overlap::Drain},
                    Mode{Dataflow::OutputStationary, Overlap::Full}, Mode{Dataflow::WeightStationary, Overlap::None},
                    Mode{Dataflow::WeightStationary, Overlap::Full}),
    [](const auto& row) { return std::string(to_string(row.param.dataflow)) + '_' + std::string(to_string(row.param.overlap)); });

}  // namespace
}  // namespace binade::datapath::test
