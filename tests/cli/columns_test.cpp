// SPDX-License-Identifier: Apache-2.0
// The report's columns against the documents. BINADE_WRITE_DOCUMENTS=1 writes what is missed instead: a new column is a row of
// sim/report/columns.cpp, its field, and one run of this test.
#include "sim/report/columns.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "sim/report/column_documents.h"
#include "sim/report/csv_report.h"
#include "tests/cli/report_fixture.h"

namespace binade::sim {
namespace {

using Json = nlohmann::ordered_json;

const std::string kRoot = BINADE_ROOT;
constexpr const char* kBegin = "<!-- columns -->\n";
constexpr const char* kEnd = "<!-- /columns -->\n";

std::string read(const std::string& file) {
  std::ifstream stream(kRoot + "/" + file);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}
void write(const std::string& file, const std::string& text) { std::ofstream(kRoot + "/" + file) << text; }
bool writing() { return std::getenv("BINADE_WRITE_DOCUMENTS") != nullptr; }

/// Those that every run has: components of energy are the run's own.
std::vector<LayerColumn> fixed_columns() { return layer_columns(RunReport{}); }

/// What the schema says of a layer, by its columns. Objects with members of any name (counters, energy by component) stay as they
/// are: their lists are elsewhere.
Json layer_schema() {
  Json layer{{"type", "object"}, {"additionalProperties", false}, {"required", Json::array()}, {"properties", Json::object()}};
  const auto add = [](Json& object, const std::string& name, const Json& schema) {
    if (object["properties"].contains(name)) return;
    object["required"].push_back(name);
    object["properties"][name] = schema;
  };
  for (const auto& column : fixed_columns()) {
    if (column.group.empty()) {
      add(layer, column.name, schema_of(column));
    } else if (column.group == "counters" || column.group == "energy") {
      add(layer, column.group, {{"$ref", "#/$defs/" + column.group}});
    } else {
      add(layer, column.group,
          {{"type", "object"}, {"additionalProperties", false}, {"required", Json::array()}, {"properties", Json::object()}});
      add(layer["properties"][column.group], column.name, schema_of(column));
    }
  }
  return layer;
}

TEST(Columns, TheSchemaSaysWhatTheyAre) {
  auto schema = Json::parse(read("docs/report.schema.json"));
  const auto wanted = layer_schema();
  if (writing()) {
    schema["$defs"]["layer"] = wanted;
    write("docs/report.schema.json", schema.dump(2) + "\n");
  }
  const auto stated = schema["$defs"]["layer"];
  for (const auto& [name, property] : wanted["properties"].items()) {
    ASSERT_TRUE(stated["properties"].contains(name)) << name;
    EXPECT_EQ(stated["properties"][name].dump(), property.dump()) << name;
  }
  EXPECT_EQ(stated.dump(), wanted.dump());
}

TEST(Columns, ThePageNamesEachOfThem) {
  auto page = read("docs/report.md");
  const auto begin = page.find(kBegin), end = page.find(kEnd);
  ASSERT_NE(begin, std::string::npos);
  ASSERT_NE(end, std::string::npos);
  const auto from = begin + std::string(kBegin).size();
  const auto wanted = columns_markdown(fixed_columns());
  if (writing()) {
    page.replace(from, end - from, wanted);
    write("docs/report.md", page);
    return;
  }
  EXPECT_EQ(page.substr(from, end - from), wanted);
}

TEST(Columns, NamesAreTheirOwnAndMeaningsAreSaid) {
  std::set<std::string> heads, places;
  for (const auto& column : layer_columns(example_report())) {
    if (!column.csv.empty()) EXPECT_TRUE(heads.insert(column.csv).second) << column.csv;
    EXPECT_TRUE(places.insert(column.group + "/" + column.name).second) << column.name;
    EXPECT_FALSE(column.meaning.empty()) << column.name;
  }
}

// Each column that is no consequence of others takes back what it gave.
TEST(Columns, WhatIsPutBackIsWhatWasThere) {
  const auto report = example_report();
  for (const auto& layer : {report.layers[0], report.layers[1], example_vector_layer()}) {
    LayerReport back;
    const auto columns = layer_columns(report);
    for (const auto& column : columns)
      if (column.set) column.set(back, column.get(layer, report));
    auto one = report, other = report;
    one.layers = {layer};
    other.layers = {back};
    EXPECT_EQ(to_csv(one), to_csv(other));
  }
}

}  // namespace
}  // namespace binade::sim
