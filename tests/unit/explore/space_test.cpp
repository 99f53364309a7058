// SPDX-License-Identifier: Apache-2.0
// Spaces: the file's reader, ranges, the grid and the Latin hypercube.
#include "sim/explore/space.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "models/numerics/error.h"
#include "sim/explore/sampling.h"

namespace binade::sim {
namespace {

using Words = std::vector<std::string>;

std::string refusal(const std::string& yaml) {
  try {
    space_from_yaml(yaml, "s.yaml");
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

Axis axis_of(std::size_t words) {
  Axis axis{.name = "core.rows", .values = {}, .where = "here"};
  for (std::size_t i = 0; i < words; ++i) axis.values.push_back(std::to_string(i + 1));
  return axis;
}

constexpr auto kAll = [](const Choice&) { return true; };

TEST(SpaceFile, HoldsWhatItSays) {
  const Space space = space_from_yaml(R"(
run: {network: lenet5, batch: 4}
config: {core: {dataflow: ws}, queue_depth: 4}
axes:
  core.rows: {from: 4, to: 32, factor: 2}
  clock_ghz: {from: 0.5, to: 1, step: 0.25}
  format: [posit8, dfp8]
derived: {pes: core.rows * core.cols}
constraints: ["pes <= 256", "format == 'posit8' || core.rows < 32"]
objectives: [time, max:output.sqnr_db]
samples: 12
)",
                                      "s.yaml");
  ASSERT_EQ(space.axes.size(), 3U);
  EXPECT_EQ(space.axes[0].values, (Words{"4", "8", "16", "32"}));
  EXPECT_EQ(space.axes[1].values, (Words{"0.5", "0.75", "1"}));
  EXPECT_EQ(space.axes[2].values, (Words{"posit8", "dfp8"}));
  EXPECT_EQ(space.config, (std::vector<std::pair<std::string, std::string>>{{"core.dataflow", "ws"}, {"queue_depth", "4"}}));
  ASSERT_EQ(space.run.size(), 2U);
  EXPECT_EQ(space.run[1].name, "batch");
  EXPECT_EQ(space.derived[0].formula.names(), (Words{"core.cols", "core.rows"}));
  EXPECT_EQ(space.constraints.size(), 2U);
  EXPECT_EQ(space.objectives[0].name, "seconds_at_clock");
  EXPECT_TRUE(space.objectives[1].maximise);
  EXPECT_EQ(space.samples, 12);
}

TEST(SpaceFile, RefusesWithTheLine) {
  struct Case {
    const char* yaml;
    const char* says;
  };
  for (const Case& each :
       {Case{"axes:\n  core.rowz: [1]\n", "s.yaml:2: axes: core.rowz: unknown key 'core.rowz', the nearest is 'core.rows'"},
        Case{"axes:\n  core.rows: []\n", "s.yaml:2: axes: core.rows: no words; allowed: at least one"},
        Case{"axes:\n  core.rows:\n", "s.yaml:2: axes: core.rows: no words"},
        Case{"axes:\n  core.rows: [8, 0]\n", "s.yaml:2: axes: core.rows: 0 is out of range"},
        Case{"axes:\n  core.rows: [8, 8]\n", "core.rows: 8 twice; allowed: once"},
        Case{"axes:\n  core.rows: [8]\n  core.rows: [9]\n", "core.rows set twice"},
        Case{"axes:\n  core.rows: {from: 8, to: 4, step: 1}\n", "from 8 to 4"},
        Case{"axes:\n  core.rows: {from: 1, to: 4}\n", "need one of step and factor"},
        Case{"axes:\n  core.rows: {from: 1, to: 4, step: 0}\n", "step > 0"},
        Case{"axes:\n  train.batch: [8]\n", "is a key of training"},
        Case{"axis: {}\n", "unknown word 'axis', the nearest is 'axes'"},
        Case{"constraints: [core.rows = 8]\n", "s.yaml:1: constraints: 'core.rows = 8': '=' assigns"},
        Case{"constraints: ['core.rows *']\n", "s.yaml:1: constraints: 'core.rows *'"},
        Case{"config: {core: {rows: 0}}\n", "s.yaml:1: config: core.rows: 0 is out of range"},
        Case{"samples: 0\n", "s.yaml:1: 0 is out of range"}, Case{"[1, 2]\n", "not a mapping"},
        Case{"axes: {}\n---\naxes: {}\n", "more than one document"}, Case{"axes: [\n", "allowed: YAML"}})
    EXPECT_NE(refusal(each.yaml).find(each.says), std::string::npos) << each.yaml << refusal(each.yaml);
}

TEST(Grid, IsEveryPointOnceAndOnlyWhatIsAdmitted) {
  const std::vector<Axis> axes{axis_of(3), axis_of(4), axis_of(5)};
  const auto all = grid_points(axes, kAll);
  EXPECT_EQ(all.size(), 60U);
  EXPECT_EQ(std::set<Choice>(all.begin(), all.end()).size(), 60U);
  EXPECT_EQ(all[1], (Choice{0, 0, 1}));
  EXPECT_EQ(grid_points(axes, [](const Choice& choice) { return choice[0] == 1; }).size(), 20U);
  EXPECT_EQ(grid_size(axes), 60);
  EXPECT_EQ(grid_size(std::vector<Axis>(10, axis_of(100))), std::nullopt);
}

TEST(LatinHypercube, HasEachSliceOfEachAxisOnce) {
  const std::vector<Axis> axes{axis_of(50), axis_of(10), axis_of(7)};
  const auto points = latin_hypercube(axes, 50, 3, kAll);
  ASSERT_EQ(points.size(), 50U);
  EXPECT_EQ(std::set<Choice>(points.begin(), points.end()).size(), 50U);
  std::vector<int> first(50), second(10);
  for (const auto& point : points) ++first[point[0]], ++second[point[1]];
  for (const int times : second) EXPECT_EQ(times, 5);  // 50 slices of 10 words
  for (const int times : first) EXPECT_EQ(times, 1);
  EXPECT_EQ(latin_hypercube(axes, 50, 3, kAll), points);
  EXPECT_NE(latin_hypercube(axes, 50, 4, kAll), points);
}

TEST(LatinHypercube, EndsWhereTheSpaceDoes) {
  const std::vector<Axis> axes{axis_of(3), axis_of(2)};
  EXPECT_EQ(latin_hypercube(axes, 100, 0, kAll).size(), 6U);
  EXPECT_TRUE(latin_hypercube(axes, 100, 0, [](const Choice&) { return false; }).empty());
}

}  // namespace
}  // namespace binade::sim
