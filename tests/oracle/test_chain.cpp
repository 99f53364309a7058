// SPDX-License-Identifier: Apache-2.0
// Every primitive of chains against exact values: random operands of several distributions in many formats and roundings, all pairs
// of 8-bit codes, and a second rounding to tensors of any kind. Seeds are fresh and printed; BINADE_ORACLE_SEED repeats one.
#include <gtest/gtest.h>

#include <iostream>
#include <sstream>

#include "models/operations/chain/chain_arithmetic.h"
#include "tests/oracle/compare.h"
#include "tests/oracle/draw.h"
#include "tests/oracle/reference/chain.h"
#include "tests/oracle/words.h"

namespace binade::oracle {
namespace {

using operations::ChainForm;
using operations::Primitive;

/// One primitive over many outputs: operands in one format, rounded to a step's format, then to a tensor's.
struct Trial {
  Primitive what = Primitive::Convert;
  Format from, to, stored;
  Mode step_mode = Mode::Rne, store_mode = Mode::Rne;
  int from_exponent = 0, stored_exponent = 0;
  std::array<std::vector<Code>, 4> operands;

  const std::string word() const { return std::string(operations::primitive_row(what).word); }
  std::size_t arity() const { return static_cast<std::size_t>(operations::primitive_row(what).arity); }
  std::size_t outputs() const { return operands[0].size(); }
};

numerics::FormatSpec spec_of(const Format& format) { return numerics::parse_format(format.word); }

struct Results {
  std::vector<Code> step, stored;
  numerics::Events step_events, stored_events;
  bool operator==(const Results&) const = default;
};

template <class Run>
Results results_of(const Trial& trial, Run run) {
  ChainForm form{.steps = {{.what = trial.what, .to = {spec_of(trial.to), rounding(trial.step_mode)}}},
                 .outputs = static_cast<std::int64_t>(trial.outputs())};
  operations::ChainStep& step = form.steps[0];
  int* const registers[] = {&step.a, &step.b, &step.c, &step.d};
  std::vector<Bytes> bytes;
  const std::int64_t size = spec_of(trial.from).storage_bytes();
  for (std::size_t i = 0; i < trial.arity(); ++i) {
    form.operands.push_back({.at = {.input = i}});
    *registers[i] = static_cast<int>(i);
    for (const Code code : trial.operands[i]) append(i < bytes.size() ? bytes[i] : bytes.emplace_back(), code, size);
  }
  form.results = {form.step_register(0), form.step_register(0)};
  std::vector<operations::ChainSource> sources;
  for (const Bytes& one : bytes) sources.push_back({spec_of(trial.from), trial.from_exponent, one});
  const auto room = [&](const Format& format) {
    return Bytes(trial.outputs() * static_cast<std::size_t>(spec_of(format).storage_bytes()));
  };
  Bytes step_bytes = room(trial.to), stored_bytes = room(trial.stored);
  operations::ChainTarget targets[] = {
      {.format = {spec_of(trial.to), rounding(trial.step_mode)}, .bytes = step_bytes},
      {.format = {spec_of(trial.stored), rounding(trial.store_mode)}, .exponent = trial.stored_exponent, .bytes = stored_bytes}};
  EXPECT_EQ(chain_problem(form), "");
  run(form, std::span<const operations::ChainSource>(sources), std::span<operations::ChainTarget>(targets));
  const auto codes = [&](const Format& format, const Bytes& from) {
    const auto element = static_cast<std::size_t>(spec_of(format).storage_bytes());
    std::vector<Code> out(trial.outputs());
    for (std::size_t i = 0; i < out.size(); ++i) std::memcpy(&out[i], from.data() + i * element, element);
    return out;
  };
  return {codes(trial.to, step_bytes), codes(trial.stored, stored_bytes), targets[0].stats.events, targets[1].stats.events};
}

/// A number to be ordered by, of a code.
struct Stored {
  Code code;
  bool number;
  mpq_class value;
  Stored(const Format& format, Code of, int exponent) : code(of) {
    const Value decoded = decode(format, code, exponent);
    number = !decoded.is_nan();
    value = decoded.is_inf() ? scaled(decoded.negative ? -1 : 1, 6000) : number ? decoded.signed_value() : mpq_class(0);
  }
};

void add_to(Events& sum, const Events& more) {
  sum.saturation += more.saturation;
  sum.underflow += more.underflow;
  sum.overflow += more.overflow;
  sum.nar += more.nar;
  sum.inexact += more.inexact;
}

std::string place(const Trial& trial, std::size_t i) {
  std::ostringstream out;
  out << trial.word() << " of " << trial.from.word << "@2^" << trial.from_exponent << " to " << trial.to.word << " mode "
      << static_cast<int>(trial.step_mode) << ", then " << trial.stored.word << "@2^" << trial.stored_exponent << " mode "
      << static_cast<int>(trial.store_mode) << ", codes";
  for (std::size_t o = 0; o < trial.arity(); ++o) out << ' ' << trial.operands[o][i];
  return out.str() + ": ";
}

/// Of two evaluations.
std::string difference(const Trial& trial, const Results& expected, const Results& got) {
  for (std::size_t i = 0; i < trial.outputs(); ++i)
    if (expected.step[i] != got.step[i] || expected.stored[i] != got.stored[i])
      return place(trial, i) + std::to_string(expected.step[i]) + ' ' + std::to_string(expected.stored[i]) + ", fast " +
             std::to_string(got.step[i]) + ' ' + std::to_string(got.stored[i]);
  return expected == got ? ""
                         : place(trial, 0) + "events " + text(expected.step_events) + "; " + text(expected.stored_events) +
                               ", fast " + text(got.step_events) + "; " + text(got.stored_events);
}

class Judge {
 public:
  /// What differs, in words. `literal`: results under judgement.
  std::string problem(const Trial& trial, const Results& is) {
    Events step_events, stored_events;
    bool known = true;
    for (std::size_t i = 0; i < trial.outputs(); ++i) {
      std::array<Value, 4> operands;
      for (std::size_t o = 0; o < trial.arity(); ++o) operands[o] = decode(trial.from, trial.operands[o][i], trial.from_exponent);
      const Between result = primitive_result(trial.word(), operands, trial.to);
      ++checked;
      // A tensor's code follows from the register's, whatever that is.
      Events of_low, of_high, of_store;
      const Code stored = encode(trial.stored, decode(trial.to, is.step[i]), trial.store_mode, trial.stored_exponent, 0, of_store,
                                 trial.stored.saturates);
      if (stored != is.stored[i])
        return place(trial, i) + "stored as " + std::to_string(is.stored[i]) + ", not " + std::to_string(stored);
      add_to(stored_events, of_store);
      if (result.low.is_nan() != result.high.is_nan()) {
        known = false;
        continue;
      }
      const Stored low(trial.to, encode(trial.to, result.low, trial.step_mode, 0, 0, of_low, trial.to.saturates), 0);
      const Stored high(trial.to, encode(trial.to, result.high, trial.step_mode, 0, 0, of_high, trial.to.saturates), 0);
      const Stored got(trial.to, is.step[i], 0);
      const bool equal = low.code == high.code;
      decided += equal ? 1 : 0;
      const bool between = !low.number || !high.number || (got.number && low.value <= got.value && got.value <= high.value);
      if (equal ? got.code != low.code : !between)
        return place(trial, i) + std::to_string(low.code) + " .. " + std::to_string(high.code) + ", is " + std::to_string(got.code);
      known = known && equal && result.low.signed_value() == result.high.signed_value() && result.low.kind == result.high.kind;
      add_to(step_events, of_low);
    }
    if (known && !same(step_events, is.step_events))
      return "events of the step " + text(step_events) + ", are " + text(is.step_events);
    const bool own = trial.stored.word == trial.to.word;  // then the step's rounding made the tensor's words
    if (!own && !same(stored_events, is.stored_events)) return "events " + text(stored_events) + ", are " + text(is.stored_events);
    return "";
  }
  std::uint64_t checked = 0, decided = 0;
};

Results literal(const Trial& trial) {
  return results_of(trial, [](const auto& form, auto sources, auto targets) {
    operations::ChainArithmetic().run_literally(form, sources, targets);
  });
}
Results fast(const Trial& trial) {
  return results_of(
      trial, [](const auto& form, auto sources, auto targets) { operations::ChainArithmetic().run(form, sources, targets); });
}

class Chains : public testing::TestWithParam<std::string> {
 protected:
  Chains() { std::cout << "BINADE_ORACLE_SEED=" << seed << '\n'; }

  Trial trial(Primitive what, const std::string& from, const std::string& stored, Spread spread, Mode mode) {
    Trial one{
        .what = what, .from = parse(from), .to = parse(GetParam()), .stored = parse(stored), .step_mode = mode, .operands = {}};
    one.from_exponent = 2 - one.from.bits + static_cast<int>(draw.pick(-3, 3));
    one.stored_exponent = 3 - one.stored.bits + static_cast<int>(draw.pick(-3, 3));
    one.store_mode = kModes[draw.pick(0, 3)];
    const auto outputs = static_cast<std::size_t>(draw.pick(1, 40));
    for (auto& codes : one.operands) codes = draw.codes(one.from, outputs, spread, one.from_exponent);
    return one;
  }

  const std::uint64_t seed = fresh_seed();
  Draw draw{seed};
};

TEST_P(Chains, StepsGiveTheExactResultRoundedOnce) {
  const std::string sources[] = {GetParam(), "posit16", "fp32", "flex16+5", "bf16"};
  const std::string tensors[] = {GetParam(), "flex16+5", "dfp8", "fp16", "posit8", "fixed12.6"};
  for (std::size_t p = 0; p < operations::primitive_count(); ++p) {
    const auto what = static_cast<Primitive>(p);
    Judge judge;
    for (const Spread spread : kSpreads)
      for (const Mode mode : {Mode::Rne, Mode::Rtz, Mode::Rhu, Mode::Rha})
        for (int round = 0; round < (full_run() ? 40 : 2); ++round) {
          const Trial one = trial(what, round == 0 ? GetParam() : sources[draw.pick(0, 4)], tensors[draw.pick(0, 5)], spread, mode);
          const Results results = literal(one);
          ASSERT_EQ(judge.problem(one, results), "") << "seed " << seed;
          ASSERT_EQ(difference(one, results, fast(one)), "") << "seed " << seed;
        }
    EXPECT_GE(2 * judge.decided, judge.checked) << operations::primitive_row(what).word;  // mostly the oracle knows the code
  }
}

// The judge is judged: one bit of one result, of the step and of the tensor; a rounding in another direction; a dropped event.
TEST_P(Chains, FaultsAreFound) {
  for (const Primitive what : {Primitive::Add, Primitive::Fma, Primitive::Fam, Primitive::Div, Primitive::Max}) {
    const Trial one = trial(what, GetParam(), "flex16+5", Spread::Normal, Mode::Rne);
    const Results good = literal(one);
    EXPECT_EQ(Judge().problem(one, good), "") << seed;
    Results bad = good;
    bad.step.back() ^= 1;
    EXPECT_NE(Judge().problem(one, bad), "") << one.word() << ", seed " << seed;
    bad = good;
    bad.stored.front() ^= 1;
    EXPECT_NE(Judge().problem(one, bad), "") << one.word() << ", seed " << seed;
    bad = good;
    ++bad.step_events.inexact;
    EXPECT_NE(Judge().problem(one, bad), "") << one.word() << ", seed " << seed;
  }
  int seen = 0;
  for (int round = 0; round < 20; ++round) {
    Trial one = trial(Primitive::Div, GetParam(), "fp32", Spread::Normal, Mode::Rne);
    const Results good = literal(one);
    one.step_mode = Mode::Rtz;
    seen += Judge().problem(one, good).empty() ? 0 : 1;
  }
  EXPECT_GT(seen, 10) << seed;
}

INSTANTIATE_TEST_SUITE_P(Formats, Chains,
                         testing::Values("posit8", "posit12", "posit16", "posit16es1", "posit32", "posit8u", "posit16es1u", "fp32",
                                         "bf16", "fp16", "fp8e4m3", "fp8e5m2", "fp8e4m3sat", "e6m7", "e8m10", "ieee6.9"),
                         NameOfWord());

class ChainPairs : public testing::TestWithParam<std::string> {};

TEST_P(ChainPairs, AllOfThem) {
  const Format format = parse(GetParam());
  Trial all{.from = format, .to = format, .stored = format, .operands = {}};
  for (Code a = 0; a <= format.code_count_minus_one(); ++a)
    for (Code b = 0; b <= format.code_count_minus_one(); ++b) all.operands[0].push_back(a), all.operands[1].push_back(b);
  for (const Primitive what : {Primitive::Add, Primitive::Sub, Primitive::Mul, Primitive::Div, Primitive::Max, Primitive::Min}) {
    all.what = what;
    const Results results = literal(all);
    EXPECT_EQ(Judge().problem(all, results), "");
    EXPECT_EQ(difference(all, results, fast(all)), "");
  }
}

// (a + b) * c for every a and b, and c of all sizes: what PositNN's cut changes is in it.
TEST_P(ChainPairs, Fam) {
  const Format format = parse(GetParam());
  Draw draw{1};
  Trial all{.what = Primitive::Fam, .from = format, .to = format, .stored = format, .operands = {}};
  for (Code a = 0; a <= format.code_count_minus_one(); ++a)
    for (Code b = 0; b <= format.code_count_minus_one(); ++b) {
      all.operands[0].push_back(a), all.operands[1].push_back(b);
      all.operands[2].push_back(static_cast<Code>(draw.word()) & format.code_count_minus_one());
    }
  const Results results = literal(all);
  EXPECT_EQ(Judge().problem(all, results), "");
  EXPECT_EQ(difference(all, results, fast(all)), "");
}

INSTANTIATE_TEST_SUITE_P(Formats, ChainPairs, testing::Values("posit8", "posit8u", "fp8e4m3", "e4m3", "posit7es1"), NameOfWord());

}  // namespace
}  // namespace binade::oracle
