// SPDX-License-Identifier: Apache-2.0
// The search on planted accuracies, whose right answers are known.
#include "sim/search/search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "models/numerics/error.h"

namespace binade::sim {
namespace {

/// One format of each mantissa width 1 .. 8; fewer bits are faster.
std::vector<Candidate> ladder(const std::vector<double>& predicted) {
  std::vector<Candidate> all;
  for (std::size_t i = 0; i < predicted.size(); ++i) {
    const int mantissa = static_cast<int>(i) + 1;
    all.push_back(
        {.place = {.family = "float", .range = 5, .precision = mantissa}, .merit = 100.0 / mantissa, .predicted = predicted[i]});
  }
  return all;
}

struct Case {
  std::vector<double> predicted, measured;
  int evaluations;
  int chosen;  ///< mantissa bits; 0: none
  bool is_measured;
  std::vector<int> evaluated;
};

TEST(Search, MovesBitByBitFromThePrediction) {
  const std::vector<double> rising{0.1, 0.5, 0.9, 0.985, 0.995, 1, 1, 1};
  const std::vector<Case> cases{
      {rising, rising, 0, 5, false, {}},
      {rising, rising, 2, 5, true, {5, 4}},                            // the prediction is right: a bit less does not suffice
      {rising, {0, 0, 0, 1, 1, 1, 1, 1}, 2, 4, true, {5, 4}},          // pessimistic by a bit
      {rising, {0, 0, 1, 1, 1, 1, 1, 1}, 3, 3, true, {5, 4, 3}},       // by two, with an evaluation more
      {rising, {0, 0, 0, 0, 0, 1, 1, 1}, 2, 6, true, {5, 6}},          // optimistic by a bit
      {rising, {0, 0, 0, 0, 0, 0, 1, 1}, 2, 7, false, {5, 6}},         // by two: the next one up, not measured
      {rising, {0, 0, 0, 0, 0, 0, 0, 0}, 10, 0, false, {5, 6, 7, 8}},  // nothing suffices
      {{0, 0, 0, 0, 0, 0, 0, 0.5}, rising, 2, 0, false, {}},           // nothing is predicted to
      {{1, 1, 1, 1, 1, 1, 1, 1}, {1, 1, 1, 1, 1, 1, 1, 1}, 2, 1, true, {1}},  // the last bit cannot go
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const Case& one = cases[i];
    const auto result =
        search(ladder(one.predicted), 0.99, one.evaluations, [&](std::size_t k) { return std::optional(one.measured[k]); });
    EXPECT_EQ(result.chosen ? static_cast<int>(*result.chosen) + 1 : 0, one.chosen) << i;
    EXPECT_EQ(result.measured, one.is_measured) << i;
    std::vector<int> evaluated;
    for (const auto index : result.evaluated) evaluated.push_back(static_cast<int>(index) + 1);
    EXPECT_EQ(evaluated, one.evaluated) << i;
  }
}

TEST(Search, ChoosesByMeritAndOnlyWhatHasOne) {
  auto candidates = ladder({1, 1, 1});
  candidates[0].merit.reset();
  candidates[2].merit = 1000;
  EXPECT_EQ(search(candidates, 0.99, 0, {}).chosen, 2U);
  candidates[2].predicted.reset();
  EXPECT_EQ(search(candidates, 0.99, 0, {}).chosen, 1U);
  // Nor does a step lead there.
  const auto all_right = [](std::size_t) { return std::optional(1.0); };
  EXPECT_EQ(search(candidates, 0.99, 5, all_right).evaluated, std::vector<std::size_t>{1});
}

TEST(Search, EndsWhereAMeasurementEnds) {
  const auto result = search(ladder({1, 1, 1}), 0.99, 5, [](std::size_t) { return std::optional<double>(); });
  EXPECT_TRUE(result.evaluated.empty());
  EXPECT_FALSE(result.measured);
}

TEST(Candidates, OfEveryFamilyAreDifferentFormatsOfIt) {
  const std::map<std::string, std::size_t> sizes{{"float", 161}, {"ieee", 161}, {"posit", 90}, {"fixed", 176},
                                                 {"dfp", 31},    {"sdfp", 31},  {"flex", 29}};
  for (const auto& family : search_families()) {
    const auto words = family_formats(family);
    EXPECT_EQ(words.size(), sizes.at(family)) << family;
    EXPECT_EQ(std::set<std::string>(words.begin(), words.end()).size(), words.size()) << family;
    for (const auto& word : words) EXPECT_EQ(place_of(numerics::parse_format(word)).family, family) << word;
  }
  EXPECT_THROW(family_formats("takum"), InputError);
}

TEST(Candidates, ABitGoesToPrecisionThenToRange) {
  const auto words = std::vector<std::string>{"e4m3",   "e4m4",      "e5m4", "fixed8.4", "fixed9.5", "fixed9.4", "posit8",
                                              "posit9", "posit8es3", "dfp8", "dfp9",     "flex16+5", "flex17+5"};
  std::vector<FormatPlace> places;
  for (const auto& word : words) places.push_back(place_of(numerics::parse_format(word)));
  const auto step = [&](const std::string& from, bool more) -> std::string {
    const auto index = static_cast<std::size_t>(std::find(words.begin(), words.end(), from) - words.begin());
    const auto to = more ? one_bit_more(places, index) : one_bit_less(places, index);
    return to ? words[*to] : "none";
  };
  EXPECT_EQ(step("e4m3", true), "e4m4");
  EXPECT_EQ(step("e4m4", true), "e5m4");  // no e4m5
  EXPECT_EQ(step("e5m4", false), "e4m4");
  EXPECT_EQ(step("fixed8.4", true), "fixed9.5");
  EXPECT_EQ(step("fixed9.4", false), "fixed8.4");
  EXPECT_EQ(step("posit8", true), "posit9");
  EXPECT_EQ(step("posit9", true), "none");
  EXPECT_EQ(step("posit8es3", false), "none");  // es 2 is no bit less
  EXPECT_EQ(step("dfp8", true), "dfp9");
  EXPECT_EQ(step("flex17+5", false), "flex16+5");
}

}  // namespace
}  // namespace binade::sim
