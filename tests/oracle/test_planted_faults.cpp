// SPDX-License-Identifier: Apache-2.0
// The comparers are tested too: each planted fault in the implementation under test must be seen.
#include <gtest/gtest.h>

#include "tests/oracle/compare.h"

namespace binade::oracle {
namespace {

std::uint64_t faults_seen(const std::string& word, const Implementation& faulty) {
  return sweep_pairs(word, {Mode::Rne, Mode::Rtz}, 0, faulty).mismatches();
}

TEST(PlantedFaults, SoundModelIsClean) {
  for (const char* word : {"posit6", "fp8e4m3", "e3m3", "dfp6"}) EXPECT_EQ(faults_seen(word, model(word)), 0u) << word;
}

TEST(PlantedFaults, OneFlippedBitInOneResult) {
  for (const char* word : {"posit6", "fp8e4m3", "e3m3", "dfp6"}) {
    const Implementation good = model(word);
    const auto faulty = [&](const Case& one, numerics::Events& events) {
      const Code code = good(one, events);
      return one.op == Op::Mul && one.a == 0x11 && one.b == 0x0b && one.mode == Mode::Rne ? code ^ 1u : code;
    };
    EXPECT_EQ(faults_seen(word, faulty), 1u) << word;
  }
}

TEST(PlantedFaults, WrongRounding) {
  for (const char* word : {"posit6", "fp8e4m3", "e3m3", "dfp6"}) {
    const Implementation good = model(word);
    const auto ties_away = [&](Case one, numerics::Events& events) {
      if (one.mode == Mode::Rne) one.mode = Mode::Rha;
      return good(one, events);
    };
    EXPECT_GT(faults_seen(word, ties_away), 0u) << word;
    const auto never_up = [&](Case one, numerics::Events& events) {
      one.mode = Mode::Rtz;
      return good(one, events);
    };
    EXPECT_GT(faults_seen(word, never_up), 0u) << word;
  }
}

TEST(PlantedFaults, LostStickyBit) {
  for (const char* word : {"posit8", "fp16", "e6m7", "flex16+5"}) {
    const Encoder good = model_encoder(word);
    const auto faulty = [&](numerics::Unpacked value, const numerics::Quantisation& how, numerics::Events& events) {
      value.sticky = false;
      return good(value, how, events);
    };
    EXPECT_TRUE(sweep_boundaries(word, 97, 0, good).clean()) << word;
    EXPECT_GT(sweep_boundaries(word, 97, 0, faulty).mismatches(), 0u) << word;
  }
}

TEST(PlantedFaults, UncountedEvent) {
  for (const char* word : {"posit6", "fp8e4m3", "e3m3", "dfp6"}) {
    const Implementation good = model(word);
    const auto faulty = [&](const Case& one, numerics::Events& events) {
      const Code code = good(one, events);
      events.saturation = 0;
      events.overflow = 0;
      return code;
    };
    EXPECT_GT(faults_seen(word, faulty), 0u) << word;
  }
}

TEST(PlantedFaults, DroppedProductOfADot) {
  // The oracle with a term left out stands for a model that loses it.
  const std::vector<Code> a(40, 0x21);
  const std::vector<Code> b(40, 0x13);
  for (const char* word : {"dfp8", "flex8+5"}) {
    const Format format = parse(word);
    DotSpec spec;
    spec.product_shift = 8;
    spec.policy = format.kind == Kind::Flex ? Policy::Blocked : Policy::Exact;
    Report report;
    judge_dot(word, spec, a, b, std::nullopt, report);
    EXPECT_TRUE(report.clean()) << report.summary();
    Events events;
    const std::vector<Code> fewer_a(a.begin() + 1, a.end());
    const std::vector<Code> fewer_b(b.begin() + 1, b.end());
    EXPECT_NE(dot(format, spec, a, b, std::nullopt, events), dot(format, spec, fewer_a, fewer_b, std::nullopt, events));
  }
}

TEST(PlantedFaults, ReportNeedsChecks) { EXPECT_FALSE(Report().clean()); }

}  // namespace
}  // namespace binade::oracle
