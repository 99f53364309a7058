// SPDX-License-Identifier: Apache-2.0
// A core's energy, area and clock in a planted world, where the right answers are sums that can be done by hand.
#include "models/cost/core_cost.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "models/numerics/error.h"
#include "models/numerics/format_words.h"
#include "tests/support/planted_cost_table.h"

namespace binade::cost {
namespace {

using nlohmann::json;
using tests::PlantedFolder;
using tests::PlantedWorld;

json parameters_of(const datapath::Module& module) {
  json all = json::object();
  for (const auto& parameter : module.parameters) all[parameter.name] = parameter.value;
  return all;
}

json terms(const std::vector<std::string>& words, const std::vector<double>& pj, double unseen) {
  return {{"terms", words}, {"pj", pj}, {"rms_percent", 1}, {"unseen_mean_percent", unseen}, {"unseen_max_percent", 2 * unseen}};
}

/// A shape of a unit of the core: its area is 1000 um2, its path 1500 ps, it leaks 1000 nW and takes 2 pJ an event, idle 0.5.
json shape(const CoreUnit& unit) {
  json shape{{"unit", unit.module.name},
             {"format", "dfp8"},
             {"settings", json::array()},
             {"parameters", parameters_of(unit.module)},
             {"hierarchy", "flat"},
             {"target_ps", 1500},
             {"area_um2", 1000},
             {"delay_ps", 1500},
             {"leakage_nw", 1000},
             {"cells", 10},
             {"flip_flops", 1},
             {"energy", {{"timed", terms({"1"}, {2}, 10)}, {"zero_delay", terms({"1"}, {1}, 10)}, {"idle_pj", 0.5}}}};
  return shape;
}

datapath::CoreConfig core(const char* format) {
  datapath::CoreConfig config;
  config.format = numerics::OperandFormats(numerics::parse_format(format));
  config.accumulate = {.policy = numerics::default_accumulate(numerics::parse_format(format))};
  config.rows = 3, config.cols = 2;
  return config;
}

/// What is beside the modules: 1000 um2, 1000 nW and 2 pJ an event, 0.25 idle, whatever the array.
json glue() {
  const auto fit = [](double value) {
    return json{{"terms", {"1"}},
                {"coefficients", {value}},
                {"samples", 4},
                {"rms_percent", 1},
                {"max_percent", 2},
                {"held_out_rms_percent", 3},
                {"held_out_max_percent", 4},
                {"range", json::object()}};
  };
  return {{"area_um2", fit(1000)}, {"leakage_nw", fit(1000)}, {"energy.timed.1", fit(2)}, {"energy.idle_pj", fit(0.25)}};
}

/// The planted elements, and the other units of these cores where `whole`.
json planted(const std::vector<datapath::CoreConfig>& cores, bool whole) {
  json table = tests::planted_table();
  std::map<std::string, json> others;
  for (const auto& config : cores)
    for (const CoreUnit& unit : core_units(config))
      if (unit.role != CoreRole::Element && unit.role != CoreRole::Glue) others[shape(unit).dump()] = shape(unit);
  if (!whole) return table;
  for (const auto& [text, other] : others) table["shapes"].push_back(other);
  table["regressions"]["systolic_array glue"] = glue();
  return table;
}

class Planted : public testing::Test {
 protected:
  CalibratedTable load(const json& table) const {
    const std::string folder = testing::TempDir() + "core_cost_" + testing::UnitTest::GetInstance()->current_test_info()->name();
    const PlantedFolder files(folder, table);
    return CalibratedTable::load(folder, "planted");
  }
  static std::map<std::string, CoreEnergyRow> by_name(const std::vector<CoreEnergyRow>& rows) {
    std::map<std::string, CoreEnergyRow> named;
    for (const auto& row : rows) named[row.component] = row;
    return named;
  }
};

/// 100 multiply-accumulates in 80 clocks, 60 of them with a tile, and 12 outputs in 6 vectors.
CoreActivity activity() {
  CoreActivity activity{
      .clocks = 80, .tile_clocks = 60, .beats = {50}, .out_vectors = {6}, .outputs = {12}, .operands = {OperandMatrix{}}};
  activity.operands[0][0][0] = 100;
  activity.operands[0][1][0] = 300;  // bits of A that change
  activity.operands[0][1][2] = 700;  // of these, times bits of B that are set
  return activity;
}

TEST_F(Planted, EnergyIsWhatTheTermsSay) {
  const CoreCost cost(load(planted({core("dfp8")}, true)), core("dfp8"));
  auto rows = by_name(cost.energy(activity(), 2000));
  using W = PlantedWorld;
  EXPECT_DOUBLE_EQ(rows.at("core mac").picojoule.value, 100 * W::kConstant + 300 * W::timed(8) + 700 * W::kCross);
  EXPECT_EQ(rows.at("core mac").picojoule.standing, Standing::Exact);
  EXPECT_NEAR(rows.at("core mac").picojoule.error_percent, W::kUnseen, 1e-9);
  EXPECT_DOUBLE_EQ(rows.at("core idle").picojoule.value, W::kIdle * (3 * 2 * 80 - 100));
  EXPECT_DOUBLE_EQ(rows.at("lanes").picojoule.value, 2 * 12 + 0.5 * (2 * 80 - 12));
  EXPECT_DOUBLE_EQ(rows.at("exponent unit").picojoule.value, 2 * 6 + 0.5 * (80 - 6));  // statistics alone
  EXPECT_DOUBLE_EQ(rows.at("sequencer").picojoule.value, 2 * 60 + 0.5 * (80 - 60));
  EXPECT_DOUBLE_EQ(rows.at("core glue").picojoule.value, 2 * 50 + 0.25 * (80 - 50));
  // nW for 80 clocks of 2 ns: six elements, two lanes, a sequencer, statistics and glue.
  EXPECT_NEAR(rows.at("core leakage").picojoule.value, (6 * W::leakage(8, 8) + 5 * 1000) * 80 * 2000 * 1e-9, 1e-9);
  EXPECT_TRUE(cost.not_modelled().empty());
}

TEST_F(Planted, AMultiplyAccumulateCostsNoLessThanAnIdleClock) {
  const auto config = core("dfp8");
  json table = planted({config}, true);
  for (auto& one : table["shapes"])
    if (one["unit"] == "dfp_pe") one["energy"]["timed"]["pj"][0] = -1;
  CoreActivity still = activity();
  still.operands[0] = OperandMatrix{};
  still.operands[0][0][0] = 40;
  const auto rows = CoreCost(load(table), config).energy(still, 1000);
  EXPECT_DOUBLE_EQ(rows[0].picojoule.value, 40 * PlantedWorld::kIdle);
  EXPECT_NE(rows[0].rule.find("as an idle clock: its model says less"), std::string::npos) << rows[0].rule;
}

TEST_F(Planted, AreasAddUpAndTheLongestPathIsTheClock) {
  const CoreCost cost(load(planted({core("dfp8")}, true)), core("dfp8"));
  using W = PlantedWorld;
  const double elements = 6 * (W::area(8, 8, 32, 1) + W::kMeasured);
  const auto rows = cost.area();
  ASSERT_EQ(rows.size(), 5U);
  EXPECT_EQ(rows[0].block, "element");
  EXPECT_DOUBLE_EQ(rows[0].um2.value, elements);
  EXPECT_DOUBLE_EQ(rows[1].um2.value, 2000);  // two lanes
  EXPECT_DOUBLE_EQ(cost.total_area_um2().value, elements + 5000);
  EXPECT_DOUBLE_EQ(cost.critical_path_ps().value, 1500);
  EXPECT_DOUBLE_EQ(clock_ghz({1499.2}), 1000.0 / 1500);  // whole picoseconds
}

// Each mode has elements, lanes and glue of its own; one sequencer serves all.
TEST_F(Planted, ModesAddUp) {
  datapath::CoreConfig both = core("dfp8");
  both.further_modes = {{core("dfp16").format, core("dfp16").accumulate}};
  const CalibratedTable table = load(planted({core("dfp8"), core("dfp16")}, true));
  const CoreCost cost(table, both), one(table, core("dfp8")), two(table, core("dfp16"));
  double shared = 0;
  for (const auto& row : one.area())
    if (row.block == "sequencer") shared += row.um2.value;
  for (const auto& row : cost.area()) EXPECT_EQ(row.block.find("sequencer, dfp16"), std::string::npos);
  double exponents = 0;
  for (const auto& row : cost.area()) exponents += row.block.starts_with("exponent statistics") ? row.um2.value : 0;
  EXPECT_DOUBLE_EQ(cost.total_area_um2().value,
                   one.total_area_um2().value + two.total_area_um2().value - shared - (2000 - exponents));
  CoreActivity work = activity();
  work.outputs = {0, 12};
  work.operands = {OperandMatrix{}, activity().operands[0]};
  using W = PlantedWorld;
  const auto rows = by_name(cost.energy(work, 2000));
  EXPECT_DOUBLE_EQ(rows.at("core mac").picojoule.value, 100 * W::kConstant + 300 * W::timed(16) + 700 * W::kCross);
  EXPECT_DOUBLE_EQ(rows.at("core idle").picojoule.value,
                   W::kIdle * (6 * 80 + 6 * 80 - 100));  // elements of the mode that waits too
}

TEST_F(Planted, TheRuleOfSeveralModesSaysWhichOfThemIsNotModelled) {
  datapath::CoreConfig both = core("dfp8");
  both.further_modes = {{core("dfp16").format, core("dfp16").accumulate}};
  json table = planted({core("dfp8"), core("dfp16")}, true);
  auto& shapes = table["shapes"];
  for (std::size_t i = shapes.size(); i-- > 0;)
    if (shapes[i]["unit"] == "dfp_lane" && shapes[i]["parameters"]["N"] == 16) shapes.erase(i);
  const CoreCost cost(load(table), both);
  CoreActivity work = activity();
  work.outputs = {12, 12};
  const std::string rule = by_name(cost.energy(work, 2000)).at("lanes").rule;
  EXPECT_TRUE(rule.starts_with("dfp8: ")) << rule;
  EXPECT_TRUE(rule.ends_with("; dfp16: not modelled")) << rule;
  EXPECT_EQ(cost.not_modelled(), std::vector<std::string>{"lane of dfp16"});
}

// What several layers took is what their sum takes, whichever mode each is in: a mode's beats and vectors are its own.
TEST_F(Planted, EnergiesOfLayersAddUp) {
  datapath::CoreConfig both = core("dfp8");
  both.further_modes = {{core("dfp16").format, core("dfp16").accumulate}};
  const CoreCost cost(load(planted({core("dfp8"), core("dfp16")}, true)), both);
  CoreActivity first = activity(), second = activity();
  second.beats = {0, 45}, second.out_vectors = {0, 4}, second.outputs = {0, 7};
  second.operands = {OperandMatrix{}, activity().operands[0]};
  second.operands[1][0][0] = 77;
  CoreActivity sum{.clocks = 160, .tile_clocks = 120, .beats = {50, 45}, .out_vectors = {6, 4}, .outputs = {12, 7}};
  sum.operands = {first.operands[0], second.operands[1]};
  const auto one = cost.energy(first, 2000), two = cost.energy(second, 2000), all = cost.energy(sum, 2000);
  for (std::size_t i = 0; i < all.size(); ++i)
    EXPECT_NEAR(all[i].picojoule.value, one[i].picojoule.value + two[i].picojoule.value, 1e-9) << all[i].component;
  EXPECT_DOUBLE_EQ(by_name(two).at("core glue").picojoule.value, 2 * 45 + 0.25 * (80 + 80 - 45));
}

// A choice is made once a tensor, and no run counts them: what makes it idles, is there, and leaks.
TEST_F(Planted, WhatChoosesExponentsIdles) {
  const CoreCost dfp(load(planted({core("dfp8")}, true)), core("dfp8")), sdfp(load(planted({core("sdfp8")}, true)), core("sdfp8"));
  const auto without = by_name(dfp.energy(activity(), 2000)), with = by_name(sdfp.energy(activity(), 2000));
  EXPECT_DOUBLE_EQ(with.at("exponent unit").picojoule.value, without.at("exponent unit").picojoule.value + 0.5 * 80);
  EXPECT_NE(with.at("exponent unit").rule.find("no choice of sdfp_bias_chooser P=8 CountBits=20 counted"), std::string::npos)
      << with.at("exponent unit").rule;
  EXPECT_NEAR(with.at("core leakage").picojoule.value - without.at("core leakage").picojoule.value, 1000 * 80 * 2000 * 1e-9, 1e-9);
  EXPECT_DOUBLE_EQ(sdfp.total_area_um2().value, dfp.total_area_um2().value + 1000);
}

// Modes that differ in their policy alone have one exponent unit, which sees the vectors of all.
TEST_F(Planted, ASharedExponentUnitSeesTheVectorsOfItsModes) {
  datapath::CoreConfig both = core("dfp8");
  both.further_modes = {{core("dfp8").format, {.policy = core("dfp8").accumulate.policy, .rounding = numerics::Rounding::Rtz}}};
  const CoreCost cost(load(planted({core("dfp8")}, true)), both);
  CoreActivity work = activity();
  work.out_vectors = {6, 4};
  work.operands = {activity().operands[0], OperandMatrix{}};
  const auto rows = by_name(cost.energy(work, 2000));
  EXPECT_DOUBLE_EQ(rows.at("exponent unit").picojoule.value, 2 * 10 + 0.5 * (80 - 10));
}

// Of the same formats, modes say how they sum.
TEST_F(Planted, ModesOfTheSameFormatsHaveBlocksThatCanBeTold) {
  datapath::CoreConfig both = core("dfp8");
  both.further_modes = {{core("dfp8").format, {.policy = core("dfp8").accumulate.policy, .rounding = numerics::Rounding::Rtz}}};
  std::set<std::string> blocks;
  for (const auto& row : CoreCost(load(planted({core("dfp8")}, true)), both).area())
    EXPECT_TRUE(blocks.insert(row.block).second) << row.block;
  EXPECT_TRUE(blocks.contains("element, dfp8 (exact 32 bits, rne)"));
  EXPECT_TRUE(blocks.contains("element, dfp8 (exact 32 bits, rtz)"));
}

// Dataflows differ in what an array has beside its elements; its bank of partial sums is a memory, and in no area of the core.
TEST_F(Planted, GlueIsOfTheDataflowAndHasNoBank) {
  json table = planted({core("dfp8")}, true), array = shape(core_units(core("dfp8")).back());
  array["parts"] = {{"datapath_pe", {{"count", 6}, {"area_um2", 900}, {"leakage_nw", 900}}}};
  array["parameters"]["StateBits"] = 1;  // no core's
  table["shapes"].push_back(array);
  json& area = table["regressions"]["systolic_array glue"]["area_um2"];
  area["terms"] = {"1", "dataflow", "bank_rows"};
  area["coefficients"] = {1000, 300, 7};
  const CalibratedTable loaded = load(table);
  const auto glue_of = [&](datapath::Dataflow dataflow, std::int64_t psum_bytes) {
    datapath::CoreConfig config = core("dfp8");
    config.dataflow = dataflow;
    config.psum_bytes = psum_bytes;
    const auto units = core_units(config);
    return cost_of(loaded, units.back())->area_um2.value;
  };
  EXPECT_DOUBLE_EQ(glue_of(datapath::Dataflow::OutputStationary, 4096), 1007);
  EXPECT_DOUBLE_EQ(glue_of(datapath::Dataflow::WeightStationary, 4096), 1307);
  EXPECT_DOUBLE_EQ(glue_of(datapath::Dataflow::WeightStationary, 65536), 1307);
}

TEST_F(Planted, WhatIsNotKnownIsSaidAndInNoSum) {
  const CoreCost cost(load(planted({core("dfp8")}, false)), core("dfp8"));
  EXPECT_EQ(cost.not_modelled(), (std::vector<std::string>{"lane", "sequencer", "exponent statistics", "glue"}));
  const auto rows = by_name(cost.energy(activity(), 2000));
  EXPECT_EQ(rows.at("lanes").picojoule.value, 0);
  EXPECT_EQ(rows.at("lanes").rule, "not modelled");
  EXPECT_EQ(cost.area().size(), 1U);
}

TEST_F(Planted, FiguresBetweenSamplesHaveAnErrorAndBeyondThemAFlag) {
  const CoreCost between(load(planted({}, false)), core("dfp12")), beyond(load(planted({}, false)), core("dfp24"));
  EXPECT_EQ(between.total_area_um2().standing, Standing::Interpolated);
  EXPECT_NEAR(between.total_area_um2().error_percent, PlantedWorld::kHeldOutRms, 1e-9);
  EXPECT_EQ(beyond.total_area_um2().standing, Standing::Extrapolated);
}

TEST_F(Planted, ElementsThatTheTableLacksAreRefused) {
  const auto message = [&](const char* format, const json& table) {
    try {
      const CoreCost cost(load(table), core(format));
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_NE(message("posit8", planted({}, false)).find("posit_pe"), std::string::npos);
  json silent = planted({}, false);
  for (auto& one : silent["shapes"]) one.erase("energy");
  for (auto& [unit, fits] : silent["regressions"].items())
    for (auto fit = fits.begin(); fit != fits.end();) fit = fit.key().starts_with("energy") ? fits.erase(fit) : std::next(fit);
  EXPECT_NE(message("dfp8", silent).find("no switching energy of dfp_pe"), std::string::npos);
}

TEST(FigureSum, ErrorsAddAndTheWorstStands) {
  FigureSum sum;
  sum.add({10, Standing::Exact, 10}, 2);
  sum.add({30, Standing::Interpolated, 20});
  EXPECT_DOUBLE_EQ(sum.figure().value, 50);
  EXPECT_DOUBLE_EQ(sum.figure().error_percent, 100 * (2 + 6) / 50.0);
  EXPECT_EQ(sum.figure().standing, Standing::Interpolated);
}

}  // namespace
}  // namespace binade::cost
