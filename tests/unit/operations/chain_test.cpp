// SPDX-License-Identifier: Apache-2.0
// Chains of primitives: what a form may be, how registers are written and read, and known values.
#include "models/operations/chain/chain.h"

#include <gtest/gtest.h>

#include "models/numerics/error.h"
#include "tests/unit/operations/chain_harness.h"

namespace binade::operations::test {
namespace {

const ElementFormat kPosit8 = format("posit8"), kPosit16 = format("posit16"), kFp32 = format("fp32");

/// One step on codes of one format.
Code one(Primitive what, const ElementFormat& format, const std::vector<Code>& operands) {
  ChainForm form{.steps = {{.what = what, .to = format}}, .results = {static_cast<int>(operands.size())}, .outputs = 1};
  int* const registers[] = {&form.steps[0].a, &form.steps[0].b, &form.steps[0].c, &form.steps[0].d};
  std::vector<Stored> tensors;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    form.operands.push_back({.at = {.input = i}});
    *registers[i] = static_cast<int>(i);
    tensors.emplace_back(format.format, std::vector{operands[i]});
  }
  return run_chain(form, tensors, {format})[0][0];
}

// 1 is 0x40, 1.125 0x41, 2 0x48; posit(8,2) has three fraction bits at most.
TEST(Chain, PositRulesOfKnownValues) {
  EXPECT_EQ(one(Primitive::Add, kPosit8, {0x40, 0x40}), 0x48U);
  EXPECT_EQ(one(Primitive::Div, kPosit8, {0x40, 0x4c}), 0x33U);  // 1/3 = 11/32 rounded
  EXPECT_EQ(one(Primitive::Div, kPosit8, {0x40, 0x00}), 0x80U);  // x / 0 is NaR
  EXPECT_EQ(one(Primitive::Sqrt, kPosit8, {0xc0}), 0x80U);       // of -1
  EXPECT_EQ(one(Primitive::Exp, kPosit8, {0x81}), 0x01U);        // e^-maxpos is 0 in binary64: minpos
  EXPECT_EQ(one(Primitive::Exp, kPosit8, {0x7f}), 0x80U);        // overflow is NaR
  EXPECT_EQ(one(Primitive::Exp, kPosit8, {0x00}), 0x40U);
  EXPECT_EQ(one(Primitive::Log, kPosit8, {0x00}), 0x80U);
  EXPECT_EQ(one(Primitive::IfPositive, kPosit8, {0x80, 0x40, 0x48}), 0x48U);  // NaR is not positive
  EXPECT_EQ(one(Primitive::IfPositive, kPosit8, {0x01, 0x40, 0x48}), 0x40U);
  EXPECT_EQ(one(Primitive::IfEqual, kPosit8, {0x80, 0x80, 0x48}), 0U);
  EXPECT_EQ(one(Primitive::IfEqual, kPosit8, {0x41, 0x41, 0x48}), 0x48U);
}

TEST(Chain, BuilderOrdersRegisters) {
  ChainBuilder chain({.to = kPosit16, .outputs = 24, .first = 7});
  const auto half = chain.constant(0.5);
  const auto x = chain.input(0);
  const auto scaled = chain.step(Primitive::Mul, {x, half});
  const auto y = chain.operand({.at = {.input = 1}, .inner = 4, .size = 3});
  const auto sum = chain.step(Primitive::Add, {scaled, y}, kFp32);
  EXPECT_EQ(chain.constant(0.5), half);
  const ChainForm form = chain.form({sum, scaled});
  EXPECT_EQ(chain_problem(form), "");
  EXPECT_EQ(form.steps[0], (ChainStep{.what = Primitive::Mul, .a = 0, .b = 2, .to = kPosit16}));
  EXPECT_EQ(form.steps[1], (ChainStep{.what = Primitive::Add, .a = 3, .b = 1, .to = kFp32}));
  EXPECT_EQ(form.results, (std::vector<int>{4, 3}));
  EXPECT_EQ(form.operations(), 2U);
  EXPECT_THROW(chain.step(Primitive::Add, {x}), InvariantError);
  EXPECT_EQ(operand_element(form.operands[1], 13), 0);
  EXPECT_EQ(operand_end(form.operands[1], 24), 3);
  EXPECT_EQ(operand_end(form.operands[1], 8), 2);
  EXPECT_EQ(operand_end(form.operands[0], 24), 24);
}

TEST(Chain, SaysWhatIsWrongWithAForm) {
  ChainForm good{.operands = {{}}, .steps = {{.what = Primitive::Add, .to = kFp32}}, .results = {1}, .outputs = 1};
  EXPECT_EQ(chain_problem(good), "");
  ChainForm bad = good;
  bad.steps[0].b = 1;
  EXPECT_EQ(chain_problem(bad), "step 0 reads register 1, which is not before it");
  bad = good;
  bad.steps[0].c = 1;
  EXPECT_EQ(chain_problem(bad), "step 0 has more operands than 'add' takes");
  bad = good;
  bad.steps[0].to.format = numerics::parse_format("flex16+5");
  EXPECT_EQ(chain_problem(bad), "step 0 rounds to flex16+5, whose exponent is a tensor's");
  bad = good;
  bad.steps[0].to.rounding = numerics::Rounding::Sr;
  EXPECT_EQ(chain_problem(bad), "step 0 rounds stochastically, which only results do");
  bad = good;
  bad.results = {2};
  EXPECT_EQ(chain_problem(bad), "result 2 is no register");
  bad.results.clear();
  EXPECT_EQ(chain_problem(bad), "no result");
  bad = good;
  bad.constants.push_back({1.0 / 0.0, kFp32});
  EXPECT_EQ(chain_problem(bad), "a constant is not finite");
}

TEST(Chain, ReferenceRoundsNothing) {
  ChainBuilder chain({.to = kPosit8, .outputs = 2});
  const auto result =
      chain.step(Primitive::Fma, {chain.input(0), chain.constant(1.0 / 3), chain.operand({.at = {.input = 1}, .size = 1})});
  const std::vector<double> x = {0.3, -7}, y = {1e-9};
  std::vector<double> out(2);
  const std::span<const double> sources[] = {x, y};
  const std::span<double> targets[] = {out};
  run_reference(chain.form({result}), sources, targets);
  EXPECT_EQ(out[0], 0.3 * (1.0 / 3) + 1e-9);
  EXPECT_EQ(out[1], -7 * (1.0 / 3) + 1e-9);
}

}  // namespace
}  // namespace binade::operations::test
