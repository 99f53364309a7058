// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "models/numerics/error.h"
#include "sim/report/configuration_text.h"
#include "sim/report/csv_report.h"
#include "sim/report/figures.h"
#include "sim/report/html_report.h"
#include "sim/report/json_report.h"
#include "sim/report/output_file.h"
#include "sim/report/text_report.h"
#include "tests/cli/report_fixture.h"

namespace binade::sim {
namespace {

using spec::Counter;

std::vector<std::string> split_csv(const std::string& line) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (quoted && line[i] == '"' && i + 1 < line.size() && line[i + 1] == '"') {
      cells.back() += line[i++];
    } else if (line[i] == '"') {
      quoted = !quoted;
    } else if (line[i] == ',' && !quoted) {
      cells.emplace_back();
    } else {
      cells.back() += line[i];
    }
  }
  return cells;
}

TEST(JsonReport, ReadsBackToTheSameText) {
  const auto first = to_json(example_report()).dump();
  EXPECT_EQ(to_json(report_from_json(nlohmann::ordered_json::parse(first))).dump(), first);
}

TEST(JsonReport, KeepsAbsentAndInfiniteFiguresApart) {
  const auto json = to_json(example_report());
  EXPECT_EQ(json["layers"][0]["datapath"]["sqnr_db"], "inf");
  EXPECT_TRUE(json["layers"][0]["datapath"]["exact"].get<bool>());
  EXPECT_TRUE(json["layers"][1]["end_to_end"]["sqnr_db"].is_null());
  EXPECT_FALSE(json["layers"][1]["end_to_end"]["exact"].get<bool>());
  EXPECT_EQ(json["layers"][1]["end_to_end"]["max_relative"], "inf");
  EXPECT_EQ(json["layers"][1]["end_to_end"]["mean_relative"], "nan");
  const auto back = report_from_json(json);
  EXPECT_TRUE(std::isinf(*back.layers[0].datapath.sqnr_db));
  EXPECT_FALSE(back.layers[1].end_to_end.sqnr_db.has_value());
  EXPECT_EQ(back.seed, 0xffffffffffffffff);
  EXPECT_EQ(back.counters, example_report().counters);
}

// A run of several formats passes through JSON between processes, a run of one does not: every writer must make the same of both.
TEST(JsonReport, EveryWriterMakesTheSameOfWhatIsReadBack) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (const auto& sqnr : {std::optional<double>(), std::optional(-kInfinity), std::optional(kInfinity), std::optional(-0.0),
                           std::optional(1.0 / 3), std::optional(std::numeric_limits<double>::quiet_NaN())}) {
    for (const double other : {0.0, 1e-300, 0.1, kInfinity, std::numeric_limits<double>::quiet_NaN()}) {
      auto report = example_report();
      report.layers.push_back(example_vector_layer());
      report.output = {sqnr, other, other, other};
      for (auto& layer : report.layers) layer.end_to_end = layer.datapath = report.output;
      report.layers[0].energy[0].picojoule = report.energy[0].picojoule = other;
      const auto back = report_from_json(nlohmann::ordered_json::parse(to_json(report).dump()));
      EXPECT_EQ(to_text(back), to_text(report));
      EXPECT_EQ(to_csv(back), to_csv(report));
      EXPECT_EQ(to_html(back), to_html(report));
      const std::vector<RunReport> one{report}, other_one{back};
      EXPECT_EQ(comparison_to_text(other_one), comparison_to_text(one));
      EXPECT_EQ(comparison_to_html(other_one), comparison_to_html(one));
      EXPECT_EQ(comparison_to_csv(other_one), comparison_to_csv(one));
      EXPECT_EQ(comparison_to_json(other_one, true).dump(), comparison_to_json(one, true).dump());
    }
  }
}

TEST(JsonReport, MinusInfinityIsSaidEverywhere) {
  auto report = example_report();
  report.output.sqnr_db = report.layers[0].end_to_end.sqnr_db = -std::numeric_limits<double>::infinity();
  EXPECT_EQ(to_json(report)["output"]["sqnr_db"], "-inf");
  EXPECT_FALSE(to_json(report)["output"]["exact"].get<bool>());
  const std::vector<RunReport> reports{report_from_json(to_json(report))};
  for (const auto& text : {to_text(reports[0]), to_csv(reports[0]), to_html(reports[0]), comparison_to_text(reports),
                           comparison_to_csv(reports), comparison_to_html(reports)})
    EXPECT_NE(text.find("-inf"), std::string::npos);
}

TEST(JsonReport, KeepsTheRtlSampleAndItsAbsence) {
  auto report = example_report();
  const auto back = report_from_json(to_json(report));
  ASSERT_TRUE(back.rtl_sample.has_value());
  EXPECT_EQ(back.rtl_sample->requested, "2");
  EXPECT_EQ(back.rtl_sample->layers.at(0).sampled, (std::vector<std::int64_t>{1, 4}));
  EXPECT_EQ(sample_text(*back.rtl_sample), "3 of 8 tiles in lockstep, 2 a layer, 36.4 % of the MACs, no difference");
  EXPECT_NE(to_text(report).find("rtl sample: 3 of 8 tiles"), std::string::npos);
  EXPECT_NE(to_html(report).find("3 of 8 tiles in lockstep"), std::string::npos);
  report.rtl_sample.reset();
  EXPECT_TRUE(to_json(report)["rtl_sample"].is_null());
  EXPECT_FALSE(report_from_json(to_json(report)).rtl_sample.has_value());
  EXPECT_EQ(to_text(report).find("rtl sample"), std::string::npos);
  EXPECT_EQ(to_html(report).find("in lockstep"), std::string::npos);
}

TEST(JsonReport, TellsWhereTheProgramsTimeWent) {
  const auto report = example_report();
  const auto back = report_from_json(to_json(report));
  ASSERT_EQ(back.wall_parts.size(), 3u);
  EXPECT_EQ(back.wall_parts[2].part, "platform");
  EXPECT_EQ(back.wall_parts[2].seconds, 0.025);
  EXPECT_NE(to_text(report).find("this run took 125 ms: core 80.0 %, platform 20.0 %"), std::string::npos);
}

TEST(JsonReport, ConfigurationValuesHaveTheirOwnTypes) {
  const auto config = to_json(example_report())["config"];
  EXPECT_EQ(config["core.rows"], 16);
  EXPECT_EQ(config["core.dataflow"], "os");
  EXPECT_EQ(config["memory.ideal"], false);
  EXPECT_EQ(config["clock_ghz"], 0.75);
}

TEST(JsonReport, RefusesAnotherSchemaVersionAndMissingFields) {
  auto json = to_json(example_report());
  json["schema_version"] = 99;
  EXPECT_THROW(report_from_json(json), InputError);
  json = to_json(example_report());
  json.erase("digest");
  EXPECT_THROW(report_from_json(json), InputError);
  EXPECT_THROW(report_from_json(nlohmann::ordered_json::parse("{", nullptr, false)), InputError);
  json = to_json(example_report());
  json["output"]["max_ulp"] = "much";
  EXPECT_THROW(report_from_json(json), InputError);
}

// The shortest form of a configuration stands in every text and page; nothing that two machines differ in is left out of a
// comparison.
TEST(Configuration, EveryTextAndPageNamesTheMachine) {
  auto report = example_report();
  const std::string machine = "16x8 os; scratchpads 256/128/256 KiB; ddr4-2400, 1 channel, 19.2 GB/s; bus 48 GB/s; 0.75 GHz";
  const std::string overrides = "core.cols=8, scratchpad.b_bytes=131072, clock_ghz=0.75";
  EXPECT_EQ(machine_text(report), machine);
  EXPECT_EQ(overrides_text(report), overrides);
  const std::vector<RunReport> reports{report, report};
  for (const auto& text : {to_text(report), to_html(report), comparison_to_text(reports), comparison_to_html(reports),
                           comparison_to_json(reports, false).dump()}) {
    EXPECT_NE(text.find(machine), std::string::npos);
    EXPECT_NE(text.find(overrides), std::string::npos) << text;
  }
  EXPECT_EQ(to_json(report)["machine"]["summary"], machine);
  EXPECT_EQ(to_json(report)["overrides"], (std::vector<std::string>{"core.cols", "scratchpad.b_bytes", "clock_ghz"}));
  EXPECT_EQ(report_from_json(to_json(report)).overrides, report.overrides);
  const auto config = [&](const std::string& key) -> std::string& {
    return std::find_if(report.config.begin(), report.config.end(), [&](const auto& pair) { return pair.first == key; })->second;
  };
  report.overrides.clear();
  EXPECT_NE(to_text(report).find("overrides: none\n"), std::string::npos);
  config("core.dataflow") = "ws";
  config("scratchpad.o_bytes") = "1000";
  report.machine.dram_channels = 4;
  EXPECT_EQ(machine_text(report),
            "16x8 ws; scratchpads 262144/131072/1000 bytes; partial sums 512 KiB; ddr4-2400, 4 channels, 19.2 GB/s; bus 48 GB/s; "
            "0.75 GHz");
  config("memory.ideal") = "true";
  EXPECT_EQ(machine_text(report), "16x8 ws; ideal memory; 0.75 GHz");
}

TEST(Configuration, AComparisonSaysWhatDiffers) {
  const auto base = example_report();
  EXPECT_TRUE(differences(std::vector{base, base}).empty());
  for (std::size_t key = 0; key < base.config.size(); ++key) {
    auto other = base;
    other.config[key].second += "9";
    const std::vector<RunReport> reports{base, base, other};
    const auto found = differences(reports);
    ASSERT_EQ(found.size(), 1u) << base.config[key].first;
    EXPECT_EQ(found[0].key, base.config[key].first);
    const auto& was = base.config[key].second;
    EXPECT_EQ(found[0].values, (std::vector<std::string>{was, was, was + "9"}));
    EXPECT_TRUE(comparison_to_json(reports, false)["differs"].contains(found[0].key));
    EXPECT_NE(comparison_to_html(reports).find(fmt::format("<td>{}</td>", found[0].key)), std::string::npos);
    if (found[0].key != "format") {
      EXPECT_NE(comparison_to_text(reports).find(fmt::format("  {}: {} (", found[0].key, was)), std::string::npos);
    }
  }
  auto other = base;
  other.network = "resnet18", other.tensors = "others", other.layers_selected = "conv1", other.seed = 1, other.samples = 2;
  other.batch = 1, other.core = "cycle", other.energy_table = "mine.csv";
  EXPECT_EQ(differences(std::vector{base, other}).size(), 8u);
}

TEST(Configuration, RunsOfOneFormatOnTwoMachinesHaveTwoNames) {
  auto other = example_report();
  other.config[3].second = std::string("32");  // core.rows
  const std::vector<RunReport> reports{example_report(), other, other};
  EXPECT_EQ(run_labels(std::span(reports).first(2)), (std::vector<std::string>{"flex16+5 core.rows=16", "flex16+5 core.rows=32"}));
  EXPECT_EQ(run_labels(reports).back(), "flex16+5 core.rows=32 #3");
  const auto text = comparison_to_text(std::span(reports).first(2)), html = comparison_to_html(std::span(reports).first(2));
  for (const auto* name : {"flex16+5 core.rows=16", "flex16+5 core.rows=32"}) {
    EXPECT_NE(text.find(fmt::format("\n{}  flex_pe", name)), std::string::npos) << text;
    EXPECT_NE(html.find(fmt::format("<td>{}</td>", name)), std::string::npos);
  }
  EXPECT_EQ(html.find("href"), std::string::npos);  // both would be the same file
}

TEST(Configuration, OneSampleIsOneSample) {
  auto report = example_report();
  EXPECT_EQ(workload_text(report), "10 samples, batch 5");
  report.samples = report.batch = 1;
  report.layers_selected = "conv*";
  EXPECT_EQ(workload_text(report), "1 sample, batch 1, layers conv*");
  const std::vector<RunReport> reports{report};
  for (const auto& text : {to_text(report), to_html(report), comparison_to_text(reports), comparison_to_html(reports)}) {
    EXPECT_NE(text.find("1 sample, batch 1"), std::string::npos);
    EXPECT_EQ(text.find("1 samples"), std::string::npos);
  }
}

TEST(Notes, StandBesideEveryEnergyAndWherePoliciesDiffer) {
  auto other = example_report();
  const std::vector<RunReport> same{example_report(), other};
  other.accumulate = "exact";
  const std::vector<RunReport> different{example_report(), other};
  const std::string policy = "accumulate is not the same in all rows";
  for (const auto* runs : {&same, &different})
    for (const auto& text : {comparison_to_text(*runs), comparison_to_html(*runs), comparison_to_json(*runs, false).dump()}) {
      EXPECT_NE(text.find(energy_note(runs->front())), std::string::npos);
      EXPECT_EQ(text.find(policy) != std::string::npos, runs == &different);
    }
  for (const auto& text : {to_text(other), to_html(other), to_json(other).dump()})
    EXPECT_NE(text.find(energy_note(other)), std::string::npos);
  EXPECT_NE(to_html(other).find("a multiply and an add &lt;of 16 bits&gt;"), std::string::npos);
  EXPECT_NE(to_text(other).find("a MAC: a multiply and an add <of 16 bits>"), std::string::npos);
}

TEST(Notes, SayTheShareOfSecondPasses) {
  auto with = example_report(), without = with;
  for (auto& layer : without.layers) layer.second_pass_cycles = 0;
  without.format = "posit8";
  with.layers.resize(1);
  with.layers[0].second_pass_cycles = 750;
  with.layers[0].total_cycles = 3000;
  const std::string note = "round raw integers to codes once the exponent is known: flex16+5 25.0 %";
  const std::vector<RunReport> reports{without, with};
  for (const auto& text : {comparison_to_text(reports), comparison_to_html(reports), to_text(with)})
    EXPECT_NE(text.find(note), std::string::npos) << text;
  EXPECT_EQ(to_text(without).find("second passes"), std::string::npos);
  with.layers[0].second_pass_bytes = 300;
  with.layers[0].counters[spec::Counter::BusBytes] = 4000;
  EXPECT_NE(to_html(with).find("<td>25.0 %</td><td>7.5 %</td>"), std::string::npos);
  EXPECT_EQ(to_html(without).find("Second passes"), std::string::npos);
}

TEST(CsvReport, HasOneCellPerColumnAndTheAgreedFirstColumns) {
  std::istringstream lines(to_csv(example_report()));
  std::string header, row;
  std::getline(lines, header);
  EXPECT_TRUE(header.starts_with("layer,op,pass,m,n,k,cycles,total_cycles,overhead_cycles,utilisation,"));
  const auto columns = split_csv(header);
  const auto at = [&](const std::string& name) {
    return static_cast<std::size_t>(std::find(columns.begin(), columns.end(), name) - columns.begin());
  };
  for (const auto& counter : spec::kCounters) EXPECT_LT(at(std::string(counter.name)), columns.size()) << counter.name;
  const auto report = example_report();
  for (const auto& layer : report.layers) {
    ASSERT_TRUE(std::getline(lines, row));
    const auto cells = split_csv(row);
    ASSERT_EQ(cells.size(), columns.size());
    EXPECT_EQ(cells[0], layer.name);
    EXPECT_EQ(cells[at("cycles")], std::to_string(layer.cycles));
    EXPECT_EQ(cells[at("dram.read_bytes")], std::to_string(layer.counters[spec::Counter::DramReadBytes]));
    EXPECT_EQ(cells[at("digest")], layer.digest);
  }
  EXPECT_FALSE(std::getline(lines, row));
}

TEST(HtmlReport, IsSelfContainedAndEscaped) {
  auto report = example_report();
  const auto html = to_html(report);
  EXPECT_EQ(html.find("http"), std::string::npos);
  EXPECT_EQ(html.find("<script"), std::string::npos);
  EXPECT_EQ(html.find("a,\"b\"<c>"), std::string::npos);
  EXPECT_NE(html.find("a,&quot;b&quot;&lt;c&gt;"), std::string::npos);
  EXPECT_FALSE(std::regex_search(html, std::regex("(width|x|y|height)=\"-?(nan|inf)")));
  EXPECT_EQ(html.find("Incomplete"), std::string::npos);
  report.complete = false;
  EXPECT_NE(to_html(report).find("Incomplete"), std::string::npos);
}

TEST(HtmlReport, BarsOfALayerAddUpToItsCycles) {
  const auto report = example_report();
  const auto& counters = report.layers[0].counters;
  std::uint64_t sum = 0;
  for (const auto& part : cycle_parts(counters)) sum += part.cycles;
  // core.* + vector.busy = compute.busy by counters.def, and busy + stalls + idle = total.
  EXPECT_EQ(sum, counters[Counter::CoreBeats] + counters[Counter::CoreStallA] + counters[Counter::CoreStallB] +
                     counters[Counter::CoreStallOut] + counters[Counter::CoreOverhead] + counters[Counter::VectorBusy] +
                     counters[Counter::ComputeStallLoad] + counters[Counter::ComputeStallStore] + counters[Counter::ComputeIdle]);
}

TEST(VectorLayers, HaveElementsInsteadOfExtents) {
  auto report = example_report();
  report.layers = {example_vector_layer()};
  const auto json = to_json(report)["layers"][0];
  for (const auto* extent : {"m", "n", "k", "groups", "pj_per_mac"}) EXPECT_TRUE(json[extent].is_null()) << extent;
  EXPECT_EQ(json["elements"], 4704);
  EXPECT_TRUE(to_csv(report).find("\npool1,maxpool,forward,,,,2000,") != std::string::npos) << to_csv(report);
  for (const auto& text : {to_text(report), to_html(report)}) {
    EXPECT_NE(text.find("4,704 elements"), std::string::npos);
    EXPECT_EQ(text.find("0x0x0"), std::string::npos);
  }
  const auto back = report_from_json(to_json(report)).layers[0];
  EXPECT_EQ(back.m + back.n + back.k, 0);
  EXPECT_EQ(back.groups, 1);
}

TEST(DramBytes, AreSaidAsRequestedAndInBursts) {
  auto report = example_report();
  report.layers.resize(1);
  auto& counters = report.layers[0].counters;
  counters = {};
  counters[Counter::DramReadBytes] = 1000;
  counters[Counter::DramWriteBytes] = 234;
  counters[Counter::DramReadBursts] = 20;
  counters[Counter::DramWriteBursts] = 10;
  counters[Counter::TotalCycles] = 480;
  report.counters = counters;
  const auto traffic = dram_traffic(counters, report);
  EXPECT_EQ(traffic.requested_bytes, 1234u);
  EXPECT_EQ(traffic.burst_bytes, 30u * 64);
  EXPECT_DOUBLE_EQ(traffic.gb_per_s, 30 * 64 / (480 / 0.75));  // bytes a nanosecond
  for (const auto& json : {to_json(report)["dram"], to_json(report)["layers"][0]["dram"],
                           comparison_to_json(std::vector{report}, false)["runs"][0]["dram"]}) {
    EXPECT_EQ(json["requested_bytes"], 1234);
    EXPECT_EQ(json["burst_bytes"], 1920);
    EXPECT_DOUBLE_EQ(json["gb_per_s"].get<double>(), 3.0);
  }
  std::istringstream lines(to_csv(report));
  std::string header, row;
  std::getline(lines, header);
  std::getline(lines, row);
  const auto columns = split_csv(header), cells = split_csv(row);
  const auto cell = [&](const std::string& name) {
    return cells.at(static_cast<std::size_t>(std::find(columns.begin(), columns.end(), name) - columns.begin()));
  };
  EXPECT_EQ(cell("dram.requested_bytes"), "1234");
  EXPECT_EQ(cell("dram.burst_bytes"), "1920");
  EXPECT_NE(to_text(report).find("DRAM 1.23 kB requested, 1.92 kB in bursts, 3.00 GB/s"), std::string::npos) << to_text(report);
  EXPECT_NE(to_html(report).find("<td>1,234</td><td>1,920</td><td>3.00</td>"), std::string::npos);
  const auto page = comparison_to_html(std::vector{report});
  EXPECT_NE(page.find("<th>DRAM requested</th><th>DRAM in bursts</th>"), std::string::npos);
  EXPECT_NE(page.find("<td>1.23 kB</td><td>1.92 kB</td>"), std::string::npos);

  counters[Counter::DramReadBursts] = counters[Counter::DramWriteBursts] = 0;  // ideal memory
  EXPECT_EQ(dram_traffic(counters, report).burst_bytes, 1234u);
}

TEST(CsvReport, ARunARowWithItsConfiguration) {
  auto other = example_report();
  other.config[3].second = std::string("32");
  const std::vector<RunReport> reports{example_report(), other};
  std::istringstream lines(comparison_to_csv(reports));
  std::string header, row;
  std::getline(lines, header);
  const auto columns = split_csv(header);
  const auto rows_at = std::find(columns.begin(), columns.end(), "config.core.rows") - columns.begin();
  for (const auto* rows : {"16", "32"}) {
    ASSERT_TRUE(std::getline(lines, row));
    const auto cells = split_csv(row);
    ASSERT_EQ(cells.size(), columns.size());
    EXPECT_EQ(cells.at(static_cast<std::size_t>(rows_at)), rows);
  }
  EXPECT_FALSE(std::getline(lines, row));
}

TEST(TextReport, ComparesRunsInOneTable) {
  auto posit = example_report();
  posit.format = "posit8";
  posit.complete = false;
  const std::vector<RunReport> reports{example_report(), posit};
  const auto text = comparison_to_text(reports);
  EXPECT_NE(text.find("flex16+5"), std::string::npos);
  EXPECT_NE(text.find("posit8 (incomplete)"), std::string::npos);
  EXPECT_NE(text.find("9/10"), std::string::npos);
  EXPECT_NE(to_text(posit).find("INCOMPLETE"), std::string::npos);
}

TEST(OutputFile, IsWholeOrNotThere) {
  const auto directory = std::filesystem::temp_directory_path() / "binade-output-test";
  std::filesystem::remove_all(directory);
  prepare_output_directory(directory / "a" / "b");
  EXPECT_TRUE(std::filesystem::is_empty(directory / "a" / "b"));
  write_file(directory / "x.txt", "one");
  write_file(directory / "x.txt", "two");
  std::stringstream text;
  text << std::ifstream(directory / "x.txt").rdbuf();
  EXPECT_EQ(text.str(), "two");
  EXPECT_FALSE(std::filesystem::exists(directory / "x.txt.part"));
  EXPECT_THROW(prepare_output_directory(directory / "x.txt" / "below"), InputError);
  EXPECT_THROW(write_file(directory / "none" / "y.txt", "text"), InputError);
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace binade::sim
