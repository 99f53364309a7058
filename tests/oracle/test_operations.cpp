// SPDX-License-Identifier: Apache-2.0
// Operations with their flags (models/numerics/operation.h) against exact rationals, and binary32 against the host's processor.
#include <gtest/gtest.h>

#include <bit>
#include <cfenv>
#include <cmath>
#include <iterator>
#include <sstream>

#include "models/numerics/operation.h"
#include "tests/oracle/compare.h"
#include "tests/oracle/draw.h"
#include "tests/oracle/reference/flags.h"

namespace binade::oracle {
namespace {

using numerics::Tininess;

/// One operation in every respect that decides its result.
struct Call {
  std::string op, from, to;
  std::vector<Code> codes;
  Mode mode = Mode::Rne;
  std::uint32_t random = 0;
  Tiny tiny = Tiny::After;
};
/// What is judged.
using Operate = std::function<numerics::OperationResult(const Call&)>;

numerics::OperationResult model_result(const Call& call) {
  numerics::Events events;
  return numerics::operate(*numerics::find_arithmetic(call.op), numerics::parse_format(call.from), call.codes,
                           numerics::parse_format(call.to), {rounding(call.mode), 0, call.random, false},
                           call.tiny == Tiny::Before ? Tininess::Before : Tininess::After, events);
}

Value exact_of(const std::string& op, const std::vector<Value>& x, Mode mode) {
  Value exact = op == "add"    ? add(x[0], x[1])
                : op == "sub"  ? sub(x[0], x[1])
                : op == "mul"  ? mul(x[0], x[1])
                : op == "div"  ? div(x[0], x[1])
                : op == "fma"  ? fma(x[0], x[1], x[2])
                : op == "sqrt" ? sqrt(x[0])
                               : x[0];
  // IEEE 754-2019, 6.3: -0 toward -infinity unless both terms are +0; a product has its sign.
  if (mode != Mode::Rdn || !exact.is_zero() || (op != "add" && op != "sub" && op != "fma")) return exact;
  const Value first = op == "fma" ? mul(x[0], x[1]) : x[0];
  const Value second = op == "sub" ? negated(x[1]) : x.back();
  exact.negative = !(first.is_zero() && !first.negative && second.is_zero() && !second.negative);
  return exact;
}

void judge_call(const Call& call, const Operate& operate, Report& report) {
  const Format from = parse(call.from), to = parse(call.to);
  Signal signal{.operands = {}, .codes = call.codes, .exact = {}, .divides = call.op == "div", .product_first = call.op == "fma"};
  for (const Code code : call.codes) signal.operands.push_back(decode(from, code));
  signal.exact = exact_of(call.op, signal.operands, call.mode);
  Events events;
  const Code code = encode(to, signal.exact, call.mode, 0, call.random, events);
  const FlagBits raised = flags(from, signal, to, call.mode, 0, call.random, call.tiny);
  const auto got = operate(call);
  report.check(got.code == code && got.flags.bits == raised, [&] {
    std::ostringstream out;
    out << call.from << " " << call.op << " to " << call.to << " mode " << static_cast<int>(call.mode) << " tiny "
        << static_cast<int>(call.tiny) << std::hex;
    for (const Code one : call.codes) out << " 0x" << one;
    out << " random 0x" << call.random << ": expected 0x" << code << " flags " << raised << ", is 0x" << got.code << " flags "
        << unsigned{got.flags.bits};
    return out.str();
  });
}

constexpr std::size_t kModeCount = std::size(kModes);

/// Every pair through four operations, every code through sqrt: all modes and both tininesses where `all`, else those that the pair
/// draws.
Report sweep(const std::string& word, bool all, const Operate& operate) {
  const Code last = parse(word).code_count_minus_one();
  Report report;
  const auto judge_modes = [&](Call call) {
    const std::uint64_t draw = mix(std::uint64_t{call.codes[0]} << 32 | call.codes.back() << 3 | call.op.size());
    call.random = static_cast<std::uint32_t>(draw >> 32);
    for (std::size_t i = 0; i < (all ? 2 * kModeCount : 1); ++i) {
      const std::size_t choice = all ? i : draw % (2 * kModeCount);
      call.mode = kModes[choice % kModeCount];
      call.tiny = choice < kModeCount ? Tiny::Before : Tiny::After;
      judge_call(call, operate, report);
    }
  };
  for (Code a = 0; a <= last; ++a) {
    for (const char* op : {"add", "sub", "mul", "div"})
      for (Code b = 0; b <= last; ++b) judge_modes({op, word, word, {a, b}});
    judge_modes({"sqrt", word, word, {a}});
  }
  return report;
}

TEST(Operations, EveryPairOfNarrowFormatsInEveryMode) {
  for (const char* word : {"ieee2.2", "ieee3.2", "posit5", "posit5es1u", "e3m2", "fixed5.2"}) {
    const Report report = sweep(word, true, model_result);
    EXPECT_TRUE(report.clean()) << report.summary();
  }
}

TEST(Operations, EveryPairOf8Bits) {
  for (const char* word : {"fp8e4m3", "fp8e5m2", "fp8e5m2sat", "e4m3", "posit8", "fixed8.4"}) {
    const Report report = sweep(word, full_run(), model_result);
    EXPECT_TRUE(report.clean()) << report.summary();
  }
}

TEST(Operations, RandomOperands) {
  const std::uint64_t seed = fresh_seed();
  SCOPED_TRACE("BINADE_ORACLE_SEED=" + std::to_string(seed));
  Draw draw(seed);
  Report report;
  for (const char* word : {"fp8e4m3", "fp8e5m2", "fp16", "bf16", "fp32", "fp32sat", "e6m9", "posit8", "posit16", "posit32",
                           "posit16es1u", "fixed16.8", "fixed32.20"}) {
    const Format format = parse(word);
    for (const Spread spread : kSpreads) {
      for (int i = 0; i < (full_run() ? 20000 : 150); ++i) {
        auto codes = draw.codes(format, 3, spread, 0);
        const auto random = static_cast<std::uint32_t>(draw.word());
        if (i % 4 == 0) {  // a sum that all but cancels
          Events ignored;
          const Value product = negated(mul(decode(format, codes[0]), decode(format, codes[1])));
          codes[2] = encode(format, product, Mode::Rne, 0, 0, ignored);
        }
        for (const char* op : {"add", "sub", "mul", "div", "fma", "sqrt"}) {
          const std::size_t operands = numerics::find_arithmetic(op)->operands;
          judge_call({op,
                      word,
                      word,
                      {codes.begin(), codes.begin() + static_cast<std::ptrdiff_t>(operands)},
                      kModes[draw.word() % kModeCount],
                      random,
                      draw.word() % 2 == 0 ? Tiny::Before : Tiny::After},
                     model_result, report);
        }
      }
    }
  }
  EXPECT_TRUE(report.clean()) << report.summary();
}

TEST(Operations, ConversionsBetweenAnyTwo) {
  const std::uint64_t seed = fresh_seed();
  SCOPED_TRACE("BINADE_ORACLE_SEED=" + std::to_string(seed));
  Draw draw(seed);
  Report report;
  const std::vector<std::string> words{"fp8e4m3", "fp8e5m2", "fp8e5m2sat", "fp16",    "bf16",     "fp32",
                                       "e6m9",    "posit8",  "posit16",    "posit32", "fixed8.4", "fixed24.16"};
  for (const auto& from : words) {
    const Format format = parse(from);
    for (const auto& to : words) {
      const int count = format.bits <= 8 ? 256 : full_run() ? 65536 : 300;
      for (int i = 0; i < count; ++i) {
        const Code code = count >= static_cast<int>(std::min<std::int64_t>(format.code_count_minus_one(), 1 << 16))
                              ? static_cast<Code>(i) & format.code_count_minus_one()
                              : draw.codes(format, 1, kSpreads[i % std::size(kSpreads)], 0)[0];
        judge_call({"convert",
                    from,
                    to,
                    {code},
                    kModes[draw.word() % kModeCount],
                    static_cast<std::uint32_t>(draw.word()),
                    i % 2 == 0 ? Tiny::Before : Tiny::After},
                   model_result, report);
      }
    }
  }
  EXPECT_TRUE(report.clean()) << report.summary();
}

TEST(Operations, ComparisonsOfAllPairs) {
  for (const char* word : {"fp8e4m3", "fp8e5m2", "e4m3", "posit8", "fixed8.4"}) {
    const Format format = parse(word);
    const auto spec = numerics::parse_format(word);
    for (Code a = 0; a <= format.code_count_minus_one(); ++a) {
      for (Code b = 0; b <= format.code_count_minus_one(); ++b) {
        const Value x = decode(format, a), y = decode(format, b);
        const auto got = numerics::compare_codes(spec, a, b);
        auto expected = numerics::Relation::Unordered;
        if (format.kind == Kind::Posit) {  // the standard: codes as two's complement integers
          const auto as_integer = [](Code code) { return static_cast<std::int8_t>(code); };
          expected = as_integer(a) < as_integer(b)   ? numerics::Relation::Less
                     : as_integer(a) > as_integer(b) ? numerics::Relation::Greater
                                                     : numerics::Relation::Equal;
        } else if (!x.is_nan() && !y.is_nan()) {
          expected = less(x, y) ? numerics::Relation::Less : less(y, x) ? numerics::Relation::Greater : numerics::Relation::Equal;
        }
        ASSERT_EQ(static_cast<int>(got.relation), static_cast<int>(expected)) << word << " " << a << " " << b;
        ASSERT_EQ(got.flags.bits, signalling(format, a) || signalling(format, b) ? 16 : 0) << word << " " << a << " " << b;
      }
    }
  }
}

#if defined(__x86_64__)
/// Binary32 of the processor: codes and exceptions. Tininess of SSE is after rounding (Intel SDM volume 1, 4.9.1.5).
numerics::OperationResult host_result(const Call& call) {
  static constexpr int kDirections[] = {FE_TONEAREST, FE_TOWARDZERO, 0, 0, 0, FE_DOWNWARD, FE_UPWARD};
  volatile float x = std::bit_cast<float>(call.codes[0]), y = std::bit_cast<float>(call.codes[call.codes.size() - 1]);
  std::fesetround(kDirections[static_cast<int>(call.mode)]);
  std::feclearexcept(FE_ALL_EXCEPT);
  volatile float result = 0;
  if (call.op == "add") result = x + y;
  if (call.op == "sub") result = x - y;
  if (call.op == "mul") result = x * y;
  if (call.op == "div") result = x / y;
  if (call.op == "sqrt") asm volatile("sqrtss %1, %0" : "=x"(result) : "x"(x));
  const int raised = std::fetestexcept(FE_ALL_EXCEPT);
  std::fesetround(FE_TONEAREST);
  const auto bit = [&](int exception, unsigned flag) { return static_cast<std::uint8_t>((raised & exception) != 0 ? flag : 0); };
  const float got = result;
  return {std::isnan(got) ? 0x7fc00000U : std::bit_cast<Code>(got),
          {static_cast<std::uint8_t>(bit(FE_INVALID, 16) | bit(FE_DIVBYZERO, 8) | bit(FE_OVERFLOW, 4) | bit(FE_UNDERFLOW, 2) |
                                     bit(FE_INEXACT, 1))}};
}

TEST(Operations, Binary32AsTheHost) {
  const std::uint64_t seed = fresh_seed();
  SCOPED_TRACE("BINADE_ORACLE_SEED=" + std::to_string(seed));
  Draw draw(seed);
  // Near the ends of the range and of a binade more often than not.
  const auto operand = [&] {
    Code code = static_cast<Code>(draw.word());
    if (draw.word() % 2 == 0) {
      constexpr Code kExponents[] = {0, 1, 2, 24, 126, 127, 128, 150, 253, 254, 255};
      code = (code & 0x807fffffU) | kExponents[draw.word() % std::size(kExponents)] << 23;
    }
    if (draw.word() % 3 == 0) code &= ~((Code{1} << (draw.word() % 24)) - 1);
    if (draw.word() % 8 == 0) code |= (Code{1} << (draw.word() % 24)) - 1;
    return code;
  };
  for (int i = 0; i < (full_run() ? 10'000'000 : 200'000); ++i) {
    constexpr const char* kOps[] = {"add", "sub", "mul", "div", "sqrt"};
    constexpr Mode kHostModes[] = {Mode::Rne, Mode::Rtz, Mode::Rdn, Mode::Rup};
    Call call{kOps[i % 5], "fp32", "fp32", {operand()}, kHostModes[draw.word() % 4]};
    if (call.op != std::string("sqrt")) call.codes.push_back(operand());
    const auto expected = host_result(call), got = model_result(call);
    ASSERT_EQ(got.code, expected.code) << call.op << std::hex << " " << call.codes[0] << " " << call.codes.back() << " mode "
                                       << static_cast<int>(call.mode);
    ASSERT_EQ(to_string(got.flags), to_string(expected.flags))
        << call.op << std::hex << " " << call.codes[0] << " " << call.codes.back() << " mode " << static_cast<int>(call.mode);
  }
}
#endif

/// The judge sees what it should.
TEST(Operations, PlantedFaultsAreSeen) {
  const auto seen = [](const std::string& word, const Operate& faulty) { return sweep(word, true, faulty).mismatches(); };
  const auto without = [](std::uint8_t flag) {
    return [flag](const Call& call) {
      auto result = model_result(call);
      result.flags.bits = static_cast<std::uint8_t>(result.flags.bits & ~flag);
      return result;
    };
  };
  for (int bit = 0; bit < numerics::kFlagBits; ++bit)
    EXPECT_GT(seen("ieee2.2", without(static_cast<std::uint8_t>(1 << bit))), 0U) << bit;
  EXPECT_GT(seen("ieee2.2",
                 [](Call call) {
                   call.tiny = Tiny::After;
                   return model_result(call);
                 }),
            0U);
  EXPECT_GT(seen("posit5",
                 [](Call call) {
                   if (call.mode == Mode::Rup) call.mode = Mode::Rdn;
                   return model_result(call);
                 }),
            0U);
  EXPECT_GT(seen("ieee2.2",
                 [](const Call& call) {  // +0 where -0 is due
                   auto result = model_result(call);
                   if (call.op == "add" && call.mode == Mode::Rdn && result.code == 0x10) result.code = 0;
                   return result;
                 }),
            0U);
}

}  // namespace
}  // namespace binade::oracle
