// SPDX-License-Identifier: Apache-2.0
// The vector unit between formats: operands decode by their own, the result is rounded once to its own.
#include "models/operations/vector_formats.h"

#include "models/numerics/arithmetic.h"
#include "models/numerics/codec.h"
#include "tests/unit/operations/vector_harness.h"

namespace binade::operations::test {
namespace {

using numerics::parse_format;
using numerics::Unpacked;

constexpr const char* kFormats[] = {"posit8", "posit16es1", "e4m3",   "fp8e4m3",  "fp8e5m2sat", "bf16",
                                    "fp32",   "dfp8",       "sdfp16", "flex16+5", "fixed8.4"};

std::vector<Code> every_code(const FormatSpec& format) {
  // All of narrow formats; of wide ones a run of codes at every power of two.
  std::vector<Code> codes;
  const std::uint64_t end = std::uint64_t{1} << format.bits;
  for (std::uint64_t code = 0; code < std::min<std::uint64_t>(end, 256); ++code) codes.push_back(static_cast<Code>(code));
  for (std::uint64_t at = 256; at < end; at *= 2)
    for (std::uint64_t code = at - 3; code < std::min(at + 3, end); ++code) {
      codes.push_back(static_cast<Code>(code));
      codes.push_back(static_cast<Code>((end - code) & (end - 1)));
    }
  return codes;
}

// A copy is a conversion: every code of every family in every other, events counted.
TEST(VectorFormats, CopyConvertsBetweenAllFamilies) {
  constexpr int kFrom = -5, kTo = -4;
  for (const char* from : kFormats)
    for (const char* to : kFormats) {
      const FormatSpec source = parse_format(from), target = parse_format(to);
      const std::vector<Code> x = every_code(source);
      spec::Vector d = command(VectorOp::Copy, static_cast<std::int64_t>(x.size()));
      d.x_exponent = kFrom, d.o_exponent = kTo;
      const Result converted = run(VectorFormats(source, source, {target, numerics::Rounding::Rtz}), d, x);
      numerics::Events events;
      for (std::size_t i = 0; i < x.size(); ++i) {
        const Unpacked value = numerics::decode(source, x[i], kFrom);
        const Code expected = numerics::encode(target, value, {.rounding = numerics::Rounding::Rtz, .lsb_exponent = kTo}, events);
        ASSERT_EQ(converted.codes[i], expected) << from << " to " << to << ", code " << x[i];
      }
      EXPECT_EQ(converted.stats.events, events) << from << " to " << to;
    }
}

// Each operand by its own codec: y is read at its own width, s and t too.
TEST(VectorFormats, OperandsHaveFormatsOfTheirOwn) {
  const FormatSpec x_format = parse_format("posit8"), y_format = parse_format("dfp16"), out = parse_format("fp32");
  const VectorFormats formats(x_format, y_format, {out});
  const std::vector<Code> x{0x40, 0x38, 0xc0, 0x01}, y{0x0003, 0xfffd, 0x7fff, 0x0001};
  for (const VectorOp op : {VectorOp::Add, VectorOp::Sub, VectorOp::Mul}) {
    spec::Vector d = command(op, 4);
    d.y_exponent = -9;
    const Result result = run(formats, d, x, y);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const Unpacked a = numerics::decode(x_format, x[i]), b = numerics::decode(y_format, y[i], -9);
      const Unpacked exact = op == VectorOp::Add   ? numerics::add(a, b)
                             : op == VectorOp::Sub ? numerics::sub(a, b)
                                                   : numerics::mul(a, b);
      numerics::Events events;
      EXPECT_EQ(result.codes[i], numerics::encode(out, exact, {}, events)) << static_cast<int>(op) << ' ' << i;
    }
  }
  spec::Vector d = command(VectorOp::BatchNorm, 4);
  d.inner = 1, d.channels = 2;
  d.y_exponent = -9, d.t_exponent = -2;
  const Result result = run(formats, d, x, y);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const Unpacked scale = numerics::decode(y_format, y[i % 2], -9), shift = numerics::decode(y_format, y[2 + i % 2], -2);
    numerics::Events events;
    EXPECT_EQ(result.codes[i], numerics::encode(out, numerics::fma(numerics::decode(x_format, x[i]), scale, shift), {}, events));
  }
}

TEST(VectorFormats, ExtentsFollowEachOperandsWidth) {
  spec::Vector d = command(VectorOp::Add, 6);
  d.broadcast = 1, d.inner = 1, d.channels = 3;
  const VectorExtent extent = vector_extent({parse_format("posit8"), parse_format("fp32"), {parse_format("bf16")}}, d);
  EXPECT_EQ(extent.x_bytes, 6);
  EXPECT_EQ(extent.y_bytes, 12);
  EXPECT_EQ(extent.o_bytes, 12);
}

// The width of raw integers: of the formats that meet, and of one format what it has always been.
TEST(VectorFormats, RawIntegersHoldTheResultOfBothOperands) {
  const FormatSpec narrow = parse_format("dfp8"), wide = parse_format("dfp16"), real = parse_format("fp32");
  EXPECT_EQ(raw_result_bits(narrow, VectorOp::Add), 9);
  EXPECT_EQ(raw_result_bits(narrow, VectorOp::BatchNorm), 17);
  EXPECT_EQ(raw_result_bits(narrow, VectorOp::Gelu), 16);
  EXPECT_EQ(raw_result_bits({narrow, wide, {narrow}}, VectorOp::Add), 17);
  EXPECT_EQ(raw_result_bits({narrow, wide, {narrow}}, VectorOp::Mul), 24);
  EXPECT_EQ(raw_result_bits({wide, wide, {narrow}}, VectorOp::MeanReduce), 24);
  EXPECT_EQ(raw_result_bytes({real, real, {narrow}}, VectorOp::Copy), 8);
  EXPECT_EQ(raw_result_bytes({wide, wide, {wide}}, VectorOp::Mul), 8);
}

TEST(VectorFormats, ATableNamesThemByIndex) {
  const ElementFormat first{parse_format("posit8")}, second{parse_format("posit16"), numerics::Rounding::Sr},
      third{parse_format("posit16")};
  const FormatTable table(first, {second, third});
  EXPECT_EQ(table.size(), 3);
  EXPECT_EQ(table.find(third), 2);
  EXPECT_EQ(table.find(third.format), 1);
  EXPECT_EQ(table.find(parse_format("fp32")), std::nullopt);
  spec::Vector d;
  d.y_format = 2, d.o_format = 1;
  EXPECT_EQ(table.of(d), VectorFormats(first.format, third.format, second));
}

}  // namespace
}  // namespace binade::operations::test
