// SPDX-License-Identifier: Apache-2.0
// The report of `binade search`: its forms and its documents. BINADE_WRITE_DOCUMENTS=1 writes what the documents miss.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "sim/report/column_documents.h"
#include "sim/report/search_report.h"
#include "tests/support/documents.h"

namespace binade::sim {
namespace {

SearchReport report() {
  SearchReport report;
  report.network = "lenet5";
  report.table = "t";
  report.objective = "speed";
  report.samples = 200;
  report.inputs = 10;
  report.loss = 0.01;
  report.evaluations = 2;
  report.reference_correct = 196;
  report.slope = 1.25;
  report.intercept = -0.25;
  report.correlation = 0.96;
  report.model_networks = {"cifarnet"};
  report.model_points = 161;
  report.status = "measured";
  report.search_seconds = 2;
  report.exhaustive_seconds = 340;
  SearchRow good, bad;
  good.format = "e5m4";
  good.family = "float";
  good.accumulate = "serial";
  good.bits = 10;
  good.iso_area_speedup = 20;
  good.r2 = 0.998;
  good.predicted = 0.9975;
  good.measured = 0.995;
  good.correct = 195;
  good.evaluation = 1;
  good.chosen = true;
  bad.format = "e2m1";
  bad.refused = "why";
  report.rows = {good, bad};
  return report;
}

TEST(SearchReport, SaysWhatWasChosenAndWhatItTook) {
  const std::string text = to_text(report());
  for (const char* part : {"chosen: e5m4, measured to keep 99.50 %", "20 x the throughput", "accuracy = 1.250 R2 - 0.250",
                           "161 points of cifarnet", "170 times as long", "estimated", "evaluation 1"})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  SearchReport none = report();
  none.rows[0].chosen = false;
  none.rows[0].evaluation.reset();
  EXPECT_NE(to_text(none).find("no format is predicted to lose at most 1 %"), std::string::npos);
}

TEST(SearchReport, CsvAndJsonHaveARowAFormat) {
  std::istringstream lines(to_csv(report()));
  std::string head, first, second, more;
  std::getline(lines, head);
  std::getline(lines, first);
  std::getline(lines, second);
  EXPECT_EQ(first.substr(0, 23), "e5m4,float,serial,10,0,");
  EXPECT_NE(second.find(",why"), std::string::npos);
  EXPECT_FALSE(std::getline(lines, more));
  const auto json = to_json(report());
  EXPECT_EQ(json["chosen"], "e5m4");
  EXPECT_TRUE(json["exhaustive_best"].is_null());
  EXPECT_EQ(json["formats"].size(), 2U);
  const auto schema = search_schema();
  for (const auto& [name, value] : json.items()) EXPECT_TRUE(schema["properties"].contains(name)) << name;
  for (const auto& [name, property] : schema["properties"].items()) EXPECT_TRUE(json.contains(name)) << name;
}

TEST(SearchDocuments, TheSchemaSaysWhatAReportIs) {
  support::expect_document("docs/search.schema.json", search_schema().dump(2) + "\n");
}

TEST(SearchDocuments, ThePageNamesEveryColumn) {
  support::expect_on_page("docs/search.md", "columns", columns_markdown("column", search_columns()));
}

}  // namespace
}  // namespace binade::sim
