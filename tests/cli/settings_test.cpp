// SPDX-License-Identifier: Apache-2.0
#include "sim/config/settings.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <set>
#include <sstream>

#include "models/numerics/error.h"
#include "models/numerics/nearest.h"
#include "models/spec/limits.h"
#include "sim/cli/progress_bar.h"
#include "sim/config/keys.h"

namespace binade::sim {
namespace {

using Problems = std::vector<std::string>;

std::string yaml_of(const Settings& settings) { return to_yaml(settings, KeySet::All); }

Settings from_yaml(const std::string& text) {
  Settings settings;
  Problems problems;
  apply_yaml_text(settings, text, "test.yaml", problems);
  EXPECT_TRUE(problems.empty()) << problems.front();
  return settings;
}

Problems problems_of(const std::string& text) {
  Settings settings;
  Problems problems;
  apply_yaml_text(settings, text, "test.yaml", problems);
  return problems;
}

/// A value of the key other than its default, taken from what the key says is allowed.
std::string another_value(const Key& key) {
  if (key.name == "format") return "posit8,fp32";
  if (key.name.starts_with("core.format_")) return "posit16";
  if (key.name == "core.lane_throughput") return "0.25";
  if (key.name == "dram.channels") return "4";  // no preset's own
  if (key.name == "tiling.tile") return "4x8x16";
  if (key.name.starts_with("sdfp.") || key.name == "train.sdfp_gradients") return "auto";
  if (key.type == "boolean") return key.default_value() == "true" ? "false" : "true";
  if (key.type == "number") return key.default_value() == "0.5" ? "0.25" : "0.5";
  if (key.type == "integer" && key.allowed.starts_with("a power of two"))
    return std::to_string(std::stoll(key.default_value()) * 2);
  if (key.name == "core.acc_bits") return "2";
  if (key.type == "integer") return std::to_string(std::stoll(key.default_value()) + 1);
  std::istringstream words(key.allowed);
  std::string word;
  while (std::getline(words >> std::ws, word, ','))
    if (word != key.default_value()) return word;
  return "";
}

TEST(Settings, EveryKeyRoundTripsThroughAssignmentAndYaml) {
  for (const auto& key : configuration_keys()) {
    const auto value = another_value(key);
    ASSERT_NE(value, key.default_value()) << key.name;
    Settings settings;
    Problems problems;
    apply_assignment(settings, key.name + "=" + value, problems);
    ASSERT_TRUE(problems.empty()) << problems.front();
    EXPECT_EQ(key.get(settings), value);
    EXPECT_EQ(key.get(from_yaml(yaml_of(settings))), value) << key.name;
    EXPECT_EQ(key_values(from_yaml(yaml_of(settings)), KeySet::All), key_values(settings, KeySet::All)) << key.name;
    EXPECT_EQ(key.get(from_yaml(key.name + ": " + value)), value) << key.name;
  }
}

/// What an assignment says, and then the platform's own validation; empty where both accept.
std::string verdict(const std::string& key, const std::string& value, const std::string& format) {
  Settings settings;
  settings.formats = {format};
  Problems problems;
  apply_assignment(settings, key + "=" + value, problems);
  if (problems.empty()) problems = validate(settings);
  std::string all;
  for (const auto& problem : problems) all += problem + "\n";
  return all;
}

TEST(Settings, TheRangeOfEveryKeyIsTheOneEnforced) {
  std::size_t integers = 0;
  for (const auto& key : configuration_keys()) {
    if (key.type != "integer") continue;
    ++integers;
    const auto* limit =
        std::find_if(spec::kLimits.begin(), spec::kLimits.end(), [&](const auto& row) { return row.key == key.name; });
    ASSERT_NE(limit, spec::kLimits.end()) << key.name;
    EXPECT_EQ(key.allowed, limit->allowed());
    // posit32es4 has the widest accumulator there is.
    const std::string format = key.name == "core.acc_bits" ? "posit32es4" : "flex16+5";
    std::vector<std::int64_t> good{limit->least, limit->most}, bad{limit->most + 1};
    if (!limit->contains(limit->least - 1)) bad.push_back(limit->least - 1);
    if (limit->or_zero()) good.push_back(0), bad.push_back(-1);
    if (limit->power_of_two()) bad.push_back(3 * limit->least), bad.push_back(limit->most - 1);
    for (const auto value : good) EXPECT_EQ(verdict(key.name, std::to_string(value), format), "") << key.name;
    for (const auto value : bad) {
      const std::string text = verdict(key.name, std::to_string(value), format);
      EXPECT_NE(text.find("allowed: " + key.allowed + "\n"), std::string::npos) << key.name << '=' << value << ": " << text;
    }
    EXPECT_NE(verdict(key.name, "many", format).find("allowed: " + key.allowed + "\n"), std::string::npos) << key.name;
  }
  EXPECT_EQ(integers + 4, spec::kLimits.size());  // and core.lane_throughput, in reciprocals, and sdfp.*, beside `auto`
  for (const auto* key : {"sdfp.weights", "sdfp.activations", "train.sdfp_gradients"}) {
    EXPECT_EQ(verdict(key, "-32", "sdfp8") + verdict(key, "32", "sdfp8") + verdict(key, "auto", "sdfp8"), "") << key;
    EXPECT_NE(verdict(key, "33", "sdfp8").find("allowed: " + find_key(key).allowed + "\n"), std::string::npos) << key;
  }
  EXPECT_EQ(verdict("core.lane_throughput", "0.015625", "fp32") + verdict("core.lane_throughput", "1", "fp32"), "");
  for (const auto& [key, least, most] : spec::kNumberLimits) {
    const std::string name(key), allowed = "allowed: " + find_key(key).allowed + "\n";
    EXPECT_EQ(verdict(name, fmt::format("{}", least), "fp32") + verdict(name, fmt::format("{}", most), "fp32"), "") << name;
    for (const double value : {least - 0.0001, most + 0.1})
      EXPECT_NE(verdict(name, fmt::format("{}", value), "fp32").find(allowed), std::string::npos) << name << '=' << value;
  }
  EXPECT_NE(verdict("core.lane_throughput", "0.0153", "fp32").find("allowed: "), std::string::npos);  // below 1/65
}

TEST(Settings, TheWidestAccumulatorIsTheLimit) {
  std::int64_t widest = 0;
  std::vector<std::string> words;
  for (int n = 3; n <= 32; ++n)
    for (int es = 0; es <= 4; ++es) words.push_back("posit" + std::to_string(n) + "es" + std::to_string(es));
  for (int e = 2; e <= 8; ++e)
    for (int m = 1; m <= 23; ++m)
      for (const auto* word : {"e{}m{}", "ieee{}.{}"}) words.push_back(fmt::format(fmt::runtime(word), e, m));
  for (const auto& word : words)
    widest =
        std::max<std::int64_t>(widest, numerics::default_acc_bits(numerics::parse_format(word), {numerics::Accumulate::Exact}));
  EXPECT_EQ(widest, spec::limit_of("core.acc_bits").most);
}

TEST(Settings, OverriddenKeysAreThoseThatWereSet) {
  for (const auto& key : configuration_keys()) {
    if (key.name == "format" || key.name == "posit.underflow") continue;  // what formats are; their words say it
    Settings settings;
    key.set(settings, another_value(key));
    const auto words = overridden_keys(resolved_for(settings, "e6m7"));
    const bool policy = key.name == "accumulate" || key.name == "rounding";  // the word may be this format's own
    const bool own = policy && key.get(settings) == key.get(resolved_for({}, "e6m7"));
    EXPECT_EQ(words, own ? std::vector<std::string>() : std::vector<std::string>{key.name}) << key.name;
  }
  for (const auto* format : {"flex16+5", "posit8", "fp16", "dfp8"}) EXPECT_TRUE(overridden_keys(resolved_for({}, format)).empty());
}

TEST(Settings, OnlyTrainingKnowsItsKeys) {
  const Settings settings;
  const auto all = key_values(settings, KeySet::All), run = key_values(settings, KeySet::Run);
  ASSERT_GT(all.size(), run.size());
  for (const auto& [key, value] : run) EXPECT_FALSE(key.starts_with("train.")) << key;
  for (std::size_t i = 0; i < run.size(); ++i) EXPECT_EQ(all[i], run[i]);  // and theirs come last
  EXPECT_EQ(to_yaml(settings, KeySet::Run).find("train:"), std::string::npos);
  EXPECT_NE(to_yaml(settings, KeySet::All).find("train:\n  batch: 64"), std::string::npos);
}

TEST(Settings, ASchedulesWordsAreChecked) {
  for (const auto* good : {"constant", "cosine+warmup:5", "halving:4", "step:30:0.1"})
    EXPECT_TRUE(problems_of(std::string("train.schedule: ") + good).empty()) << good;
  const auto problems = problems_of("train.schedule: halving");
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_NE(problems[0].find("test.yaml:1: train.schedule: schedule 'halving': 'halving' lacks a number of epochs; allowed: "),
            std::string::npos)
      << problems[0];
}

TEST(Settings, NesterovNeedsMomentumAndNoDampening) {
  const auto problems = [](const std::string& text) { return validate(from_yaml(text)).size(); };
  EXPECT_EQ(problems("train: {nesterov: true}"), 0U);
  EXPECT_EQ(problems("train: {nesterov: true, momentum: 0}"), 1U);
  EXPECT_EQ(problems("train: {nesterov: true, dampening: 0.5}"), 1U);
  EXPECT_EQ(problems("train: {dampening: 0.5}"), 0U);
}

TEST(Settings, DefaultsReadBack) { EXPECT_EQ(yaml_of(from_yaml(yaml_of({}))), yaml_of({})); }

TEST(Settings, TheAgreedKeysAreThere) {
  std::set<std::string> names;
  for (const auto& key : configuration_keys()) EXPECT_TRUE(names.insert(key.name).second) << key.name;
  for (const auto* name : {"format",
                           "accumulate",
                           "rounding",
                           "core.format_a",
                           "core.format_b",
                           "core.format_out",
                           "core.rows",
                           "core.cols",
                           "core.dataflow",
                           "core.overlap",
                           "core.edge",
                           "core.pe_latency",
                           "core.acc_bits",
                           "core.block",
                           "core.chain",
                           "core.bias",
                           "core.psum_bytes",
                           "core.lane_throughput",
                           "vector.lanes",
                           "scratchpad.a_bytes",
                           "scratchpad.b_bytes",
                           "scratchpad.o_bytes",
                           "scratchpad.banks",
                           "bus.bytes_per_cycle",
                           "dram.preset",
                           "dram.channels",
                           "memory.ideal",
                           "clock_ghz"})
    EXPECT_TRUE(names.contains(name)) << name;
}

TEST(Settings, LaneThroughputIsAnInterval) {
  for (int interval = 1; interval <= 64; ++interval) {
    Settings settings;
    settings.platform.core.lane_interval = interval;
    EXPECT_EQ(from_yaml(yaml_of(settings)).platform.core.lane_interval, interval);
  }
  EXPECT_EQ(from_yaml("core.lane_throughput: 0.333").platform.core.lane_interval, 3);
  for (const auto* bad : {"0", "2", "0.7", "-1", "nan", "inf", "fast"})
    EXPECT_EQ(problems_of(std::string("core.lane_throughput: ") + bad).size(), 1U) << bad;
}

TEST(Settings, ProblemsNameFileLineAndKeyAllAtOnce) {
  const auto problems =
      problems_of("core:\n  rows: 0\n  colls: 4\n\ndram:\n  preset: ddr5\nmemory.ideal: perhaps\ncore.cols: 7.5\n");
  ASSERT_EQ(problems.size(), 5U);
  EXPECT_EQ(problems[0].rfind("test.yaml:2: core.rows: ", 0), 0U) << problems[0];
  EXPECT_EQ(problems[1].rfind("test.yaml:3: core.colls: ", 0), 0U) << problems[1];
  EXPECT_NE(problems[1].find("nearest is 'core.cols'"), std::string::npos) << problems[1];
  EXPECT_EQ(problems[2].rfind("test.yaml:6: dram.preset: ", 0), 0U) << problems[2];
  EXPECT_NE(problems[2].find("ddr4-2400, lpddr4-3200, hbm2"), std::string::npos) << problems[2];
  EXPECT_EQ(problems[3].rfind("test.yaml:7: memory.ideal: ", 0), 0U) << problems[3];
  EXPECT_EQ(problems[4].rfind("test.yaml:8: core.cols: ", 0), 0U) << problems[4];
}

TEST(Settings, WhatIsNotAMappingOfScalarsIsAProblem) {
  for (const auto* text :
       {"- a\n- b\n", "core: 5\n", "core:\n  rows: {a: 1}\n", "core:\n  rows:\n", "core:\n  rows: [1, 2]\n", "a: [\n",
        "core:\n\trows: 1\n", "core.rows: 4\ncore.rows: 5\n", "core: {rows: 4}\ncore.rows: 5\n", "[a]: 1\n"})
    EXPECT_EQ(problems_of(text).size(), 1U) << text;
  EXPECT_TRUE(problems_of("").empty());
  EXPECT_TRUE(problems_of("# nothing\n").empty());
}

TEST(Settings, AutoFollowsTheFormat) {
  Settings settings;
  for (const auto& [format, accumulate, rounding] :
       {std::array{"flex16+5", "blocked", "rne"}, std::array{"posit8", "exact", "rne"}, std::array{"e6m7", "serial", "rtz"},
        std::array{"fp32", "fp32", "rne"}, std::array{"dfp8", "exact", "rne"}, std::array{"bf16", "fp32", "rne"},
        std::array{"fp16", "fp32", "rne"}, std::array{"fp8e4m3", "fp32", "rne"}, std::array{"fp8e5m2sat", "fp32", "rne"},
        std::array{"ieee4.3", "fp32", "rne"}, std::array{"e4m3", "serial", "rtz"}}) {
    const auto resolved = resolved_for(settings, format);
    EXPECT_EQ(resolved.formats, std::vector<std::string>{format});
    EXPECT_EQ(resolved.accumulate, accumulate);
    EXPECT_EQ(resolved.rounding, rounding);
    EXPECT_EQ(numerics::to_string(platform_of(resolved).core.format), format);
  }
}

TEST(Settings, OperandsHaveTheFormatOfTheRunUnlessTheySayOtherwise) {
  const auto operands = [](const Settings& settings) {
    return numerics::to_string(platform_of(resolved_for(settings, settings.formats.front())).core.format);
  };
  const auto mixed = from_yaml("core.format_b: posit16\ncore.format_out: posit16\nformat: posit8\n");
  EXPECT_EQ(operands(mixed), "posit8 x posit16 -> posit16");
  EXPECT_TRUE(validate(mixed).empty());
  const auto resolved = resolved_for(mixed, "posit8");
  EXPECT_EQ(overridden_keys(resolved), (std::vector<std::string>{"core.format_b", "core.format_out"}));
  EXPECT_EQ(operands(from_yaml(yaml_of(resolved))), operands(mixed));
  // The policy is that of the operands together: no block sum of integers becomes a float by itself.
  EXPECT_EQ(resolved_for(from_yaml("format: dfp8\ncore.format_out: fp32"), "dfp8").accumulate, "exact");
  EXPECT_EQ(resolved_for(from_yaml("format: fp8e4m3\ncore.format_b: fp8e5m2\ncore.format_out: bf16"), "fp8e4m3").accumulate,
            "fp32");
  // A word that is the run's own is no word of its own; the key `format` takes earlier ones away.
  EXPECT_TRUE(overridden_keys(resolved_for(from_yaml("format: dfp8\ncore.format_a: dfp8"), "dfp8")).empty());
  Settings later = mixed;
  Problems problems;
  apply_assignment(later, "format=posit16", problems);
  EXPECT_EQ(operands(later), "posit16");
  apply_assignment(later, "core.format_a=posit8", problems);
  EXPECT_EQ(operands(later), "posit8 x posit16 -> posit16");
  EXPECT_TRUE(problems.empty());
}

TEST(Settings, PositUnderflowIsThatOfEveryWordThatDoesNotSayIt) {
  const auto operands = [](const std::string& text) {
    const auto settings = from_yaml(text);
    return numerics::to_string(platform_of(resolved_for(settings, settings.formats.front())).core.format);
  };
  EXPECT_EQ(operands("posit.underflow: round"), "flex16+5");
  EXPECT_EQ(operands("{format: posit8, posit.underflow: round}"), "posit8u");
  EXPECT_EQ(operands("{format: posit8u, posit.underflow: standard}"), "posit8u");
  EXPECT_EQ(operands("{posit.underflow: round, format: posit16es1u, core.format_a: posit8es1}"),
            "posit8es1u x posit16es1u -> posit16es1u");
  EXPECT_EQ(operands("{format: posit16, core.format_out: posit16u}"), "posit16 x posit16 -> posit16u");
  // The words of resolved settings say it by themselves, and read back.
  const auto resolved = resolved_for(from_yaml("{format: posit8, core.format_b: posit16, posit.underflow: round}"), "posit8");
  EXPECT_EQ(resolved.formats.front(), "posit8u");
  EXPECT_EQ(resolved.format_b, "posit16u");
  EXPECT_EQ(yaml_of(from_yaml(yaml_of(resolved))), yaml_of(resolved));
  EXPECT_EQ(validate(from_yaml("{format: 'posit8,posit8u', posit.underflow: round}")),
            Problems{"format: posit8u twice; allowed: once"});
  EXPECT_EQ(problems_of("posit.underflow: zero").size(), 1U);
}

TEST(Settings, AnAccumulatorThatIsTooWideIsRefusedOnce) {
  EXPECT_EQ(validate(from_yaml("{format: dfp8, core.acc_bits: 100}")),
            Problems{"core.acc_bits: 100 is out of range; allowed: 2 to 64"});
}

TEST(Settings, OperandsThatNoDatapathHasAreRefusedByName) {
  const auto problem = [](const std::string& text) {
    const auto problems = validate(from_yaml(text));
    return problems.size() == 1 ? problems.front() : std::to_string(problems.size()) + " problems";
  };
  EXPECT_EQ(
      problem("{format: posit8, core.format_b: dfp8}"),
      "core.format_a, core.format_b: posit8 x dfp8 has no datapath; allowed: two integer formats (flex, dfp, sdfp, fixed), two "
      "posits of one es, two floats");
  EXPECT_NE(problem("{format: posit8, core.format_a: posit8es1}").find("posit8es1 x posit8 has no datapath"), std::string::npos);
  EXPECT_NE(problem("{format: posit8, core.format_out: fp32}").find("core.format_out: fp32 is no result of posit8 x posit8"),
            std::string::npos);
  EXPECT_NE(problem("{format: flex16+5, core.format_out: dfp16}").find("core.format_out: dfp16 is no result"), std::string::npos);
  EXPECT_NE(problems_of("core.format_a: posit99").front().find("test.yaml:1: core.format_a: "), std::string::npos);
}

TEST(Settings, IdealMemoryHasNoCapacity) {
  auto settings = from_yaml("memory: {ideal: true}");
  EXPECT_FALSE(platform_of(resolved_for(settings, "fp32")).core.capacity_limited);
  settings.platform.memory_ideal = false;
  EXPECT_TRUE(platform_of(resolved_for(settings, "fp32")).core.capacity_limited);
}

TEST(Settings, TheDocumentationHoldsTheTable) {
  std::stringstream document;
  document << std::ifstream(BINADE_ROOT "/docs/configuration.md").rdbuf();
  EXPECT_NE(document.str().find(keys_markdown()), std::string::npos)
      << "docs/configuration.md lacks the table of `binade keys --markdown`";
}

TEST(Nearest, FindsTheObviousWord) {
  const std::vector<std::string> words{"core.rows", "core.cols", "clock_ghz"};
  EXPECT_EQ(nearest_word("core.row", words), "core.rows");
  EXPECT_EQ(nearest_word("core.clos", words), "core.cols");
  EXPECT_EQ(nearest_word("clock", words), "clock_ghz");
  EXPECT_EQ(nearest_word("x", {}), "");
}

TEST(Progress, SaysShareRateAndTimeLeft) {
  EXPECT_EQ(progress_line(0, 10, 0, "conv1"), "[........................]   0 %  0.0 layers/s  -:-- left  conv1");
  EXPECT_EQ(progress_line(6, 12, 3, "fc1"), "[############............]  50 %  2.0 layers/s  0:03 left  fc1");
  EXPECT_EQ(progress_line(1, 7201, 1, "x"), "[........................]   0 %  1.0 layers/s  2:00:00 left  x");
  // Of a run that goes on: the rate is that of what was done since.
  EXPECT_EQ(progress_line(75, 100, 5, "epoch 3/4", "images", 50),
            "[##################......]  75 %  5.0 images/s  0:05 left  epoch 3/4");
}

}  // namespace
}  // namespace binade::sim
