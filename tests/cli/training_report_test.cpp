// SPDX-License-Identifier: Apache-2.0
// Reports of training runs: every figure both ways, what pages and comparisons say, and the documents. BINADE_WRITE_DOCUMENTS=1
// writes the tables of docs/training.md and docs/training.schema.json instead of comparing them.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "models/numerics/error.h"
#include "sim/report/column_documents.h"
#include "sim/report/training_columns.h"
#include "sim/report/training_html.h"
#include "sim/report/training_json.h"
#include "sim/report/training_text.h"
#include "tests/cli/report_fixture.h"
#include "tests/support/documents.h"

namespace binade::sim {
namespace {

using Json = nlohmann::ordered_json;

TrainingReport example(const std::string& recipe) {
  TrainingReport report;
  report.network = "lenet5";
  report.network_source = "LeCun <et al.> & others, \"1998\"";
  report.recipe = recipe;
  report.data = "MNIST, 8,000 train, 2,000 test";
  report.initialisation = "pytorch, seed 0";
  report.train_samples = 8000;
  report.test_samples = 2000;
  report.seed = 0xffffffff;
  report.order = "shuffled";
  report.augmentation = "none";
  report.config = {
      {"format", "posit8"},      {"train.batch", "64"},       {"train.lr", "0.0625"},          {"train.optimiser", "sgd"},
      {"train.momentum", "0.5"}, {"train.weight_decay", "0"}, {"train.loss", "cross-entropy"}, {"train.nesterov", "false"}};
  report.overrides = {"train.lr"};
  report.formats = "conv1 weight posit8 <exact> rne\n";
  report.status = kComplete;
  report.identity = std::string(64, 'b');
  for (int epoch = 1; epoch <= 3; ++epoch) {
    report.history.push_back({.epoch = epoch,
                              .step = static_cast<std::uint64_t>(125 * epoch),
                              .samples = 8000,
                              .train_loss = 1.0 / epoch,
                              .train_accuracy = 0.9 + 0.01 * epoch,
                              .test_loss = 0.5 / epoch,
                              .test_accuracy = epoch == 2 ? 0.97 : 0.96,
                              .lr = 0.0625,
                              .overflows = 10,
                              .underflows = 3,
                              .images_per_second = 1234.5,
                              .train_seconds = 6.5});
    report.tensors.push_back({.epoch = epoch,
                              .tensor = "conv1",
                              .pass = "forward",
                              .exponent = -10 - epoch,
                              .writes = 1000,
                              .overflows = 10,
                              .underflows = 3});
    report.tensors.push_back({.epoch = epoch, .tensor = "fc1.weight", .pass = "update", .exponent = {}, .writes = 500});
  }
  report.exponents = {{.tensor = "conv1", .pass = "forward", .steps = {1, 130, 260}, .exponents = {-11, -12, -13}}};
  report.history[0].test_loss.reset();
  report.history[0].test_accuracy.reset();
  return report;
}

TEST(TrainingReport, ReadsBackAsItWas) {
  const auto report = example("positnn,O=posit12");
  const auto json = to_json(report);
  const auto back = training_from_json(Json::parse(json.dump()));
  EXPECT_EQ(to_json(back).dump(), json.dump());
  EXPECT_EQ(back.history, report.history);
  EXPECT_EQ(back.tensors, report.tensors);
  EXPECT_EQ(back.exponents, report.exponents);
  EXPECT_EQ(back.config, report.config);
  EXPECT_TRUE(json["history"][0]["test_accuracy"].is_null());
}

/// A step of 3,000 samples, of which an epoch of 8,000 has two and 2,000 over.
RunReport step_of(std::int64_t samples, std::uint64_t scale) {
  auto report = example_report();
  report.samples = report.batch = samples;
  report.layers.clear();
  for (const auto pass : {"forward", "loss", "backward-data", "backward-weight", "update"}) {
    report.layers.push_back(example_layer(std::string("row of ") + pass, scale));
    report.layers.back().pass = pass;
  }
  return report;
}
TrainingReport costed(const std::string& recipe) {
  auto report = example(recipe);
  auto first = step_of(3000, 3);
  const auto step = first, last = step_of(2000, 2);
  first.layers.back() = example_layer("row of update", 1);
  first.layers.back().pass = "update";
  report.history.back().samples = 3000;  // it ended within the epoch
  add_cost(cost_of({.first = first, .step = step, .last = &last}, report.train_samples), report);
  return report;
}

TEST(TrainingCost, TheStandingOfItsEnergiesIsSaid) {
  auto step = step_of(3000, 3);
  step.energy_table = "a table";
  EXPECT_EQ(cost_of({.first = step, .step = step}, 3000).energy_table, "a table");
  step.calibrated.emplace();
  step.calibrated->standing = "extrapolated";
  step.calibrated->extrapolated_units = "sequencer";
  step.calibrated->missing_units = "lane";
  const auto cost = cost_of({.first = step, .step = step}, 3000);
  EXPECT_EQ(cost.energy_table, "a table; figures extrapolated; extrapolated: sequencer; not modelled: lane");
  for (const auto& row : cost.rows)
    EXPECT_EQ(row.energy_standing, "extrapolated; extrapolated: sequencer; not modelled: lane") << row.part;
  EXPECT_NE(cost_to_csv(cost.rows).find("extrapolated; extrapolated: sequencer; not modelled: lane"), std::string::npos);
  for (const auto& text : {to_text(cost), to_html(cost)}) EXPECT_NE(text.find("not modelled: lane"), std::string::npos) << text;
}

TEST(TrainingCost, AnEpochIsItsStepsAddedUp) {
  const auto report = costed("fp32");
  const auto& cost = *report.cost;
  std::vector<std::string> parts;
  for (const auto& row : cost.rows) parts.push_back(row.part);
  EXPECT_EQ(parts, (std::vector<std::string>{"forward", "loss", "backward-data", "backward-weight", "update", "step", "first-step",
                                             "last-step", "epoch"}));
  const auto &step = *cost.row(kStepPart), &last = *cost.row(kLastStepPart), &epoch = *cost.row(kEpochPart);
  CostRow passes;
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(cost.rows[i].samples, 3000);
    passes.cycles += cost.rows[i].cycles;
    passes.macs += cost.rows[i].macs;
    passes.energy_pj += cost.rows[i].energy_pj;
    passes.bus_bytes += cost.rows[i].bus_bytes;
    passes.dram_burst_bytes += cost.rows[i].dram_burst_bytes;
  }
  EXPECT_EQ(passes.cycles, step.cycles);
  EXPECT_EQ(passes.macs, step.macs);
  EXPECT_DOUBLE_EQ(passes.energy_pj, step.energy_pj);
  EXPECT_EQ(passes.bus_bytes, step.bus_bytes);
  EXPECT_EQ(passes.dram_burst_bytes, step.dram_burst_bytes);
  EXPECT_EQ(step.cycles, 5u * 3 * 3000);
  EXPECT_EQ(last.cycles, 5u * 2 * 3000);
  EXPECT_EQ(epoch.cycles, 2 * step.cycles + last.cycles);
  EXPECT_DOUBLE_EQ(epoch.energy_pj, 2 * step.energy_pj + last.energy_pj);
  EXPECT_EQ(epoch.samples, 8000);
  EXPECT_EQ(epoch.steps, 3);
  EXPECT_DOUBLE_EQ(epoch.seconds, static_cast<double>(epoch.cycles) / 0.75e9);
  EXPECT_DOUBLE_EQ(*images_per_second(epoch), 8000 / epoch.seconds);
  // Of the history: whole epochs, and one that ended after its first step.
  EXPECT_EQ(report.history[0].accelerator_cycles, epoch.cycles - step.cycles + cost.row(kFirstStepPart)->cycles);
  EXPECT_EQ(cost.row(kFirstStepPart)->cycles, 13u * 3000);
  EXPECT_EQ(report.history[1].accelerator_cycles, epoch.cycles);
  EXPECT_EQ(report.history[2].accelerator_cycles, step.cycles);
  EXPECT_DOUBLE_EQ(*report.history[1].accelerator_energy_pj, epoch.energy_pj);
  EXPECT_EQ(cost_of_samples(cost, 3000, true).cycles, cost.row(kFirstStepPart)->cycles);
  EXPECT_THROW(cost_of_samples(cost, 3001, false), InvariantError);
  const auto alone = step_of(3000, 3);
  EXPECT_THROW(cost_of({.first = alone, .step = alone}, 8000), InvariantError);
  EXPECT_EQ(cost_of({.first = alone, .step = alone}, 6000).row(kLastStepPart), nullptr);
  EXPECT_EQ(cost_of({.first = alone, .step = alone}, 6000).row(kFirstStepPart), nullptr);
}

TEST(TrainingCost, EveryFormOfAReportHasIt) {
  const auto report = costed("positnn");
  const auto json = to_json(report);
  const auto back = training_from_json(Json::parse(json.dump()));
  EXPECT_EQ(back.cost, report.cost);
  EXPECT_EQ(back.history, report.history);
  EXPECT_EQ(to_json(back).dump(), json.dump());
  const auto csv = cost_to_csv(report.cost->rows);
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 10);
  EXPECT_EQ(csv.substr(0, csv.find(',')), "part");
  for (const auto& row : report.cost->rows)
    for (const auto& column : cost_columns()) EXPECT_TRUE(allows(column.allowed, column.get(row))) << column.name;
  EXPECT_NE(to_text(report).find("on the accelerator: fast core; 16x8 os;"), std::string::npos) << to_text(report);
  EXPECT_NE(to_text(report).find("backward-weight"), std::string::npos);
  const auto page = to_html(report);
  EXPECT_NE(page.find("Cost on the accelerator"), std::string::npos);
  EXPECT_NE(page.find("images/s on the accelerator"), std::string::npos);
  const std::vector<TrainingReport> runs{report, example("fp32")};
  EXPECT_NE(comparison_to_text(runs).find(" an image"), std::string::npos) << comparison_to_text(runs);
  EXPECT_NE(comparison_to_html(runs).find("<th>on the accelerator</th>"), std::string::npos);
  EXPECT_EQ(comparison_to_text(std::vector{runs[1]}).find("on the accelerator"), std::string::npos);
  auto older = json;  // of a program that had no such figures
  older.erase("cost");
  for (auto& row : older["history"]) row.erase("accelerator_cycles"), row.erase("accelerator_energy_pj");
  EXPECT_FALSE(training_from_json(older).cost.has_value());
  EXPECT_FALSE(training_from_json(older).history[0].accelerator_cycles.has_value());
  auto bad = json;
  bad["cost"]["rows"][0]["part"] = "sideways";
  EXPECT_THROW(training_from_json(bad), InputError);
}

TEST(TrainingReport, WhatBreaksAConstraintIsRefused) {
  const auto json = to_json(example("fp32"));
  const auto refused = [&](const std::string& place, const Json& value) {
    auto bad = json;
    bad[Json::json_pointer(place)] = value;
    EXPECT_THROW(training_from_json(bad), InputError) << place;
  };
  refused("/history/1/train_accuracy", 1.5);
  refused("/history/1/epoch", 0);
  refused("/history/1/train_loss", nullptr);
  refused("/tensors/1/pass", "sideways");
  refused("/tensors/1/overflows", -1);
  refused("/exponents/0/every", 3);
  refused("/exponents/0/steps", {1, 1, 2});
  refused("/exponents/0/exponents", {1, 2});
  refused("/identity", "short");
  refused("/schema", "binade-run-report");
  refused("/schema_version", 99);
  auto bad = json;
  bad["history"][0].erase("step");
  EXPECT_THROW(training_from_json(bad), InputError);
}

TEST(TrainingReport, TablesHaveARowAnEpochAndATensor) {
  const auto report = example("fp32");
  const auto history = history_to_csv(report.history), tensors = tensors_to_csv(report.tensors);
  EXPECT_EQ(history.substr(0, history.find('\n')),
            "epoch,step,samples,train_loss,train_accuracy,test_loss,test_accuracy,lr,overflows,underflows,images_per_second,train_"
            "seconds,accelerator_cycles,accelerator_energy_pj");
  EXPECT_NE(history.find("\n1,125,8000,1,0.91,,,0.0625,10,3,1234.5,6.5,,\n"), std::string::npos) << history;
  EXPECT_EQ(tensors.substr(0, tensors.find('\n')), "epoch,tensor,pass,exponent,writes,overflows,underflows");
  EXPECT_EQ(exponents_to_csv(report.exponents),
            "step,tensor,pass,exponent\n1,conv1,forward,-11\n130,conv1,forward,-12\n260,conv1,forward,-13\n");
  EXPECT_NE(tensors.find("\n2,conv1,forward,-12,1000,10,3\n2,fc1.weight,update,,500,0,0\n"), std::string::npos) << tensors;
}

// What is kept is what looking at every `every`-th step from the start would have kept, however often it grew coarser.
TEST(ExponentSeries, IsBoundedAndFollowsFromTheStepsAlone) {
  std::uint64_t state = 5;
  ExponentSeries series;
  std::vector<int> all{0};
  for (std::uint64_t step = 1; step <= 5000; ++step) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    all.push_back(state >> 62 != 0 ? static_cast<int>(state >> 40 & 7) - 20 : all.back());
    if (step >= 3) series.record(step, all.back());
    ASSERT_LE(series.steps.size(), kMostExponents);
    if (step < 3) continue;
    EXPECT_EQ(series.at(2), std::nullopt);
    EXPECT_EQ(series.at(3), all[3]);
    if (step % 97 != 0) continue;
    ExponentSeries direct{.every = series.every};
    for (std::uint64_t s = 3; s <= step; ++s) direct.record(s, all[s]);
    EXPECT_EQ(direct, series) << step;
    for (std::uint64_t s = (3 / series.every + 1) * series.every; s <= step; s += series.every)
      ASSERT_EQ(series.at(s), all[s]) << s << " of " << step;
  }
  EXPECT_GE(series.every, 16U);
  ExponentSeries still;
  for (std::uint64_t step = 1; step <= 5000; ++step) still.record(step, step < 4000 ? -7 : -6);
  EXPECT_EQ(still, (ExponentSeries{.steps = {1, 4000}, .exponents = {-7, -6}}));
}

TEST(TrainingReport, PagesShowConfigurationCurvesAndHistories) {
  auto report = example("positnn");
  const auto page = to_html(report);
  for (const char* said : {"LeCun &lt;et al.&gt; &amp; others", "train.momentum", "train.lr=0.0625", "conv1",
                           "-11 from step 1, -12 from 130, -13 from 260", "test accuracy", "<polyline class=\"line l0 dashed\"",
                           "conv1 weight posit8 &lt;exact&gt; rne"})
    EXPECT_NE(page.find(said), std::string::npos) << said;
  EXPECT_EQ(page.find("<script"), std::string::npos);
  EXPECT_EQ(page.find("class=\"warning\""), std::string::npos);
  report.status = "step 8: the loss is no finite number";
  EXPECT_NE(to_html(report).find("step 8: the loss is no finite number"), std::string::npos);
  report.history.clear();
  report.tensors.clear();
  EXPECT_NE(to_html(report).find("Nothing to show"), std::string::npos);
}

TEST(TrainingReport, ALossIsNeverALongNumber) {
  EXPECT_EQ(loss_text(2.30258), "2.3026");
  EXPECT_EQ(loss_text(1.0131e24), "1.013e+24");
  EXPECT_EQ(loss_text({}), "-");
}

TEST(TrainingReport, AComparisonSaysWhatDiffers) {
  auto one = example("fp32"), two = example("fp32"), three = example("dfp8");
  two.config[2].second = "0.125";
  two.history.back().train_loss = 0.25;
  const std::vector<TrainingReport> reports{one, two, three};
  EXPECT_EQ(run_labels(reports), (std::vector<std::string>{"fp32 train.lr=0.0625", "fp32 train.lr=0.125", "dfp8"}));
  const auto text = comparison_to_text(reports);
  EXPECT_NE(text.find("  train.lr: 0.0625 (fp32 train.lr=0.0625, dfp8), 0.125 (fp32 train.lr=0.125)"), std::string::npos) << text;
  EXPECT_EQ(text.find("train.momentum"), std::string::npos);
  EXPECT_NE(text.find("97.00"), std::string::npos);  // the best epoch
  const auto page = comparison_to_html(reports);
  EXPECT_NE(page.find("<td>train.lr</td>"), std::string::npos);
  EXPECT_NE(page.find("line l2"), std::string::npos);
  const auto csv = comparison_to_csv(reports);
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 10);
  EXPECT_NE(csv.find("fp32 train.lr=0.125,3,375,"), std::string::npos);
  EXPECT_EQ(run_labels(std::vector{one, one}), (std::vector<std::string>{"fp32 #1", "fp32 #2"}));
  two = one;
  two.data = std::string(200, 'x');  // what differs says it, no name does
  EXPECT_EQ(run_labels(std::vector{one, two}), (std::vector<std::string>{"fp32 #1", "fp32 #2"}));
  two.seed = one.seed + 1;
  EXPECT_EQ(run_labels(std::vector{one, two}).back(), "fp32 seed=" + std::to_string(two.seed));
}

// The documents.

template <typename Row>
Json object_schema(const std::vector<PlainColumn<Row>>& columns) {
  Json schema{{"type", "object"}, {"additionalProperties", false}, {"required", Json::array()}, {"properties", Json::object()}};
  for (const auto& column : columns) {
    schema["required"].push_back(column.name);
    schema["properties"][column.name] = schema_of(column);
  }
  return schema;
}

Json cost_schema() {
  const Json text{{"type", "string"}};
  const Json rows{{"type", "array"}, {"items", object_schema(cost_columns())}, {"description", "rows of cost.csv"}};
  const auto said = [&](const char* meaning) {
    Json schema = text;
    schema["description"] = meaning;
    return schema;
  };
  const Json cost{{"type", "object"},
                  {"additionalProperties", false},
                  {"required", {"core", "machine", "energy_table", "identity", "rows"}},
                  {"properties",
                   {{"core", said("how tiles were simulated")},
                    {"machine", said("the configuration in few words")},
                    {"energy_table", said("the table's standing and file")},
                    {"identity", said("SHA-256 of everything that the first step follows from")},
                    {"rows", rows}}}};
  return {{"oneOf", {cost, {{"type", "null"}}}}, {"description", "of the steps on the accelerator; null for runs without --cost"}};
}

/// Of cost.json.
Json cost_document_schema() {
  auto schema = cost_schema()["oneOf"][0];
  const auto add = [&](const char* name, Json property) {
    schema["required"].push_back(name);
    schema["properties"][name] = std::move(property);
  };
  add("schema", {{"const", kCostSchema}});
  add("schema_version", {{"const", kCostSchemaVersion}});
  add("train_samples", {{"type", "integer"}, {"minimum", 1}, {"description", "of the training set"}});
  add("first_step", {{"type", "object"}, {"description", "the first step's report: report.schema.json"}});
  add("step", {{"type", "object"}, {"description", "the same of each later step, without values"}});
  add("last_step", {{"type", {"object", "null"}},
                    {"description", "the same of an epoch's last step, which has fewer samples; null where none has"}});
  add("checksum",
      {{"type", "string"}, {"pattern", "^[0-9a-f]{64}$"}, {"description", "SHA-256 of the other members as compact JSON"}});
  Json document{{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", "cost.json of `binade train --cost`"}};
  document.update(schema);
  return document;
}

Json document_schema() {
  auto schema = object_schema(training_columns());
  const auto add = [&](const char* name, Json property) {
    schema["required"].push_back(name);
    schema["properties"][name] = std::move(property);
  };
  add("schema", {{"const", kTrainingSchema}});
  add("schema_version", {{"const", 2}});
  add("tool", {{"type", "object"}, {"description", "name, version and revision of the program"}});
  add("config", {{"type", "object"}, {"description", "resolved configuration, keys as in docs/configuration.md"}});
  add("overrides",
      {{"type", "array"}, {"items", {{"type", "string"}}}, {"description", "keys of config whose value is not the default"}});
  add("formats", {{"type", "string"}, {"description", "a line a tensor: layer, class, format, accumulate, rounding"}});
  add("history", {{"type", "array"}, {"items", object_schema(epoch_columns())}});
  add("tensors", {{"type", "array"}, {"items", object_schema(tensor_columns())}});
  add("cost", cost_schema());
  add("exponents", exponents_schema());
  add("checksum",
      {{"type", "string"}, {"pattern", "^[0-9a-f]{64}$"}, {"description", "SHA-256 of the other members as compact JSON"}});
  Json document{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                {"title", "Report of a training run (report.json of `binade train`)"}};
  document.update(schema);
  document["$defs"] = {{"real", {{"oneOf", {{{"type", "number"}}, {{"enum", {"inf", "-inf", "nan"}}}}}}}};
  return document;
}

TEST(TrainingDocuments, ThePageNamesEveryColumn) {
  support::expect_on_page("docs/training.md", "history columns", columns_markdown("history.csv", epoch_columns()));
  support::expect_on_page("docs/training.md", "tensor columns", columns_markdown("tensors.csv", tensor_columns()));
  support::expect_on_page("docs/training.md", "cost columns", columns_markdown("cost.csv", cost_columns()));
  support::expect_on_page("docs/training.md", "report columns", columns_markdown("report.json", training_columns()));
}

TEST(TrainingDocuments, TheSchemaSaysWhatAReportIs) {
  const auto wanted = document_schema().dump(2) + "\n";
  const auto cost = cost_document_schema().dump(2) + "\n";
  support::expect_document("docs/training.schema.json", wanted);
  support::expect_document("docs/cost.schema.json", cost);
}

}  // namespace
}  // namespace binade::sim
