// SPDX-License-Identifier: Apache-2.0
// What is expected of uniform codes is what counting finds on many of them.
#include "models/cost/expected_operands.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <vector>

#include "models/kernels/operand_activity.h"
#include "models/numerics/format_words.h"

namespace binade::cost {
namespace {

std::vector<std::byte> uniform_codes(std::int64_t bytes, const numerics::FormatSpec& format, std::mt19937_64& random) {
  std::vector<std::byte> codes(static_cast<std::size_t>(bytes));
  const auto size = static_cast<std::size_t>(format.storage_bytes());
  for (std::size_t at = 0; at < codes.size(); at += size) {
    const auto code = static_cast<std::uint32_t>(random()) >> (32 - format.bits);
    std::memcpy(&codes[at], &code, size);
  }
  return codes;
}

TEST(UniformOperands, AreTheMeansOfMany) {
  std::mt19937_64 random(3);
  for (const char* words : {"dfp4", "posit8", "e6m7"}) {
    for (const auto dataflow : {datapath::Dataflow::OutputStationary, datapath::Dataflow::WeightStationary}) {
      datapath::CoreConfig config;
      config.format = numerics::OperandFormats(numerics::parse_format(words));
      config.format.b = numerics::parse_format("dfp8");
      config.dataflow = dataflow;
      const std::int64_t m = 96, n = 80, k = 128;
      const auto a = uniform_codes(kernels::a_blocks(config, m, k).bytes(), config.format.a, random);
      const auto b = uniform_codes(kernels::b_blocks(config, n, k).bytes(), config.format.b, random);
      const spec::OperandSums counted = kernels::operand_sums(config, m, n, k, a, b);
      const OperandMatrix expected = uniform_operands(config, static_cast<double>(m * n * k), static_cast<double>(n * k));
      for (std::size_t f = 0; f < kOperandFunctions; ++f)
        for (std::size_t g = 0; g < kOperandFunctions; ++g)
          EXPECT_NEAR(static_cast<double>(counted.sums[f][g]) / expected[f][g], 1, 0.05)
              << words << ' ' << to_string(dataflow) << ' ' << f << ' ' << g;
    }
  }
}

}  // namespace
}  // namespace binade::cost
