// SPDX-License-Identifier: Apache-2.0
// Tables of memories, and what a platform's memories cost by one, against sums done by hand.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "models/cost/memory_cost.h"
#include "models/cost/memory_table.h"
#include "models/numerics/error.h"
#include "models/numerics/format_words.h"

namespace binade::cost {
namespace {

using spec::Counter;

constexpr const char* kHeader = "words,bits,area_um2,leakage_nw,read_pj,write_pj,access_ps,voltage,library\n";
const std::string kRows = std::string("# source: a data sheet\n") + kHeader +
                          "128,64,1000,10,8,16,900,0.7,small\n512,32,1,1,1,1,1,1,narrow\n512,64,4000,20,16,48,1000,0.7,large\n";

class Memories : public testing::Test {
 protected:
  std::string write(const std::string& text) const {
    const std::string path =
        testing::TempDir() + "memories_" + testing::UnitTest::GetInstance()->current_test_info()->name() + ".csv";
    std::ofstream(path) << text;
    return path;
  }
  MemoryTable table() const { return MemoryTable::load(write(kRows)); }
  std::string refusal(const std::string& text) const {
    try {
      static_cast<void>(MemoryTable::load(write(text)));
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  }
};

void expect(const MemoryCost& cost, double area, double leakage, double read, double write, Standing standing) {
  EXPECT_NEAR(cost.area_um2, area, 1e-9);
  EXPECT_NEAR(cost.leakage_nw, leakage, 1e-9);
  EXPECT_NEAR(cost.read_pj, read, 1e-9);
  EXPECT_NEAR(cost.write_pj, write, 1e-9);
  EXPECT_EQ(cost.standing, standing);
}

TEST_F(Memories, ABankIsARowOrLiesBetweenRowsOrIsMadeOfThem) {
  const MemoryTable memories = table();
  EXPECT_EQ(memories.source(), "a data sheet");
  expect(memories.bank(128, 64), 1000, 10, 8, 16, Standing::Exact);
  expect(memories.bank(512, 64), 4000, 20, 16, 48, Standing::Exact);
  expect(memories.bank(256, 64), 2000, 10 * std::sqrt(2.0), 8 * std::sqrt(2.0), 16 * std::sqrt(3.0), Standing::Interpolated);
  expect(memories.bank(5, 64), 1000, 10, 8, 16, Standing::Extrapolated);      // the least there is
  expect(memories.bank(1536, 64), 12000, 60, 16, 48, Standing::Exact);        // three, one of which is touched
  expect(memories.bank(128, 160), 2500, 25, 20, 40, Standing::Interpolated);  // two parts and a half side by side
  expect(memories.bank(127.5, 160), 2500, 25, 20, 40, Standing::Extrapolated);
}

TEST_F(Memories, ThePlatformPaysByTheBankThatAnAccessTouches) {
  PlatformFacts facts{.a_bytes = 4 * 4096,
                      .b_bytes = 4 * 1024,
                      .o_bytes = 4 * 4096,
                      .scratchpad_banks = 4,
                      .psum_bytes = 3 * 2048,
                      .psum_slices = 3,
                      .clock_ps = 500};
  const numerics::OperandFormats format(numerics::parse_format("dfp8"));
  facts.modes = {{format, {}, 32}, {format, {}, 128}};
  spec::Counters counters;
  counters[Counter::SpadAReadBytes] = 80, counters[Counter::SpadAWriteBytes] = 16;
  counters[Counter::SpadBReadBytes] = 8, counters[Counter::SpadOWriteBytes] = 24;
  counters[Counter::TotalCycles] = 1000;
  const spec::ArithmeticCounts arithmetic{{}, {10, 100}, {}};
  const auto rows = memory_energy(counters, arithmetic, facts, table());
  ASSERT_EQ(rows.size(), 5U);
  EXPECT_NEAR(rows[0].picojoule, (80 * 16 + 16 * 48) / 8.0, 1e-9);  // banks of 512 words
  EXPECT_NEAR(rows[1].picojoule, 8 * 8 / 8.0, 1e-9);                // of 128
  EXPECT_NEAR(rows[2].picojoule, 24 * 48 / 8.0, 1e-9);
  // Slices of 2048 bytes: of 32 bits 512 words, half as wide; of 128 bits 128 words, twice.
  EXPECT_NEAR(rows[3].picojoule, 10 * (16 + 48) / 2.0 / 2 + 100 * (8 + 16) / 2.0 * 2, 1e-9);
  EXPECT_NEAR(rows[4].picojoule, (4 * 20 + 4 * 10 + 4 * 20 + 3 * 20) * 1000 * 500 * 1e-9, 1e-12);
  EXPECT_EQ(rows[4].component, "memory leakage");
  EXPECT_NE(rows[3].rule.find("32 bits"), std::string::npos);
  const auto areas = memory_area(facts, table());
  ASSERT_EQ(areas.size(), 4U);
  EXPECT_NEAR(areas[0].um2, 4 * 4000, 1e-9);
  EXPECT_NEAR(areas[1].um2, 4 * 1000, 1e-9);
  EXPECT_NEAR(areas[3].um2, 3 * 2000, 1e-9);  // in the widest words

  facts.psum_bytes = 0;  // sums stay in the elements
  const auto without = memory_energy(counters, {{}, {0, 0}, {}}, facts, table());
  ASSERT_EQ(without.size(), 5U);
  EXPECT_EQ(without[0].picojoule, rows[0].picojoule);
  EXPECT_EQ(without[3].picojoule, 0);
  EXPECT_EQ(without[3].rule, kNoPartialSums);
  EXPECT_NEAR(without[4].picojoule, (4 * 20 + 4 * 10 + 4 * 20) * 1000 * 500 * 1e-9, 1e-12);
  EXPECT_EQ(without[4].rule.find("partial sums"), std::string::npos);
  EXPECT_EQ(memory_area(facts, table()).size(), 3U);
}

TEST_F(Memories, WhatIsNoTableIsRefusedWithItsLine) {
  EXPECT_EQ(refusal(kRows), "");
  EXPECT_NE(refusal(kRows.substr(kRows.find('\n') + 1)).find("# source: "), std::string::npos);
  EXPECT_NE(refusal("# source: x\nwords,bits\n").find("line 2"), std::string::npos);
  EXPECT_NE(refusal(kRows + "128,64,1,1,1,1,1,1,again\n").find("line 6: 128 words of 64 bits are there twice"), std::string::npos);
  EXPECT_NE(refusal(std::string("# source: x\n") + kHeader + "128,64,1,1,1,1,1,1,one\n").find("two or more"), std::string::npos);
  for (const char* value : {"-1", "", "nan", "inf", "1e99", "0", "0x1", " 1"})
    EXPECT_NE(refusal(kRows + "256,64,1,1," + value + ",1,1,1,x\n")
                  .find(std::string("line 6: read_pj: '") + value + "'; allowed: a number above 0, at most 1e+15"),
              std::string::npos)
        << value;
  EXPECT_NE(refusal(kRows + "64.5,64,1,1,1,1,1,1,x\n").find("line 6: words: '64.5'; allowed: a whole number above 0"),
            std::string::npos);
  EXPECT_NE(refusal(kRows + "64,0.5,1,1,1,1,1,1,x\n").find("line 6: bits: '0.5'"), std::string::npos);
  EXPECT_NE(refusal(kRows + "256,64,1,1,1,1,1,x\n").find("line 6: 8 fields; allowed: 9"), std::string::npos);
  EXPECT_NE(refusal(kRows + "256,64,1,1,1,1,1,1,x,y\n").find("line 6: 10 fields; allowed: 9"), std::string::npos);
  EXPECT_THROW(static_cast<void>(MemoryTable::load("/nowhere.csv")), InputError);
}

TEST_F(Memories, LinesMayEndInCarriageReturns) {
  std::string text;
  for (const char c : kRows) text += c == '\n' ? std::string("\r\n") : std::string(1, c);
  const MemoryTable memories = MemoryTable::load(write(text));
  EXPECT_EQ(memories.source(), "a data sheet");
  expect(memories.bank(128, 64), 1000, 10, 8, 16, Standing::Exact);
}

// The tables that come with the program; the platform's default banks lie within them or are made of them.
TEST(CommittedMemories, AreTables) {
  int found = 0;
  for (const auto& folder : std::filesystem::directory_iterator(BINADE_CALIBRATED)) {
    const auto path = folder.path() / "memories.csv";
    if (!std::filesystem::exists(path)) continue;
    ++found;
    const MemoryTable memories = MemoryTable::load(path.string());
    const MemoryCost small = memories.bank(256, 64), large = memories.bank(2048, 64);
    EXPECT_LT(small.read_pj, large.read_pj) << path;
    EXPECT_LT(small.area_um2, large.area_um2) << path;
  }
  EXPECT_GT(found, 0);
}

}  // namespace
}  // namespace binade::cost
