// SPDX-License-Identifier: Apache-2.0
// K in several tiles: every kernel gives, tile by tile, what the PE's own arithmetic gives, whether it joins them or not.
#include <gtest/gtest.h>

#include "models/kernels/element/element_kernels.h"
#include "models/kernels/tile_kernel.h"
#include "tests/unit/kernels/gemm_harness.h"

namespace binade::kernels::test {
namespace {

using numerics::Accumulate;
using numerics::Code;

struct Case {
  const char* format;
  numerics::AccumulateSpec accumulate;
  std::int64_t longest;  ///< K up to which no product is made before K is complete
};

std::ostream& operator<<(std::ostream& os, const Case& c) {
  return os << c.format << ' ' << numerics::to_string(c.accumulate.policy) << " acc_bits " << c.accumulate.acc_bits;
}

class PartialK : public testing::TestWithParam<Case> {};

/// Statistics after each tile, then the outputs.
struct Story {
  std::vector<datapath::TileStats> stats;
  std::vector<std::uint64_t> out;
  bool operator==(const Story&) const = default;
};

Story tell(TileKernel& kernel, const Gemm& gemm, const std::vector<std::int64_t>& parts, bool* early = nullptr) {
  const datapath::CoreCommand& whole = gemm.command;
  Story story;
  story.out.resize(static_cast<std::size_t>(whole.m * whole.n));
  std::int64_t k = 0;
  for (const std::int64_t part : parts) {
    datapath::CoreCommand command = whole;
    command.first_k = k == 0;
    command.last_k = k + part == whole.k;
    command.k_base = k;
    command.k = part;
    command.bias = whole.bias && numerics::bias_joins(gemm.config.accumulate, command.first_k, command.last_k);
    std::vector<Code> a, b;
    for (std::int64_t i = 0; i < whole.m; ++i)
      a.insert(a.end(), &gemm.a[static_cast<std::size_t>(i * whole.k + k)],
               &gemm.a[static_cast<std::size_t>(i * whole.k + k)] + part);
    for (std::int64_t j = 0; j < whole.n; ++j)
      b.insert(b.end(), &gemm.b_t[static_cast<std::size_t>(j * whole.k + k)],
               &gemm.b_t[static_cast<std::size_t>(j * whole.k + k)] + part);
    kernel.begin(command);
    const CodeRows rows(gemm.config.format.a, a.data(), 0, part), columns(gemm.config.format.b, b.data(), 0, part);
    kernel.load_b(columns, 0, whole.n);
    // In two calls, as a core may.
    const std::int64_t half = whole.m / 2;
    for (const auto& [first, count] : {std::pair{std::int64_t{0}, half}, {half, whole.m - half}}) {
      if (count != 0)
        kernel.rows(rows, first, count, command.bias ? gemm.bias.data() : nullptr, story.out.data() + first * whole.n, whole.n);
    }
    story.stats.push_back(kernel.stats());
    if (early != nullptr && !command.last_k)
      for (std::size_t path = 0; path < kKernelPaths; ++path) *early |= kernel.paths()[static_cast<KernelPath>(path)] != 0;
    k += part;
  }
  return story;
}

TEST_P(PartialK, IsTheElementsStory) {
  Random random(3);
  for (const bool any : {false, true}) {
    const Draw draw = any ? any_code(GetParam().format) : normal(GetParam().format, 0.5);
    for (const auto& parts : std::vector<std::vector<std::int64_t>>{{32, 32, 5}, {1, 1}, {64, 32, 32, 1}, {40}}) {
      std::int64_t k = 0;
      for (const std::int64_t part : parts) k += part;
      for (const auto& [m, n] : {std::pair<std::int64_t, std::int64_t>{67, 61}, {1, 3}, {130, 16}}) {
        Gemm gemm = make_gemm(GetParam().format, GetParam().accumulate, m, n, k, random, draw, draw);
        gemm.command.product_shift = gemm.config.format.out.family == numerics::Family::Flex ? 14 : 0;
        gemm.command.bias = true;
        for (std::int64_t j = 0; j < n; ++j) gemm.bias.push_back(draw(random));
        const Story expected = tell(*make_element_kernel(gemm.config), gemm, parts);
        for (const int threads : {1, 2}) {
          const auto kernel = make_tile_kernel(gemm.config, threads);
          bool early = false;
          // Twice: a tile must leave nothing behind.
          EXPECT_EQ(tell(*kernel, gemm, parts, &early), expected) << gemm << ", " << threads << " threads";
          EXPECT_EQ(tell(*kernel, gemm, parts), expected) << gemm << ", again";
          EXPECT_EQ(early, parts.size() > 1 && k - parts.back() > GetParam().longest) << gemm;
        }
      }
    }
  }
}

constexpr std::int64_t kAny = 1000;
INSTANTIATE_TEST_SUITE_P(Formats, PartialK,
                         testing::Values(Case{"dfp8", {}, kAny}, Case{"sdfp8", {}, kAny}, Case{"dfp16", {}, kAny},
                                         Case{"fixed16.12", {}, kAny}, Case{"posit8", {}, kAny}, Case{"posit16es1", {}, kAny},
                                         Case{"e4m3", {}, kAny}, Case{"fp16", {}, kAny},
                                         // A single product may clamp; 63 may not; narrow quires; steps that count.
                                         Case{"dfp8", {.acc_bits = 14}, 0}, Case{"dfp8", {.acc_bits = 21}, 63},
                                         Case{"posit8", {.acc_bits = 30}, 0}, Case{"flex16+5", {.policy = Accumulate::Blocked}, 0},
                                         Case{"e6m7", {.policy = Accumulate::Serial}, 0},
                                         Case{"fp16", {.policy = Accumulate::Fp32}, 0}));

}  // namespace
}  // namespace binade::kernels::test
