// SPDX-License-Identifier: Apache-2.0
#include "sim/report/passes.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "sim/report/cell_json.h"
#include "sim/report/column_parts.h"
#include "sim/report/csv_report.h"

namespace binade::sim {

using namespace column_parts;

namespace {

constexpr std::array<std::string_view, 4> kRecipePasses{
#define PASS(name, word, meaning) word,
#include "models/spec/recipe.def"
};
constexpr std::array<std::string_view, 5> kRowPasses{kRecipePasses[0], kLossPart, kRecipePasses[1], kRecipePasses[2],
                                                     kRecipePasses[3]};

constexpr const char* kStep = "step";

void add(const LayerReport& layer, const RunReport& run, PassTotals& totals) {
  ++totals.rows;
  totals.macs += layer.macs;
  totals.cycles += layer.cycles;
  totals.total_cycles += layer.total_cycles;
  totals.second_pass_cycles += layer.second_pass_cycles;
  totals.second_pass_bytes += layer.second_pass_bytes;
  totals.utilisation += layer.utilisation * static_cast<double>(layer.total_cycles);  // array slots in use, until finish()
  totals.counters += layer.counters;
  const auto bounds = bound_cycles(layer.counters, run);
  for (std::size_t i = 0; i < bounds.size(); ++i) totals.bounds[i] += bounds[i];
  for (const auto& row : layer.energy) {
    const auto same = [&](const EnergyRow& each) { return each.component == row.component; };
    const auto found = std::find_if(totals.energy.begin(), totals.energy.end(), same);
    if (found == totals.energy.end())
      totals.energy.push_back({row.component, row.picojoule, {}});
    else
      found->picojoule += row.picojoule;
  }
}

void finish(PassTotals& totals) {
  if (totals.total_cycles > 0) totals.utilisation /= static_cast<double>(totals.total_cycles);
}

}  // namespace

std::span<const std::string_view> row_passes() { return kRowPasses; }

bool has_passes(const RunReport& report) {
  return std::any_of(report.layers.begin(), report.layers.end(),
                     [](const LayerReport& layer) { return layer.pass != kRowPasses.front(); });
}

std::string passes_text(const RunReport& report) {
  std::string text;
  std::size_t found = 0;
  for (const auto pass : kRowPasses) {
    if (std::none_of(report.layers.begin(), report.layers.end(), [&](const auto& layer) { return layer.pass == pass; })) continue;
    text += (found++ > 0 ? "+" : "") + std::string(pass);
  }
  if (found == kRowPasses.size()) return kStep;
  return found == 0 ? std::string(kRowPasses.front()) : text;
}

std::vector<PassTotals> pass_totals(const RunReport& report) {
  std::vector<PassTotals> all;
  for (const auto pass : kRowPasses) {
    PassTotals totals{.pass = std::string(pass)};
    for (const auto& layer : report.layers)
      if (layer.pass == pass) add(layer, report, totals);
    finish(totals);
    if (totals.rows > 0) all.push_back(std::move(totals));
  }
  return all;
}

PassTotals step_totals(const RunReport& report) {
  PassTotals totals{.pass = kStep};
  for (const auto& layer : report.layers) add(layer, report, totals);
  finish(totals);
  return totals;
}

std::vector<PassColumn> pass_columns(const RunReport& run) {
  std::vector<PassColumn> columns{
      field(own("pass"), &PassTotals::pass,
            {{}, "of a training step; runs of a network have the forward pass alone", {}, row_pass_words()}),
      field(own("rows"), &PassTotals::rows, {{}, "of layers.csv that are part of it", {}, at_least(1)}),
      field(own("macs"), &PassTotals::macs, {{}, "multiply-accumulates", {}, at_least(0)}),
      field(
          own("cycles"), &PassTotals::cycles,
          {"cycles", "core cycles (beats of the array), and cycles of the vector unit in rows without a product", {}, at_least(0)}),
      field(own("total_cycles"), &PassTotals::total_cycles, {"cycles", "doorbell to interrupt", {}, at_least(0)}),
      derived<PassTotals>(
          own("seconds_at_clock"), ColumnType::Real, {"s", "total_cycles at the clock", {}, at_least(0)},
          [](const PassTotals& pass, const RunReport& report) -> Cell { return seconds_at_clock(pass.total_cycles, report); }),
      field(own("utilisation"), &PassTotals::utilisation,
            {{}, "macs over array slots of all its cycles", {}, {.minimum = 0, .maximum = 1}}),
      field(own("second_pass_cycles"), &PassTotals::second_pass_cycles,
            {"cycles", "what of total_cycles rounds raw integers to codes (dfp, sdfp)", {}, at_least(0)}),
      field(own("second_pass_bytes"), &PassTotals::second_pass_bytes, {"bytes", "what of bus.bytes is that", {}, at_least(0)}),
  };
  add_counters(columns);
  add_energy(run, "rows", columns);
  add_traffic(columns);
  add_bounds(columns);
  return columns;
}

std::string passes_to_csv(const RunReport& report) {
  const auto columns = pass_columns(report);
  std::vector<std::string> cells;
  for (const auto& column : columns) cells.push_back(column.csv);
  auto text = csv_line(cells);
  for (const auto& pass : pass_totals(report)) {
    cells.clear();
    for (const auto& column : columns) cells.push_back(cell_to_csv(column.get(pass, report)));
    text += csv_line(cells);
  }
  return text;
}

}  // namespace binade::sim
