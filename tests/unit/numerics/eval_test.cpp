// SPDX-License-Identifier: Apache-2.0
// `binade eval` as text in, text out: every operation, output detail and refusal of docs/eval.md.
#include <gtest/gtest.h>

#include <sstream>
#include <vector>

#include "models/numerics/error.h"
#include "models/numerics/rounding.h"
#include "sim/cli/eval_lines.h"

namespace binade::sim {
namespace {

struct Outcome {
  std::string out;
  std::string error;
};

Outcome run(EvalOptions options, const std::string& format, const std::string& operation, const std::string& input) {
  options.format = format;
  options.operation = operation;
  std::istringstream in(input);
  std::ostringstream out;
  try {
    evaluate_lines(options, in, out);
  } catch (const InputError& error) {
    return {out.str(), error.what()};
  }
  return {out.str(), ""};
}
Outcome run(const std::string& format, const std::string& operation, const std::string& input) {
  return run({}, format, operation, input);
}
std::string output(const std::string& format, const std::string& operation, const std::string& input) {
  return run(format, operation, input).out;
}

TEST(Eval, EncodePadsAndAcceptsEveryReal) {
  EXPECT_EQ(output("posit8", "encode", "0.1\n144\n1e400\n-inf\nnan\n"), "0x25\n0x6c\n0x7f\n0x80\n0x80\n");
  EXPECT_EQ(output("fp16", "encode", "-0\n+1.5\n0x1p-24\n1e-400\n-INF\nNaN\n65520"),
            "0x8000\n0x3e00\n0x0001\n0x0000\n0xfc00\n0x7e00\n0x7c00\n");
  EXPECT_EQ(output("posit3", "encode", "1"), "0x2\n");
  EXPECT_EQ(output("posit13", "encode", "1"), "0x0800\n");
  EXPECT_EQ(output("e6m7", "encode", "-1e-10\n1e12"), "0x0000\n0x1fff\n");
  EXPECT_EQ(output("fixed16.8", "encode", "-1.5"), "0xfe80\n");
}

TEST(Eval, EncodeRoundsTheNumberAsWritten) {
  // Beyond binary64 on both sides, and on either side of a tie that binary64 cannot tell from it.
  EXPECT_EQ(output("posit32", "encode", "1e309\n-1e309\n1e-324\n-1e-324\n1e999999999999999999999\n1e-999999999999999999999"),
            "0x7fffffff\n0x80000001\n0x00000001\n0xffffffff\n0x7fffffff\n0x00000001\n");
  EXPECT_EQ(
      output("fp32", "encode", "1.00000005960464477539062500000000000001\n1.000000059604644775390625\n1.00000005960464477539"),
      "0x3f800001\n0x3f800000\n0x3f800000\n");
  EXPECT_EQ(output("posit32", "encode", "0x1.00000000000000000000000000000000001p-9999999\n0x.8p+1\n0X1P-1\n0x10"),
            "0x00000001\n" + output("posit32", "encode", "1\n0.5\n16"));
  const std::string nines(20000, '9'), zeros(15000, '0');
  EXPECT_EQ(output("posit16", "encode",
                   "0." + nines + "\n0." + zeros + "1\n" + zeros + "1." + zeros + "\n1" + zeros.substr(1) + "e-14999"),
            "0x4000\n0x0001\n0x4000\n0x4000\n");
  EXPECT_NE(run("posit16", "encode", "0." + nines + "9").error.find("at most 20000 are allowed"), std::string::npos);
}

TEST(Eval, DecodedValuesEncodeAgain) {
  for (const char* format : {"posit8", "fp8e4m3", "fp8e5m2", "e4m3", "posit8es4", "ieee4.3", "fixed9.4"}) {
    std::string codes;
    for (int code = 0; code < 256; ++code)
      codes += std::string("0x") + "0123456789abcdef"[code >> 4] + "0123456789abcdef"[code & 15] + "\n";
    const std::string values = output(format, "decode", codes);
    EXPECT_EQ(output(format, "decode", output(format, "encode", values)), values) << format;
  }
  EXPECT_NE(run("fp16", "encode", "0x1p+0 2").error.find("two values"), std::string::npos);
  EXPECT_EQ(output("posit8", "encode", "NaR\nnar\nNaN\n-Infinity"), "0x80\n0x80\n0x80\n0x80\n");
}

TEST(Eval, DecodePrintsHexfloatAndShortestDecimal) {
  EXPECT_EQ(output("fp32", "decode", "0x0\n0x80000000\n0x00003DCCCCCD\n0x7f800000\n0xFF800000\n0x7fc00001"),
            "0x0p+0 0\n-0x0p+0 -0\n0x1.99999ap-4 0.10000000149011612\ninf\n-inf\nnan\n");
  EXPECT_EQ(output("posit8", "decode", "0x80\n0XC0\n0x7f"), "NaR\n-0x1p+0 -1\n0x1p+24 16777216\n");
  EXPECT_EQ(output("e6m7", "decode", "0x2001"), "0x0p+0 0\n");
}

TEST(Eval, ArithmeticTakesOperandsInOrder) {
  EXPECT_EQ(output("posit8", "sub", "0x50 0x40"), output("posit8", "encode", "3"));
  EXPECT_EQ(output("posit8", "div", "0x40 0x50"), output("posit8", "encode", "0.25"));
  EXPECT_EQ(output("posit8", "div", "0x40 0x00"), "0x80\n");
  EXPECT_EQ(output("fp16", "fma", "0x3c01 0x3c01 0xbc02"), output("fp16", "encode", "0x1p-20"));
  EXPECT_EQ(output("fp16", "sqrt", "0x4400\n0x8000\n0xbc00"), "0x4000\n0x8000\n0x7e00\n");
  EXPECT_EQ(output("e6m7", "div", "0x2f80 0x0000"), "0x3fff\n");
  EXPECT_EQ(output("fixed16.8", "mul", "0x0180 0x0180"), "0x0240\n");
}

TEST(Eval, DotFollowsPolicyShiftAndWidth) {
  EXPECT_EQ(output("posit16", "dot", "0x7800 0x4000 0x4000 0x3800 0x8800 0x4000"), "0x3800\n");
  EXPECT_EQ(run({.accumulate = "serial"}, "posit16", "dot", "0x7800 0x4000 0x4000 0x3800 0x8800 0x4000").out, "0x0000\n");
  EXPECT_EQ(run({.acc_bits = 8}, "posit8", "dot", "0x40 0x40").out, "0x01\n");
  EXPECT_EQ(run({.shift = 2}, "flex16+5", "dot", "0x0006 0x0001").out, "0x0002\n");
  EXPECT_EQ(run({.shift = -3}, "dfp8", "dot", "0xff 0x01").out, "0xf8\n");
  EXPECT_EQ(run({.accumulate = "blocked", .block = 1, .shift = 2}, "flex16+5", "dot", "0x0002 0x0001 0x0002 0x0001").out,
            "0x0002\n");
  EXPECT_EQ(output("fixed16.8", "dot", "0x0180 0x0180"), "0x0240\n");
}

TEST(Eval, QuantizeIsOneTensorALine) {
  EXPECT_EQ(output("dfp8", "quantize", "1 -.5 .3 .01 .004 -.003\n0 0\n"), "-6 64 -32 19 1 0 0\n0 0 0\n");
  EXPECT_EQ(run({.bias = "-1"}, "sdfp8", "quantize", "1 -.5 .3").out, "-7 127 -64 38\n");
  EXPECT_EQ(output("flex16+5", "quantize", "1000000 1"), "0 32767 1\n");
  EXPECT_EQ(run({.rounding = "rtz"}, "flex16+5", "quantize", "-32768 3").out, "0 -32768 3\n");
  EXPECT_EQ(output("fixed8.4", "quantize", "1.5 -100"), "-4 24 -127\n");
}

// docs/fidelity.md T-FLX-2 and T-FLX-3.
TEST(Eval, AutoflexIsOneHistory) {
  EXPECT_EQ(run({.start = -14}, "flex16+5", "autoflex", "0.5\n.6\n.7\n.9\n1\n1.3\n2\n4.5").out,
            "-14 8192 - -14\n-14 9830 - -14\n-14 11469 - -14\n-14 14746 - -13\n-13 8192 - -13\n-13 10650 - -12\n-12 8192 - -12\n"
            "-12 18432 - -10\n");
  EXPECT_EQ(run({.init = true}, "flex16+5", "autoflex", "300").out, "-8 32768\n-1 601\n-6 19200 - -5\n");
  EXPECT_EQ(output("flex16+5", "autoflex", "1e6").substr(0, 14), "-8 32767 ovf -");
}

TEST(Eval, StochasticDrawsTheLine) {
  std::string ties;
  std::string expected;
  for (int line = 0; line < 64; ++line) {
    ties += "2.5\n";
    expected += numerics::random_bits(7, 0, static_cast<std::uint64_t>(line)) >> 31 != 0 ? "0x03\n" : "0x02\n";
  }
  EXPECT_EQ(run({.rounding = "sr", .seed = 7}, "fixed8.0", "encode", ties).out, expected);
  EXPECT_NE(run({.rounding = "sr", .seed = 8}, "fixed8.0", "encode", ties).out, expected);
}

TEST(Eval, BadLinesNameThemselvesAfterEarlierResults) {
  const auto expect_bad = [](const std::string& format, const std::string& operation, const std::string& good,
                             const std::string& bad) {
    const Outcome alone = run(format, operation, good);
    EXPECT_EQ(alone.error, "");
    const Outcome outcome = run(format, operation, good + "\n" + bad + "\n" + good + "\n");
    EXPECT_EQ(outcome.out, alone.out) << bad;
    EXPECT_NE(outcome.error.find("line 2:"), std::string::npos) << outcome.error;
  };
  for (const char* bad : {"", "  ", "0x100", "0x1g", "0x", "40", "-0x1", "0x1 0x2", "1.0"})
    expect_bad("posit8", "decode", "0x40", bad);
  for (const char* bad : {"", "abc", "1.0x", "0x", "1 2", "nan(1)", "--1", ".", "1e", "1e+", "0x.p1", "1p3", "1..2", "0x1e+1",
                          "1 1 1", "1_0", "+-1", "inff", "e5"})
    expect_bad("posit8", "encode", "1", bad);
  expect_bad("posit8", "add", "0x1 0x2", "0x1");
  expect_bad("posit8", "fma", "0x1 0x2 0x3", "0x1 0x2");
  expect_bad("posit8", "dot", "0x1 0x2", "0x1 0x2 0x3");
  expect_bad("dfp8", "quantize", "1", "nan");
  expect_bad("dfp8", "quantize", "1", "1 -inf");
  expect_bad("dfp8", "quantize", "1", "1e400");
  expect_bad("flex16+5", "autoflex", "1", "inf");
  expect_bad("flex16+5", "autoflex", "1", "-1");
  expect_bad("flex16+5", "autoflex", "1", "1 1");
}

TEST(Eval, WhatDoesNotApplyIsRefusedBeforeReading) {
  const std::vector<std::pair<EvalOptions, std::pair<std::string, std::string>>> refusals{
      {{}, {"posit9es9", "encode"}},
      {{}, {"posit8", "encod"}},
      {{}, {"flex16+5", "encode"}},
      {{}, {"dfp8", "add"}},
      {{}, {"dfp8", "autoflex"}},
      {{.rounding = "up"}, {"posit8", "encode"}},
      {{.rounding = "rne"}, {"posit8", "decode"}},
      {{.rounding = "sr"}, {"e6m7", "dot"}},
      {{.accumulate = "exact"}, {"posit8", "add"}},
      {{.accumulate = "quire"}, {"posit8", "dot"}},
      {{.accumulate = "blocked"}, {"posit8", "dot"}},
      {{.acc_bits = 0}, {"posit8", "dot"}},
      {{.acc_bits = 129}, {"posit8", "dot"}},
      {{.acc_bits = 32}, {"e6m7", "dot"}},
      {{.block = 16}, {"dfp8", "dot"}},
      {{.block = 0}, {"flex16+5", "dot"}},
      {{.bias = "0"}, {"dfp8", "quantize"}},
      {{.bias = "most"}, {"sdfp8", "quantize"}},
      {{.shift = 1}, {"posit8", "dot"}},
      {{.shift = 5000}, {"flex16+5", "dot"}},
      {{.preset = "paper"}, {"flex16+5", "quantize"}},
      {{.preset = "intel"}, {"flex16+5", "autoflex"}},
      {{.start = 1}, {"flex16+5", "dot"}},
      {{.seed = 1}, {"posit8", "decode"}},
      {{.init = true}, {"flex16+5", "dot"}},
      {{.events = true}, {"posit8", "decode"}},
  };
  for (const auto& [options, words] : refusals) {
    const Outcome outcome = run(options, words.first, words.second, "");
    EXPECT_FALSE(outcome.error.empty()) << words.first << ' ' << words.second;
    EXPECT_EQ(outcome.out, "");
  }
}

}  // namespace
}  // namespace binade::sim
