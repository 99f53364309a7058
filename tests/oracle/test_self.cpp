// SPDX-License-Identifier: Apache-2.0
// The oracle against itself and the published tables: its two ways to find a magnitude's place agree, and posit(8,2) is the
// table of docs/fidelity.md 2.1.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/oracle/compare.h"
#include "tests/oracle/words.h"

namespace binade::oracle {
namespace {

/// docs/fidelity.md 2.1, codes 01..7F of posit(8,2) in order.
constexpr const char* kPosit8 =
    "1/16777216 1/1048576 1/262144 1/65536 1/32768 1/16384 1/8192 1/4096 "
    "3/8192 1/2048 3/4096 1/1024 3/2048 1/512 3/1024 1/256 5/1024 3/512 7/1024 1/128 5/512 3/256 7/512 1/64 "
    "5/256 3/128 7/256 1/32 5/128 3/64 7/128 1/16 9/128 5/64 11/128 3/32 13/128 7/64 15/128 1/8 "
    "9/64 5/32 11/64 3/16 13/64 7/32 15/64 1/4 9/32 5/16 11/32 3/8 13/32 7/16 15/32 1/2 "
    "9/16 5/8 11/16 3/4 13/16 7/8 15/16 1 9/8 5/4 11/8 3/2 13/8 7/4 15/8 2 9/4 5/2 11/4 3 13/4 7/2 15/4 4 "
    "9/2 5 11/2 6 13/2 7 15/2 8 9 10 11 12 13 14 15 16 20 24 28 32 40 48 56 64 80 96 112 128 160 192 224 256 "
    "384 512 768 1024 1536 2048 3072 4096 8192 16384 32768 65536 262144 1048576 16777216";

TEST(OracleSelf, Posit8Table) {
  const Format posit8 = parse("posit8");
  std::istringstream table(kPosit8);
  std::string field;
  Code code = 0;
  while (table >> field) {
    ++code;
    EXPECT_EQ(decode(posit8, code).signed_value(), mpq_class(field)) << code;
    EXPECT_EQ(decode(posit8, 256 - code).signed_value(), -mpq_class(field)) << code;
  }
  EXPECT_EQ(code, 127u);
  EXPECT_TRUE(decode(posit8, 128).is_nan());
}

class Bisection : public testing::TestWithParam<std::string> {};

TEST_P(Bisection, AgreesWithConstruction) {
  const Format format = parse(GetParam());
  std::vector<mpq_class> magnitudes;  // by code
  for (Code code = 0; code <= static_cast<Code>(format.largest_integer()); ++code) {
    const Value value = decode(format, code, -4);
    if (!value.is_number()) break;
    magnitudes.push_back(value.magnitude);
  }
  ASSERT_TRUE(std::is_sorted(magnitudes.begin(), magnitudes.end()));
  Format longer = format;
  ++longer.bits;
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    const std::uint64_t draw = mix(i);
    // From the smallest normal or minpos to the largest value, log-uniformly, some of them codes and boundaries themselves.
    const std::size_t code = 1 + draw % (magnitudes.size() - 2);
    mpq_class x =
        magnitudes[code] + (magnitudes[code + 1] - magnitudes[code]) * mpq_class(static_cast<unsigned long>(draw >> 60), 16);
    if (format.kind == Kind::Hill && x < scaled(1, 1 - format.bias())) continue;
    const auto above = std::upper_bound(magnitudes.begin(), magnitudes.end(), x);
    const std::int64_t index = above - magnitudes.begin() - 1;
    const std::size_t at = static_cast<std::size_t>(index);
    const mpq_class turn = format.kind == Kind::Posit ? decode(longer, 2 * static_cast<Code>(index) + 1).magnitude
                                                      : mpq_class((magnitudes[at] + magnitudes[at + 1]) / 2);
    const Place found = place(format, x, -4);
    ASSERT_EQ(found.index, index) << x;
    ASSERT_EQ(found.exact, x == magnitudes[at]) << x;
    ASSERT_EQ(found.to_boundary < 0, x < turn) << x;
    ASSERT_EQ(found.to_boundary > 0, x > turn) << x;
    if (format.kind != Kind::Posit) {
      ASSERT_EQ(mpq_class(found.discarded),
                mpq_class(floor_of(scaled((x - magnitudes[at]) / (magnitudes[at + 1] - magnitudes[at]), 32))))
          << x;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, Bisection,
                         testing::Values("posit5es0", "posit8", "posit8es4", "posit12es1", "posit16", "fp8e4m3", "fp8e5m2", "fp16",
                                         "bf16", "e4m3", "e6m7", "dfp8", "flex12+5", "fixed9.4"),
                         NameOfWord());

TEST(OracleSelf, SquareRootsRoundLikeRoots) {
  // The stand-in for an irrational root lies on the same side of every short number as the root itself.
  for (unsigned long n = 2; n < 2000; ++n) {
    const Value root = sqrt(number(n));
    for (const long bits : {5L, 24L, 60L}) {
      const mpq_class short_number(floor_of(scaled(root.magnitude, bits)));
      const mpq_class low = scaled(short_number, -bits);
      EXPECT_LE(low * low, n);
      EXPECT_GT((low + scaled(1, -bits)) * (low + scaled(1, -bits)), n);
      EXPECT_EQ(low * low == n, low == root.magnitude);
    }
  }
}

}  // namespace
}  // namespace binade::oracle
