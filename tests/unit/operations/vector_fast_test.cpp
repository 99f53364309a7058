// SPDX-License-Identifier: Apache-2.0
// The vector unit's fast arithmetic against its literal one on every SIMD target: bits, events and statistics, over formats x
// operations x roundings x ReLU x outputs, on random codes and on ordinary ones.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <ostream>
#include <random>

#include "models/kernels/simd/target.h"
#include "models/numerics/codec.h"
#include "models/operations/vector_ops.h"
#include "models/operations/vector_table.h"
#include "tests/support/instance_name.h"

namespace binade::operations {
namespace {

using numerics::Rounding;
using spec::VectorOp;

using Bytes = std::vector<std::byte>;

constexpr const char* kFormats[] = {"posit8", "posit16", "posit16es1", "posit32",   "posit32es4", "e6m7",       "e8m7",
                                    "fp32",   "fp16",    "bf16",       "fp8e4m3",   "fp8e5m2",    "flex8+5",    "flex16+5",
                                    "dfp8",   "dfp16",   "sdfp8",      "fixed12.6", "posit3es0",  "fixed16.12", "dfp24"};
constexpr VectorOp kOps[] = {
#define VECTOR_OP(name, code, meaning) VectorOp::name,
#include "models/spec/isa.def"
};

struct Case {
  VectorFormats formats;
  spec::Vector command;
  friend std::ostream& operator<<(std::ostream& out, const Case& c) {
    return out << to_string(c.formats.x) << ", " << to_string(c.formats.y) << " -> " << to_string(c.formats.out) << " op "
               << c.command.op << ' ' << to_string(c.formats.rounding) << " relu " << c.command.relu << " raw "
               << c.command.raw_bytes << " count " << c.command.count << " length " << c.command.length << " exponents "
               << c.command.x_exponent << ' ' << c.command.y_exponent << ' ' << c.command.t_exponent << " -> "
               << c.command.o_exponent;
  }
};

/// Codes of any kind, or of values near one.
Bytes draw(const numerics::FormatSpec& format, std::int64_t bytes, bool any, std::mt19937_64& random) {
  const auto size = static_cast<std::size_t>(format.storage_bytes());
  Bytes out(static_cast<std::size_t>(bytes));
  numerics::Events ignored;
  for (std::size_t at = 0; at < out.size(); at += size) {
    const std::uint64_t mask = (std::uint64_t{1} << format.bits) - 1;
    numerics::Code code = static_cast<numerics::Code>(random() & mask);
    if (!any) {
      const double value = (static_cast<double>(random() % 4097) - 2048) / 512;
      code = numerics::encode(format, numerics::from_double(value), {.lsb_exponent = 3 - format.bits}, ignored);
    }
    std::memcpy(out.data() + at, &code, size);
  }
  return out;
}

/// What must not be left to the literal arithmetic.
bool ordinary(const Case& c, std::int64_t reach) {
  const VectorFormats& f = c.formats;
  return std::max({f.x.bits, f.y.bits, f.out.bits}) <= 16 && reach < 10 && op_of(c.command) != VectorOp::MeanReduce &&
         (c.command.raw_bytes == 0 || (f.x.shared_exponent() && f.y.shared_exponent())) &&
         !(op_of(c.command) == VectorOp::LeakyRelu && c.command.raw_bytes == 8);
}

void compare(const Case& c, const Bytes& x, const Bytes& y) {
  ASSERT_EQ(vector_problem(c.formats, c.command), "") << c;
  const auto bytes = static_cast<std::size_t>(vector_extent(c.formats, c.command).o_bytes);
  Bytes expected(bytes), got(bytes);
  datapath::TileStats expected_stats;
  VectorArithmetic().run_literally(c.formats, c.command, x, y, expected, expected_stats);
  for (const std::string& target : kernels::simd_targets()) {
    kernels::force_simd_target(target);
    datapath::TileStats stats;
    VectorArithmetic().run(c.formats, c.command, x, y, got, stats);
    EXPECT_EQ(got, expected) << target << ": " << c;
    EXPECT_EQ(stats, expected_stats) << target << ": " << c;
  }
  kernels::force_simd_target("");
}

/// Every operation, rounding and kind of output in these formats.
void compare_all(VectorFormats formats) {
  std::mt19937_64 random(20261125);
  const auto pick = [&](std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(high - low + 1));
  };
  // Where values near one lie on the integers of a format.
  const auto near_one = [](const numerics::FormatSpec& format) { return std::int64_t{3 - format.bits}; };
  Case c{formats, {}};
  for (const VectorOp op : kOps) {
    if (op == VectorOp::Requantise && !formats.out.shared_exponent()) continue;
    for (const Rounding rounding : {Rounding::Rne, Rounding::Rtz, Rounding::Rhu, Rounding::Rha, Rounding::Sr}) {
      for (int round = 0; round < 8; ++round) {
        const bool any = round % 2 == 0;
        c.formats.rounding = rounding;
        spec::Vector& d = c.command = {};
        d.op = static_cast<std::int64_t>(op);
        d.relu = round / 2 % 2;
        d.length = pick(1, 12);
        d.count = pick(1, 40) * (vector_row(op).traits.takes == Takes::Row ? d.length : 1);
        if (round == 7) d.count = 4100 / d.length * d.length;  // several blocks
        d.inner = pick(1, 9);
        d.channels = pick(1, 5);
        d.divisor = d.length + pick(0, 2);
        d.first = pick(0, 1000);
        d.seed = pick(0, 100);
        d.tensor = pick(0, 100);
        d.eps = std::bit_cast<std::int64_t>(1e-5);
        d.broadcast = vector_row(op).traits.second == Second::Operand ? pick(0, 1) : 0;
        constexpr double kSlopes[] = {0.01, -0.3, 0.25, 0.0, 1.7};
        d.alpha = std::bit_cast<std::int64_t>(kSlopes[pick(0, 4)]);
        d.beta = std::bit_cast<std::int64_t>(std::bit_cast<double>(d.alpha) + static_cast<double>(pick(0, 3)));
        d.raw_bytes = op == VectorOp::Requantise || round >= 5 ? pick(1, 2) * 4 : 0;
        // Exponents around which the operands were drawn, sometimes far apart.
        const std::int64_t base = near_one(formats.out), reach = round == 2 ? 60 : 4;
        d.x_exponent = near_one(formats.x) + pick(-reach, reach);
        for (std::int64_t* exponent : {&d.y_exponent, &d.t_exponent}) *exponent = near_one(formats.y) + pick(-reach, reach);
        d.o_exponent = base + pick(-reach, 8);
        if (d.raw_bytes != 0 && op != VectorOp::Requantise) d.o_exponent = base + pick(d.raw_bytes == 4 ? -24 : -50, 10);
        const VectorExtent extent = vector_extent(formats, d);
        Bytes x = draw(formats.x, extent.x_bytes, any, random);
        if (op == VectorOp::Requantise)
          for (auto& byte : x) byte = static_cast<std::byte>(random());
        const Bytes y = draw(formats.y, extent.y_bytes, any, random);
        compare(c, x, y);
        if (ordinary(c, reach)) {
          datapath::TileStats ignored;
          Bytes o(static_cast<std::size_t>(extent.o_bytes));
          EXPECT_TRUE(FastVector().run(c.formats, d, x, y, o, ignored)) << c;
        }
      }
    }
  }
}

class FastVectors : public testing::TestWithParam<const char*> {};

TEST_P(FastVectors, EqualTheLiteralOnes) { compare_all(numerics::parse_format(GetParam())); }

INSTANTIATE_TEST_SUITE_P(Formats, FastVectors, testing::ValuesIn(kFormats),
                         [](const auto& tested) { return tests::instance_name(tested.param); });

struct Words {
  const char *x, *y, *out;
  friend std::ostream& operator<<(std::ostream& stream, const Words& words) {
    return stream << words.x << ' ' << words.y << ' ' << words.out;
  }
};

class MixedVectors : public testing::TestWithParam<Words> {};

TEST_P(MixedVectors, EqualTheLiteralOnes) {
  const Words& words = GetParam();
  compare_all({numerics::parse_format(words.x), numerics::parse_format(words.y), {numerics::parse_format(words.out)}});
}

INSTANTIATE_TEST_SUITE_P(Formats, MixedVectors,
                         testing::Values(Words{"posit8", "posit8", "posit16"}, Words{"posit16", "posit8", "posit8"},
                                         Words{"posit8", "fp32", "bf16"}, Words{"fp8e4m3", "fp8e5m2", "fp16"},
                                         Words{"fp32", "fp32", "posit16"}, Words{"fp16", "bf16", "dfp8"},
                                         Words{"dfp8", "dfp16", "dfp16"}, Words{"dfp8", "posit8", "e6m7"},
                                         Words{"flex16+5", "dfp8", "fp32"}, Words{"fixed12.6", "flex8+5", "sdfp8"},
                                         Words{"fixed9.3", "fixed16.12", "fixed12.6"}, Words{"dfp24", "posit32es4", "fp8e5m2"},
                                         Words{"posit32", "dfp16", "dfp24"}, Words{"e8m23", "e6m7", "flex16+5"}),
                         [](const auto& tested) {
                           const Words& words = tested.param;
                           return tests::instance_name(std::string(words.x) + '_' + words.y + "_to_" + words.out);
                         });

}  // namespace
}  // namespace binade::operations
