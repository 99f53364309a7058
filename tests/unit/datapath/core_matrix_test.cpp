// SPDX-License-Identifier: Apache-2.0
// The product's promise at core level: fast == cycle in bits, clocks, stalls and events, and both == the literal accumulator.
#include <gtest/gtest.h>

#include "models/datapath/timing.h"
#include "models/kernels/fast_core.h"
#include "tests/unit/datapath/harness.h"

namespace binade::datapath::test {
namespace {

using numerics::Accumulate;
using numerics::AccumulateSpec;
using numerics::Rounding;

struct Row {
  const char* format;
  AccumulateSpec accumulate;
  const char* name;
};
std::ostream& operator<<(std::ostream& os, const Row& row) { return os << row.name; }

class CoreMatrix : public testing::TestWithParam<Row> {};

TEST_P(CoreMatrix, FastCycleAndLiteralAgree) {
  std::mt19937_64 random(std::hash<std::string>{}(GetParam().name));
  constexpr int kProblems = 150;
  for (int i = 0; i < kProblems; ++i) {
    const Problem problem = random_problem(random, GetParam().format, GetParam().accumulate);
    ASSERT_EQ(problem.config.validate(), std::vector<std::string>{}) << problem;
    const auto cycle = make_stepped_tile(make_cycle_core(problem.config));
    const auto fast = kernels::make_fast_core(problem.config);
    const Outcome stepped = run_tile(*cycle, problem), computed = run_tile(*fast, problem);
    ASSERT_EQ(stepped.out, computed.out) << problem;
    ASSERT_EQ(stepped.clocks, computed.clocks) << problem;
    ASSERT_EQ(stepped.stats, computed.stats) << problem;
    ASSERT_EQ(stepped.clocks.beats, tile_beats(problem.config, problem.command)) << problem;
    ASSERT_EQ(stepped.clocks.overhead, tile_overhead(problem.config, problem.command)) << problem;
    const bool in_output_lsbs =
        problem.config.accumulate.policy == Accumulate::Serial || problem.config.accumulate.policy == Accumulate::Blocked;
    if (stores_raw(problem.config) && in_output_lsbs) continue;
    const Outcome judged = literal_outcome(problem);
    ASSERT_EQ(stepped.out, judged.out) << problem;
    ASSERT_EQ(stepped.stats, judged.stats) << problem;
  }
}

constexpr AccumulateSpec exact(Rounding rounding = Rounding::Rne, int acc_bits = 0) {
  return {Accumulate::Exact, acc_bits, 32, rounding};
}
constexpr AccumulateSpec blocked(int block, int acc_bits = 0) { return {Accumulate::Blocked, acc_bits, block, Rounding::Rne}; }

INSTANTIATE_TEST_SUITE_P(Flex, CoreMatrix,
                         testing::Values(Row{"flex16+5", blocked(32), "flex16_blocked32"},
                                         Row{"flex16+5", blocked(4), "flex16_blocked4"},
                                         Row{"flex16+5", blocked(8, 31), "flex16_blocked8_acc31"},
                                         Row{"flex8+4", blocked(2), "flex8_blocked2"},
                                         Row{"flex32+8", blocked(8), "flex32_blocked8"}, Row{"flex16+5", exact(), "flex16_exact"},
                                         Row{"flex12+5", exact(Rounding::Sr, 26), "flex12_exact_sr_acc26"}),
                         testing::PrintToStringParamName());
INSTANTIATE_TEST_SUITE_P(Dfp, CoreMatrix,
                         testing::Values(Row{"dfp8", exact(), "dfp8"}, Row{"dfp16", exact(), "dfp16"},
                                         Row{"sdfp8", exact(Rounding::Rne, 14), "sdfp8_acc14"}, Row{"dfp32", exact(), "dfp32"},
                                         Row{"fixed16.8", exact(), "fixed16"},
                                         Row{"fixed9.3", exact(Rounding::Rhu, 18), "fixed9_rhu_acc18"},
                                         Row{"fixed12.4", exact(Rounding::Sr), "fixed12_sr"},
                                         Row{"fixed32.20", exact(), "fixed32"}),
                         testing::PrintToStringParamName());

constexpr AccumulateSpec serial(Rounding rounding = Rounding::Rne) { return {Accumulate::Serial, 0, 32, rounding}; }
constexpr AccumulateSpec fp32(Rounding rounding = Rounding::Rne) { return {Accumulate::Fp32, 0, 32, rounding}; }

INSTANTIATE_TEST_SUITE_P(
    Posit, CoreMatrix,
    testing::Values(Row{"posit8", exact(), "posit8"}, Row{"posit16", exact(), "posit16"}, Row{"posit32", exact(), "posit32"},
                    Row{"posit5es0", exact(Rounding::Rtz), "posit5es0_rtz"}, Row{"posit8u", exact(), "posit8u"},
                    Row{"posit8es1u", serial(), "posit8es1u_serial"}, Row{"posit8u", fp32(), "posit8u_fp32"},
                    Row{"posit10es1", exact(Rounding::Sr), "posit10es1_sr"},
                    Row{"posit3es4", exact(Rounding::Rhu), "posit3es4_rhu"},
                    Row{"posit16", exact(Rounding::Rne, 120), "posit16_acc120"},
                    Row{"posit8", exact(Rounding::Rne, 64), "posit8_acc64"},
                    Row{"posit8", exact(Rounding::Rne, 128), "posit8_acc128"}, Row{"posit16", fp32(), "posit16_fp32"},
                    Row{"posit32", fp32(), "posit32_fp32"}, Row{"posit8", serial(), "posit8_serial"},
                    Row{"posit16", serial(Rounding::Rhu), "posit16_serial_rhu"},
                    Row{"posit28es0", serial(Rounding::Rha), "posit28es0_serial_rha"},
                    Row{"posit12es4", serial(Rounding::Rtz), "posit12es4_serial_rtz"}, Row{"posit32", serial(), "posit32_serial"}),
    testing::PrintToStringParamName());
INSTANTIATE_TEST_SUITE_P(
    Float, CoreMatrix,
    testing::Values(Row{"e6m7", serial(Rounding::Rtz), "e6m7_rtz"}, Row{"e6m7", serial(), "e6m7_rne"},
                    Row{"e2m1", serial(Rounding::Rha), "e2m1_rha"}, Row{"e8m23", serial(Rounding::Rhu), "e8m23_rhu"},
                    Row{"e4m10", serial(Rounding::Rtz), "e4m10_rtz"}, Row{"fp16", serial(), "fp16"},
                    Row{"bf16", serial(Rounding::Rhu), "bf16_rhu"}, Row{"fp8e4m3", serial(), "fp8e4m3"},
                    Row{"fp8e5m2", serial(Rounding::Rtz), "fp8e5m2_rtz"}, Row{"fp8e5m2", serial(Rounding::Rha), "fp8e5m2_rha"},
                    Row{"fp32", serial(), "fp32_serial"}, Row{"fp32", fp32(), "fp32"}, Row{"fp16", fp32(), "fp16_fp32"},
                    Row{"bf16", fp32(), "bf16_fp32"}, Row{"fp8e4m3", fp32(), "fp8e4m3_fp32"},
                    Row{"fp8e5m2", fp32(), "fp8e5m2_fp32"}, Row{"ieee4.3", fp32(), "ieee4_3_fp32"},
                    Row{"ieee6.9", serial(), "ieee6_9"}, Row{"ieee8.10", serial(), "ieee8_10"},
                    Row{"ieee3.2", exact(), "ieee3_2_exact"}, Row{"fp8e4m3sat", fp32(), "fp8e4m3sat_fp32"},
                    Row{"fp8e4m3sat", serial(), "fp8e4m3sat"}, Row{"fp8e5m2sat", serial(Rounding::Rhu), "fp8e5m2sat_rhu"},
                    Row{"fp8e5m2sat", exact(), "fp8e5m2sat_exact"}, Row{"e6m7", fp32(Rounding::Sr), "e6m7_fp32_sr"},
                    Row{"fp8e4m3", exact(), "fp8e4m3_exact"}, Row{"fp32", exact(), "fp32_exact"},
                    Row{"e8m23", exact(Rounding::Rtz), "e8m23_exact_rtz"},
                    Row{"fp16", exact(Rounding::Rne, 60), "fp16_exact_acc60"}),
    testing::PrintToStringParamName());
INSTANTIATE_TEST_SUITE_P(
    Mixed, CoreMatrix,
    testing::Values(
        Row{"posit8:posit16:posit16", exact(), "posit8_posit16_posit16"},
        Row{"posit8:posit8:posit16", exact(), "posit8_to_posit16"},
        Row{"posit16:posit8:posit8", exact(Rounding::Sr), "posit16_posit8_posit8_sr"},
        Row{"posit8:posit8:posit32", exact(Rounding::Rne, 70), "posit8_to_posit32_acc70"},
        Row{"posit3es0:posit3es0:posit32es0", exact(), "posit3es0_to_posit32es0"},
        Row{"posit16:posit32:posit8", exact(Rounding::Rne, 200), "posit16_posit32_posit8_acc200"},
        Row{"posit8:posit16:posit12", serial(), "posit8_posit16_posit12_serial"},
        Row{"posit32:posit8:posit16", serial(Rounding::Rhu), "posit32_posit8_posit16_serial"},
        Row{"posit8:posit8:posit8u", exact(), "posit8_to_posit8u"}, Row{"posit16:posit8u:posit6u", serial(), "posit6u_serial"},
        Row{"posit8:posit32:posit32", fp32(), "posit8_posit32_fp32"}, Row{"fp8e4m3:fp8e5m2:bf16", fp32(), "fp8e4m3_fp8e5m2_bf16"},
        Row{"fp8e4m3:fp8e5m2:bf16", exact(), "fp8e4m3_fp8e5m2_bf16_exact"},
        Row{"fp8e4m3:fp8e4m3:fp32", exact(Rounding::Rne, 20), "fp8e4m3_to_fp32_acc20"},
        Row{"fp8e5m2:fp16:fp8e4m3sat", serial(), "fp8e5m2_fp16_fp8e4m3sat_serial"},
        Row{"e6m7:e4m3:e5m10", serial(Rounding::Rtz), "e6m7_e4m3_e5m10"}, Row{"e6m7:fp8e5m2:e5m2", serial(), "e6m7_fp8e5m2_e5m2"},
        Row{"e4m3:e4m3:fp16", serial(Rounding::Rtz), "e4m3_to_fp16"}, Row{"ieee2.1:ieee2.1:fp32", exact(), "ieee2_1_to_fp32"},
        Row{"dfp8:dfp16:dfp16", exact(), "dfp8_dfp16"}, Row{"dfp8:dfp8:fp32", exact(), "dfp8_to_fp32"},
        Row{"dfp16:sdfp8:bf16", exact(Rounding::Sr, 22), "dfp16_sdfp8_bf16"}, Row{"dfp8:dfp8:fp32", fp32(), "dfp8_to_fp32_fp32"},
        Row{"dfp8:dfp16:fp16", serial(), "dfp8_dfp16_fp16_serial"}, Row{"flex16+5:flex8+5:flex16+5", blocked(32), "flex16_flex8"},
        Row{"flex8+5:flex8+5:flex16+5", blocked(4), "flex8_to_flex16"},
        Row{"flex24+5:flex12+5:flex20+5", blocked(8), "flex24_flex12_flex20"},
        Row{"fixed8.4:fixed17.8:fixed16.8", exact(), "fixed8_fixed17_fixed16"},
        Row{"fixed32.20:fixed8.4:fixed12.4", serial(Rounding::Rha), "fixed32_fixed8_fixed12_serial"}),
    testing::PrintToStringParamName());
constexpr AccumulateSpec chained(int chain = 31, int acc_bits = 0, Rounding rounding = Rounding::Rne) {
  return {.policy = Accumulate::Chained, .acc_bits = acc_bits, .rounding = rounding, .chain = chain};
}
constexpr AccumulateSpec bias_first(AccumulateSpec spec) {
  spec.bias = numerics::BiasPosition::First;
  return spec;
}

INSTANTIATE_TEST_SUITE_P(Chained, CoreMatrix,
                         testing::Values(Row{"dfp16:dfp16:fp32", chained(), "dfp16_to_fp32"},
                                         Row{"dfp16:dfp16:fp32", chained(5, 32), "dfp16_to_fp32_5_acc32"},
                                         Row{"dfp8:dfp16:bf16", chained(3, 0, Rounding::Sr), "dfp8_dfp16_to_bf16_3_sr"},
                                         Row{"sdfp8:dfp8:fp16", chained(1), "sdfp8_dfp8_to_fp16_1"},
                                         Row{"dfp16", chained(4), "dfp16_4"}, Row{"sdfp8", chained(7, 12), "sdfp8_7_acc12"},
                                         Row{"dfp32", chained(2), "dfp32_2"},
                                         Row{"dfp31:dfp32:fp32", chained(6), "dfp31_dfp32_to_fp32_6"},
                                         Row{"flex16+5", chained(6), "flex16_6"},
                                         Row{"fixed16.8", chained(3, 0, Rounding::Rhu), "fixed16_3_rhu"}),
                         testing::PrintToStringParamName());
INSTANTIATE_TEST_SUITE_P(
    BiasFirst, CoreMatrix,
    testing::Values(
        Row{"dfp16:dfp16:fp32", bias_first(chained()), "dfp16_to_fp32_chained"},
        Row{"dfp8:dfp8:fp16", bias_first(chained(3, 12)), "dfp8_to_fp16_chained_3_acc12"},
        Row{"dfp16", bias_first(chained(4)), "dfp16_chained_4"}, Row{"fixed16.8", bias_first(chained(5)), "fixed16_chained_5"},
        Row{"flex16+5", bias_first(blocked(4)), "flex16_blocked4"}, Row{"fixed8.4", bias_first(blocked(8)), "fixed8_blocked8"},
        Row{"flex32+8", bias_first(blocked(8)), "flex32_blocked8"}, Row{"fp32", bias_first(fp32()), "fp32_fp32"},
        Row{"fp8e4m3:fp8e5m2:bf16", bias_first(fp32()), "fp8e4m3_fp8e5m2_bf16_fp32"},
        Row{"flex16+5", bias_first(fp32()), "flex16_fp32"}, Row{"posit16", bias_first(fp32()), "posit16_fp32"},
        Row{"e6m7", bias_first(serial(Rounding::Rtz)), "e6m7_serial_rtz"}, Row{"fp16", bias_first(serial()), "fp16_serial"},
        Row{"fp32", bias_first(serial()), "fp32_serial"}, Row{"fp8e4m3sat", bias_first(serial()), "fp8e4m3sat_serial"},
        Row{"posit16es1", bias_first(serial()), "posit16es1_serial"}, Row{"posit8", bias_first(serial()), "posit8_serial"},
        Row{"fixed16.8", bias_first(serial()), "fixed16_serial"},
        Row{"dfp8:dfp16:fp16", bias_first(serial()), "dfp8_dfp16_fp16_serial"},
        Row{"posit8", bias_first(exact(Rounding::Rne, 40)), "posit8_exact_acc40"},
        Row{"dfp8:dfp8:fp32", bias_first(exact()), "dfp8_to_fp32_exact"}),
    testing::PrintToStringParamName());
INSTANTIATE_TEST_SUITE_P(IntegerOther, CoreMatrix,
                         testing::Values(Row{"flex16+5", fp32(), "flex16_fp32"}, Row{"flex32+8", fp32(), "flex32_fp32"},
                                         Row{"flex8+4", serial(Rounding::Rhu), "flex8_serial_rhu"},
                                         Row{"fixed16.8", serial(Rounding::Rtz), "fixed16_serial_rtz"},
                                         Row{"flex16+5", serial(), "flex16_serial"},
                                         Row{"fixed32.20", serial(Rounding::Rha), "fixed32_serial_rha"},
                                         Row{"fixed24.12", fp32(), "fixed24_fp32"}, Row{"fixed8.4", blocked(4), "fixed8_blocked4"},
                                         Row{"dfp16", fp32(), "dfp16_fp32"}, Row{"dfp8", serial(), "dfp8_serial"},
                                         Row{"sdfp8", blocked(8), "sdfp8_blocked8"}),
                         testing::PrintToStringParamName());

}  // namespace
}  // namespace binade::datapath::test
