// SPDX-License-Identifier: Apache-2.0
#include "models/cost/calibrated_table.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>

#include "models/cost/core_units.h"
#include "models/numerics/error.h"
#include "tests/support/planted_cost_table.h"

namespace binade::cost {
namespace {

using nlohmann::json;
using tests::planted_table;
using tests::PlantedFolder;
using W = tests::PlantedWorld;

datapath::Module dfp_pe(int a, int b, int acc, int latency = 1) {
  return {"dfp_pe", {{"ABits", a}, {"BBits", b}, {"AccBits", acc}, {"Latency", latency}}};
}

class Calibrated : public testing::Test {
 protected:
  std::filesystem::path folder() const {
    return testing::TempDir() + "calibrated_" + testing::UnitTest::GetInstance()->current_test_info()->name();
  }
  CalibratedTable load(const json& table = planted_table()) const {
    const PlantedFolder planted(folder(), table);
    return CalibratedTable::load(planted.path(), "planted");
  }
  std::string error_of(const std::function<void(json&)>& change) const {
    json table = planted_table();
    change(table);
    try {
      load(table);
    } catch (const InputError& error) {
      return error.what();
    }
    return "no error";
  }
};

TEST_F(Calibrated, AShapeThatWasMeasuredAnswersForItself) {
  const auto cost = load().find(dfp_pe(8, 8, 32));
  ASSERT_TRUE(cost);
  EXPECT_EQ(cost->area_um2.value, W::area(8, 8, 32, 1) + W::kMeasured);
  EXPECT_EQ(cost->area_um2.standing, Standing::Exact);
  EXPECT_EQ(cost->area_um2.error_percent, 0);
  EXPECT_DOUBLE_EQ(cost->delay_ps->value, W::delay(8, 8, 1));
  EXPECT_EQ(cost->leakage_nw.value, W::leakage(8, 8));
  EXPECT_EQ(cost->target_ps, 1000);
  EXPECT_EQ(cost->idle_pj->value, W::kIdle);
}

TEST_F(Calibrated, BetweenShapesTheRegressionsAnswerWithTheirErrorOnWhatTheyDidNotSee) {
  const auto cost = load().find(dfp_pe(12, 6, 40, 3));
  ASSERT_TRUE(cost);
  EXPECT_DOUBLE_EQ(cost->area_um2.value, W::area(12, 6, 40, 3));
  EXPECT_DOUBLE_EQ(cost->delay_ps->value, W::delay(12, 6, 3));
  EXPECT_DOUBLE_EQ(cost->leakage_nw.value, W::leakage(12, 6));
  EXPECT_EQ(cost->area_um2.standing, Standing::Interpolated);
  EXPECT_EQ(cost->area_um2.error_percent, W::kHeldOutRms);
  EXPECT_FALSE(cost->target_ps);
}

TEST_F(Calibrated, BeyondTheShapesTheySaySo) {
  const CalibratedTable table = load();
  for (const auto& module : {dfp_pe(24, 8, 40), dfp_pe(8, 3, 40), dfp_pe(12, 12, 64), dfp_pe(8, 8, 32, 5)}) {
    const auto cost = table.find(module);
    ASSERT_TRUE(cost);
    EXPECT_EQ(cost->area_um2.standing, Standing::Extrapolated);
    EXPECT_EQ(cost->area_um2.error_percent, W::kHeldOutMax);
    EXPECT_EQ(cost->timed->standing, Standing::Extrapolated);
  }
  // A path is not taken shorter than those of the shapes.
  EXPECT_DOUBLE_EQ(table.at(dfp_pe(24, 8, 40)).delay_ps->value, W::delay(24, 8, 1));
  EXPECT_DOUBLE_EQ(table.at(dfp_pe(2, 3, 32)).delay_ps->value, W::delay(4, 4, 1));
  EXPECT_EQ(table.most("dfp_pe", "Latency"), 4);
  EXPECT_FALSE(table.most("dfp_pe", "Es"));
}

TEST_F(Calibrated, EnergyIsASumOverWhatTheOperandsDo) {
  OperandMatrix sums{};
  sums[0][0] = 100;  // multiply-accumulates
  sums[1][0] = 350;  // hd_a
  sums[1][2] = 900;  // hd_a wt_b
  sums[2][1] = 1e6;  // no term of it
  const CalibratedTable table = load();
  const auto expected = [&](int bits) { return 100 * W::kConstant + 350 * W::timed(bits) + 900 * W::kCross; };
  const Figure measured = table.at(dfp_pe(8, 8, 32)).timed->energy(sums);
  EXPECT_DOUBLE_EQ(measured.value, expected(8));
  EXPECT_EQ(measured.standing, Standing::Exact);
  EXPECT_EQ(measured.error_percent, W::kUnseen);
  const Figure between = table.at(dfp_pe(12, 12, 40)).timed->energy(sums);
  EXPECT_DOUBLE_EQ(between.value, expected(12));
  EXPECT_EQ(between.standing, Standing::Interpolated);
  EXPECT_EQ(between.error_percent, W::kHeldOutRms);
}

TEST_F(Calibrated, EveryWordOfATermHasItsPlace) {
  using Place = std::pair<std::size_t, std::size_t>;
  EXPECT_EQ(parse_term("1"), (Place{0, 0}));
  EXPECT_EQ(parse_term("hd_a"), (Place{1, 0}));
  EXPECT_EQ(parse_term("nz_b"), (Place{0, 3}));
  EXPECT_EQ(parse_term("wt_a*hd_b"), (Place{2, 1}));
  EXPECT_EQ(parse_term("hd_b*wt_a"), (Place{2, 1}));
  for (const char* word : {"", "hd", "hd_c", "hd_a*wt_a", "hd_a*", "*hd_a", "2", "hd_a*wt_b*nz_a", "hd_acc"})
    EXPECT_FALSE(parse_term(word)) << word;
}

TEST_F(Calibrated, AShapeWithoutEnergyTakesThatOfTheRegressions) {
  json planted = planted_table();
  for (auto& shape : planted["shapes"]) shape.erase("energy");
  const auto cost = load(planted).find(dfp_pe(8, 8, 32));
  EXPECT_EQ(cost->area_um2.standing, Standing::Exact);
  ASSERT_TRUE(cost->timed);
  EXPECT_EQ(cost->timed->standing, Standing::Interpolated);
  planted["regressions"] = json::object();
  EXPECT_FALSE(load(planted).find(dfp_pe(8, 8, 32))->timed);
}

TEST_F(Calibrated, WhatIsInNoShapeAndNoRegressionIsNotModelled) {
  const CalibratedTable table = load();
  EXPECT_FALSE(table.find({"posit_pe", {{"ABits", 8}}}));
  // A regression whose figure cannot be is none.
  json planted = planted_table();
  planted["regressions"]["dfp_pe"]["area_um2"]["coefficients"] = {2, 3, 4, -4000};
  EXPECT_FALSE(load(planted).find(dfp_pe(12, 12, 40)));
  try {
    table.at({"posit_pe", {{"ABits", 8}}});
    FAIL();
  } catch (const InputError& error) {
    EXPECT_EQ(std::string(error.what()),
              "cost table planted: posit_pe ABits=8 was not measured, nor does a regression reach it; allowed: modules of dfp_pe");
  }
}

TEST_F(Calibrated, AnArrayIsItsPartsAndGlue) {
  json planted = planted_table();
  json array = planted["shapes"][0];
  array["unit"] = "systolic_array";
  array["parameters"] = {{"rows", 2}, {"cols", 2}};
  array["area_um2"] = 1000;
  array["leakage_nw"] = 50;
  array["parts"] = {{"datapath_pe", {{"count", 4}, {"area_um2", 800}, {"leakage_nw", 30}}}};
  planted["shapes"].push_back(array);
  const auto glue = load(planted).glue("systolic_array", {{"rows", 2}, {"cols", 2}});
  ASSERT_TRUE(glue);
  EXPECT_EQ(glue->area_um2.value, 200);
  EXPECT_EQ(glue->leakage_nw.value, 20);
  EXPECT_FALSE(glue->delay_ps);
  EXPECT_FALSE(load(planted).glue("systolic_array", {{"rows", 2}, {"cols", 3}}));
  // What the table says of it goes before the difference.
  planted["shapes"].back()["glue"] = {
      {"area_um2", 190}, {"leakage_nw", 19}, {"energy", {{"timed", {{"terms", {"1"}}, {"pj", {0.5}}}}, {"idle_pj", 0.25}}}};
  const auto said = load(planted).glue("systolic_array", {{"rows", 2}, {"cols", 2}});
  EXPECT_EQ(said->area_um2.value, 190);
  EXPECT_EQ(said->timed->pj[0][0], 0.5);
  EXPECT_EQ(said->idle_pj->value, 0.25);
}

TEST_F(Calibrated, WhatATableMayNotBeIsSaidWithFileAndKey) {
  const std::string file = "cost table " + (folder() / "fit.json").string() + ": ";
  const auto message = [&](const std::string& rest) { return file + rest; };
  EXPECT_EQ(error_of([](json& t) { t["schema"] = 1; }),
            message("schema: 1; allowed: 2; rtl/calibrate/calibrate.py --refit makes it anew"));
  EXPECT_EQ(error_of([](json& t) { t["shapes"][3]["area_um2"] = -1; }),
            message("shapes[3].area_um2: -1; allowed: a number above 0, at most 1e+15"));
  EXPECT_EQ(error_of([](json& t) { t["shapes"][0]["delay_ps"] = 0; }),
            message("shapes[0].delay_ps: 0; allowed: a number above 0, at most 1e+15"));
  EXPECT_EQ(error_of([](json& t) { t["shapes"][0]["leakage_nw"] = -2; }),
            message("shapes[0].leakage_nw: -2; allowed: a number from 0 to 1e+15"));
  EXPECT_EQ(error_of([](json& t) { t["shapes"][1].erase("unit"); }),
            message("shapes[1].unit: missing; allowed: what rtl/calibrate writes"));
  EXPECT_EQ(error_of([](json& t) { t["shapes"] = json::array(); }), message("shapes: no shape; allowed: one at least"));
  EXPECT_EQ(error_of([](json& t) { t["shapes"][0]["parameters"]["ABits"] = "eight"; }),
            message("shapes[0].parameters.ABits: \"eight\"; allowed: a number within +-1e+15"));
  EXPECT_EQ(
      error_of([](json& t) { t["shapes"][0]["energy"]["timed"]["terms"][1] = "hd_c"; }),
      message("shapes[0].energy.timed.terms[1]: hd_c; allowed: 1, hd_a, wt_a, nz_a, hd_b, wt_b, nz_b or a product of one of a "
              "and one of b"));
  EXPECT_EQ(error_of([](json& t) { t["shapes"][0]["energy"]["timed"]["pj"] = {1}; }),
            message("shapes[0].energy.timed.pj: 1 numbers; allowed: 3, one a term"));
  EXPECT_EQ(error_of([](json& t) { t["shapes"][0]["energy"]["idle_pj"] = -0.5; }),
            message("shapes[0].energy.idle_pj: -0.5; allowed: a number from 0 to 1e+15"));
  EXPECT_EQ(error_of([](json& t) { t["shapes"][0]["energy"] = "none"; }),
            message("shapes[0].energy: \"none\"; allowed: an object"));
  EXPECT_EQ(error_of([](json& t) {
              t["shapes"][0]["energy"] = {{"tmed", t["shapes"][0]["energy"]["timed"]}};
            }),
            message("shapes[0].energy: neither of them; allowed: timed, zero_delay, or both"));
  EXPECT_EQ(error_of([](json& t) { t["shapes"][0]["parts"] = nullptr; }), message("shapes[0].parts: null; allowed: an object"));
  EXPECT_EQ(error_of([](json& t) { t["technology"].erase("library"); }),
            message("technology.library: missing; allowed: what rtl/calibrate writes"));
  EXPECT_EQ(error_of([](json& t) { t.erase("regressions"); }), message("regressions: missing; allowed: what rtl/calibrate writes"));
  EXPECT_EQ(error_of([](json& t) { t["regressions"]["dfp_pe"]["area_um2"]["coefficients"].erase(0); }),
            message("regressions.dfp_pe.area_um2.coefficients: 3 numbers; allowed: 4, one a term"));
  EXPECT_EQ(error_of([](json& t) { t["regressions"]["dfp_pe"]["volume"] = t["regressions"]["dfp_pe"]["area_um2"]; }),
            message("regressions.dfp_pe.volume: no quantity; allowed: area_um2, delay_ps, leakage_nw or energy.*"));
  EXPECT_EQ(error_of([](json& t) {
              t["regressions"]["dfp_pe"]["area_um2"]["range"]["ABits"] = {9, 2};
            }),
            message("regressions.dfp_pe.area_um2.range.ABits: no range; allowed: [least, most]"));
  EXPECT_EQ(error_of([](json& t) { t["shapes"][0]["energy"]["timed"]["pj"][0] = 1e16; }),
            message("shapes[0].energy.timed.pj[0]: 1e+16; allowed: a number within +-1e+15"));
  EXPECT_EQ(error_of([](json& t) { t["shapes"].push_back(t["shapes"][0]); }),
            message(fmt::format("shapes[{}].parameters: of an earlier shape; allowed: one shape of each",
                                planted_table()["shapes"].size())));
  EXPECT_EQ(error_of([](json& t) { t["regressions"]["dfp_pe"]["energy.timed.zz"] = t["regressions"]["dfp_pe"]["area_um2"]; }),
            message("regressions.dfp_pe.energy.timed.zz: no energy; allowed: energy.idle_pj, or energy.timed. and "
                    "energy.zero_delay. before 1, hd_a, wt_a, nz_a, hd_b, ..."));
}

TEST_F(Calibrated, WhatIsNoJsonIsSaidWithLineAndColumn) {
  const auto error = [&](const std::string& text) -> std::string {
    std::filesystem::create_directories(folder());
    std::ofstream(folder() / "fit.json") << text;
    try {
      CalibratedTable::load(folder().string());
    } catch (const InputError& refused) {
      return std::string(refused.what()).substr(("cost table " + (folder() / "fit.json").string()).size());
    }
    return "loaded";
  };
  const std::string allowed = "; allowed: what rtl/calibrate writes";
  EXPECT_EQ(error("{\n  \"schema\": NaN}"), ", line 2, column 13: no JSON" + allowed);
  EXPECT_EQ(error("{\n\"schema\": 2,\n\n  \"area\": 1e999\n}"), ", line 4, column 16: a number beyond binary64" + allowed);
  EXPECT_EQ(error("{\"schema\": 2"), ", line 1, column 12: no JSON" + allowed);
  EXPECT_EQ(error(""), ", line 1, column 1: no JSON" + allowed);
  EXPECT_EQ(error("{\"a\": {\"b\": 1},\n \"b\": 1,\n \"a\": 2}"), ", line 3, column 4: the key 'a' twice" + allowed);
  EXPECT_EQ(error("{\"a\": [{\"b\": 1}, {\"b\": 1}]}"), ": schema: missing" + allowed);
  std::filesystem::remove_all(folder());
}

TEST_F(Calibrated, ValuesThatNestDeeplyAreNamedNotWrittenOut) {
  constexpr int kDepth = 200'000;
  std::filesystem::create_directories(folder());
  std::ofstream(folder() / "fit.json") << "{\"schema\":" << std::string(kDepth, '[') << std::string(kDepth, ']') << "}";
  try {
    CalibratedTable::load(folder().string());
    FAIL() << "loaded";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("schema: a list; allowed: a number"), std::string::npos) << error.what();
  }
  std::filesystem::remove_all(folder());
}

TEST_F(Calibrated, AParameterThatNoShapeVariesMakesAFitExtrapolate) {
  json planted = planted_table();
  for (auto& shape : planted["shapes"])
    if (shape["unit"] == "dfp_pe") shape["parameters"]["Dataflow"] = 0;
  const CalibratedTable table = load(planted);
  datapath::Module between = dfp_pe(9, 9, 32);
  between.parameters.push_back({"Dataflow", 0});
  EXPECT_EQ(table.at(between).area_um2.standing, Standing::Interpolated);
  between.parameters.back().value = 1;
  EXPECT_EQ(table.at(between).area_um2.standing, Standing::Extrapolated);
}

TEST_F(Calibrated, ATermIsAnExpressionInTheUnitsParameters) {
  const auto with_term = [&](const char* term) {
    return error_of([&](json& t) { t["regressions"]["dfp_pe"]["area_um2"]["terms"][0] = term; });
  };
  for (const char* term : {"ABits +", "ABits ** 2", "floor(ABits)", "ABits * Width", "__import__('os')", "ABits = 3"}) {
    const std::string error = with_term(term);
    EXPECT_NE(error.find("regressions.dfp_pe.area_um2.terms[0]: "), std::string::npos) << term << ": " << error;
    EXPECT_EQ(error.find("cost table"), error.rfind("cost table")) << error;
    EXPECT_EQ(error.find("allowed"), error.rfind("allowed")) << error;
  }
  EXPECT_EQ(with_term("ceil(sqrt(ABits)) + max(ABits, BBits) / 2 - -1"), "no error");

  json table = planted_table();
  table["regressions"]["dfp_pe"]["area_um2"]["terms"][0] = "1 / (ABits - 5)";
  try {
    load(table).at(dfp_pe(5, 5, 32));
    FAIL() << "a term that is not finite";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("fit.json: regressions.dfp_pe.area_um2: '1 / (ABits - 5)': inf"), std::string::npos)
        << error.what();
  }
}

TEST_F(Calibrated, FilesThatAreNoTableAreRefused) {
  EXPECT_THROW(CalibratedTable::load((folder() / "absent").string()), InputError);
  std::filesystem::create_directories(folder());
  std::ofstream(folder() / "fit.json") << "{\"schema\": 2,";
  EXPECT_THROW(CalibratedTable::load(folder().string()), InputError);
  std::ofstream(folder() / "fit.json") << "[2]";
  EXPECT_THROW(CalibratedTable::load(folder().string()), InputError);
  std::filesystem::remove_all(folder());
}

TEST_F(Calibrated, EveryTableThatComesWithTheProgramLoadsAndKnowsAnElement) {
  int tables = 0;
  for (const auto& entry : std::filesystem::directory_iterator(BINADE_CALIBRATED)) {
    if (!std::filesystem::exists(entry.path() / "fit.json")) continue;  // memories of a technology alone
    ++tables;
    const auto table = CalibratedTable::load(entry.path().string());
    EXPECT_EQ(table.technology().name, entry.path().filename());
    const auto cost = table.find(dfp_pe(8, 8, 32));
    ASSERT_TRUE(cost) << entry.path();
    EXPECT_EQ(cost->area_um2.standing, Standing::Exact);
  }
  EXPECT_GE(tables, 1);
}

TEST_F(Calibrated, ProvenanceIsOneLine) {
  EXPECT_EQ(load().provenance(),
            "planted: a library, typical, 0.7 V, 25 C; RTL 0123456789ab; 2026-01-01; sta 2.0, yosys 0.23; not modelled: wires");
}

}  // namespace
}  // namespace binade::cost
