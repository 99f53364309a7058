// SPDX-License-Identifier: Apache-2.0
// Dot products under every policy that a format offers: random, cancelling, extreme and special operands, lengths 1 to 4096,
// narrow accumulators, several blocks and shifts, bias and ReLU; codes and event counts.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/oracle/compare.h"
#include "tests/oracle/words.h"

namespace binade::oracle {
namespace {

enum class Stimulus { Random, Small, Cancelling, Extreme, Special };
constexpr Stimulus kStimuli[] = {Stimulus::Random, Stimulus::Small, Stimulus::Cancelling, Stimulus::Extreme, Stimulus::Special};

struct Vectors {
  std::vector<Code> a;
  std::vector<Code> b;
};

class Dot : public testing::TestWithParam<std::string> {
 protected:
  Operands formats_ = parse_operands(GetParam());
  bool integers_ = formats_.a.integer();
  int wider_ = std::max(formats_.a.bits, formats_.b.bits);
  std::uint64_t draws_ = 0;

  std::uint64_t draw() { return mix(std::hash<std::string>{}(GetParam()) + draws_++); }
  Code any(const Format& format) { return static_cast<Code>(draw()) & format.code_count_minus_one(); }

  /// Not NaR, NaN or Inf.
  Code finite(const Format& format) {
    for (;;) {
      const Code code = any(format);
      if (decode(format, code).is_number()) return code;
    }
  }

  /// Near one for real formats, small for integers.
  Code small(const Format& format) {
    Events ignored;
    const long numerator = static_cast<long>(draw() % 257) - 128;
    return encode(format, number(mpq_class(numerator, format.integer() ? 8 : 64)), Mode::Rne, 0, 0, ignored);
  }

  Code negative_of(const Format& format, Code code) {
    Events ignored;
    return encode(format, negated(decode(format, code)), Mode::Rne, 0, 0, ignored);
  }

  Code extreme(const Format& format) {
    const Code top = static_cast<Code>(format.largest_integer());
    const Code list[] = {top,
                         top - 1,
                         1,
                         2,
                         0,
                         negative_of(format, top),
                         negative_of(format, 1),
                         static_cast<Code>(format.smallest_integer()) & format.code_count_minus_one()};
    return list[draw() % std::size(list)];
  }

  Vectors vectors(Stimulus stimulus, std::size_t length) {
    const Format &a = formats_.a, &b = formats_.b;
    Vectors v;
    for (std::size_t k = 0; k < length; ++k) {
      switch (stimulus) {
        case Stimulus::Random:
          v.a.push_back(finite(a));
          v.b.push_back(finite(b));
          break;
        case Stimulus::Small:
          v.a.push_back(small(a));
          v.b.push_back(small(b));
          break;
        case Stimulus::Cancelling: {  // x y - x y - ... with one small product among them
          const bool odd_one = k == length / 2;
          const bool paired = k % 2 == 1 && !odd_one && k - 1 != length / 2;
          v.a.push_back(odd_one ? small(a) : paired ? negative_of(a, v.a.back()) : finite(a));
          v.b.push_back(odd_one ? small(b) : paired ? v.b.back() : finite(b));
          break;
        }
        case Stimulus::Extreme:
          v.a.push_back(extreme(a));
          v.b.push_back(extreme(b));
          break;
        case Stimulus::Special:
          v.a.push_back(draw() % 8 == 0 ? any(a) : small(a));
          v.b.push_back(draw() % 8 == 0 ? extreme(b) : small(b));
          break;
      }
    }
    if (stimulus == Stimulus::Special && length > 2 && a.kind != Kind::Hill) v.a[draw() % length] = nan_code(a);
    return v;
  }

  std::vector<int> shifts() const {
    if (!integers_) return {0};
    return {0, wider_ - 2, 2 * wider_ - 6, -3, 20};
  }

  void sweep(DotSpec spec, Report& report, const std::vector<std::size_t>& lengths) {
    for (const std::size_t length : lengths) {
      for (const Stimulus stimulus : kStimuli) {
        for (const int shift : shifts()) {
          for (int option = 0; option < (length <= 70 ? 4 : 1); ++option) {
            const Vectors v = vectors(stimulus, length);
            spec.product_shift = shift;
            spec.relu = option == 2;
            spec.mode = spec.policy == Policy::Serial && option == 3 ? Mode::Rtz : kModes[draw() % 4];
            if (spec.policy == Policy::Blocked) spec.mode = Mode::Rne;
            // A bias LSB is a multiple of the accumulator's LSB.
            spec.bias_shift =
                formats_.out.integer() && option == 3 ? std::min(static_cast<int>(draw() % 6) - 5, shift) : std::min(0, shift);
            const std::optional<Code> bias =
                option >= 1 ? std::optional<Code>(draw() % 8 == 0 ? extreme(formats_.out) : finite(formats_.out)) : std::nullopt;
            spec.bias_first = draw() % 2 == 0;
            judge_dot(GetParam(), spec, v.a, v.b, bias, report);
          }
        }
      }
    }
  }

  static std::vector<std::size_t> lengths() {
    if (full_run()) return {1, 2, 3, 7, 31, 32, 33, 63, 64, 65, 100, 256, 1000, 1024, 2048, 4095, 4096};
    return {1, 2, 3, 7, 31, 32, 33, 64, 65, 300, 4096};
  }
};

TEST_P(Dot, Exact) {
  Report report;
  sweep({}, report, lengths());
  EXPECT_TRUE(report.clean()) << report.summary();
}

TEST_P(Dot, ExactNarrowAccumulator) {
  Report report;
  std::vector<int> widths;
  const int both = formats_.a.bits + formats_.b.bits;
  if (integers_) {
    widths = {both / 2, both - 1, both, both + 3};
  } else if (formats_.a.kind == Kind::Posit) {
    const int full = full_width(formats_);
    widths = {full / 2, full / 2 + 8, full - 32, full - 8, full};
  } else {
    const auto span_of = [](const Format& format) { return (1 << format.exponent_bits) + format.fraction_bits; };
    const int span = span_of(formats_.a) + span_of(formats_.b);
    widths = {span / 2, span / 2 + span / 8, span - span / 8};
  }
  for (const int width : widths) {
    DotSpec spec;
    spec.acc_bits = width;
    sweep(spec, report, {1, 2, 33, 130});
  }
  EXPECT_TRUE(report.clean()) << report.summary();
}

TEST_P(Dot, Serial) {
  Report report;
  DotSpec spec;
  spec.policy = Policy::Serial;
  sweep(spec, report, lengths());
  EXPECT_TRUE(report.clean()) << report.summary();
}

TEST_P(Dot, Fp32) {
  Report report;
  DotSpec spec;
  spec.policy = Policy::Fp32;
  sweep(spec, report, lengths());
  EXPECT_TRUE(report.clean()) << report.summary();
}

class IntegerDot : public Dot {};

TEST_P(IntegerDot, Blocked) {
  Report report;
  for (const int block : {1, 4, 32, 64, 5000}) {
    DotSpec spec;
    spec.policy = Policy::Blocked;
    spec.block = block;
    sweep(spec, report, block == 32 ? lengths() : std::vector<std::size_t>{1, 31, 64, 65, 300});
  }
  EXPECT_TRUE(report.clean()) << report.summary();
}

TEST_P(IntegerDot, BlockedNarrowAccumulator) {
  Report report;
  for (const int width : {formats_.a.bits + formats_.b.bits - 1, formats_.a.bits + formats_.b.bits + 2}) {
    DotSpec spec;
    spec.policy = Policy::Blocked;
    spec.acc_bits = width;
    sweep(spec, report, {1, 2, 33, 130});
  }
  EXPECT_TRUE(report.clean()) << report.summary();
}

class ChainedDot : public Dot {};

TEST_P(ChainedDot, Chained) {
  Report report;
  for (const int chain : {1, 4, 31, 32, 5000}) {
    DotSpec spec;
    spec.policy = Policy::Chained;
    spec.chain = chain;
    sweep(spec, report, chain == 31 ? lengths() : std::vector<std::size_t>{1, 31, 64, 65, 300});
  }
  EXPECT_TRUE(report.clean()) << report.summary();
}

TEST_P(ChainedDot, NarrowChain) {
  Report report;
  for (const int width : {formats_.a.bits + formats_.b.bits - 1, formats_.a.bits + formats_.b.bits + 2}) {
    DotSpec spec;
    spec.policy = Policy::Chained;
    spec.acc_bits = width;
    sweep(spec, report, {1, 2, 33, 130});
  }
  EXPECT_TRUE(report.clean()) << report.summary();
}

INSTANTIATE_TEST_SUITE_P(Posit, Dot,
                         testing::Values("posit8", "posit8es0", "posit5es1", "posit8es4", "posit16", "posit32", "posit8u",
                                         "posit5es1u", "posit16es1u"),
                         NameOfWord());
INSTANTIATE_TEST_SUITE_P(Hill, Dot, testing::Values("e6m7", "e4m3", "e8m23", "e2m3"), NameOfWord());
INSTANTIATE_TEST_SUITE_P(Ieee, Dot,
                         testing::Values("fp32", "fp16", "bf16", "fp8e4m3", "fp8e5m2", "fp8e4m3sat", "fp8e5m2sat", "ieee6.9",
                                         "ieee3.2", "ieee4.3sat"),
                         NameOfWord());
INSTANTIATE_TEST_SUITE_P(Integer, Dot, testing::Values("flex16+5", "flex8+5", "dfp8", "dfp16", "sdfp8", "fixed8.4", "fixed17.8"),
                         NameOfWord());
INSTANTIATE_TEST_SUITE_P(MixedPosit, Dot,
                         testing::Values("posit8:posit16:posit16", "posit8:posit8:posit16", "posit16:posit8:posit8",
                                         "posit16:posit8u:posit8u", "posit5es1:posit12es1:posit3es1",
                                         "posit8es0:posit8es0:posit32es0"),
                         NameOfWord());
INSTANTIATE_TEST_SUITE_P(MixedFloat, Dot,
                         testing::Values("fp8e4m3:fp8e5m2:bf16", "fp8e4m3:fp8e4m3:fp32", "fp8e5m2:bf16:fp8e4m3sat",
                                         "e6m7:e4m3:e5m10", "e6m7:e6m7:fp16", "ieee3.2:fp16:ieee6.9", "fp8e4m3sat:e5m2:bf16"),
                         NameOfWord());
INSTANTIATE_TEST_SUITE_P(MixedInteger, Dot,
                         testing::Values("dfp8:dfp16:dfp16", "dfp8:dfp8:fp32", "dfp8:sdfp16:bf16", "dfp16:dfp8:fp16",
                                         "flex16+5:flex8+5:flex12+5", "fixed8.4:fixed17.8:fixed16.8", "dfp17:dfp4:dfp8"),
                         NameOfWord());
INSTANTIATE_TEST_SUITE_P(MixedInteger, IntegerDot,
                         testing::Values("dfp8:dfp16:dfp16", "flex16+5:flex8+5:flex12+5", "flex8+5:dfp12:flex16+5"), NameOfWord());
INSTANTIATE_TEST_SUITE_P(Integer, IntegerDot, testing::Values("flex16+5", "flex8+5", "dfp8", "dfp16"), NameOfWord());
INSTANTIATE_TEST_SUITE_P(Integer, ChainedDot,
                         testing::Values("dfp16", "dfp8", "sdfp8", "flex16+5", "fixed17.8", "dfp16:dfp16:fp32", "dfp8:sdfp16:bf16",
                                         "dfp16:dfp8:fp16", "dfp31:dfp31:fp32"),
                         NameOfWord());

}  // namespace
}  // namespace binade::oracle
