// SPDX-License-Identifier: Apache-2.0
// Runs and trainings as rows of a page, with their layers and epochs.
#include <charconv>
#include <limits>

#include "sim/report/cell_json.h"
#include "sim/report/columns.h"
#include "sim/report/configuration_text.h"
#include "sim/report/figures.h"
#include "sim/report/html_bars.h"
#include "sim/report/page.h"
#include "sim/report/training_columns.h"
#include "sim/report/training_text.h"

namespace binade::sim {
namespace {

using Json = nlohmann::ordered_json;

double setting_number(const RunReport& report, const char* key) {
  const std::string text = config_value(report, key);
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

void set_settings(const std::vector<std::pair<std::string, std::string>>& config, std::size_t row, PageRows& rows) {
  for (const auto& [key, value] : config) rows.set(row, key, PageRole::Setting, setting_to_json(value));
}

/// What stands before the configuration in a report says what the run is.
void set_columns(const RunReport& report, std::size_t row, PageRows& rows) {
  bool is_head = true;
  for (const auto& column : run_columns()) {
    if (column.name == "config" && column.group.empty()) is_head = false;
    if (column.type == ColumnType::Structure) continue;
    const bool is_figure = !is_head && (column.type == ColumnType::Integer || column.type == ColumnType::Real);
    rows.set(row, column, is_figure ? PageRole::Figure : PageRole::Word, cell_to_json(column.get(report, report)));
  }
  for (const auto& part : report.energy)
    rows.set(row, "energy.components_pj." + part.component, PageRole::Figure, part.picojoule, "pJ", "energy of the component");
}

Json part_of(const std::vector<std::string>& names) { return {{"names", names}, {"values", Json::array()}}; }

Json optional_number(const std::optional<double>& value) { return value ? real_to_json(*value) : Json(); }

/// The layers as the page's views need them: figures by name, a value a layer, and clocks and energies by part.
Json layers_of(const RunReport& report, std::size_t row) {
  std::vector<std::string> causes;
  for (const auto& part : cycle_parts({})) causes.emplace_back(part.name);
  const auto components = paid_components(report);
  Json cycles = part_of(causes), bound = part_of({kBoundWords.begin(), kBoundWords.end()}), energy = part_of(components);
  Json layers = Json::object();
  for (const char* const name :
       {"layer", "op", "macs", "utilisation", "bound_by", "gmacs", "intensity", "pj_per_mac", "sqnr", "datapath"})
    layers[name] = Json::array();
  for (const auto& layer : report.layers) {
    const auto bounds = bound_cycles(layer.counters, report);
    const auto traffic = dram_traffic(layer.counters, report);
    const auto macs = static_cast<double>(layer.macs), clocks = static_cast<double>(layer.counters[spec::Counter::TotalCycles]);
    layers["layer"].push_back(layer.name);
    layers["op"].push_back(layer.op);
    layers["macs"].push_back(layer.macs);
    layers["utilisation"].push_back(layer.utilisation);
    layers["bound_by"].push_back(bound_by(bounds));
    layers["gmacs"].push_back(clocks > 0 ? macs / clocks * report.clock_ghz : 0);
    layers["intensity"].push_back(traffic.burst_bytes > 0 ? macs / static_cast<double>(traffic.burst_bytes) : 0);
    layers["pj_per_mac"].push_back(optional_number(picojoule_per_mac(layer.energy, layer.macs)));
    layers["sqnr"].push_back(optional_number(layer.end_to_end.sqnr_db));
    layers["datapath"].push_back(optional_number(layer.datapath.sqnr_db));
    Json of_causes = Json::array(), of_components = Json::array();
    for (const auto& part : cycle_parts(layer.counters)) of_causes.push_back(part.cycles);
    for (const auto& component : components) of_components.push_back(component_picojoule(layer.energy, component));
    cycles["values"].push_back(std::move(of_causes));
    bound["values"].push_back(bounds);
    energy["values"].push_back(std::move(of_components));
  }
  return {{"row", row},
          {"peak_gmacs", setting_number(report, "core.rows") * setting_number(report, "core.cols") * report.clock_ghz},
          {"dram_gb_per_s", config_value(report, "memory.ideal") == "true" ? 0 : report.machine.dram_gb_per_s},
          {"layers", layers},
          {"cycles", cycles},
          {"bound", bound},
          {"energy", energy}};
}

}  // namespace

void add_runs(std::span<const RunReport> reports, std::span<const PageSource> sources, PageContent& content) {
  const auto labels = run_labels(reports);
  for (std::size_t i = 0; i < reports.size(); ++i) {
    const auto& report = reports[i];
    const std::size_t row = content.rows.add(labels[i], "run", sources[i].folder);
    if (!sources[i].page.empty()) content.rows.set(row, "page", PageRole::Word, sources[i].page);
    content.rows.set(row, "status", PageRole::Word, report.complete ? "complete" : "incomplete");
    set_columns(report, row, content.rows);
    set_settings(report.config, row, content.rows);
    content.runs.push_back(layers_of(report, row));
  }
  if (!reports.empty()) content.energy_note = reports.front().energy_table + ". Note: " + energy_note(reports.front()) + ".";
}

void add_trainings(std::span<const TrainingReport> reports, std::span<const PageSource> sources, PageContent& content) {
  const auto labels = run_labels(reports);
  for (std::size_t i = 0; i < reports.size(); ++i) {
    const auto& report = reports[i];
    const std::size_t row = content.rows.add(labels[i], "training", sources[i].folder);
    if (!sources[i].page.empty()) content.rows.set(row, "page", PageRole::Word, sources[i].page);
    for (const auto& column : training_columns()) content.rows.set(row, column, PageRole::Word, cell_to_json(column.get(report)));
    // Of the last epoch; test figures of the last that was evaluated.
    if (!report.history.empty()) {
      EpochRow last = report.history.back();
      if (const auto* tested = last_tested(report)) {
        last.test_loss = tested->test_loss;
        last.test_accuracy = tested->test_accuracy;
      }
      for (const auto& column : epoch_columns())
        content.rows.set(row, column.name == "epoch" ? "epochs" : column.name, PageRole::Figure, cell_to_json(column.get(last)),
                         column.unit, column.meaning);
      if (const auto best = best_accuracy(report))
        content.rows.set(row, "best_test_accuracy", PageRole::Figure, *best, {}, "of all epochs");
    }
    set_settings(report.config, row, content.rows);
    Json history = Json::object();
    for (const auto& column : epoch_columns()) {
      Json& values = history[column.name] = Json::array();
      for (const auto& epoch : report.history) values.push_back(cell_to_json(column.get(epoch)));
    }
    content.trainings.push_back({{"row", row}, {"history", history}});
  }
}

}  // namespace binade::sim
