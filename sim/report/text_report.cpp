// SPDX-License-Identifier: Apache-2.0
#include "sim/report/text_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "sim/report/configuration_text.h"
#include "sim/report/figures.h"
#include "sim/report/tables.h"

namespace binade::sim {
namespace {

/// Of the columns that a text shows: heads, a row of cells, and where each is aligned.
template <typename Row>
struct TextTable {
  explicit TextTable(std::span<const ShownColumn<Row>> all, bool step = false, bool mixed = false, bool calibrated = false)
      : columns(shown_in_text(all, step, mixed, calibrated)) {
    for (const auto& column : columns) {
      heads.emplace_back(column.head);
      align += column.align;
    }
  }
  std::vector<std::string> cells(const Row& row, const RunReport& run) const {
    std::vector<std::string> texts;
    for (const auto& column : columns) texts.push_back(column.cell(row, run));
    return texts;
  }
  std::vector<std::string> totals(const RunReport& run) const {
    std::vector<std::string> texts;
    for (const auto& column : columns) texts.push_back(column.total == nullptr ? std::string() : column.total(run));
    return texts;
  }

  std::vector<ShownColumn<Row>> columns;
  std::vector<std::string> heads;
  std::string align;
};

std::string head(const RunReport& report) {
  return fmt::format("{} in {} ({}, accumulate {}, rounding {}), {} core, {}\ntensors: {}\n{}machine: {}\noverrides: {}\n",
                     report.network, report.format, report.datapath, report.accumulate, report.rounding, report.core,
                     workload_text(report), report.tensors,
                     report.recorded_tensors ? fmt::format("compared: {}\n", recorded_text(report)) : std::string(),
                     machine_text(report), overrides_text(report));
}

std::string dram_text(const RunReport& report) {
  const auto traffic = dram_traffic(report.counters, report);
  return fmt::format("DRAM {} requested, {} in bursts, {} GB/s", bytes_text(traffic.requested_bytes),
                     bytes_text(traffic.burst_bytes), rate_text(traffic.gb_per_s));
}

/// The rule by which a multiply-accumulate is priced; empty in reports without.
std::string mac_rule(const RunReport& report) {
  for (const auto& row : report.energy)
    if (row.component == "core mac") return row.rule;
  return "";
}

/// Of a calibrated core; empty without.
std::string core_text(const RunReport& report) {
  if (!report.calibrated) return "";
  const CoreFigures& core = *report.calibrated;
  std::string text = fmt::format(
      "core: {} +- {} of the energy, {} mW, {} mW/mm2, {} GOPS/mm2; {} +- {}; critical path {:.4g} ps; operands {}; {}\n",
      energy_text(core.energy_pj), energy_text(core.energy_error_pj), number_text(core_power_mw(report)),
      number_text(core_power_density(report)), number_text(core_gops_per_mm2(report)), area_text(core.area_um2),
      area_text(core.area_error_um2), core.critical_path_ps, core.operands, core.standing);
  std::vector<std::string> blocks;
  for (const auto& row : core.area) blocks.push_back(fmt::format("{} {}", row.block, area_text(row.um2)));
  if (core.memory_area_um2 > 0) blocks.push_back(fmt::format("memories in all {}", area_text(core.memory_area_um2)));
  text += fmt::format("area: {}\ntechnology: {}\nnot modelled: {}\n", fmt::join(blocks, ", "), core.technology, core.not_modelled);
  return text;
}

/// Of a training step: a row a pass.
std::string pass_rows_text(const RunReport& report) {
  if (!has_passes(report)) return "";
  const TextTable<PassTotals> passes(pass_table());
  std::vector<std::vector<std::string>> rows;
  for (const auto& pass : pass_totals(report)) rows.push_back(passes.cells(pass, report));
  rows.push_back(passes.totals(report));
  return "\n" + table(passes.heads, rows, passes.align);
}

/// One line a key that is not equal in all runs. What the rows of the table say already is left out.
std::string differences_text(std::span<const RunReport> reports, std::span<const std::string> labels) {
  std::vector<std::string> lines;
  for (const auto& difference : differences(reports))
    if (difference.key != "format") lines.push_back(fmt::format("  {}: {}\n", difference.key, values_text(difference, labels)));
  if (lines.empty()) return "differs: the format alone\n";
  return fmt::format("differs beside the format:\n{}", fmt::join(lines, ""));
}

}  // namespace

std::string table(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows,
                  std::string_view align) {
  std::vector<std::size_t> widths;
  for (const auto& cell : header) widths.push_back(cell.size());
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  const auto line = [&](const std::vector<std::string>& row) {
    std::string text;
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) text += "  ";
      text += align[i] == 'l' ? fmt::format("{:<{}}", row[i], widths[i]) : fmt::format("{:>{}}", row[i], widths[i]);
    }
    text.erase(text.find_last_not_of(' ') + 1);
    text += '\n';
    return text;
  };
  std::string text = line(header);
  std::size_t total = 0;
  for (const auto width : widths) total += width + 2;
  text += std::string(total - 2, '-') + "\n";
  for (const auto& row : rows) text += line(row);
  return text;
}

std::string to_text(const RunReport& report) {
  const TextTable<LayerReport> layers(layer_table(), has_passes(report), mixes_formats(report));
  std::vector<std::vector<std::string>> rows;
  for (const auto& layer : report.layers) rows.push_back(layers.cells(layer, report));
  rows.push_back(layers.totals(report));
  auto text = head(report) + "\n" + table(layers.heads, rows, layers.align) + pass_rows_text(report);
  text += fmt::format("\ntime {} at {} GHz, {} samples/s{}; {}; energy x time {}\n", seconds_text(report.seconds_at_clock),
                      report.clock_ghz, number_text(samples_per_second(report)), of_passes_alone(report), dram_text(report),
                      energy_delay_text(energy_delay(report)));
  text += fmt::format("energy: {}; a MAC: {}\nnote: {}\n", report.energy_table, mac_rule(report),
                      fmt::join(comparison_notes(std::span(&report, 1)), "\nnote: "));
  text += core_text(report);
  text += report.output.computed ? "SQNR: against float64; datapath: against the exact result of the quantised inputs\n"
                                 : "SQNR: not computed, there is no float64 reference\n";
  if (report.top1_correct)
    text += fmt::format("top-1 {}/{}{}\n", *report.top1_correct, report.samples,
                        report.top1_reference ? fmt::format(" (float64: {})", *report.top1_reference) : "");
  if (report.rtl_sample) text += fmt::format("rtl sample: {}\n", sample_text(*report.rtl_sample));
  if (report.wall_seconds > 0) text += fmt::format("this run took {}\n", wall_text(report));
  if (!report.complete) text += "INCOMPLETE: interrupted; the layers listed are valid\n";
  return text;
}

std::string comparison_to_text(std::span<const RunReport> reports) {
  if (reports.empty()) return "";
  const auto& first = reports.front();
  const auto labels = run_labels(reports);
  const bool calibrated = std::ranges::any_of(reports, [](const RunReport& report) { return report.calibrated.has_value(); });
  const TextTable<RunReport> runs(run_table(), false, false, calibrated);
  std::vector<std::vector<std::string>> rows;
  for (std::size_t i = 0; i < reports.size(); ++i) {
    rows.push_back(runs.cells(reports[i], reports[i]));
    rows.back().insert(rows.back().begin(), labels[i] + (reports[i].complete ? "" : " (incomplete)"));
  }
  auto heads = runs.heads;
  heads.insert(heads.begin(), "format");
  auto text = fmt::format("{}, {} core, {}\n", shared_text(reports, [](const RunReport& r) { return r.network; }),
                          shared_text(reports, [](const RunReport& r) { return r.core; }), shared_text(reports, workload_text));
  text +=
      fmt::format("tensors: {}\nmachine: {}\noverrides: {}\n\n", shared_text(reports, [](const RunReport& r) { return r.tensors; }),
                  shared_text(reports, machine_text), shared_text(reports, overrides_text));
  text += table(heads, rows, "l" + runs.align);
  text += fmt::format("\nenergy: {}; SQNR of the last layer against float64",
                      shared_text(reports, [](const RunReport& r) { return r.energy_table; }));
  if (first.top1_reference) text += fmt::format("; float64 top-1 {}/{}", *first.top1_reference, first.samples);
  text += "\n";
  text += differences_text(reports, labels);
  for (const auto& note : comparison_notes(reports)) text += fmt::format("note: {}\n", note);
  std::vector<std::string> technologies;
  for (const auto& report : reports)
    if (report.calibrated && std::ranges::find(technologies, report.calibrated->technology) == technologies.end())
      technologies.push_back(report.calibrated->technology);
  for (const auto& technology : technologies) text += fmt::format("technology: {}\n", technology);
  for (const auto& report : reports)
    if (report.rtl_sample) text += fmt::format("rtl sample, {}: {}\n", report.format, sample_text(*report.rtl_sample));
  return text;
}

}  // namespace binade::sim
