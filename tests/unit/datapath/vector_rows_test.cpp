// SPDX-License-Identifier: Apache-2.0
// The PEs whose rows run in vectors against the literal accumulator, on every SIMD target: bits, events and statistics.
#include <gtest/gtest.h>

#include "models/datapath/pe/integer_pe.h"
#include "models/datapath/pe/literal_pe.h"
#include "models/datapath/pe/quire_pe.h"
#include "models/kernels/simd/target.h"
#include "tests/unit/datapath/pe_outputs.h"

namespace binade::datapath::test {
namespace {

using numerics::Code;

struct Case {
  const char* format;
  bool vectors = true;  ///< the PE runs its rows in vectors
  int acc_bits = 0;
};

CoreConfig config_of(const Case& c, numerics::Accumulate policy) {
  CoreConfig config;
  config.format = numerics::parse_format(c.format);
  config.accumulate = {policy, c.acc_bits, 4, numerics::Rounding::Rne};
  return config;
}

auto any_code(const numerics::FormatSpec& format) {
  return [mask = (std::uint64_t{1} << format.bits) - 1](std::mt19937_64& random) { return static_cast<Code>(random() & mask); };
}

/// One format's PE against the literal one, on every target, for commands that begin at the given k.
template <class Pe>
void expect_literal(const Case& c, numerics::Accumulate policy, std::int64_t k_base) {
  const CoreConfig config = config_of(c, policy);
  for (const std::string& target : kernels::simd_targets()) {
    kernels::force_simd_target(target);
    Pe fast(config);
    LiteralPe literal(config);
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
      CoreCommand command;
      command.k = 24;
      command.k_base = k_base;
      command.product_shift = config.format.out.shared_exponent() ? 6 : 0;
      const auto draw = any_code(config.format.out);
      ASSERT_EQ(outputs(fast, command, draw, seed), outputs(literal, command, draw, seed)) << target << ' ' << c.format;
      ASSERT_EQ(fast.stats(), literal.stats()) << target << ' ' << c.format;
      ASSERT_EQ(fast.in_vectors(), c.vectors) << target << ' ' << c.format;
    }
  }
  kernels::force_simd_target("");
}

constexpr std::int64_t kFar = std::int64_t{1} << 36;  ///< products that a digit has no room for

TEST(VectorRows, Quires) {
  constexpr auto kExact = numerics::Accumulate::Exact;
  for (const Case& c : std::vector<Case>{{"posit8"},
                                         {"posit8es0"},
                                         {"posit16"},
                                         {"posit16es1"},
                                         {"posit5es4"},
                                         {"fp16"},
                                         {"bf16"},
                                         {"fp8e4m3"},
                                         {"fp8e5m2"},
                                         {"e6m7"},
                                         {"e5m14"},
                                         {"posit32", false},
                                         {"fp32", false},
                                         {"posit16", false, 200}}) {
    expect_literal<QuirePe>(c, kExact, 0);
    expect_literal<QuirePe>(c, kExact, kFar);
  }
}

TEST(VectorRows, QuireProductsAreCutWhereDigitsCouldOverflow) {
  CoreCommand near, far;
  near.k = far.k = 100;
  far.k_base = kFar;
  QuirePe narrow(config_of({"posit8"}, numerics::Accumulate::Exact)), wide(config_of({"e5m14"}, numerics::Accumulate::Exact));
  narrow.begin(near);
  EXPECT_TRUE(narrow.whole_products());
  narrow.begin(far);
  EXPECT_FALSE(narrow.whole_products());
  wide.begin(near);
  EXPECT_FALSE(wide.whole_products());
}

TEST(VectorRows, Integers) {
  for (const Case& c : std::vector<Case>{{"flex16+5"}, {"flex8+4"}, {"fixed9.3"}, {"fixed16.8"}, {"fixed9.3", false, 18}})
    expect_literal<IntegerPe>(c, numerics::Accumulate::Exact, 0);
}

}  // namespace
}  // namespace binade::datapath::test
