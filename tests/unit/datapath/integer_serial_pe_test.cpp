// SPDX-License-Identifier: Apache-2.0
// The serial PE of the shared-exponent formats against the literal accumulator: bits, events and statistics, raw sums included, at
// shifts on both sides of every limit of its 64-bit arithmetic.
#include "models/datapath/pe/integer_serial_pe.h"

#include <gtest/gtest.h>

#include "models/datapath/pe/literal_pe.h"
#include "tests/unit/datapath/pe_outputs.h"

namespace binade::datapath::test {
namespace {

using numerics::Code;
using numerics::Rounding;

/// Half of the codes uniform, half one short run of zeros or ones with noise at its end: zero, one, the limits and powers of two.
Code extreme_or_uniform(std::mt19937_64& random, int bits) {
  const Code mask = static_cast<Code>((std::uint64_t{1} << bits) - 1);
  const auto word = static_cast<Code>(random());
  if ((random() & 1) != 0) return word & mask;
  const auto place = static_cast<int>(random() % static_cast<unsigned>(bits));
  const Code power = Code{1} << place, noise = word % 3 - 1;
  return ((word & 0x100) != 0 ? power + noise : 0 - power + noise) & mask;
}

TEST(IntegerSerialPe, EqualsTheLiteralAccumulator) {
  numerics::Events met;
  std::uint64_t seed = 1;
  for (const char* format : {"fixed2.0", "fixed9.3", "fixed32.20", "flex8+4", "flex32+8", "dfp8", "sdfp16", "dfp32"}) {
    for (const Rounding rounding : {Rounding::Rne, Rounding::Rtz, Rounding::Rhu, Rounding::Rha}) {
      CoreConfig config;
      config.format = numerics::parse_format(format);
      config.accumulate = {numerics::Accumulate::Serial, 0, 32, rounding};
      IntegerSerialPe fast(config);
      LiteralPe literal(config);
      const int bits = config.format.out.bits;
      for (const int shift : {-4096, -33, -32, -31, -30, -2, -1, 0, 1, 2, 7, 8, 15, 30, 31, 32, 60, 61, 62, 63, 64, 65, 4096}) {
        CoreCommand command;
        command.product_shift = shift;
        command.bias_shift = static_cast<int>(seed % 97) - 48;
        ++seed;
        const auto draw = [bits](std::mt19937_64& random) { return extreme_or_uniform(random, bits); };
        ASSERT_EQ(outputs(fast, command, draw, seed), outputs(literal, command, draw, seed)) << format << ' ' << shift;
        ASSERT_EQ(fast.stats(), literal.stats()) << format << ' ' << shift;
        met += fast.stats().events;
      }
    }
  }
  EXPECT_GT(met.saturation, 0U);
  EXPECT_GT(met.underflow, 0U);
}

}  // namespace
}  // namespace binade::datapath::test
