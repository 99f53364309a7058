// SPDX-License-Identifier: Apache-2.0
// `serial` posits: the vector paths by construction, on every SIMD target, against the literal accumulator.
#include <gtest/gtest.h>

#include <cmath>

#include "models/numerics/codec.h"
#include "tests/unit/kernels/gemm_harness.h"

namespace binade::kernels::test {
namespace {

using numerics::Accumulate;
using numerics::Code;
using numerics::Rounding;

constexpr numerics::AccumulateSpec kSerial{.policy = Accumulate::Serial};

std::uint64_t all(const Gemm& gemm) { return static_cast<std::uint64_t>(gemm.command.m * gemm.command.n * gemm.command.k); }

struct Case {
  const char* format;
  KernelPath path;
};
/// Exact products and near sums in binary32; steps to odd; binary64 for wide codes and wide ranges.
constexpr Case kCases[] = {
    {"posit3es0", KernelPath::Serial32},  {"posit4es1", KernelPath::Serial32},   {"posit5es2", KernelPath::Serial32},
    {"posit6es0", KernelPath::Serial32},  {"posit8es0", KernelPath::Serial32},   {"posit8es1", KernelPath::Serial32},
    {"posit8", KernelPath::Serial32},     {"posit8u", KernelPath::Serial32},     {"posit12", KernelPath::Serial32},
    {"posit13es0", KernelPath::Serial32}, {"posit16es1", KernelPath::Serial32},  {"posit16", KernelPath::Serial32},
    {"posit16u", KernelPath::Serial32},   {"posit16es1u", KernelPath::Serial32}, {"posit20es1", KernelPath::Serial32},
    {"posit16es3", KernelPath::Serial64}, {"posit19", KernelPath::Serial64},     {"posit32", KernelPath::Serial64},
    {"posit32es4", KernelPath::Serial64}, {"posit31es0u", KernelPath::Serial64},
};

/// Codes but NaR.
Draw any_number(const std::string& format) {
  return [draw = any_code(format), nar = Code{1} << (numerics::parse_format(format).bits - 1)](Random& random) {
    const Code code = draw(random);
    return code == nar ? 0 : code;
  };
}
/// Half of them zero.
Draw sparse(const Draw& draw) {
  return [draw](Random& random) { return random() % 2 == 0 ? draw(random) : 0; };
}

/// Neighbours of powers of two and of the limits.
Draw beside(const std::string& format) {
  return [bits = numerics::parse_format(format).bits](Random& random) {
    const Code at = Code{1} << random() % static_cast<unsigned>(bits), magnitudes = (Code{1} << (bits - 1)) - 1;
    const Code magnitude = (at + static_cast<Code>(random() % 5) - 2) & magnitudes;
    return random() % 2 == 0 ? magnitude : (0 - magnitude) & (2 * magnitudes + 1);
  };
}

void add_bias(Gemm& gemm, Random& random, const Draw& draw) {
  gemm.command.bias = true;
  gemm.bias.clear();
  for (std::int64_t j = 0; j < gemm.command.n; ++j) gemm.bias.push_back(draw(random));
}

TEST(PositSerialGemm, EveryFormatTakesVectors) {
  Random random(1);
  for (const auto& [format, path] : kCases) {
    for (const double deviation : {1.0, 0.05, 1e-4}) {
      Gemm gemm = make_gemm(format, kSerial, 9, 51, 130, random, sparse(normal(format, 1.0)), normal(format, deviation));
      if (deviation != 1.0) add_bias(gemm, random, normal(format, 1.0));
      gemm.command.relu = deviation == 0.05;
      EXPECT_EQ(expect_literal(gemm)[path], all(gemm)) << gemm;
    }
  }
}

TEST(PositSerialGemm, SaturatesAndUnderflowsInVectors) {
  Random random(2);
  for (const auto& [format, path] : kCases) {
    const Draw draw = [any = any_number(format), beside = beside(format)](Random& r) { return r() % 2 == 0 ? any(r) : beside(r); };
    Gemm gemm = make_gemm(format, kSerial, 11, 53, 70, random, draw, draw);
    add_bias(gemm, random, draw);
    EXPECT_EQ(expect_literal(gemm)[path], all(gemm)) << gemm;
    const auto events = literal(gemm).stats.events;
    EXPECT_NE(events.saturation, 0U) << gemm;
    EXPECT_NE(events.underflow, 0U) << gemm;
  }
}

TEST(PositSerialGemm, SumsStartFromTheBiasInVectors) {
  Random random(9);
  for (const auto& [format, path] : kCases) {
    const numerics::AccumulateSpec spec{.policy = Accumulate::Serial, .bias = numerics::BiasPosition::First};
    Gemm gemm = make_gemm(format, spec, 9, 51, 33, random, sparse(normal(format, 1.0)), normal(format, 0.3));
    add_bias(gemm, random, normal(format, 4.0));
    EXPECT_EQ(expect_literal(gemm)[path], all(gemm)) << gemm;
    gemm.config.accumulate.bias = numerics::BiasPosition::Last;
    expect_literal(gemm);
  }
}

/// Up to half a vector of columns: rows of A lie in vectors where they have few zeros.
TEST(PositSerialGemm, FewColumns) {
  Random random(10);
  for (const auto& [format, path] : kCases) {
    const Draw wild = [any = any_number(format), beside = beside(format)](Random& r) { return r() % 2 == 0 ? any(r) : beside(r); };
    for (const std::int64_t n : {1, 4, 6, 8}) {
      for (const std::int64_t m : {3, 16, 37}) {
        for (const Draw& draw : {normal(format, 1.0), sparse(sparse(normal(format, 1.0))), wild}) {
          const auto first = m == 16 ? numerics::BiasPosition::First : numerics::BiasPosition::Last;
          const numerics::AccumulateSpec spec{.policy = Accumulate::Serial, .bias = first};
          Gemm gemm = make_gemm(format, spec, m, n, 26, random, draw, sparse(draw));
          if (n != 4) add_bias(gemm, random, sparse(draw));
          gemm.command.relu = n == 8;
          EXPECT_EQ(expect_literal(gemm)[path], all(gemm)) << gemm;
        }
      }
    }
  }
}

TEST(PositSerialGemm, NarAmongFewColumns) {
  Random random(11);
  for (const std::string format : {"posit8", "posit16es1"}) {
    const Code nar = Code{1} << (numerics::parse_format(format).bits - 1);
    Gemm gemm = make_gemm(format, kSerial, 40, 6, 25, random, normal(format, 1), normal(format, 1));
    gemm.a[21 * 25 + 3] = nar;
    EXPECT_EQ(expect_literal(gemm)[KernelPath::Element], std::uint64_t{4 * 6 * 25}) << gemm;
    gemm.b_t[3 * 25 + 7] = nar;
    EXPECT_EQ(expect_literal(gemm)[KernelPath::Element], all(gemm)) << gemm;
  }
}

/// Each code times each other one.
TEST(PositSerialGemm, EveryProduct) {
  for (const std::string format : {"posit3es0", "posit4es0", "posit5es1", "posit6", "posit7es3", "posit8es0", "posit8es1", "posit8",
                                   "posit8es4", "posit8u", "posit8es0u", "posit7es4u"}) {
    const Code codes = Code{1} << numerics::parse_format(format).bits, nar = codes / 2;
    Code next = 0;
    const Draw each = [&](Random&) {
      const Code code = next;
      next = (next + 1) % codes;
      return code == nar ? 0 : code;
    };
    Random random(3);
    const Gemm gemm = make_gemm(format, kSerial, codes, codes, 1, random, each, each);
    EXPECT_EQ(expect_literal(gemm)[KernelPath::Element], 0U) << gemm;
  }
}

/// Each code plus each other one: x times 1, plus 1 times y.
TEST(PositSerialGemm, EverySum) {
  for (const std::string format : {"posit3es0", "posit4es0", "posit5es1", "posit6", "posit7es3", "posit8es0", "posit8es1", "posit8",
                                   "posit8es4", "posit8u", "posit8es0u", "posit7es4u"}) {
    const Code codes = Code{1} << numerics::parse_format(format).bits, nar = codes / 2, one = codes / 4;
    Code next = 0;
    const Draw x_and_one = [&](Random&) {
      const Code place = next++;
      return place % 2 != 0 ? one : place / 2 % codes == nar ? 0 : place / 2 % codes;
    };
    const Draw one_and_y = [&](Random&) {
      const Code place = next++;
      return place % 2 == 0 ? one : place / 2 % codes == nar ? 0 : place / 2 % codes;
    };
    Random random(4);
    const Gemm gemm = make_gemm(format, kSerial, codes, codes, 2, random, x_and_one, one_and_y);
    EXPECT_EQ(expect_literal(gemm)[KernelPath::Element], 0U) << gemm;
  }
}

/// Steps in wider formats, where the codes beside a boundary matter.
TEST(PositSerialGemm, BesideBoundaries) {
  Random random(5);
  for (const auto& [format, path] : kCases) {
    const Gemm gemm = make_gemm(format, kSerial, 40, 60, 12, random, beside(format), beside(format));
    EXPECT_EQ(expect_literal(gemm)[path], all(gemm)) << gemm;
  }
}

TEST(PositSerialGemm, FactorsOfOtherWidths) {
  Random random(6);
  for (const std::string words : {"posit8:posit16:posit16", "posit16:posit8:posit8", "posit16es1:posit12es1:posit10es1",
                                  "posit32:posit8:posit16", "posit8:posit8:posit32"}) {
    const auto formats = make_gemm(words, kSerial, 1, 1, 1, random, any_code("posit8"), any_code("posit8")).config.format;
    const std::string a = to_string(formats.a), b = to_string(formats.b);
    for (const bool wild : {false, true}) {
      const Gemm gemm = make_gemm(words, kSerial, 9, 30, 40, random, wild ? any_number(a) : normal(a, 1.0),
                                  wild ? any_number(b) : normal(b, 0.1));
      EXPECT_EQ(expect_literal(gemm)[KernelPath::Element], 0U) << gemm;
    }
  }
}

TEST(PositSerialGemm, NarRunsOnTheElement) {
  Random random(7);
  for (const std::string format : {"posit8", "posit16es1", "posit32"}) {
    const Code nar = Code{1} << (numerics::parse_format(format).bits - 1);
    Gemm gemm = make_gemm(format, kSerial, 14, 20, 40, random, normal(format, 1), normal(format, 1));
    gemm.a[5 * 40 + 7] = nar;
    EXPECT_EQ(expect_literal(gemm)[KernelPath::Element], std::uint64_t{4 * 20 * 40}) << gemm;
    EXPECT_NE(literal(gemm).stats.events.nar, 0U) << gemm;
    gemm.b_t[3 * 40 + 7] = nar;
    EXPECT_EQ(expect_literal(gemm)[KernelPath::Element], all(gemm)) << gemm;
    gemm.b_t[3 * 40 + 7] = 0;
    add_bias(gemm, random, normal(format, 1));
    gemm.bias[2] = nar;
    EXPECT_EQ(expect_literal(gemm)[KernelPath::Element], all(gemm)) << gemm;
  }
}

TEST(PositSerialGemm, OtherRoundingsRunOnTheElement) {
  Random random(8);
  for (const Rounding rounding : {Rounding::Rtz, Rounding::Rhu, Rounding::Rha}) {
    const numerics::AccumulateSpec spec{.policy = Accumulate::Serial, .rounding = rounding};
    const Gemm gemm = make_gemm("posit16es1", spec, 5, 9, 30, random, normal("posit16es1", 1), normal("posit16es1", 1));
    EXPECT_EQ(expect_literal(gemm)[KernelPath::Element], all(gemm)) << gemm;
  }
}

}  // namespace
}  // namespace binade::kernels::test
