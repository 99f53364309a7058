// SPDX-License-Identifier: Apache-2.0
#include "sim/host/error_figures.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

#include "models/numerics/codec.h"
#include "models/operations/forms.h"
#include "models/programs/storage.h"

namespace binade::sim {
namespace {

using numerics::Code;
using numerics::parse_format;

// The distance between the codes around a value, by walking all positive codes: their values increase with the code.
double walked_spacing(const numerics::FormatSpec& format, double value) {
  double below = 0;
  for (Code code = 1; code < (Code{1} << (format.bits - 1)); ++code) {
    const double v = to_double(decode(format, code));
    if (v > value) return v - below;
    below = v;
  }
  return -1;
}

TEST(Spacing, EqualsTheGapBetweenNeighbouringCodes) {
  for (const char* word :
       {"posit8", "posit10es1", "posit20", "posit8u", "posit20u", "e4m3", "e6m7", "fp16", "fp8e5m2", "fp8e4m3"}) {
    const auto format = parse_format(word);
    const Spacing spacing(format);
    for (const double value : {0.07, 0.3, 1.0, 1.3, 5.0, 47.0}) {
      if (format.bits > 16) {
        numerics::Events ignored;
        const Code code = encode(format, numerics::from_double(value), {.rounding = numerics::Rounding::Rtz}, ignored);
        EXPECT_EQ(spacing.at(-value, 0), to_double(decode(format, code + 1)) - to_double(decode(format, code)))
            << word << ' ' << value;
      } else {
        EXPECT_EQ(spacing.at(-value, 0), walked_spacing(format, value)) << word << ' ' << value;
      }
    }
  }
  EXPECT_EQ(Spacing(parse_format("flex16+5")).at(3.0, -9), 0x1p-9);
}

TEST(ErrorSums, FiguresFromTheirDefinitions) {
  const Spacing spacing(parse_format("dfp8"));
  ErrorSums sums;
  const std::array reference{4.0, -2.0, 0.0};
  const std::array result{4.5, -2.0, 0.25};
  sums.add(reference, result, spacing, -2);
  const ErrorFigures f = sums.figures();
  EXPECT_DOUBLE_EQ(*f.sqnr_db, 10 * std::log10(20 / 0.3125));
  EXPECT_DOUBLE_EQ(f.max_relative, 0.125);
  EXPECT_DOUBLE_EQ(f.mean_relative, 0.0625);
  EXPECT_DOUBLE_EQ(f.max_ulp, 2);
}

TEST(ErrorSums, EqualIsInfinitelyGoodAndNanInfinitelyBad) {
  const Spacing spacing(parse_format("posit8"));
  const std::array reference{1.0, 2.0}, zeros{0.0, 0.0};
  ErrorSums equal, bad, zero;
  equal.add(reference, reference, spacing, 0);
  EXPECT_EQ(*equal.figures().sqnr_db, std::numeric_limits<double>::infinity());
  bad.add(reference, std::array{1.0, std::numeric_limits<double>::quiet_NaN()}, spacing, 0);
  EXPECT_EQ(*bad.figures().sqnr_db, -std::numeric_limits<double>::infinity());
  EXPECT_EQ(bad.figures().max_relative, std::numeric_limits<double>::infinity());
  zero.add(zeros, zeros, spacing, 0);
  EXPECT_FALSE(zero.figures().sqnr_db.has_value());
}

TEST(ErrorSums, NoFigureIsNan) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity(), kNan = std::numeric_limits<double>::quiet_NaN();
  const Spacing spacing(parse_format("fp16"));
  for (const double reference : {0.0, 1.0, kInfinity, -kInfinity, kNan}) {
    for (const double result : {0.0, 1.0, kInfinity, -kInfinity, kNan}) {
      if (std::isfinite(reference) && std::isfinite(result)) continue;
      ErrorSums sums;
      sums.add(std::array{1.0, reference}, std::array{1.0, result}, spacing, 0);
      const ErrorFigures f = sums.figures();
      ASSERT_TRUE(f.sqnr_db.has_value());
      EXPECT_EQ(*f.sqnr_db, -kInfinity) << reference << ' ' << result;
      EXPECT_EQ(f.max_ulp, kInfinity);
      if (reference == 0) continue;  // relative errors are over the others
      EXPECT_EQ(f.max_relative, kInfinity);
      EXPECT_EQ(f.mean_relative, kInfinity);
    }
  }
}

TEST(Codes, PackAndUnpackAreLittleEndian) {
  const std::array<Code, 2> codes{0x1234, 0xabcd};
  const auto bytes = programs::pack_codes(codes, 2);
  EXPECT_EQ(bytes, (std::vector<std::byte>{std::byte{0x34}, std::byte{0x12}, std::byte{0xcd}, std::byte{0xab}}));
  EXPECT_EQ(programs::unpack_codes(bytes, 2), (std::vector<Code>{0x1234, 0xabcd}));
}

TEST(Codes, TheLowestCodeIsBelowAllOthers) {
  for (const char* word : {"posit8", "e4m3", "fp8e4m3", "fp8e5m2", "dfp8", "flex8+5", "fixed8.4"}) {
    const auto format = parse_format(word);
    const double lowest = to_double(decode(format, operations::lowest_code(format)));
    for (Code code = 0; code < 256; ++code) {
      const double value = to_double(decode(format, code));
      const bool reserved = format.shared_exponent() && mantissa_of(format, code) < format.min_mantissa();
      EXPECT_TRUE(std::isnan(value) || reserved || lowest <= value) << word << ' ' << code;
    }
  }
}

}  // namespace
}  // namespace binade::sim
