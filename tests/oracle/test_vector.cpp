// SPDX-License-Identifier: Apache-2.0
// Every operation of the vector unit against exact values, in every family of formats: random commands on operands of several
// distributions. Seeds are fresh and printed; BINADE_ORACLE_SEED repeats one.
#include <gtest/gtest.h>

#include <bit>
#include <cstring>
#include <iostream>
#include <sstream>

#include "models/operations/vector_ops.h"
#include "models/operations/vector_table.h"
#include "tests/oracle/compare.h"
#include "tests/oracle/draw.h"
#include "tests/oracle/reference/vector.h"
#include "tests/oracle/words.h"

namespace binade::oracle {
namespace {

using operations::Second;
using operations::Takes;
using spec::VectorOp;

struct Operation {
  VectorOp op;
  const char* name;
};
constexpr Operation kOperations[] = {
#define VECTOR_OP(name, code, meaning) {VectorOp::name, #name},
#include "models/spec/isa.def"
};

/// One command with its operands, as the vector unit and as the oracle read them.
struct Command {
  spec::Vector record;
  Mode mode = Mode::Rne;
  Bytes x, y;
  std::vector<Value> x_values, y_values, t_values;
};

class VectorUnit : public testing::TestWithParam<std::string> {
 protected:
  VectorUnit() { std::cout << "BINADE_ORACLE_SEED=" << seed << '\n'; }

  Command command(VectorOp op, Spread spread, Mode mode) {
    Command one;
    one.mode = mode;
    const auto& row = operations::vector_row(op).traits;
    spec::Vector& d = one.record;
    d.op = static_cast<std::int64_t>(op);
    d.length = draw.pick(1, 9);
    d.count = row.takes == Takes::Row ? d.length * draw.pick(1, 3) : draw.pick(1, 24);
    d.first = draw.pick(0, 1 << 20);
    d.inner = draw.pick(1, 4);
    d.channels = draw.pick(1, 5);
    d.divisor = d.length + draw.pick(0, 3);
    d.relu = draw.pick(0, 3) == 0 ? 1 : 0;
    d.seed = draw.pick(0, 1000);
    d.tensor = draw.pick(0, 1000);
    d.eps = std::bit_cast<std::int64_t>(std::ldexp(1.0, static_cast<int>(draw.pick(-20, -4))));
    d.broadcast = row.second == Second::Operand ? draw.pick(0, 1) : 0;
    const double bound = std::ldexp(static_cast<double>(draw.pick(-100, 100)), -6);
    d.alpha = std::bit_cast<std::int64_t>(bound);
    d.beta = std::bit_cast<std::int64_t>(bound + std::ldexp(static_cast<double>(draw.pick(0, 100)), -6));
    d.x_exponent = 2 - words.a.bits + draw.pick(-3, 3);
    d.y_exponent = 2 - words.b.bits + draw.pick(-3, 3);
    d.t_exponent = 2 - words.b.bits + draw.pick(-3, 3);
    if (formats.out.shared_exponent()) {
      d.o_exponent = 2 - words.out.bits + draw.pick(-3, 3);
      if (op == VectorOp::Requantise || draw.pick(0, 2) == 0) d.raw_bytes = 4 * draw.pick(1, 2);
    }
    operands(one, row, spread);
    return one;
  }

  void operands(Command& one, const operations::VectorTraits& row, Spread spread) {
    const spec::Vector& d = one.record;
    const auto fill = [&](const Format& format, std::int64_t count, std::int64_t exponent, Bytes& bytes,
                          std::vector<Value>& values) {
      const std::int64_t size = (&format == &words.a ? formats.x : formats.y).storage_bytes();
      for (const Code code : draw.codes(format, static_cast<std::size_t>(count), spread, static_cast<int>(exponent))) {
        append(bytes, code, size);
        values.push_back(decode(format, code, static_cast<int>(exponent)));
      }
    };
    if (row.raw_input) {
      for (std::int64_t i = 0; i < d.count; ++i) {
        const auto raw = static_cast<std::int64_t>(draw.word()) >> draw.pick(64 - 8 * d.raw_bytes, 63);
        append(one.x, static_cast<std::uint64_t>(raw), d.raw_bytes);
        one.x_values.push_back(number(scaled(mpq_class(static_cast<long>(raw)), d.x_exponent)));
      }
    } else {
      fill(words.a, row.takes == Takes::Window ? d.count * d.length : d.count, d.x_exponent, one.x, one.x_values);
    }
    const std::int64_t pairs = row.second == Second::ChannelPair ? d.channels : row.second == Second::RowPair ? d.length : 0;
    if (pairs > 0) {
      fill(words.b, pairs, d.y_exponent, one.y, one.y_values);
      fill(words.b, pairs, d.t_exponent, one.y, one.t_values);
    } else if (row.second == Second::Operand) {
      fill(words.b, d.broadcast != 0 ? d.channels : d.count, d.y_exponent, one.y, one.y_values);
    }
  }

  /// Output i of the command.
  Between expected(const char* name, const Command& one, std::int64_t i) const {
    const spec::Vector& d = one.record;
    const auto& row = operations::vector_row(static_cast<VectorOp>(d.op)).traits;
    VectorInput in;
    const std::int64_t first = row.takes == Takes::Window ? i * d.length : row.takes == Takes::Row ? i / d.length * d.length : i;
    const std::int64_t taken = row.takes == Takes::Element ? 1 : d.length;
    in.x.assign(one.x_values.begin() + first, one.x_values.begin() + first + taken);
    in.at = static_cast<std::size_t>(row.takes == Takes::Row ? i % d.length : 0);
    const auto channel = static_cast<std::size_t>((d.first + i) / d.inner % d.channels);
    if (row.second == Second::Operand) in.y = one.y_values[d.broadcast != 0 ? channel : static_cast<std::size_t>(i)];
    if (row.second == Second::ChannelPair) in.y = one.y_values[channel], in.t = one.t_values[channel];
    if (row.second == Second::RowPair) in.y = one.y_values[in.at], in.t = one.t_values[in.at];
    in.alpha = std::bit_cast<double>(d.alpha);
    in.beta = std::bit_cast<double>(d.beta);
    in.epsilon = std::bit_cast<double>(d.eps);
    in.divisor = d.divisor;
    const Between result = vector_result(name, in);
    return d.relu != 0 ? relu(result) : result;
  }

  /// The output's stored word, and what it means as a number to be ordered by.
  struct Stored {
    std::int64_t word = 0;
    mpq_class value;
    bool number = true;
  };
  Stored store(const Command& one, std::int64_t i, const Value& value, Events& events) const {
    const spec::Vector& d = one.record;
    const auto exponent = static_cast<int>(d.o_exponent);
    if (raw_output(d)) {
      const std::int64_t raw = raw_integer(value, static_cast<int>(d.raw_bytes), exponent, events);
      return {raw, mpq_class(static_cast<long>(raw))};
    }
    const std::uint32_t random = numerics::random_bits(static_cast<std::uint32_t>(d.seed), static_cast<std::uint32_t>(d.tensor),
                                                       static_cast<std::uint64_t>(d.first + i));
    const Code code = encode(words.out, value, one.mode, exponent, random, events, words.out.saturates);
    return as_number(code, exponent);
  }
  Stored as_number(Code code, int exponent) const {
    const Value value = decode(words.out, code, exponent);
    if (value.is_nan()) return {code, 0, false};
    if (value.is_inf()) return {code, scaled(value.negative ? -1 : 1, 6000)};  // beyond every number
    return {code, value.signed_value()};
  }
  static bool raw_output(const spec::Vector& d) {
    return d.raw_bytes != 0 && d.op != static_cast<std::int64_t>(VectorOp::Requantise);
  }
  Stored read(const Command& one, const Bytes& o, std::int64_t i) const {
    const bool raw = raw_output(one.record);
    const std::int64_t size = raw ? one.record.raw_bytes : formats.out.storage_bytes();
    std::int64_t word = 0;
    std::memcpy(&word, o.data() + i * size, static_cast<std::size_t>(size));
    if (!raw) return as_number(static_cast<Code>(word), static_cast<int>(one.record.o_exponent));
    if (size == 4) word = static_cast<std::int32_t>(word);
    return {word, mpq_class(static_cast<long>(word))};
  }

  /// What differs from the oracle, in words; `flip` is a fault planted in the first output's lowest bits.
  std::string problem(const char* name, const Command& one, std::byte flip = {}) {
    const auto& d = one.record;
    operations::VectorFormats unit_formats = formats;
    unit_formats.rounding = rounding(one.mode);
    if (const auto bad = operations::vector_problem(unit_formats, d); !bad.empty()) return bad;
    Bytes literal(static_cast<std::size_t>(operations::vector_extent(unit_formats, d).o_bytes)), fast(literal);
    datapath::TileStats of_literal, of_fast;
    operations::VectorArithmetic unit;
    unit.run_literally(unit_formats, d, one.x, one.y, literal, of_literal);
    unit.run(unit_formats, d, one.x, one.y, fast, of_fast);
    if (fast != literal) return "fast and literal results differ";
    literal[0] ^= flip;
    Events wanted;
    bool known = true;  // events too
    for (std::int64_t i = 0; i < d.count; ++i) {
      const Between result = expected(name, one, i);
      ++checked;
      if (result.low.is_nan() != result.high.is_nan()) {
        known = false;
        continue;
      }
      Events of_low, of_high;
      const Stored low = store(one, i, result.low, of_low), high = store(one, i, result.high, of_high), is = read(one, literal, i);
      const bool equal = low.word == high.word;
      decided += equal ? 1 : 0;
      // Where a bound overflows to NaN nothing is claimed of what lies between.
      const bool between = !low.number || !high.number || (is.number && low.value <= is.value && is.value <= high.value);
      if (equal ? is.word != low.word : !between) {
        std::ostringstream out;
        out << "output " << i << " of " << d.count << ": " << low.value.get_d() << " .. " << high.value.get_d() << ", is "
            << is.value.get_d() << " (" << is.word << ")";
        return out.str();
      }
      known = known && equal && result.low.signed_value() == result.high.signed_value();  // else it may be exact or not
      wanted.saturation += of_low.saturation;
      wanted.underflow += of_low.underflow;
      wanted.overflow += of_low.overflow;
      wanted.nar += of_low.nar;
      wanted.inexact += of_low.inexact;
    }
    for (const auto& events : {of_literal.events, of_fast.events})
      if (known && !same(wanted, events)) return "events " + text(wanted) + ", are " + text(events);
    return "";
  }

  const std::uint64_t seed = fresh_seed();
  const Operands words = parse_operands(GetParam());  ///< of x, of y (or s and t), of the output
  const operations::VectorFormats formats{
      numerics::parse_format(words.a.word), numerics::parse_format(words.b.word), {numerics::parse_format(words.out.word)}};
  Draw draw{seed};
  std::uint64_t checked = 0, decided = 0;
};

TEST_P(VectorUnit, GivesTheExactResultRoundedOnce) {
  for (const auto& [op, name] : kOperations) {
    if (op == VectorOp::Requantise && !formats.out.shared_exponent()) continue;
    checked = decided = 0;
    for (const Spread spread : kSpreads)
      for (const Mode mode : kModes)
        for (int round = 0; round < (full_run() ? 200 : 3); ++round)
          ASSERT_EQ(problem(name, command(op, spread, mode)), "") << name << ", seed " << seed;
    // Where binary64 leaves room the oracle is to know the code all the same, mostly.
    EXPECT_GE(2 * decided, checked) << name;
    EXPECT_GT(checked, 0U);
  }
}

// The judge is judged: of an operation that is exact, one bit of one output.
TEST_P(VectorUnit, AFlippedBitIsFound) {
  for (const VectorOp op : {VectorOp::Copy, VectorOp::Mul, VectorOp::LeakyRelu, VectorOp::MeanReduce}) {
    const Command one = command(op, Spread::Normal, Mode::Rne);
    const char* name = kOperations[static_cast<std::size_t>(op)].name;
    EXPECT_EQ(problem(name, one), "");
    EXPECT_NE(problem(name, one, std::byte{1}), "") << name << ", seed " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, VectorUnit,
                         testing::Values("posit8", "posit16", "posit16es1", "posit32", "posit8u", "posit16es1u", "e6m7", "e8m10",
                                         "fp32", "fp16", "bf16", "fp8e4m3", "fp8e5m2", "fp8e4m3sat", "ieee6.9", "flex8+5",
                                         "flex16+5", "dfp8", "dfp16", "sdfp8", "fixed12.6", "fixed16.10", "posit8:posit8:posit16",
                                         "posit16:posit8:posit8", "posit8:fp32:bf16", "fp8e4m3:fp8e5m2:fp16", "fp32:fp32:posit16",
                                         "fp16:bf16:dfp8", "dfp8:dfp16:dfp16", "flex16+5:dfp8:fp32", "fixed12.6:flex8+5:sdfp8",
                                         "e8m10:e6m7:flex16+5"),
                         NameOfWord());

}  // namespace
}  // namespace binade::oracle
