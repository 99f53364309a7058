// SPDX-License-Identifier: Apache-2.0
#include "models/cost/energy_table.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "models/numerics/error.h"

namespace binade::cost {
namespace {

std::string published() {
  std::ifstream file(BINADE_ENERGY_TABLE);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

class TableFile : public testing::Test {
 protected:
  void SetUp() override {
    path_ = testing::TempDir() + "energy_table_" + testing::UnitTest::GetInstance()->current_test_info()->name() + ".csv";
  }
  void TearDown() override { std::filesystem::remove(path_); }

  EnergyTable load(const std::string& text) {
    std::ofstream(path_) << text;
    return EnergyTable::load(path_);
  }
  /// The message of the InputError that loading `text` throws.
  std::string error_of(const std::string& text) {
    try {
      load(text);
    } catch (const InputError& error) {
      return error.what();
    }
    return "no error";
  }

  std::string path_;
};

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  if (at == std::string::npos) throw std::logic_error("no such text: " + from);
  return text.replace(at, from.size(), to);
}

TEST_F(TableFile, PublishedTableCitesEveryRow) {
  const EnergyTable table = EnergyTable::load(BINADE_ENERGY_TABLE);
  EXPECT_GE(table.rows().size(), 16U);
  for (const auto& [name, row] : table.rows()) EXPECT_GT(row.source.size(), 20U) << name;
  EXPECT_EQ(table.value("int_mul_32", "pJ"), 3.1);
  EXPECT_EQ(table.sram(), (std::map<std::int64_t, double>{{8192, 10}, {32768, 20}, {1048576, 100}}));
  for (const char* preset : {"ddr4-2400", "lpddr4-3200", "hbm2"}) {
    EXPECT_GT(table.value(std::string(preset) + "_transfer", "pJ/byte"), 0) << preset;
    for (const char* figure : {"_activate", "_refresh"}) EXPECT_GT(table.value(preset + std::string(figure), "pJ"), 0) << preset;
    for (const char* figure : {"_precharge_standby", "_active_standby"})
      EXPECT_GT(table.value(preset + std::string(figure), "mW"), 0) << preset;
  }
  EXPECT_EQ(table.rows().at("fp16_mul").provenance, Provenance::Recalled);
}

TEST_F(TableFile, LineEndsAndCommasInSources) {
  std::string text;
  for (const char c : published()) {
    if (c == '\n') text += '\r';
    text += c;
  }
  const EnergyTable table = load(replaced(text, "ISSCC 2014 pp. 10-14;", "ISSCC, 2014, pp. 10-14;"));
  EXPECT_NE(table.rows().at("int_add_8").source.find("ISSCC, 2014, pp."), std::string::npos);
  EXPECT_EQ(table.rows().at("int_add_8").source.back(), 'V');
}

TEST_F(TableFile, ErrorsNameTheLineAndWhatIsAllowed) {
  const std::string good = published();
  const std::string row = "int_add_8,0.03,pJ,read,";
  const auto expect_error = [&](const std::string& text, const std::string& part) {
    const std::string error = error_of(text);
    EXPECT_NE(error.find(part), std::string::npos) << error;
    EXPECT_NE(error.find(path_), std::string::npos) << error;
  };
  for (const char* value : {"", "x", "0.03x", "-1", "nan", "inf"}) {
    expect_error(replaced(good, row, std::string("int_add_8,") + value + ",pJ,read,"), "line 10: the value");
  }
  expect_error(replaced(good, row, "int_add_8,0.03,mJ,read,"), "line 10: the unit must be pJ");
  expect_error(replaced(good, row, "int_add_8,0.03,pJ,guessed,"), "read, recalled or derived");
  expect_error(replaced(good, row, ",0.03,pJ,read,"), "line 10: the name");
  expect_error(replaced(good, row, "int_add_8,0.03,pJ,read\nint_x,"), "line 10: the source is missing");
  expect_error(replaced(good, row, "int_add_32,0.03,pJ,read,"), "'int_add_32' is there twice");
  expect_error(replaced(good, row, "int_add_9,0.03,pJ,read,"), "'int_add_8' is missing");
  expect_error(replaced(good, row, "int_add_8,0.03,pJ/byte,read,"), "pJ is needed");
  expect_error(replaced(good, "sram_8192", "sram_8K"), "sram_<bytes>");
  expect_error(replaced(good, "sram_8192,10,pJ/64bit", "sram_8192,10,pJ"), "must be pJ/64bit");
  expect_error(replaced(good, "sram_8192,10", "sram_8192,0"), "above 0");
  expect_error(replaced(good, "name,value,unit", "name,unit,value"), "the first row must be");
  expect_error("", "is missing");
  expect_error(replaced(replaced(good, "sram_8192", "dram_1"), "sram_32768", "dram_2"), "at least two rows");
}

TEST_F(TableFile, UnreadableFile) { EXPECT_THROW(EnergyTable::load("/nonexistent/table.csv"), InputError); }

}  // namespace
}  // namespace binade::cost
