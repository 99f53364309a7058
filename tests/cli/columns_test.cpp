// SPDX-License-Identifier: Apache-2.0
// The report's columns against the documents. BINADE_WRITE_DOCUMENTS=1 writes what is missed instead: a new column is a row of
// sim/report/columns.cpp, its field, and one run of this test.
#include "sim/report/columns.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "models/numerics/error.h"
#include "sim/host/wall_clock.h"
#include "sim/report/column_documents.h"
#include "sim/report/csv_report.h"
#include "sim/report/html_report.h"
#include "sim/report/json_report.h"
#include "sim/report/passes.h"
#include "sim/report/text_report.h"
#include "tests/cli/report_fixture.h"
#include "tests/support/documents.h"

namespace binade::sim {
namespace {

using Json = nlohmann::ordered_json;

/// Those that every run has: components of energy are the run's own.
std::vector<LayerColumn> fixed_columns() { return layer_columns(RunReport{}); }

std::vector<PassColumn> fixed_pass_columns() { return pass_columns(RunReport{}); }

/// What the schema says of a layer or a pass, by its columns. Objects with members of any name (counters, energy by component) stay
/// as they are: their lists are elsewhere.
template <typename Owner>
Json row_schema(const std::vector<Column<Owner>>& columns) {
  Json row{{"type", "object"}, {"additionalProperties", false}, {"required", Json::array()}, {"properties", Json::object()}};
  const auto add = [](Json& object, const std::string& name, const Json& schema) {
    if (object["properties"].contains(name)) return;
    object["required"].push_back(name);
    object["properties"][name] = schema;
  };
  for (const auto& column : columns) {
    if (column.group.empty()) {
      add(row, column.name, schema_of(column));
    } else if (column.group == "counters" || column.group == "energy") {
      add(row, column.group, {{"$ref", "#/$defs/" + column.group}});
    } else {
      add(row, column.group,
          {{"type", "object"}, {"additionalProperties", false}, {"required", Json::array()}, {"properties", Json::object()}});
      add(row["properties"][column.group], column.name, schema_of(column));
    }
  }
  return row;
}

/// The run's own figures of a kind that layers have too.
Json of_the_run(const Json& layer, const std::string& property, const std::string& description) {
  auto schema = layer["properties"][property];
  schema["description"] = description;
  return schema;
}

TEST(Columns, TheSchemaSaysWhatTheyAre) {
  auto schema = Json::parse(support::read_document("docs/report.schema.json"));
  const auto wanted = row_schema(fixed_columns());
  const Json shared{
      {"bound_cycles", of_the_run(wanted, "bound_cycles", "every clock by what bounds it; the rule is in docs/report.md")},
      {"dram", of_the_run(wanted, "dram", "bytes between the DRAM and the accelerator")},
      {"error", of_the_run(wanted, "end_to_end", "a tensor against its reference")},
      {"pass", row_schema(fixed_pass_columns())}};
  if (support::writing_documents()) {
    schema["$defs"]["layer"] = wanted;
    for (const auto& [name, definition] : shared.items()) schema["$defs"][name] = definition;
    support::write_document("docs/report.schema.json", schema.dump(2) + "\n");
  }
  for (const auto& [name, definition] : shared.items()) EXPECT_EQ(schema["$defs"][name].dump(), definition.dump()) << name;
  const auto stated = schema["$defs"]["layer"];
  for (const auto& [name, property] : wanted["properties"].items()) {
    ASSERT_TRUE(stated["properties"].contains(name)) << name;
    EXPECT_EQ(stated["properties"][name].dump(), property.dump()) << name;
  }
  EXPECT_EQ(stated.dump(), wanted.dump());
}

std::vector<std::string> wall_part_words() {
  std::vector<std::string> words;
  for (const auto& part : kWallParts) words.emplace_back(part.word);
  return words;
}

/// What the schema says of a run, by its columns: members and their order. Structures, and groups that layers have too, are as
/// `stated` has them.
Json run_schema(const Json& stated) {
  const std::set<std::string> shared{"counters", "energy", "dram", "bound_cycles", "output"};
  Json properties = Json::object(), required = Json::array();
  const auto keep = [&](const std::string& name) { properties[name] = stated.at("properties").at(name); };
  for (const char* name : {"schema", "schema_version", "tool"}) keep(name);
  for (const auto& column : run_columns()) {
    if (column.group.empty() && column.type == ColumnType::Structure) {
      keep(column.name);
      if (column.name == "wall_parts") properties[column.name]["items"]["properties"]["part"]["enum"] = wall_part_words();
    } else if (column.group.empty()) {
      properties[column.name] = schema_of(column);
    } else if (shared.contains(column.group)) {
      keep(column.group);
    } else {
      if (!properties.contains(column.group))
        properties[column.group] = {
            {"type", "object"}, {"additionalProperties", false}, {"required", Json::array()}, {"properties", Json::object()}};
      properties[column.group]["required"].push_back(column.name);
      properties[column.group]["properties"][column.name] = schema_of(column);
    }
  }
  keep("checksum");
  for (const auto& [name, property] : properties.items()) required.push_back(name);
  auto schema = stated;
  schema["required"] = required;
  schema["properties"] = properties;
  return schema;
}

TEST(Columns, TheSchemaSaysWhatARunHas) {
  const auto stated = Json::parse(support::read_document("docs/report.schema.json"));
  const auto wanted = run_schema(stated);
  if (support::writing_documents()) return support::write_document("docs/report.schema.json", wanted.dump(2) + "\n");
  EXPECT_EQ(stated["required"].dump(), wanted["required"].dump());
  for (const auto& [name, property] : wanted["properties"].items())
    EXPECT_EQ(stated["properties"][name].dump(), property.dump()) << name;
  EXPECT_EQ(stated.dump(), wanted.dump());
}

/// What stands between `<!-- NAME -->` and `<!-- /NAME -->` of the page is `wanted`.
TEST(Columns, ThePageNamesEachOfThem) {
  support::expect_on_page("docs/report.md", "columns", columns_markdown(fixed_columns()));
  auto of_a_pass = fixed_pass_columns();
  std::erase_if(of_a_pass, [](const PassColumn& column) { return column.group == "counters"; });
  support::expect_on_page("docs/report.md", "pass columns", columns_markdown(of_a_pass));
  auto of_the_run = run_columns();
  std::erase_if(of_the_run, [](const RunColumn& column) { return column.group == "counters"; });  // the page has them already
  support::expect_on_page("docs/report.md", "run columns", columns_markdown(of_the_run));
}

TEST(Columns, NamesAreTheirOwnAndMeaningsAreSaid) {
  std::set<std::string> heads, places;
  for (const auto& column : layer_columns(example_report())) {
    EXPECT_TRUE(column.csv.empty() || heads.insert(column.csv).second) << column.csv;
    EXPECT_TRUE(places.insert(column.group + "/" + column.name).second) << column.name;
    EXPECT_FALSE(column.meaning.empty()) << column.name;
  }
  for (const auto& columns : {run_columns(), comparison_columns()}) {
    places.clear();
    for (const auto& column : columns) {
      EXPECT_TRUE(places.insert(place_of(column)).second) << column.name;
      EXPECT_FALSE(column.meaning.empty()) << column.name;
    }
  }
}

/// Values just outside of what a column allows; none where it allows everything.
std::vector<Json> forbidden(const Constraint& allowed) {
  std::vector<Json> values;
  if (allowed.minimum) values.emplace_back(*allowed.minimum - 1);
  if (allowed.maximum) values.emplace_back(*allowed.maximum + 1);
  if (!allowed.words.empty()) values.emplace_back("forwards");
  if (!allowed.pattern.empty()) values.emplace_back(std::string(63, 'a'));
  return values;
}

TEST(Columns, AReportThatBreaksAConstraintIsRefused) {
  const auto report = example_report();
  const auto json = to_json(report);
  EXPECT_NO_THROW(report_from_json(json));
  std::set<std::string> broken;
  for (const auto& column : layer_columns(report)) {
    if (!column.set) continue;
    const Json::json_pointer place((column.group.empty() ? "" : "/" + column.group) + "/" + column.name);
    for (const auto& value : forbidden(column.allowed)) {
      auto bad = json;
      bad["layers"][1][place] = value;
      EXPECT_THROW(report_from_json(bad), InputError) << column.name << ' ' << value;
      broken.insert(column.name);
    }
  }
  for (const auto& column : run_columns()) {
    if (!column.set) continue;
    for (const auto& value : forbidden(column.allowed)) {
      auto bad = json;
      bad[Json::json_pointer("/" + place_of(column))] = value;
      EXPECT_THROW(report_from_json(bad), InputError) << column.name << ' ' << value;
      broken.insert(place_of(column));
    }
  }
  for (const auto* name :
       {"accumulate", "core", "batch", "machine/dram_channels", "top1/correct", "counters/total.cycles", "wall_seconds"})
    EXPECT_TRUE(broken.contains(name)) << name;
  for (const auto* name : {"pass", "m", "cycles", "utilisation", "loop_order", "unique_bytes", "total.cycles", "digest"})
    EXPECT_TRUE(broken.contains(name)) << name;
}

// Every figure of the passes is the sum of its rows, and theirs together the run's.
TEST(Columns, PassesAreSumsOfTheirRows) {
  auto report = example_report();
  report.layers.push_back(example_vector_layer());
  report.layers[1].pass = "backward-data";
  report.layers[2].pass = "update";
  report.layers[2].energy.push_back({"vector", 2.5, {}});
  report.layers[0].utilisation = 0.25;
  report.layers.push_back(report.layers[0]);
  report.counters += report.layers[2].counters;
  report.counters += report.layers[3].counters;
  const auto passes = pass_totals(report);
  ASSERT_EQ(passes.size(), 3u);
  EXPECT_EQ(passes[0].pass, "forward");
  EXPECT_EQ(passes[1].pass, "backward-data");
  EXPECT_EQ(passes[2].pass, "update");
  EXPECT_EQ(passes[0].rows, 2);
  EXPECT_EQ(passes[0].macs, 2 * report.layers[0].macs);
  EXPECT_EQ(passes[0].total_cycles, 2 * report.layers[0].total_cycles);
  EXPECT_EQ(passes[0].utilisation, 0.25);
  EXPECT_EQ(passes[1].utilisation, 0.5);
  EXPECT_EQ(component_picojoule(passes[0].energy, "core mac"), 3e6);
  EXPECT_EQ(component_picojoule(passes[2].energy, "vector"), 2.5);
  const auto step = step_totals(report);
  spec::Counters counters;
  BoundCycles bounds{};
  double energy = 0;
  std::uint64_t macs = 0;
  for (const auto& pass : passes) {
    counters += pass.counters;
    energy += total_picojoule(pass.energy);
    macs += pass.macs;
    for (std::size_t i = 0; i < bounds.size(); ++i) bounds[i] += pass.bounds[i];
  }
  EXPECT_EQ(counters, report.counters);
  EXPECT_EQ(counters, step.counters);
  EXPECT_EQ(bounds, bound_cycles(report));
  EXPECT_EQ(bounds, step.bounds);
  EXPECT_EQ(macs, total_macs(report));
  EXPECT_DOUBLE_EQ(energy, total_picojoule(step.energy));
  EXPECT_EQ(step.rows, 4);
  EXPECT_EQ(step.utilisation, overall_utilisation(report));
}

TEST(Columns, PassesStandWhereAStepIs) {
  const auto plain = example_report();
  EXPECT_FALSE(has_passes(plain));
  EXPECT_EQ(to_text(plain).find("of cycles"), std::string::npos);
  EXPECT_EQ(to_html(plain).find("<h2>Passes"), std::string::npos);
  auto step = plain;
  step.layers[1].pass = "backward-weight";
  EXPECT_TRUE(has_passes(step));
  const auto text = to_text(step), page = to_html(step);
  EXPECT_NE(text.find("of cycles"), std::string::npos) << text;
  EXPECT_NE(text.find("backward-weight"), std::string::npos) << text;
  EXPECT_NE(page.find("<h2>Passes"), std::string::npos);
  EXPECT_NE(page.find("<th>pass</th>"), std::string::npos);
  EXPECT_EQ(passes_text(plain), "forward");
  EXPECT_EQ(passes_text(step), "forward+backward-weight");
  EXPECT_NE(text.find(", of a training step forward+backward-weight"), std::string::npos) << text;
  auto whole = plain;
  whole.layers.assign(row_passes().size(), plain.layers[0]);
  for (std::size_t i = 0; i < whole.layers.size(); ++i) whole.layers[i].pass = row_passes()[i];
  EXPECT_EQ(passes_text(whole), "step");
  // Rates are those of the passes that ran.
  EXPECT_EQ(to_text(plain).find(" alone"), std::string::npos);
  EXPECT_EQ(to_text(whole).find(" alone"), std::string::npos);
  EXPECT_NE(text.find(" samples/s (forward+backward-weight alone);"), std::string::npos) << text;
  EXPECT_NE(text.find("\nforward+backward-weight  "), std::string::npos) << text;  // the total's row
  EXPECT_NE(to_text(whole).find("\nstep  "), std::string::npos) << to_text(whole);
  EXPECT_NE(page.find(" (forward+backward-weight alone)<"), std::string::npos);
  const auto json = to_json(step);
  ASSERT_EQ(json["passes"].size(), 2u);
  EXPECT_EQ(json["passes"][1]["pass"], "backward-weight");
  EXPECT_EQ(json["passes"][1]["total_cycles"], json["layers"][1]["total_cycles"]);
  EXPECT_EQ(to_json(report_from_json(json)).dump(), json.dump());
  auto older = json;
  older.erase("passes");  // of a program that had none
  EXPECT_EQ(to_json(report_from_json(older)).dump(), json.dump());
  const auto csv = passes_to_csv(step);
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 3);
  EXPECT_EQ(csv.substr(0, 14), "pass,rows,macs");
}

// What the program makes is what it allows: derived columns too.
TEST(Columns, EveryValueIsAllowed) {
  auto report = example_report();
  report.layers.push_back(example_vector_layer());
  for (const auto& column : layer_columns(report))
    for (const auto& layer : report.layers) EXPECT_TRUE(allows(column.allowed, column.get(layer, report))) << column.name;
  for (const auto& column : pass_columns(report))
    for (const auto& pass : pass_totals(report)) EXPECT_TRUE(allows(column.allowed, column.get(pass, report))) << column.name;
  for (const auto& column : run_columns())
    if (column.get) {
      EXPECT_TRUE(allows(column.allowed, column.get(report, report))) << column.name;
    }
}

TEST(Columns, ConstraintsSayWhatTheyAllow) {
  const Constraint share{.minimum = 0, .maximum = 1}, words{.words = {"a", "b", ""}};
  EXPECT_TRUE(allows(share, 0.0) && allows(share, 1.0) && allows(share, std::uint64_t{1}) && allows(share, Cell()));
  for (const double value : {-0.001, 1.001, HUGE_VAL, std::nan("")}) EXPECT_FALSE(allows(share, value)) << value;
  EXPECT_FALSE(allows(share, std::int64_t{-1}));
  EXPECT_FALSE(allows({.minimum = 1}, std::uint64_t{0}));
  EXPECT_TRUE(allows({.minimum = 1}, ~std::uint64_t{0}));
  EXPECT_TRUE(allows(words, std::string("b")) && allows(words, std::string()));
  EXPECT_FALSE(allows(words, std::string("c")));
  EXPECT_EQ(constraint_text(share), "0 to 1");
  EXPECT_EQ(constraint_text({.minimum = 1}), "1 or more");
  EXPECT_EQ(constraint_text(words), "a, b or nothing");
  EXPECT_EQ(constraint_text({}), "");
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
