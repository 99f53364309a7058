// SPDX-License-Identifier: Apache-2.0
// Outputs whose K is spread over several tiles: sums stay in the core, and the result is that of one tile with all of K.
#include <gtest/gtest.h>

#include "models/datapath/timing.h"
#include "models/kernels/fast_core.h"
#include "tests/unit/datapath/harness.h"

namespace binade::datapath::test {
namespace {

using numerics::Accumulate;
using numerics::Rounding;

struct Row {
  const char* format;
  numerics::AccumulateSpec accumulate;
};

class PartialK : public testing::TestWithParam<Row> {};

TEST_P(PartialK, SumsStayInTheCore) {
  std::mt19937_64 random(11);
  for (int i = 0; i < 120; ++i) {
    Problem whole = random_problem(random, GetParam().format, GetParam().accumulate);
    CoreCommand& t = whole.command;
    const bool os = whole.config.dataflow == Dataflow::OutputStationary;
    // One output block; the harness drew a larger tile, of which the leading part is used.
    const std::int64_t n = std::min<std::int64_t>(t.n, whole.config.cols), drawn_n = t.n;
    if (os) t.m = std::min<std::int64_t>(t.m, whole.config.rows);
    std::vector<numerics::Code> b;
    for (std::int64_t k = 0; k < t.k; ++k) b.insert(b.end(), whole.b.begin() + k * drawn_n, whole.b.begin() + k * drawn_n + n);
    whole.b = b;
    whole.a.resize(static_cast<std::size_t>(t.m * t.k));
    whole.bias.resize(static_cast<std::size_t>(n));
    t.n = n;
    const auto cycle = make_stepped_tile(make_cycle_core(whole.config));
    const auto fast = kernels::make_fast_core(whole.config);
    TileStats stats;
    Outcome last;
    for (std::int64_t k0 = 0; k0 < t.k;) {
      const std::int64_t k = pick(random, 1, t.k - k0);
      const Problem part = part_of(whole, k0, k);
      last = run_tile(*cycle, part);
      ASSERT_EQ(run_tile(*fast, part), last) << part;
      ASSERT_EQ(last.clocks.beats, tile_beats(part.config, part.command)) << part;
      if (!os) {
        const auto folds = static_cast<std::uint64_t>((k + part.config.rows - 1) / part.config.rows);
        const auto elements = static_cast<std::uint64_t>(t.m * t.n);
        ASSERT_EQ(last.clocks.psum_reads, (folds - (k0 == 0 ? 1 : 0)) * elements) << part;
        ASSERT_EQ(last.clocks.psum_writes, (folds - (k0 + k == t.k ? 1 : 0)) * elements) << part;
      }
      stats += last.stats;
      k0 += k;
    }
    const auto at_once = kernels::make_fast_core(whole.config);
    const Outcome complete = run_tile(*at_once, whole);
    ASSERT_EQ(last.out, complete.out) << whole;
    ASSERT_EQ(stats, complete.stats) << whole;
  }
}

std::string row_name(const testing::TestParamInfo<Row>& row) {
  const std::string word = row.param.format;
  return word.substr(0, word.find('+')) + '_' + std::string(to_string(row.param.accumulate.policy));
}

INSTANTIATE_TEST_SUITE_P(Families, PartialK,
                         testing::Values(Row{"flex16+5", {Accumulate::Blocked, 0, 4, Rounding::Rne}},
                                         Row{"flex32+8", {Accumulate::Blocked, 0, 8, Rounding::Rne}},
                                         Row{"dfp8", {Accumulate::Exact, 14, 32, Rounding::Rne}},
                                         Row{"posit16", {Accumulate::Exact, 0, 32, Rounding::Rne}},
                                         Row{"posit8", {Accumulate::Serial, 0, 32, Rounding::Rne}},
                                         Row{"e6m7", {Accumulate::Serial, 0, 32, Rounding::Rtz}},
                                         Row{"fp32", {Accumulate::Fp32, 0, 32, Rounding::Rne}},
                                         Row{"dfp16", {Accumulate::Chained, 0, 32, Rounding::Rne, 5}}),
                         row_name);
INSTANTIATE_TEST_SUITE_P(
    BiasFirst, PartialK,
    testing::Values(Row{"flex16+5", {Accumulate::Blocked, 0, 4, Rounding::Rne, 31, numerics::BiasPosition::First}},
                    Row{"dfp8", {Accumulate::Exact, 14, 32, Rounding::Rne, 31, numerics::BiasPosition::First}},
                    Row{"posit8", {Accumulate::Serial, 0, 32, Rounding::Rne, 31, numerics::BiasPosition::First}},
                    Row{"e6m7", {Accumulate::Serial, 0, 32, Rounding::Rtz, 31, numerics::BiasPosition::First}},
                    Row{"fp32", {Accumulate::Fp32, 0, 32, Rounding::Rne, 31, numerics::BiasPosition::First}},
                    Row{"dfp16", {Accumulate::Chained, 0, 32, Rounding::Rne, 5, numerics::BiasPosition::First}}),
    row_name);

}  // namespace
}  // namespace binade::datapath::test
