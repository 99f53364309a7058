// SPDX-License-Identifier: Apache-2.0
#include "models/cost/energy.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "models/numerics/error.h"

namespace binade::cost {
namespace {

using numerics::Accumulate;
using numerics::parse_format;
using spec::Counter;

const EnergyTable& table() {
  static const EnergyTable loaded = EnergyTable::load(BINADE_ENERGY_TABLE);
  return loaded;
}

PlatformFacts facts(const char* format, Accumulate policy, int acc_bits = 0) {
  PlatformFacts result;
  const numerics::FormatSpec spec = parse_format(format);
  result.modes = {{.format = spec, .accumulate = {.policy = policy, .acc_bits = acc_bits}, .psum_bits = 33}};
  result.vector_formats = {spec};
  result.a_bytes = 4 * 32768;
  result.b_bytes = 4 * 8192;
  result.o_bytes = 4 << 20;
  result.scratchpad_banks = 4;
  result.psum_bytes = 16 * 32768;
  result.psum_slices = 16;
  result.dram_preset = "ddr4-2400";
  result.dram_burst_bytes = 64;
  result.dram_channels = 2;
  result.clock_ps = 1250;
  return result;
}

/// Of a machine of one mode.
std::vector<EnergyRow> priced(const spec::Counters& counters, const PlatformFacts& of) {
  return energy(counters, spec::ArithmeticCounts::in_one(counters), of, table());
}

std::map<std::string, double> by_component(const std::vector<EnergyRow>& rows) {
  std::map<std::string, double> result;
  for (const auto& row : rows) result[row.component] += row.picojoule;
  return result;
}

TEST(Energy, PublishedWidthsGiveThePublishedFigures) {
  EXPECT_DOUBLE_EQ(integer_multiply_pj(table(), 8), 0.2);
  EXPECT_DOUBLE_EQ(integer_multiply_pj(table(), 32), 3.1);
  EXPECT_DOUBLE_EQ(integer_add_pj(table(), 8), 0.03);
  EXPECT_DOUBLE_EQ(integer_add_pj(table(), 32), 0.1);
  EXPECT_DOUBLE_EQ(float_multiply_pj(table(), 11), 1.1);
  EXPECT_DOUBLE_EQ(float_multiply_pj(table(), 24), 3.7);
  EXPECT_DOUBLE_EQ(float_add_pj(table(), 11), 0.4);
  EXPECT_DOUBLE_EQ(float_add_pj(table(), 24), 0.9);
  for (const auto& [bytes, picojoule] : table().sram())
    EXPECT_NEAR(sram_pj_per_byte(table(), static_cast<double>(bytes)) * 8, picojoule, 1e-9);
}

TEST(Energy, InterpolatesByTheStatedRules) {
  EXPECT_NEAR(integer_multiply_pj(table(), 16), 0.2 + 2.9 * (256 - 64) / 960, 1e-12);
  EXPECT_NEAR(integer_add_pj(table(), 48), 0.03 + 0.07 * 40 / 24, 1e-12);
  EXPECT_NEAR(float_multiply_pj(table(), 8), 1.1 - 2.6 * (121 - 64) / 455, 1e-12);
  EXPECT_NEAR(sram_pj_per_byte(table(), 16384) * 8, std::sqrt(200.0), 1e-9);    // halfway in logarithms
  EXPECT_NEAR(sram_pj_per_byte(table(), 4096) * 8, 10 / std::sqrt(2.0), 1e-9);  // the slope of 8 to 32 KiB: a square root
  const double slope = std::log(5.0) / std::log(32.0);
  EXPECT_NEAR(sram_pj_per_byte(table(), 1 << 21) * 8, 100 * std::pow(2.0, slope), 1e-9);
}

TEST(Energy, EverythingGrowsWithWidthAndStaysPositive) {
  double multiply = 0;
  double add = 0;
  double float_multiply = 0;
  double float_add = 0;
  double sram = 0;
  for (int bits = 1; bits <= 64; ++bits) {
    EXPECT_GT(integer_multiply_pj(table(), bits), multiply);
    EXPECT_GT(integer_add_pj(table(), bits), add);
    EXPECT_GT(float_multiply_pj(table(), bits), float_multiply);
    EXPECT_GT(float_add_pj(table(), bits), float_add);
    EXPECT_GT(sram_pj_per_byte(table(), 64.0 * bits * bits * bits), sram);
    multiply = integer_multiply_pj(table(), bits);
    add = integer_add_pj(table(), bits);
    float_multiply = float_multiply_pj(table(), bits);
    float_add = float_add_pj(table(), bits);
    sram = sram_pj_per_byte(table(), 64.0 * bits * bits * bits);
  }
}

TEST(Energy, MacsOfEachDatapath) {
  const auto mac = [](const char* format, Accumulate policy, int acc_bits = 0) {
    const PlatformFacts f = facts(format, policy, acc_bits);
    const MacEnergy energy = mac_energy(table(), f.modes.front().format, f.modes.front().accumulate);
    return energy.multiply_pj + energy.add_pj;
  };
  EXPECT_NEAR(mac("dfp8", Accumulate::Exact, 32), 0.2 + 0.1, 1e-12);
  EXPECT_NEAR(mac("dfp8", Accumulate::Exact), 0.2 + 0.1, 1e-12);  // 32 bits is the default
  EXPECT_NEAR(mac("dfp8", Accumulate::Fp32), 0.2 + 0.9, 1e-12);
  EXPECT_NEAR(mac("dfp8", Accumulate::Serial), 0.2 + 0.03, 1e-12);
  EXPECT_NEAR(mac("fp16", Accumulate::Serial), 1.1 + 0.4, 1e-12);
  EXPECT_NEAR(mac("fp16", Accumulate::Fp32), 1.1 + 0.9, 1e-12);
  EXPECT_NEAR(mac("fp32", Accumulate::Fp32), 3.7 + 0.9, 1e-12);
  EXPECT_NEAR(mac("e5m10", Accumulate::Serial), mac("fp16", Accumulate::Serial), 1e-12);
  EXPECT_NEAR(mac("flex16+5", Accumulate::Blocked), integer_multiply_pj(table(), 16) + integer_add_pj(table(), 37), 1e-12);
  EXPECT_NEAR(mac("posit8", Accumulate::Exact), integer_multiply_pj(table(), 4) + integer_add_pj(table(), 128), 1e-12);
  EXPECT_NEAR(mac("posit16", Accumulate::Exact), integer_multiply_pj(table(), 12) + integer_add_pj(table(), 256), 1e-12);
  EXPECT_NEAR(mac("posit16", Accumulate::Exact, 64), integer_multiply_pj(table(), 12) + integer_add_pj(table(), 64), 1e-12);
}

TEST(Energy, EachCounterPaysItsFigure) {
  const PlatformFacts f = facts("dfp8", Accumulate::Exact);
  const std::map<Counter, std::pair<const char*, double>> expected{
      {Counter::CoreMacs, {"core mac", 0.3}},
      {Counter::VectorOperations, {"vector", 0.3}},
      {Counter::SpadAReadBytes, {"scratchpad a", 20.0 / 8}},
      {Counter::SpadAWriteBytes, {"scratchpad a", 20.0 / 8}},
      {Counter::SpadBReadBytes, {"scratchpad b", 10.0 / 8}},
      {Counter::SpadBWriteBytes, {"scratchpad b", 10.0 / 8}},
      {Counter::SpadOReadBytes, {"scratchpad o", 100.0 / 8}},
      {Counter::SpadOWriteBytes, {"scratchpad o", 100.0 / 8}},
      {Counter::CorePsumReads, {"partial sums", 33.0 / 8 * 20 / 8}},
      {Counter::CorePsumWrites, {"partial sums", 33.0 / 8 * 20 / 8}},
      {Counter::BusBytes, {"bus", 0}},
      {Counter::DramReadBytes, {"dram transfer", 45.995}},
      {Counter::DramReadBursts, {"dram transfer", 64 * 45.995}},
      {Counter::DramWriteBursts, {"dram transfer", 64 * 45.995}},
      {Counter::DramActivates, {"dram activate", 6045.4}},
      {Counter::DramRefreshes, {"dram refresh", 695520}},
      {Counter::TotalCycles, {"dram background", 2 * 1250 * 326.4e-3}},
      {Counter::DramActivePs, {"dram background", (412.8 - 326.4) * 1e-3}},
  };
  for (const auto& [counter, payment] : expected) {
    spec::Counters counters;
    counters[counter] = 1000;
    for (const auto& [component, picojoule] : by_component(priced(counters, f))) {
      EXPECT_NEAR(picojoule, component == payment.first ? 1000 * payment.second : 0, 1e-6)
          << spec::kCounters[static_cast<std::size_t>(counter)].name << ' ' << component;
    }
  }
}

TEST(Energy, PartialBurstsPayForWholeOnes) {
  spec::Counters counters;
  counters[Counter::DramReadBytes] = 100;
  counters[Counter::DramReadBursts] = 3;
  EXPECT_NEAR(by_component(priced(counters, facts("dfp8", Accumulate::Exact)))["dram transfer"], 3 * 64 * 45.995, 1e-6);
}

TEST(Energy, SameComponentsForEveryFormatPolicyAndMemory) {
  spec::Counters counters;
  for (std::size_t i = 0; i < spec::kCounterCount; ++i) counters[static_cast<Counter>(i)] = 17;
  std::vector<std::string> first;
  for (const char* format : {"flex16+5", "posit8", "posit16es1", "e6m7", "fp32", "fp8e4m3", "dfp16", "sdfp8", "fixed12.6"}) {
    for (const auto policy : {Accumulate::Exact, Accumulate::Serial, Accumulate::Fp32}) {
      for (const char* preset : {"ddr4-2400", "lpddr4-3200", "hbm2"}) {
        PlatformFacts f = facts(format, policy);
        f.dram_preset = preset;
        std::vector<std::string> components;
        for (const auto& row : priced(counters, f)) {
          components.push_back(row.component);
          EXPECT_TRUE(std::isfinite(row.picojoule) && row.picojoule >= 0) << format << ' ' << row.component;
          EXPECT_FALSE(row.rule.empty());
        }
        if (first.empty()) first = components;
        EXPECT_EQ(components, first);
      }
    }
  }
}

// Capacity that an access does not touch costs it nothing: more banks or slices of the same size leave every access as it was.
TEST(Energy, AccessesPayForTheBankOrSliceThatTheyTouch) {
  spec::Counters counters;
  for (const Counter counter : {Counter::SpadAReadBytes, Counter::SpadBWriteBytes, Counter::SpadOReadBytes, Counter::CorePsumReads})
    counters[counter] = 1000;
  const PlatformFacts f = facts("posit8", Accumulate::Exact);
  const auto paid = [&](int factor, bool more_parts) {
    PlatformFacts changed = f;
    for (std::int64_t* bytes : {&changed.a_bytes, &changed.b_bytes, &changed.o_bytes, &changed.psum_bytes}) *bytes *= factor;
    if (more_parts) changed.scratchpad_banks *= factor, changed.psum_slices *= factor;
    return by_component(priced(counters, changed));
  };
  const auto base = paid(1, false), same_banks = paid(8, true), larger_banks = paid(8, false);
  for (const char* component : {"scratchpad a", "scratchpad b", "scratchpad o", "partial sums"}) {
    EXPECT_DOUBLE_EQ(base.at(component), same_banks.at(component)) << component;
    EXPECT_LT(base.at(component), larger_banks.at(component)) << component;
  }
  // 129 bits from one of sixteen slices of 32 KiB: 20 pJ for each 64.
  PlatformFacts quire = f;
  quire.modes.front().psum_bits = 129;
  EXPECT_NEAR(by_component(priced(counters, quire))["partial sums"], 1000 * 20.0 * 129 / 64, 1e-6);
}

// A machine of several modes and formats pays each of them what a machine of that one alone pays.
TEST(Energy, EachModePaysItsOwn) {
  const PlatformFacts parts[] = {facts("dfp8", Accumulate::Exact), facts("posit16", Accumulate::Exact),
                                 facts("fp32", Accumulate::Fp32)};
  PlatformFacts all = parts[0];
  all.modes.clear();
  all.vector_formats.clear();
  spec::Counters sum;
  spec::ArithmeticCounts arithmetic;
  double mac = 0, vector = 0, sums = 0;
  for (std::size_t i = 0; i < std::size(parts); ++i) {
    spec::Counters counters;
    counters[Counter::CoreMacs] = 1000 * (i + 1);
    counters[Counter::VectorOperations] = 70 + i;
    counters[Counter::CorePsumReads] = 11 * i;
    counters[Counter::CorePsumWrites] = 5;
    PlatformFacts one = parts[i];
    one.modes.front().psum_bits = 33 * static_cast<int>(i + 1);
    all.modes.push_back(one.modes.front());
    all.vector_formats.push_back(one.vector_formats.front());
    auto alone = by_component(priced(counters, one));
    mac += alone["core mac"], vector += alone["vector"], sums += alone["partial sums"];
    sum += counters;
    arithmetic.macs.push_back(counters[Counter::CoreMacs]);
    arithmetic.vector_operations.push_back(counters[Counter::VectorOperations]);
    arithmetic.psum_accesses.push_back(counters[Counter::CorePsumReads] + counters[Counter::CorePsumWrites]);
  }
  const std::vector<EnergyRow> rows = energy(sum, arithmetic, all, table());
  auto together = by_component(rows);
  EXPECT_NEAR(together["core mac"], mac, 1e-9);
  EXPECT_NEAR(together["vector"], vector, 1e-9);
  EXPECT_NEAR(together["partial sums"], sums, 1e-9);
  EXPECT_NE(rows.front().rule.find("; posit16: integer multiply of 12 bits"), std::string::npos) << rows.front().rule;
  arithmetic.macs = {0, 3000, 0};
  const std::string rule = energy(sum, arithmetic, all, table()).front().rule;
  EXPECT_EQ(rule.rfind("posit16: ", 0), 0U) << rule;
  EXPECT_EQ(rule.find("dfp8"), std::string::npos) << rule;
}

TEST(Energy, CountsByModeAddAndSubtract) {
  spec::OperandSums few, more;
  few.sums[1][2] = 6, more.sums[1][2] = 60, more.sums[3][3] = 7;
  const spec::ArithmeticCounts one{{1, 2}, {3, 4}, {5}, {8}, {few}}, two{{10, 20}, {30, 40}, {50, 60, 70}, {80, 90}, {more, few}};
  spec::ArithmeticCounts sum = one;
  sum += two;
  EXPECT_EQ(sum, (spec::ArithmeticCounts{{11, 22}, {33, 44}, {55, 60, 70}, {88, 90}, {few + more, few}}));
  EXPECT_EQ(sum - one, two);
  EXPECT_EQ((few + more).sums[1][2], 66U);
  EXPECT_EQ((few + more).sums[3][3], 7U);
}

// Standing by costs the same however a run's clocks are divided, and a device without a figure for it costs nothing.
TEST(Energy, BackgroundIsPowerTimesTime) {
  spec::Counters counters;
  counters[Counter::TotalCycles] = 800'000'000;  // a second at 800 MHz
  PlatformFacts f = facts("dfp8", Accumulate::Exact);
  const auto background = [&] { return by_component(priced(counters, f))["dram background"] * 1e-12; };
  EXPECT_NEAR(background(), 2 * 0.3264, 1e-9);
  counters[Counter::DramActivePs] = 2'000'000'000'000;  // both channels, all the time
  EXPECT_NEAR(background(), 2 * 0.4128, 1e-9);
}

TEST(Energy, UnknownMemoryIsAnInputError) {
  PlatformFacts f = facts("dfp8", Accumulate::Exact);
  f.dram_preset = "ddr9";
  EXPECT_THROW(priced({}, f), InputError);
}

}  // namespace
}  // namespace binade::cost
