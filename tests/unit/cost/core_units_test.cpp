// SPDX-License-Identifier: Apache-2.0
// The units that a core is priced by are modules of rtl/, with their parameters.
#include "models/cost/core_units.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "models/numerics/format_words.h"
#include "tests/support/planted_cost_table.h"

namespace binade::cost {
namespace {

datapath::CoreConfig core(const numerics::OperandFormats& formats, numerics::Accumulate policy) {
  datapath::CoreConfig config;
  config.format = formats;
  config.accumulate.policy = policy;
  config.accumulate.rounding = formats.default_rounding();
  return config;
}

std::string source_of(const std::string& module) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(BINADE_RTL)) {
    if (entry.path().filename() != module + ".sv") continue;
    std::ifstream file(entry.path());
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }
  return {};
}

std::vector<datapath::CoreConfig> cores() {
  using enum numerics::Accumulate;
  const auto format = [](const char* word) { return numerics::parse_format(word); };
  std::vector<datapath::CoreConfig> configs;
  for (const char* word : {"dfp8", "sdfp8", "fixed16.8", "flex16+5", "posit8", "e6m7", "bf16"}) {
    const auto of = format(word);
    configs.push_back(core(of, numerics::default_accumulate(of)));
  }
  configs.push_back(core({format("dfp8"), format("dfp16"), format("fp32")}, Exact));
  configs.push_back(core({format("dfp8"), format("dfp16"), format("fp32")}, Chained));
  configs.push_back(core(format("dfp16"), Chained));
  configs.push_back(core({format("fp8e4m3"), format("fp8e5m2"), format("fp16")}, Fp32));
  return configs;
}

TEST(CoreUnits, AreModulesOfTheRtlWithTheirParameters) {
  for (const auto& config : cores()) {
    for (const CoreUnit& unit : core_units(config)) {
      const std::string source = source_of(unit.module.name);
      ASSERT_FALSE(source.empty()) << unit.module.name;
      if (unit.role == CoreRole::Glue) continue;  // its parameters are fields of Config
      for (const auto& parameter : unit.module.parameters)
        EXPECT_TRUE(std::regex_search(source, std::regex("parameter [^\n]*\\b" + parameter.name + "\\s*=")))
            << unit.module.name << " " << parameter.name;
    }
  }
}

TEST(CoreUnits, AreAsManyAsTheArrayHas) {
  auto config = core(numerics::parse_format("dfp8"), numerics::Accumulate::Exact);
  config.rows = 3;
  config.cols = 5;
  config.pe_latency = 2;
  const auto units = core_units(config);
  ASSERT_EQ(units.size(), 5U);
  EXPECT_EQ(units[0].module.name, "dfp_pe");
  EXPECT_EQ(units[0].module.parameters, (datapath::Parameters{{"ABits", 8}, {"BBits", 8}, {"AccBits", 32}, {"Latency", 2}}));
  EXPECT_EQ(units[0].count, 15);
  EXPECT_EQ(units[1].count, 5);
  EXPECT_EQ(units[2].module.parameters, (datapath::Parameters{{"Rows", 3}, {"Cols", 5}, {"Dataflow", 0}}));
  EXPECT_EQ(units[3].role, CoreRole::ExponentStatistics);
  EXPECT_EQ(units[4].role, CoreRole::Glue);
}

// What a format's exponents do not ask for is in none of its figures.
TEST(CoreUnits, OfTheExponentUnitAreThoseThatTheFormatAsksFor) {
  const auto modules_of = [](const char* word) {
    const auto formats = numerics::parse_format(word);
    std::vector<datapath::Module> modules;
    for (const CoreUnit& unit : core_units(core(formats, numerics::default_accumulate(formats))))
      if (of_exponents(unit.role)) modules.push_back(unit.module);
    return modules;
  };
  const auto parameters = [](int lanes, int magnitude_bits) {
    return datapath::Parameters{{"Lanes", lanes}, {"MagnitudeBits", magnitude_bits}, {"CountBits", 20}};
  };
  const auto dfp = modules_of("dfp8"), sdfp = modules_of("sdfp8"), flex = modules_of("flex16+5");
  ASSERT_EQ(dfp.size(), 1U);
  EXPECT_EQ(dfp[0].name, "exponent_statistics");
  EXPECT_EQ(dfp[0].parameters, parameters(16, 32));  // raw sums
  ASSERT_EQ(sdfp.size(), 2U);
  EXPECT_EQ(sdfp[0].parameters, dfp[0].parameters);
  EXPECT_EQ(to_string(sdfp[1]), "sdfp_bias_chooser P=8 CountBits=20");
  ASSERT_EQ(flex.size(), 2U);
  EXPECT_EQ(flex[0].parameters, parameters(16, 16));  // mantissas
  EXPECT_EQ(to_string(flex[1]), "autoflex_predictor N=16 Tensors=3");
  for (const char* word : {"posit8", "e6m7", "fixed16.8"}) EXPECT_TRUE(modules_of(word).empty()) << word;
}

TEST(CoreUnits, ATableAnswersForThem) {
  const tests::PlantedFolder folder(testing::TempDir() + "core_units_table", tests::planted_table());
  const auto table = CalibratedTable::load(folder.path());
  const auto units = core_units(core(numerics::parse_format("dfp8"), numerics::Accumulate::Exact));
  EXPECT_EQ(cost_of(table, units[0])->area_um2.standing, Standing::Exact);
  EXPECT_FALSE(cost_of(table, units[1]));
  EXPECT_FALSE(cost_of(table, units[4]));
}

}  // namespace
}  // namespace binade::cost
