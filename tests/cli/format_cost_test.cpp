// SPDX-License-Identifier: Apache-2.0
// The report of `binade cost`: its forms and its documents. BINADE_WRITE_DOCUMENTS=1 writes what the documents miss.
#include "sim/report/format_cost.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "sim/report/column_documents.h"
#include "sim/report/format_cost_columns.h"
#include "tests/support/documents.h"

namespace binade::sim {
namespace {

using Json = nlohmann::ordered_json;

CoreShareRow share(const char* role, const char* module, int count) {
  CoreShareRow row;
  row.role = role;
  row.module = module;
  row.count = count;
  return row;
}

/// An element of 100 um2 and its lane; glue and a second format that are not modelled.
FormatCostReport report() {
  FormatCostReport report;
  report.table = "t";
  report.provenance = "a library";
  report.activity = "nn";
  report.baseline = "fp32 fp32, 1 stage";
  report.rows = 4;
  report.cols = 2;
  FormatCostRow known;
  known.format = "dfp8";
  known.accumulate = "exact";
  known.acc_bits = 32;
  known.technology = "t";
  known.area_um2 = 100;
  known.area_error_percent = 2.5;
  known.delay_ps = 500;
  known.iso_area_speedup = 6;
  known.flags = "interpolated";
  auto element = share("element", "dfp_pe", 8), lane = share("lane", "dfp_lane", 2), glue = share("glue", "systolic_array", 1);
  element.area_um2 = element.area_um2_per_element = 100;
  element.delay_ps = 500;
  lane.area_um2 = 40;
  lane.area_um2_per_element = 10;
  lane.delay_ps = 700;
  glue.flags = "not modelled";
  known.core = {element, lane, glue};
  FormatCostRow unknown;
  unknown.format = "posit8";
  unknown.accumulate = "serial";
  unknown.technology = "t";
  unknown.flags = "not modelled: no RTL";
  report.formats = {known, unknown};
  return report;
}

TEST(FormatCost, TheTextHasAnElementAndItsShares) {
  const std::string text = to_text(report());
  for (const char* part : {"100 +-2%", "operands of 'nn'", "array of 4 x 2", "lane 700", "not modelled: no RTL",
                           "iso-area: fp32 fp32, 1 stage", "table: a library"})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  // What is not modelled is in no sum, and named.
  const auto shares = text.substr(text.find("array of"));
  EXPECT_NE(shares.find("110"), std::string::npos) << shares;
  EXPECT_NE(shares.find("  glue"), std::string::npos) << shares;
}

TEST(FormatCost, CsvHasARowAFormatAndNothingWhereThereIsNoFigure) {
  std::istringstream lines(to_csv(report()));
  std::string head, first, second, more;
  std::getline(lines, head);
  std::getline(lines, first);
  std::getline(lines, second);
  EXPECT_EQ(head,
            "format,accumulate,acc_bits,latency,technology,target_ps,area_um2,delay_ps,frequency_ghz,energy_pj_per_mac,"
            "zero_delay_pj_per_mac,idle_pj,leakage_nw,iso_area_speedup,area_error_percent,delay_error_percent,energy_error_percent,"
            "flags");
  EXPECT_EQ(first, "dfp8,exact,32,1,t,,100,500,,,,,,6,2.5,,,interpolated");
  EXPECT_EQ(second.substr(0, 15), "posit8,serial,0");
  EXPECT_FALSE(std::getline(lines, more));
}

template <typename Row>
Json object_schema(const std::vector<PlainColumn<Row>>& columns) {
  Json schema{{"type", "object"}, {"additionalProperties", false}, {"required", Json::array()}, {"properties", Json::object()}};
  for (const auto& column : columns) {
    schema["required"].push_back(column.name);
    schema["properties"][column.name] = schema_of(column);
  }
  return schema;
}

Json document_schema() {
  Json format = object_schema(format_cost_columns());
  format["required"].push_back("core");
  format["properties"]["core"] = {{"type", "array"},
                                  {"items", object_schema(core_share_columns())},
                                  {"description", "the units of the core; none where the RTL does not have the format's policy"}};
  Json schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
              {"title", "Report of `binade cost`"},
              {"type", "object"},
              {"additionalProperties", false},
              {"required", Json::array()},
              {"properties", Json::object()}};
  const auto add = [&](const char* name, Json property, const char* meaning) {
    property["description"] = meaning;
    schema["required"].push_back(name);
    schema["properties"][name] = std::move(property);
  };
  add("schema", {{"const", kFormatCostSchema}}, "what the document is");
  add("schema_version", {{"const", kFormatCostSchemaVersion}}, "of this schema");
  add("tool", {{"type", "object"}, {"required", {"name", "version", "revision"}}}, "what wrote it");
  add("table", {{"type", "string"}}, "the cost table: a technology or a folder");
  add("provenance", {{"type", "string"}}, "library, corner, voltage, RTL, date, tools, and what is not modelled");
  add("activity", {{"type", "string"}}, "operand streams of the energies");
  add("baseline", {{"type", "string"}}, "what iso_area_speedup compares with");
  add("rows", {{"type", "integer"}, {"minimum", 1}}, "of the array");
  add("cols", {{"type", "integer"}, {"minimum", 1}}, "of the array");
  add("formats", {{"type", "array"}, {"minItems", 1}, {"items", format}}, "in the order of the command");
  schema["$defs"] = {{"real", {{"oneOf", {{{"type", "number"}}, {{"enum", {"inf", "-inf", "nan"}}}}}}}};
  return schema;
}

TEST(FormatCostDocuments, TheSchemaSaysWhatAReportIs) {
  const auto wanted = document_schema().dump(2) + "\n";
  support::expect_document("docs/format-cost.schema.json", wanted);
  const Json json = to_json(report()), schema = document_schema();
  for (const auto& [name, property] : schema["properties"].items()) EXPECT_TRUE(json.contains(name)) << name;
  EXPECT_EQ(json["formats"][0]["core"].size(), 3U);
  EXPECT_TRUE(json["formats"][1]["area_um2"].is_null());
}

TEST(FormatCostDocuments, ThePageNamesEveryColumn) {
  support::expect_on_page("docs/cost.md", "format columns", columns_markdown("column", format_cost_columns()));
  support::expect_on_page("docs/cost.md", "unit columns", columns_markdown("column", core_share_columns()));
}

}  // namespace
}  // namespace binade::sim
