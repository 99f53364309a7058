// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "models/numerics/error.h"
#include "sim/report/csv_report.h"
#include "sim/report/figures.h"
#include "sim/report/html_report.h"
#include "sim/report/json_report.h"
#include "sim/report/output_file.h"
#include "sim/report/text_report.h"
#include "tests/cli/report_fixture.h"

namespace binade::sim {
namespace {

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
  EXPECT_TRUE(json["layers"][0]["datapath"]["sqnr_db"].is_null());
  EXPECT_TRUE(json["layers"][0]["datapath"]["exact"].get<bool>());
  EXPECT_TRUE(json["layers"][1]["end_to_end"]["sqnr_db"].is_null());
  EXPECT_FALSE(json["layers"][1]["end_to_end"]["exact"].get<bool>());
  const auto back = report_from_json(json);
  EXPECT_TRUE(std::isinf(*back.layers[0].datapath.sqnr_db));
  EXPECT_FALSE(back.layers[1].end_to_end.sqnr_db.has_value());
  EXPECT_EQ(back.seed, 0xffffffffffffffff);
  EXPECT_EQ(back.counters, example_report().counters);
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
  using spec::Counter;
  // core.* + vector.busy = compute.busy by counters.def, and busy + stalls + idle = total.
  EXPECT_EQ(sum, counters[Counter::CoreBeats] + counters[Counter::CoreStallA] + counters[Counter::CoreStallB] +
                     counters[Counter::CoreStallOut] + counters[Counter::CoreOverhead] + counters[Counter::VectorBusy] +
                     counters[Counter::ComputeStallLoad] + counters[Counter::ComputeStallStore] + counters[Counter::ComputeIdle]);
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

TEST(Figures, NumbersAsPeopleReadThem) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(1234567), "1,234,567");
  EXPECT_EQ(seconds_text(0), "0 s");
  EXPECT_EQ(seconds_text(1.5e-3), "1.50 ms");
  EXPECT_EQ(seconds_text(12.34e-6), "12.3 us");
  EXPECT_EQ(seconds_text(123.4), "123 s");
  EXPECT_EQ(energy_text(2.5e6), "2.50 uJ");
  EXPECT_EQ(sqnr_text(std::nullopt), "-");
  EXPECT_EQ(sqnr_text(std::numeric_limits<double>::infinity()), "exact");
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
