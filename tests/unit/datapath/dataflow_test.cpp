// SPDX-License-Identifier: Apache-2.0
// Every dataflow of the registry: each stream read both ways, the folds against the products of the tile, the layout of A, the
// closed form against the walk.
#include "models/datapath/dataflow/dataflow.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "models/datapath/cycle/fold_walk.h"
#include "models/datapath/timing.h"

namespace binade::datapath {
namespace {

using Tile = std::tuple<std::int64_t, std::int64_t, std::int64_t>;

CoreConfig array(const DataflowRules& rules, int rows, int cols) {
  CoreConfig config;
  config.dataflow = rules.dataflow();
  config.overlap = rules.overlaps().front();
  config.rows = rows;
  config.cols = cols;
  return config;
}

class EveryDataflow : public testing::TestWithParam<const DataflowRules*> {
 protected:
  /// Calls check(config, command) for arrays and tiles of one block, several, ragged and smaller than the array.
  template <class Check>
  void over_tiles(Check check) {
    for (const auto& [rows, cols] : {std::pair{1, 1}, std::pair{3, 2}, std::pair{4, 4}, std::pair{2, 5}})
      for (const auto& [m, n, k] : {Tile{1, 1, 1}, Tile{4, 4, 4}, Tile{7, 5, 9}, Tile{2, 11, 3}, Tile{8, 2, 6}, Tile{5, 8, 1}})
        for (const bool bias : {false, true}) {
          SCOPED_TRACE(testing::Message() << rows << 'x' << cols << ", " << m << ' ' << n << ' ' << k << " bias " << bias);
          check(array(*GetParam(), rows, cols), CoreCommand{.m = m, .n = n, .k = k, .bias = bias});
        }
  }
};

std::uint64_t vectors_of(const CoreConfig& config, const CoreCommand& command, Stream stream) {
  return stream == Stream::A   ? a_vectors(config, command)
         : stream == Stream::B ? b_vectors(config, command)
                               : out_vectors(config, command);
}

TEST_P(EveryDataflow, RunsCoverEachStreamInOrder) {
  over_tiles([](const CoreConfig& config, const CoreCommand& command) {
    for (const Stream stream : {Stream::A, Stream::B, Stream::Out}) {
      std::uint64_t vector = 0, elements = 0;
      const std::uint64_t vectors = vectors_of(config, command, stream);
      while (vector < vectors) {
        const datapath::Run run = run_of(config, command, stream, vector);
        ASSERT_EQ(run.first, vector);
        ASSERT_GT(run.vectors, 0);
        for (std::int64_t v = 0; v < run.vectors; ++v, ++vector) {
          const datapath::Run same = run_of(config, command, stream, vector);
          ASSERT_EQ(same.first, run.first);
          for (int lane = 0; lane < run.lanes; ++lane) {
            const Place base = run.at(vector);
            const Place place{base.row + lane * run.per_lane.row, base.col + lane * run.per_lane.col};
            ASSERT_EQ(run.vector_of(place), vector);
            ASSERT_EQ(run.lane_of(place), static_cast<std::size_t>(lane));
            ++elements;
          }
        }
      }
      EXPECT_EQ(vector, vectors);
      EXPECT_EQ(elements, stream_elements(config, command, stream));
    }
  });
}

// The vectors that a fold moves meet there: each product once, both of its operands in vectors of its own fold.
TEST_P(EveryDataflow, FoldsHoldEachProductOnce) {
  over_tiles([](const CoreConfig& config, const CoreCommand& command) {
    std::set<std::tuple<std::int64_t, std::int64_t, std::int64_t>> products;
    std::uint64_t a_next = 0, b_next = command.bias ? static_cast<std::uint64_t>((command.n + config.cols - 1) / config.cols) : 0;
    for (FoldWalk walk(config, command); !walk.done(); walk.next()) {
      const Fold& fold = walk.fold();
      const Position first{fold.m0, fold.n0, fold.k0};
      const datapath::Run a = run_at(config, command, Stream::A, first), b = run_at(config, command, Stream::B, first);
      ASSERT_EQ(a.first, a_next);
      ASSERT_EQ(b.first, b_next);
      ASSERT_EQ(a.vectors, fold.depth);
      ASSERT_EQ(b.vectors, fold.b_vectors);
      a_next += static_cast<std::uint64_t>(a.vectors);
      b_next += static_cast<std::uint64_t>(b.vectors);
      const Box left = a.box(), right = b.box();
      ASSERT_EQ(left.col, right.row);
      ASSERT_EQ(left.col_end, right.row_end);
      for (std::int64_t m = left.row; m < left.row_end; ++m)
        for (std::int64_t n = right.col; n < right.col_end; ++n)
          for (std::int64_t k = left.col; k < left.col_end; ++k) {
            ASSERT_TRUE(products.emplace(m, n, k).second);
            const StreamElement in_a = element_of(config, command, Stream::A, {m, n, k});
            const StreamElement in_b = element_of(config, command, Stream::B, {m, n, k});
            ASSERT_TRUE(a.holds(in_a.vector) && in_a.lane < static_cast<std::size_t>(a.lanes));
            ASSERT_TRUE(b.holds(in_b.vector) && in_b.lane < static_cast<std::size_t>(b.lanes));
          }
    }
    EXPECT_EQ(products.size(), static_cast<std::size_t>(command.m * command.n * command.k));
  });
}

TEST_P(EveryDataflow, OutputsAreWholeAndOnce) {
  over_tiles([](const CoreConfig& config, const CoreCommand& command) {
    std::set<std::pair<std::uint64_t, std::size_t>> taken;
    for (std::int64_t m = 0; m < command.m; ++m)
      for (std::int64_t n = 0; n < command.n; ++n) {
        const StreamElement out = element_of(config, command, Stream::Out, {m, n, command.k - 1});
        EXPECT_TRUE(taken.emplace(out.vector, out.lane).second);
        EXPECT_LT(out.vector, out_vectors(config, command));
        EXPECT_EQ(out.lane, static_cast<std::size_t>(n % config.cols));
      }
  });
}

// The first pass of the A stream reads its scratchpad once, vector after vector, without leaving the tile's bytes.
TEST_P(EveryDataflow, ScratchpadHoldsTheFirstPassInOrder) {
  over_tiles([](const CoreConfig& config, const CoreCommand& command) {
    const DataflowRules& rules = rules_of(config);
    const MatrixLayout layout = rules.a_layout(config, command.m, command.k);
    const std::int64_t lanes = widest_vector(config, command, Stream::A);
    std::set<std::int64_t> offsets;
    for (std::int64_t m = 0; m < command.m; ++m)
      for (std::int64_t k = 0; k < command.k; ++k) EXPECT_TRUE(offsets.insert(layout.offset({m, k})).second);
    const std::int64_t blocks = (extent(command, rules.rows_axis()) + config.rows - 1) / config.rows;
    EXPECT_GE(*offsets.begin(), 0);
    EXPECT_LT(*offsets.rbegin(), blocks * lanes * extent(command, rules.depth_axis()));
    for (std::uint64_t vector = 0; vector < a_vectors(config, command); ++vector) {
      const datapath::Run run = run_of(config, command, Stream::A, vector);
      if (run_at(config, command, Stream::A, {run.origin.row, 0, run.origin.col}).first != run.first) continue;  // a later pass
      const std::int64_t offset = layout.offset(run.at(vector));
      EXPECT_EQ(offset % lanes, 0);
      const std::int64_t last_lane = layout.offset(
          {run.at(vector).row + (run.lanes - 1) * run.per_lane.row, run.at(vector).col + (run.lanes - 1) * run.per_lane.col});
      EXPECT_EQ(last_lane - offset, run.lanes - 1);
    }
  });
}

// The closed form against the walk, in every overlap and edge; streams never ask for two vectors on one beat.
TEST_P(EveryDataflow, ClosedFormIsTheEndOfTheWalk) {
  over_tiles([&](CoreConfig config, const CoreCommand& command) {
    for (const Overlap overlap : GetParam()->overlaps())
      for (const Edge edge : {Edge::Ragged, Edge::Full})
        for (const int latency : {1, 3}) {
          config.overlap = overlap;
          config.edge = edge;
          config.pe_latency = latency;
          std::uint64_t end = 0, a_free = 0, b_free = 0, out_free = 0;
          for (FoldWalk walk(config, command); !walk.done(); walk.next()) {
            const Fold& fold = walk.fold();
            end = std::max(end, fold.end);
            EXPECT_GE(fold.start, a_free);
            EXPECT_GE(fold.b_start, b_free);
            if (fold.outputs > 0) {
              EXPECT_GE(fold.exit, out_free);
            }
            a_free = fold.start + static_cast<std::uint64_t>(fold.depth);
            b_free = fold.b_start + static_cast<std::uint64_t>(fold.b_vectors);
            if (fold.outputs > 0) out_free = fold.exit + static_cast<std::uint64_t>(fold.outputs);
          }
          EXPECT_EQ(tile_beats(config, command), end) << to_string(overlap) << ' ' << to_string(edge) << " latency " << latency;
        }
  });
}

TEST_P(EveryDataflow, ItsWordIsRead) {
  EXPECT_EQ(parse_dataflow(GetParam()->word()), GetParam()->dataflow());
  EXPECT_EQ(&rules_of(GetParam()->dataflow()), GetParam());
  EXPECT_FALSE(GetParam()->overlaps().empty());
}

INSTANTIATE_TEST_SUITE_P(Registry, EveryDataflow, testing::ValuesIn(all_dataflows().begin(), all_dataflows().end()),
                         [](const auto& one) { return std::string(one.param->word()); });

}  // namespace
}  // namespace binade::datapath
