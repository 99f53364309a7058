// SPDX-License-Identifier: Apache-2.0
// The vector unit between formats against exact values: conversions of every code of one format to another, sums and products of
// operands of two formats, in every rounding mode; codes and events.
#include <gtest/gtest.h>

#include <cstring>

#include "models/numerics/hash.h"
#include "models/operations/vector_ops.h"
#include "tests/oracle/compare.h"
#include "tests/oracle/words.h"

namespace binade::oracle {
namespace {

using spec::VectorOp;

constexpr int kExponentOfX = -4, kExponentOfY = -6, kExponentOfOutput = -5;
constexpr std::int64_t kSeed = 9, kTensor = 3;

/// Operand codes at their storage width, and as values.
struct Operand {
  std::vector<std::byte> bytes;
  std::vector<Value> values;
};

Operand operand(const std::string& word, const std::vector<Code>& codes, int exponent) {
  const Format format = parse(word);
  const auto size = static_cast<std::size_t>(numerics::parse_format(word).storage_bytes());
  Operand one;
  one.bytes.resize(codes.size() * size);
  for (std::size_t i = 0; i < codes.size(); ++i) {
    std::memcpy(one.bytes.data() + i * size, &codes[i], size);
    one.values.push_back(decode(format, codes[i], exponent));
  }
  return one;
}

/// Codes of a format spread over all of it, every one of up to 8 bits; from `offset` on.
std::vector<Code> codes_of(const std::string& word, std::size_t count, std::uint64_t offset) {
  const Format format = parse(word);
  std::vector<Code> codes;
  for (std::uint64_t i = 0; i < count; ++i)
    codes.push_back(format.bits <= 8 ? static_cast<Code>((i + offset) & format.code_count_minus_one())
                                     : static_cast<Code>(mix(i + offset)) & format.code_count_minus_one());
  return codes;
}

/// `x:y:out`.
class BetweenFormats : public testing::TestWithParam<std::string> {};

TEST_P(BetweenFormats, RoundExactResultsOnce) {
  const std::string words = GetParam();
  const std::size_t first = words.find(':'), second = words.find(':', first + 1);
  const std::string x_word = words.substr(0, first), y_word = words.substr(first + 1, second - first - 1),
                    out_word = words.substr(second + 1);
  const Format out = parse(out_word);
  const auto spec = [](const std::string& word) { return numerics::parse_format(word); };
  const std::size_t count = full_run() ? 60'000 : 3'000;
  const Operand x = operand(x_word, codes_of(x_word, count, 0), kExponentOfX);
  const Operand y = operand(y_word, codes_of(y_word, count, 77), kExponentOfY);
  Report report;
  for (const VectorOp op : {VectorOp::Copy, VectorOp::Add, VectorOp::Sub, VectorOp::Mul})
    for (const Mode mode : kModes) {
      const operations::VectorFormats formats(spec(x_word), spec(y_word), {spec(out_word), rounding(mode)});
      spec::Vector d;
      d.op = static_cast<std::int64_t>(op);
      d.count = static_cast<std::int64_t>(count);
      d.x_exponent = kExponentOfX, d.y_exponent = kExponentOfY, d.o_exponent = kExponentOfOutput;
      d.seed = kSeed, d.tensor = kTensor;
      std::vector<std::byte> bytes(static_cast<std::size_t>(operations::vector_extent(formats, d).o_bytes));
      datapath::TileStats stats;
      operations::VectorArithmetic().run(formats, d, x.bytes, y.bytes, bytes, stats);
      Events expected_events;
      const std::size_t size = bytes.size() / count;
      for (std::size_t i = 0; i < count; ++i) {
        const Value& a = x.values[i];
        const Value& b = y.values[i];
        const Value exact = op == VectorOp::Copy  ? a
                            : op == VectorOp::Add ? add(a, b)
                            : op == VectorOp::Sub ? sub(a, b)
                                                  : mul(a, b);
        const std::uint32_t random = numerics::random_bits(kSeed, kTensor, i);
        const Code expected = encode(out, exact, mode, kExponentOfOutput, random, expected_events);
        Code actual = 0;
        std::memcpy(&actual, bytes.data() + i * size, size);
        report.check(actual == expected, [&] {
          return "op " + std::to_string(d.op) + ", mode " + std::to_string(static_cast<int>(mode)) + ", element " +
                 std::to_string(i) + ": " + std::to_string(actual) + ", not " + std::to_string(expected);
        });
      }
      report.check(same(expected_events, stats.events), [&] {
        return "op " + std::to_string(d.op) + ": events " + text(stats.events) + ", not " + text(expected_events);
      });
    }
  EXPECT_TRUE(report.clean()) << report.summary();
}

INSTANTIATE_TEST_SUITE_P(Families, BetweenFormats,
                         testing::Values("posit8:posit16:posit16", "posit16:posit8u:posit8u", "fp32:posit16es1u:posit6u",
                                         "posit16:posit8:posit8", "posit16es1:fp32:bf16", "fp8e4m3:fp8e5m2:fp16",
                                         "fp32:bf16:posit16", "fp16:fp8e5m2:e6m7", "dfp8:dfp16:dfp12", "dfp8:posit8:fp32",
                                         "fp16:bf16:dfp8", "flex16+5:sdfp8:posit16", "fixed12.6:fixed9.3:fixed16.8",
                                         "e6m7:e4m3:flex16+5", "posit32:dfp24:fp32", "fp8e5m2sat:posit8es0:fp8e4m3sat"),
                         NameOfWord());

}  // namespace
}  // namespace binade::oracle
