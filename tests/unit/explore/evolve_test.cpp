// SPDX-License-Identifier: Apache-2.0
// NSGA-II on a problem whose front is known.
#include "sim/explore/evolve.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace binade::sim {
namespace {

/// Three axes of 40 words: the front is where the third is 1 and the second follows the first.
Space known_space(const std::string& constraint) {
  return space_from_yaml(
      "axes:\n  core.rows: {from: 1, to: 40, step: 1}\n  core.cols: {from: 1, to: 40, step: 1}\n"
      "  queue_depth: {from: 2, to: 41, step: 1}\nconstraints: [" +
          constraint + "]\nobjectives: [time, energy]\n",
      "s.yaml");
}

Judgement answer(const Choice& choice) {
  const double x = choice[0], y = choice[1], z = choice[2];
  const double off = std::abs(x - y) + z;
  return {.derived = {}, .feasible = true, .objectives = {x + off, 40 - x + off}};
}

struct Told {
  std::vector<Choice> asked;
  Evaluate evaluate = [this](const std::vector<Choice>& choices) {
    std::vector<Judgement> answers;
    for (const auto& choice : choices) {
      asked.push_back(choice);
      answers.push_back(answer(choice));
    }
    return answers;
  };
};

double best_sum(const std::vector<Choice>& points) {
  double best = 1e9;
  for (const auto& point : points) best = std::min(best, answer(point).objectives[0] + answer(point).objectives[1]);
  return best;
}

TEST(Evolve, ComesCloserToTheFrontThanAsManyDrawnPoints) {
  const Space space = known_space("");
  const Judge judge(space, Settings{});
  Told told;
  evolve(space, judge, 600, 1, told.evaluate);
  EXPECT_LE(told.asked.size(), 600U);
  EXPECT_EQ(std::set<Choice>(told.asked.begin(), told.asked.end()).size(), told.asked.size());
  const auto drawn = latin_hypercube(space.axes, 600, 1, [](const Choice&) { return true; });
  const auto on_front = [](const std::vector<Choice>& points) {
    std::size_t count = 0;
    for (const auto& point : points) count += answer(point).objectives[0] + answer(point).objectives[1] <= 44 ? 1 : 0;  // 40: on it
    return count;
  };
  EXPECT_GT(on_front(told.asked), 3 * on_front(drawn));
  EXPECT_LE(best_sum(told.asked), best_sum(drawn));
}

TEST(Evolve, AsksForTheSamePointsAgain) {
  const Space space = known_space("");
  const Judge judge(space, Settings{});
  Told first, second, other;
  evolve(space, judge, 100, 5, first.evaluate);
  evolve(space, judge, 100, 5, second.evaluate);
  evolve(space, judge, 100, 6, other.evaluate);
  EXPECT_EQ(first.asked, second.asked);
  EXPECT_NE(first.asked, other.asked);
}

TEST(Evolve, AsksForNoPointThatIsNotAdmittedAndEndsWithTheSpace) {
  const Space space = known_space("core.rows <= 2 && core.cols <= 2 && queue_depth <= 4");
  const Judge judge(space, Settings{});
  Told told;
  evolve(space, judge, 1000, 1, told.evaluate);
  EXPECT_FALSE(told.asked.empty());
  EXPECT_LE(told.asked.size(), 12U);
  for (const auto& choice : told.asked) EXPECT_TRUE(judge.admits(choice));
}

TEST(Evolve, EndsWhereAnAnswerIsCutShort) {
  const Space space = known_space("");
  const Judge judge(space, Settings{});
  int calls = 0;
  evolve(space, judge, 1000, 1, [&](const std::vector<Choice>&) {
    ++calls;
    return std::vector<Judgement>();
  });
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace binade::sim
