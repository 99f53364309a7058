// SPDX-License-Identifier: Apache-2.0
// The serial PE of the shared-exponent formats against the literal accumulator: bits, events and statistics, raw sums included, at
// shifts on both sides of every limit of its 64-bit arithmetic.
#include "models/datapath/pe/integer_serial_pe.h"

#include <gtest/gtest.h>

#include <random>

#include "models/datapath/pe/literal_pe.h"

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

/// `steps` products into `lanes` sums by rows, by one broadcast or under a mask, then bias and ReLU.
template <class Pe>
std::vector<std::uint64_t> outputs(Pe& pe, const CoreCommand& command, int bits, std::uint64_t seed) {
  constexpr std::size_t kLanes = 19;
  constexpr int kSteps = 24;
  std::mt19937_64 random(seed);
  typename Pe::Sums sums(pe, kLanes);
  pe.begin(command);
  pe.clear(sums, 0, kLanes);
  for (int step = 0; step < kSteps; ++step) {
    std::vector<typename Pe::Operand> a(kLanes), b(kLanes);
    for (auto* row : {&a, &b}) {
      for (auto& operand : *row) operand = pe.decode(extreme_or_uniform(random, bits));
    }
    if (step % 3 == 0) {
      pe.mac_rows(sums, std::vector<MacRow<typename Pe::Operand>>{{a.data(), b.data(), 0, kLanes}});
    } else if (step % 3 == 1) {
      pe.mac_broadcast(sums, 0, a[0], b.data(), kLanes);
    } else {
      std::vector<PeMask> masks(kLanes);
      for (PeMask& mask : masks) mask = {static_cast<std::int16_t>(random() % 4), static_cast<std::int16_t>(random() % kLanes)};
      pe.mac_rows(sums, std::vector<MacRow<typename Pe::Operand>>{{a.data(), b.data(), 0, kLanes, masks.data(), 1}});
    }
  }
  std::vector<std::uint64_t> words;
  for (std::size_t j = 0; j < kLanes; ++j) {
    LaneInput lane;
    lane.bias = j % 2 != 0;
    lane.relu = j % 3 == 0;
    lane.bias_code = extreme_or_uniform(random, bits);
    words.push_back(pe.finish(sums, j, lane));
  }
  return words;
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
      const int bits = config.format.bits;
      for (const int shift : {-4096, -33, -32, -31, -30, -2, -1, 0, 1, 2, 7, 8, 15, 30, 31, 32, 60, 61, 62, 63, 64, 65, 4096}) {
        CoreCommand command;
        command.product_shift = shift;
        command.bias_shift = static_cast<int>(seed % 97) - 48;
        ++seed;
        ASSERT_EQ(outputs(fast, command, bits, seed), outputs(literal, command, bits, seed)) << format << ' ' << shift;
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
