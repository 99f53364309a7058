// SPDX-License-Identifier: Apache-2.0
// Formulas, what a space says of points, and the front.
#include "sim/explore/judge.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "models/numerics/error.h"
#include "sim/explore/metrics.h"

namespace binade::sim {
namespace {

double value(const std::string& text, const std::vector<double>& values = {}) { return Formula(text)(values); }

TEST(FormulaTest, KnowsNumbersNamesWordsAndTruths) {
  EXPECT_EQ(value("1.5 + 2 * 3^2"), 19.5);
  EXPECT_EQ(value("core.rows * core.cols", {8, 4}), 32);
  EXPECT_EQ(Formula("core.rows * core.cols").names(), (std::vector<std::string>{"core.cols", "core.rows"}));
  EXPECT_EQ(value("a >= 2 && a != 3 ? 10 : 20", {2}), 10);
  EXPECT_EQ(value("a == 'posit8'", {value_of_word("posit8")}), 1);
  EXPECT_EQ(value("a == \"posit8\"", {value_of_word("dfp8")}), 0);
  EXPECT_EQ(value("ceil(log2(a)) + true", {9}), 5);
  EXPECT_TRUE(std::isnan(value("a * 0", {std::nan("")})));
  EXPECT_EQ(value_of_word("16"), 16);
  EXPECT_EQ(value_of_word("false"), 0);
}

TEST(FormulaTest, RefusesWhatIsNone) {
  for (const char* text : {"", "1 +", "a = 1", "f(2)", "1, 2", "a == 'x", "(1"}) EXPECT_THROW(Formula{text}, InputError) << text;
}

std::vector<Cell> cells_with(std::initializer_list<std::pair<const char*, Cell>> known) {
  std::vector<Cell> cells(metrics().size());
  for (const auto& [name, cell] : known) cells[find_metric(name).value()] = cell;
  return cells;
}

Space space_with(const std::string& rest) {
  return space_from_yaml("axes: {core.rows: [4, 8], format: [posit8, dfp8]}\n" + rest, "s.yaml");
}

TEST(JudgeTest, ConstraintsOnAxesComeBeforeRunsAndOthersAfter) {
  const Space space = space_with(
      "derived: {pes: core.rows * core.cols, per: energy.total_pj / pes}\n"
      "constraints: [pes < 100, per < 10, \"format != 'dfp8'\"]\nobjectives: [energy, max:pes]\n");
  const Judge judge(space, Settings{});
  EXPECT_TRUE(judge.admits({0, 0}));
  EXPECT_FALSE(judge.admits({1, 0}));  // 8 x 16
  EXPECT_FALSE(judge.admits({0, 1}));
  const auto good = judge.judge({0, 0}, cells_with({{"energy.total_pj", 128.0}}));
  EXPECT_TRUE(good.feasible);
  EXPECT_EQ(good.derived, (std::vector<double>{64, 2}));
  EXPECT_EQ(good.objectives, (std::vector<double>{128, -64}));
  EXPECT_FALSE(judge.judge({0, 0}, cells_with({{"energy.total_pj", 6400.0}})).feasible);
  EXPECT_FALSE(judge.judge({0, 0}, cells_with({})).feasible);  // absent
  EXPECT_TRUE(judge.asks_for("energy."));
  EXPECT_FALSE(judge.asks_for("output."));
}

TEST(JudgeTest, NamesWhatItDoesNotKnow) {
  const auto refused = [](const std::string& rest) {
    const Space space = space_with(rest);
    try {
      const Judge judge(space, Settings{});
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_NE(refused("constraints: [core.row < 2]\n").find("unknown name 'core.row', the nearest is 'core.rows'"),
            std::string::npos);
  EXPECT_NE(refused("objectives: [energie]\n").find("'energie' is no column"), std::string::npos);
  const std::string circle = refused("derived: {a: 'b + 1', b: 'a', c: 'c'}\n");
  EXPECT_NE(circle.find("'b + 1': 'b' is a later derived column; allowed: earlier derived columns"), std::string::npos) << circle;
  EXPECT_NE(circle.find("'c': 'c' is this column itself"), std::string::npos) << circle;
  EXPECT_EQ(circle.find("'a': "), std::string::npos) << circle;
  EXPECT_NE(refused("derived: {total_cycles: '1'}\n").find("the name of an axis, a key or a figure"), std::string::npos);
}

// A unit that the cost table lacks counts 0: in area, in the clock that follows from it, and in energy.
TEST(JudgeTest, PointsLackUnitsInTheFiguresThatTheyAreJudgedBy) {
  const auto lacks = [](const char* objectives, const char* missing, double clock_ghz) {
    const Space space =
        space_with(std::string("derived: {each: calibrated.area_um2 / core.rows, four: core.rows + 4}\n") + objectives);
    const auto cells = cells_with({{"calibrated.missing_units", std::string(missing)},
                                   {"calibrated.extrapolated_units", std::string()},
                                   {"calibrated.critical_path_ps", 799.5},
                                   {"clock_ghz", clock_ghz}});
    return Judge(space, Settings{}).judge({0, 0}, cells).lacking;
  };
  EXPECT_TRUE(lacks("objectives: [area]", "lane, sequencer", 1));
  EXPECT_TRUE(lacks("objectives: [error, each]", "lane", 1));
  EXPECT_TRUE(lacks("constraints: [calibrated.area_um2 < 5]\nobjectives: [error]", "lane", 1));
  EXPECT_TRUE(lacks("objectives: [energy]", "switching energy of the lane", 1));
  EXPECT_TRUE(lacks("objectives: [time]", "lane", 1.25));  // 800 ps
  EXPECT_FALSE(lacks("objectives: [area]", "", 1.25));
  EXPECT_FALSE(lacks("objectives: [area]", "switching energy of the lane", 1.25));
  EXPECT_FALSE(lacks("objectives: [time]", "lane", 1));
  EXPECT_FALSE(lacks("objectives: [error, four]", "lane", 1.25));
  const Space space = space_with("objectives: [area]");
  const auto none = Judge(space, Settings{}).judge({0, 0}, cells_with({}));  // of published figures
  EXPECT_FALSE(none.lacking || none.standing.too_fast);
  EXPECT_EQ(none.standing.marks(), "");
}

TEST(Front, HasNoneThatLacksUnitsBesidePointsThatHaveAll) {
  Judgement whole, lacking;
  lacking.lacking = true;
  Space space;
  EXPECT_EQ(competing(space, {&whole, &lacking, nullptr}), (std::vector<bool>{true, false, false}));
  EXPECT_EQ(competing(space, {&lacking, nullptr}), (std::vector<bool>{true, false}));  // beside each other
  space.all_compete = true;
  EXPECT_EQ(competing(space, {&whole, &lacking, nullptr}), (std::vector<bool>{true, true, false}));
}

TEST(Front, IsWhatNoPointBeats) {
  std::mt19937 random(1);
  for (int round = 0; round < 50; ++round) {
    std::vector<std::vector<double>> points(60);
    for (auto& point : points)
      for (int k = 0; k < 3; ++k) point.push_back(static_cast<double>(random() % 8));
    points[7][1] = std::nan("");
    const auto front = pareto_front(points);
    for (std::size_t i = 0; i < points.size(); ++i) {
      bool beaten = i == 7;
      for (std::size_t j = 0; j < points.size(); ++j) {
        if (j == 7 || points[j] == points[i]) continue;
        bool all = true;
        for (int k = 0; k < 3; ++k) all = all && points[j][k] <= points[i][k];
        beaten = beaten || all;
      }
      EXPECT_EQ(front[i], !beaten);
    }
  }
}

}  // namespace
}  // namespace binade::sim
