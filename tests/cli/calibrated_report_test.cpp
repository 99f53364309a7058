// SPDX-License-Identifier: Apache-2.0
// What reports say of a calibrated core.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "sim/report/cost_standing.h"
#include "sim/report/figures.h"
#include "sim/report/html_report.h"
#include "sim/report/json_report.h"
#include "sim/report/text_report.h"
#include "tests/cli/report_fixture.h"

namespace binade::sim {
namespace {

RunReport calibrated_report(double error_pj) {
  auto report = example_report();
  report.calibrated = CoreFigures{.technology = "a <library>",
                                  .operands = "of the run",
                                  .standing = "interpolated",
                                  .energy_pj = 4.5e6,
                                  .energy_error_pj = error_pj,
                                  .area_um2 = 5e5,
                                  .area_error_um2 = 1e4,
                                  .critical_path_ps = 1333,
                                  .area = {{"element", 4e5, "128 x dfp_pe"}, {"lane", 1e5, "8 x dfp_lane"}},
                                  .not_modelled = "vector unit",
                                  .missing_units = "lane",
                                  .extrapolated_units = "sequencer, glue"};
  return report;
}

TEST(Calibrated, SurvivesTheReport) {
  const auto report = calibrated_report(100), back = report_from_json(to_json(report));
  EXPECT_EQ(to_json(back).dump(), to_json(report).dump());
  ASSERT_TRUE(back.calibrated);
  EXPECT_EQ(back.calibrated->area.at(1).block, "lane");
  EXPECT_FALSE(report_from_json(to_json(example_report())).calibrated);
}

TEST(Calibrated, LayersSayHowTheirEnergiesCameAbout) {
  const auto standing = [](const RunReport& report) { return to_json(report)["layers"][0]["energy_standing"].get<std::string>(); };
  EXPECT_EQ(standing(calibrated_report(1)), "interpolated; extrapolated: sequencer, glue; not modelled: lane");
  EXPECT_EQ(standing(example_report()), "published");
}

TEST(Calibrated, MarksAndLinesSayWhatIsLackingOrBeyondTheTable) {
  const CostStanding whole, lacks{.missing = "lane, switching energy of the glue"},
      energy{.missing = "switching energy of the glue"};
  const CostStanding beyond{.missing = "lane", .extrapolated = "sequencer", .too_fast = true};
  EXPECT_EQ(whole.marks() + lacks.marks() + beyond.marks(), "??~>");
  EXPECT_TRUE(lacks.lacks_unit() && lacks.lacks_energy() && energy.lacks_energy());
  EXPECT_FALSE(energy.lacks_unit() || whole.lacks_energy());
  EXPECT_EQ(standing_lines(std::vector{whole, whole}, 0), "");
  EXPECT_EQ(standing_lines(std::vector{whole, lacks, beyond}, 1),
            "? not modelled: the cost table lacks units, which count 0 in area, critical path and energy: 2 points (lane, "
            "switching energy of the "
            "glue); 1 left out of the front for it (--front all: none)\n"
            "~ extrapolated: figures beyond the cost table's samples: 1 point (sequencer)\n"
            "> the clock is faster than the critical path of the core allows: 1 point\n");
  EXPECT_TRUE(clock_is_of_path(1000 / 800.0, 799.5) && !clock_is_of_path(1, 799.5));
  EXPECT_TRUE(clock_is_too_fast(1.26, 799.5) && !clock_is_too_fast(1000 / 800.0, 799.5));
}

TEST(Calibrated, FiguresFollow) {
  const auto report = calibrated_report(100);
  const auto json = to_json(report)["calibrated"];
  const double seconds = report.seconds_at_clock;
  EXPECT_DOUBLE_EQ(json["power_mw"].get<double>(), 4.5e6 * 1e-9 / seconds);
  EXPECT_DOUBLE_EQ(json["power_density_mw_per_mm2"].get<double>(), 4.5e6 * 1e-9 / seconds / 0.5);
  EXPECT_DOUBLE_EQ(json["gops_per_mm2"].get<double>(), 2e-9 * static_cast<double>(total_macs(report)) / seconds / 0.5);
  EXPECT_TRUE(to_json(example_report())["calibrated"]["gops_per_mm2"].is_null());
  EXPECT_TRUE(to_json(example_report())["area"].empty());
  for (const auto& text : {to_text(report), to_html(report)}) {
    EXPECT_NE(text.find("vector unit"), std::string::npos);
    EXPECT_NE(text.find("0.5 mm2"), std::string::npos);
  }
  EXPECT_NE(to_html(report).find("a &lt;library&gt;"), std::string::npos);
}

TEST(Calibrated, AClockThatTheCoreCannotTakeIsSaid) {
  auto report = calibrated_report(0);
  report.clock_ghz = 0.75;  // 1333 ps, just the critical path
  EXPECT_EQ(to_text(report).find("faster than the critical path"), std::string::npos);
  report.clock_ghz = 0.76;
  EXPECT_NE(to_text(report).find("faster than the critical path of the core allows (flex16+5 1333 ps)"), std::string::npos);
}

TEST(Calibrated, EnergiesWithinTheirErrorsAreNotDistinguishable) {
  auto one = calibrated_report(300), two = calibrated_report(300);
  two.seed = one.seed + 1;
  two.energy.front().picojoule += 500;
  const std::vector<RunReport> overlap{one, two};
  two.energy.front().picojoule += 200;
  const std::vector<RunReport> apart{one, two};
  EXPECT_NE(comparison_to_text(overlap).find("not distinguishable"), std::string::npos);
  EXPECT_EQ(comparison_to_text(apart).find("not distinguishable"), std::string::npos);
}

// Beside each other calibrated cores show what they are for; figures that were not measured themselves, and what is in none, are
// named.
TEST(Calibrated, AComparisonShowsTheCores) {
  auto one = calibrated_report(300), two = calibrated_report(300);
  two.seed = one.seed + 1;
  one.calibrated->area = {{"element", 4e5, "128 x dfp_pe (exact)"}, {"glue", 1e5, "1 x array (extrapolated, +-5 %)"}};
  two.calibrated->area = {{"element", 4e5, "128 x dfp_pe (interpolated, +-2 %)"},
                          {"glue", 1e5, "1 x array (extrapolated, +-5 %)"},
                          {"partial sums", 1e5, "8 x slice (interpolated)"}};
  const std::vector<RunReport> runs{one, two}, published{example_report(), example_report()};
  const std::string text = comparison_to_text(runs);
  for (const char* said : {"core pJ/MAC", "core area", "0.5 mm2", "not measured themselves: element interpolated (",
                           "; glue extrapolated\n", "not modelled: vector unit"})
    EXPECT_NE(text.find(said), std::string::npos) << said << '\n' << text;
  EXPECT_EQ(text.find("partial sums interpolated"), std::string::npos);
  for (const char* said : {"core pJ/MAC", "not modelled"})
    EXPECT_EQ(comparison_to_text(published).find(said), std::string::npos) << said;
}

}  // namespace
}  // namespace binade::sim
