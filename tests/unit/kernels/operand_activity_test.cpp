// SPDX-License-Identifier: Apache-2.0
// Operand activity against its definition: random tiles in the layouts of the scratchpads, codes of every width, both dataflows, on
// every instruction set.
#include "models/kernels/operand_activity.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "models/datapath/dataflow/dataflow.h"
#include "models/kernels/simd/target.h"
#include "models/numerics/error.h"
#include "models/numerics/format_words.h"
#include "tests/support/literal_operand_sums.h"

namespace binade::kernels::test {
namespace {

using datapath::CoreConfig;
using datapath::Dataflow;
using datapath::MatrixLayout;
using Codes = std::vector<std::uint32_t>;
using Bytes = std::vector<std::byte>;

class Draws {
 public:
  std::int64_t pick(std::int64_t low, std::int64_t high) { return std::uniform_int_distribution(low, high)(random_); }
  /// Codes of `bits`, of which some are zero.
  Codes codes(std::int64_t count, int bits) {
    Codes codes(static_cast<std::size_t>(count));
    for (std::uint32_t& code : codes) code = pick(0, 3) == 0 ? 0 : static_cast<std::uint32_t>(random_()) >> (32 - bits);
    return codes;
  }

 private:
  std::mt19937_64 random_{5};
};

/// Rows x cols codes, row-major, as they lie in a scratchpad; the rest of its bytes, and bits above the code, are no operand's.
Bytes lay(const Codes& codes, std::int64_t rows, std::int64_t cols, const MatrixLayout& layout, const numerics::FormatSpec& format,
          std::int64_t bytes) {
  Bytes laid(static_cast<std::size_t>(bytes), std::byte{0xff});
  const auto element = static_cast<std::size_t>(format.storage_bytes());
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t col = 0; col < cols; ++col) {
      const std::uint32_t above = format.bits == 32 ? 0 : ~std::uint32_t{0} << format.bits;
      const std::uint32_t code = codes[static_cast<std::size_t>(row * cols + col)] | above;
      std::memcpy(&laid.at(static_cast<std::size_t>(layout.offset({row, col})) * element), &code, element);
    }
  }
  return laid;
}

struct Tile {
  CoreConfig config;
  std::int64_t m, n, k;
  Codes a, b;
};

spec::OperandSums counted(const Tile& tile) {
  const std::int64_t cols = std::min<std::int64_t>(tile.config.cols, tile.n);
  const MatrixLayout b_layout{{tile.k, 0, cols}, {cols, tile.k * cols, 1}};  // isa.def, Gemm
  const Bytes a = lay(tile.a, tile.m, tile.k, rules_of(tile.config).a_layout(tile.config, tile.m, tile.k), tile.config.format.a,
                      a_blocks(tile.config, tile.m, tile.k).bytes());
  const Bytes b = lay(tile.b, tile.k, tile.n, b_layout, tile.config.format.b, b_blocks(tile.config, tile.n, tile.k).bytes());
  return operand_sums(tile.config, tile.m, tile.n, tile.k, a, b);
}

spec::OperandSums literal(const Tile& tile) {
  return binade::test::literal_operand_sums(
      tile.config.dataflow, tile.m, tile.n, tile.k,
      [&](std::int64_t m, std::int64_t k) { return tile.a[static_cast<std::size_t>(m * tile.k + k)]; },
      [&](std::int64_t k, std::int64_t n) { return tile.b[static_cast<std::size_t>(k * tile.n + n)]; });
}

class ActivityOf : public testing::TestWithParam<std::pair<const char*, const char*>> {
 protected:
  void TearDown() override { force_simd_target({}); }
};

TEST_P(ActivityOf, RandomTilesEqualTheDefinition) {
  Draws draws;
  for (const Dataflow dataflow : {Dataflow::OutputStationary, Dataflow::WeightStationary}) {
    for (int turn = 0; turn < 40; ++turn) {
      Tile tile;
      tile.config.format.a = numerics::parse_format(GetParam().first);
      tile.config.format.b = numerics::parse_format(GetParam().second);
      tile.config.dataflow = dataflow;
      tile.config.rows = static_cast<int>(draws.pick(1, turn % 4 == 0 ? 256 : 20));
      tile.config.cols = static_cast<int>(draws.pick(1, 20));
      tile.m = draws.pick(1, turn % 4 == 1 ? 300 : 40);
      tile.n = draws.pick(1, 40);
      tile.k = turn % 5 == 0 ? 1 : draws.pick(1, 70);
      tile.a = draws.codes(tile.m * tile.k, tile.config.format.a.bits);
      tile.b = draws.codes(tile.k * tile.n, tile.config.format.b.bits);
      const spec::OperandSums expected = literal(tile);
      EXPECT_EQ(expected.sums[0][0], static_cast<std::uint64_t>(tile.m * tile.n * tile.k));
      for (const std::string& target : simd_targets()) {
        force_simd_target(target);
        EXPECT_EQ(counted(tile).sums, expected.sums) << target << ' ' << to_string(dataflow) << ' ' << tile.config.rows << 'x'
                                                     << tile.config.cols << " m " << tile.m << " n " << tile.n << " k " << tile.k;
      }
      force_simd_target({});
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, ActivityOf,
                         testing::Values(std::pair{"dfp4", "dfp4"}, std::pair{"dfp8", "dfp16"}, std::pair{"sdfp8", "sdfp8"},
                                         std::pair{"fixed12.7", "fixed12.7"}, std::pair{"flex16+5", "flex16+5"},
                                         std::pair{"posit8", "posit8"}, std::pair{"posit11es1", "posit16"},
                                         std::pair{"posit32", "posit8"}, std::pair{"e6m7", "e6m7"}, std::pair{"fp8e4m3", "fp32"},
                                         std::pair{"fp32", "fp32"}));

// Every code the same: nothing changes after the first, which comes after zero.
TEST(OperandActivity, CodesThatStay) {
  Tile tile;
  tile.config.format.a = tile.config.format.b = numerics::parse_format("dfp8");
  tile.m = 300, tile.n = 17, tile.k = 9;
  tile.a.assign(static_cast<std::size_t>(tile.m * tile.k), 0xff);
  tile.b.assign(static_cast<std::size_t>(tile.k * tile.n), 0x03);
  using enum spec::OperandFunction;
  const std::uint64_t outputs = 300 * 17, macs = outputs * 9;
  tile.config.dataflow = Dataflow::OutputStationary;
  const spec::OperandSums os = counted(tile);
  EXPECT_EQ(os.at(One, One), macs);
  EXPECT_EQ(os.at(Hamming, One), 8 * outputs);
  EXPECT_EQ(os.at(One, Hamming), 2 * outputs);
  EXPECT_EQ(os.at(Weight, Weight), 16 * macs);
  EXPECT_EQ(os.at(NonZero, NonZero), macs);
  tile.config.dataflow = Dataflow::WeightStationary;
  const spec::OperandSums ws = counted(tile);
  EXPECT_EQ(ws.at(Hamming, One), 8U * 9 * 17);
  EXPECT_EQ(ws.at(One, Hamming), 2U * 9 * 17);  // each code of B enters once
  EXPECT_EQ(ws.at(Weight, Weight), 16 * macs);
}

TEST(OperandActivity, OperandsOfAnotherSizeAreABrokenInvariant) {
  CoreConfig config;
  config.format.a = config.format.b = numerics::parse_format("dfp8");
  const Bytes a(12), b(11);
  EXPECT_THROW(operand_sums(config, 3, 3, 4, a, b), InvariantError);
}

}  // namespace
}  // namespace binade::kernels::test
