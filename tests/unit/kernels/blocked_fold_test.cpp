// SPDX-License-Identifier: Apache-2.0
// Blocks folded into running sums whatever their shift, on every SIMD target, against numerics/blocked.h.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "models/kernels/simd/dot.h"
#include "models/kernels/simd/target.h"
#include "models/numerics/blocked.h"
#include "tests/unit/kernels/gemm_harness.h"

namespace binade::kernels::test {
namespace {

using numerics::Accumulate;
using numerics::AccumulateSpec;

constexpr int kBits = 20;
constexpr std::int64_t kMostRun = (std::int64_t{1} << (kBits - 1)) - 1;
constexpr std::int64_t kMostBlock = std::int64_t{1} << 38;

std::uint64_t all(const Gemm& gemm) { return static_cast<std::uint64_t>(gemm.command.m * gemm.command.n * gemm.command.k); }

/// At the register's ends, beside zero, anywhere.
std::int64_t any_run(Random& random) {
  const auto near = static_cast<std::int64_t>(random() % 3);
  switch (random() % 4) {
    case 0:
      return kMostRun - near;
    case 1:
      return -kMostRun - 1 + near;
    case 2:
      return near - 1;
    default:
      return static_cast<std::int64_t>(random() % (1 << kBits)) - kMostRun - 1;
  }
}

/// At and beside multiples of half an output LSB and of a guard bit, the largest, anywhere.
std::int64_t any_block(Random& random, int shift) {
  const auto beside = static_cast<std::int64_t>(random() % 5) - 2;
  const int unit = static_cast<int>(std::clamp<std::int64_t>(random() % 2 == 0 ? shift - 1 : shift - 12, 0, 38));
  switch (random() % 4) {
    case 0:
    case 1: {
      const std::int64_t step = std::int64_t{1} << unit, most = kMostBlock / step;
      const auto steps = static_cast<std::int64_t>(random() % 9) - 4;
      return std::clamp<std::int64_t>(std::clamp<std::int64_t>(steps, -most, most) * step + beside, -kMostBlock, kMostBlock);
    }
    case 2:
      return random() % 2 == 0 ? kMostBlock : -kMostBlock;
    default:
      return static_cast<std::int64_t>(random() % (2 * kMostBlock)) - kMostBlock;
  }
}

TEST(BlockedFold, EveryShiftFoldsLikeTheLiteralStep) {
  constexpr int kCount = simd::kMostTileCols * 20;
  for (const std::string& target : simd_targets()) {
    force_simd_target(target);
    Random random(11);
    for (int shift = simd::kLowestFoldShift; shift <= 70; ++shift) {
      std::vector<std::int32_t> high, low;
      std::vector<double> runs;
      std::vector<std::int64_t> expected;
      numerics::Events events;
      for (int i = 0; i < kCount; ++i) {
        const std::int64_t run = any_run(random), block = any_block(random, shift);
        low.push_back(static_cast<std::int32_t>(block % 256 - 256 * static_cast<std::int64_t>(random() % 1000)));
        high.push_back(static_cast<std::int32_t>((block - low.back()) / 256));
        runs.push_back(static_cast<double>(run));
        expected.push_back(numerics::blocked_step(run, block, shift, kBits, events));
      }
      EXPECT_EQ(simd::fold_blocks(high.data(), low.data(), shift, kBits, runs.data(), kCount), events.saturation)
          << target << " shift " << shift;
      for (int i = 0; i < kCount; ++i)
        EXPECT_EQ(static_cast<std::int64_t>(runs[static_cast<std::size_t>(i)]), expected[static_cast<std::size_t>(i)])
            << target << " shift " << shift << " sum " << i;
    }
  }
  force_simd_target("");
}

TEST(BlockedFold, ProductsOfEveryHighShift) {
  Random random(12);
  for (int shift = 31; shift <= 60; ++shift) {
    const AccumulateSpec blocked{.policy = Accumulate::Blocked, .block = 64};
    Gemm gemm = make_gemm("flex16+5", blocked, 9, 26, 200, random, any_code("flex16+5"), any_code("flex16+5"));
    gemm.command.product_shift = shift;
    const PathMacs paths = expect_literal(gemm);
    EXPECT_EQ(paths[KernelPath::Blocked] + paths[KernelPath::BlockedWide], all(gemm)) << gemm;
  }
}

/// Where blocks, all equal and as large as their bound, reach half an output LSB they round to one; below it nothing is computed.
TEST(BlockedFold, BlocksBelowHalfAnOutputLsbAreNotMultiplied) {
  for (const int sign : {1, -1}) {
    for (const std::int64_t mantissa : {30000, 32767}) {
      Random random(13);
      const auto format = numerics::parse_format("flex16+5");
      const AccumulateSpec blocked{.policy = Accumulate::Blocked, .block = 32};
      const Draw one = [&](Random&) { return numerics::code_of_mantissa(format, mantissa); };
      const Draw other = [&](Random&) { return numerics::code_of_mantissa(format, sign * mantissa); };
      const double block = 32.0 * static_cast<double>(mantissa * mantissa);
      for (int shift = 33; shift < 40; ++shift) {
        Gemm gemm = make_gemm("flex16+5", blocked, 3, 5, 64, random, one, other);
        gemm.command.product_shift = shift;
        const bool vanishes = block * (1 + 0x1p-30) + std::exp2(shift - 12) < std::exp2(shift - 1);
        EXPECT_EQ(expect_literal(gemm)[vanishes ? KernelPath::Blocked : KernelPath::BlockedWide], all(gemm)) << gemm;
      }
    }
  }
}

}  // namespace
}  // namespace binade::kernels::test
