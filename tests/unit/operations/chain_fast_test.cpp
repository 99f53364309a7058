// SPDX-License-Identifier: Apache-2.0
// The fast evaluation of chains against the literal one on every SIMD target: bits, events and statistics of random chains,
// formats, spreads and values. Seeds are fresh and printed; BINADE_CHAIN_SEED repeats one.
#include <cstdlib>
#include <iostream>

#include "models/kernels/simd/target.h"
#include "models/operations/chain/chain_plan.h"
#include "models/operations/chain/optimisers.h"
#include "tests/unit/operations/chain_cases.h"

namespace binade::operations::test {
namespace {

struct Outcome {
  std::vector<std::vector<std::byte>> bytes;
  std::vector<datapath::TileStats> stats;
  bool operator==(const Outcome&) const = default;
};

template <class Run>
Outcome outcome(const Case& one, Run run) {
  std::vector<ChainSource> sources;
  for (const ChainOperand& operand : one.form.operands) {
    const Stored& tensor = one.tensors[operand.at.input];
    sources.push_back({tensor.format, tensor.exponent, tensor.bytes});
  }
  Outcome out;
  std::vector<ChainTarget> targets;
  for (const ElementFormat& result : one.results)
    out.bytes.emplace_back(static_cast<std::size_t>((one.form.out + one.form.outputs) * result.format.storage_bytes()));
  for (std::size_t i = 0; i < one.results.size(); ++i)
    targets.push_back({.format = one.results[i], .exponent = one.exponents[i], .bytes = out.bytes[i], .seed = 5, .tensor = 17});
  run(one.form, sources, targets);
  for (const ChainTarget& target : targets) out.stats.push_back(target.stats);
  return out;
}

Outcome literal(const Case& one) {
  return outcome(
      one, [](const auto& form, const auto& sources, auto& targets) { ChainArithmetic().run_literally(form, sources, targets); });
}
Outcome fast(const Case& one) {
  return outcome(one, [](const auto& form, const auto& sources, auto& targets) { ChainArithmetic().run(form, sources, targets); });
}

TEST(ChainFast, EqualsTheLiteralEvaluation) {
  const std::uint64_t seed = fresh_seed();
  std::cout << "BINADE_CHAIN_SEED=" << seed << '\n';
  Chance chance(seed);
  const std::vector<std::string> targets = kernels::simd_targets();  // before one is forced
  const int rounds = std::getenv("BINADE_FULL") != nullptr ? 40000 : 2000;
  for (int round = 0; round < rounds; ++round) {
    const Case one = random_case(chance);
    ASSERT_EQ(chain_problem(one.form), "");
    const Outcome expected = literal(one);
    for (const std::string& target : targets) {
      kernels::force_simd_target(target);
      const Outcome got = fast(one);
      ASSERT_EQ(got.bytes, expected.bytes) << target << ": " << text(one);
      for (std::size_t i = 0; i < got.stats.size(); ++i)
        ASSERT_EQ(got.stats[i], expected.stats[i]) << target << ", result " << i << ": " << text(one);
    }
  }
  kernels::force_simd_target("");
}

// What recipes have must not be left to the literal evaluation.
TEST(ChainFast, CarriesOutTheOrdinaryStepsInLoops) {
  for (const char* word : {"posit8", "posit12", "posit16", "posit16es1", "fp32", "bf16", "fp16", "fp8e4m3", "e6m7"}) {
    const ChainForm form = adam_chain({.to = format(word), .outputs = 8}, {.rate = 0.1, .weight_decay = 0.1});
    std::vector<ChainSource> sources(form.operands.size(), {.format = numerics::parse_format(word)});
    std::vector<ChainTarget> targets(form.results.size(), {.format = format(word)});
    for (const StepPlan& plan : plan_steps(form, sources, targets)) EXPECT_EQ(plan.way, StepPlan::Way::Loop) << word;
  }
}

// An update where the weights are, its velocity likewise, several blocks long.
TEST(ChainFast, UpdatesInPlace) {
  constexpr std::int64_t kCount = 5000;
  Chance chance(3);
  for (const char* word : {"posit16", "fp32"}) {
    const ElementFormat in = format(word);
    const auto draw = [&] {
      std::vector<Code> codes;
      for (std::int64_t i = 0; i < kCount; ++i) codes.push_back(chance.code(in.format, 0, 3));
      return Stored(in.format, codes);
    };
    const ChainForm form = sgd_chain({.to = in, .outputs = kCount}, {.rate = 0.1, .momentum = 0.5});
    std::vector<Stored> tensors = {draw(), draw(), draw()};
    const auto apart = run_chain(form, tensors, {in, in});
    for (const bool literally : {false, true}) {
      std::vector<Stored> together = tensors;
      std::vector<ChainSource> sources;
      for (const ChainOperand& operand : form.operands) sources.push_back({in.format, 0, together[operand.at.input].bytes});
      std::vector<ChainTarget> targets = {{.format = in, .bytes = together[0].bytes}, {.format = in, .bytes = together[2].bytes}};
      ChainArithmetic arithmetic;
      literally ? arithmetic.run_literally(form, sources, targets) : arithmetic.run(form, sources, targets);
      EXPECT_EQ(together[0].codes(), apart[0]);
      EXPECT_EQ(together[2].codes(), apart[1]);
    }
  }
}

}  // namespace
}  // namespace binade::operations::test
