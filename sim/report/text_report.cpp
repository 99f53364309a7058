// SPDX-License-Identifier: Apache-2.0
#include "sim/report/text_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/report/figures.h"

namespace binade::sim {
namespace {

using spec::Counter;

std::string shape_text(const LayerReport& layer) {
  if (layer.k == 0) return "-";
  const auto shape = fmt::format("{}x{}x{}", layer.m, layer.n, layer.k);
  return layer.groups > 1 ? fmt::format("{} /{}", shape, layer.groups) : shape;
}

std::string events_text(const spec::Counters& counters) {
  return grouped(counters[Counter::EventSaturation] + counters[Counter::EventOverflow] + counters[Counter::EventNar]);
}

std::string head(const RunReport& report) {
  return fmt::format("{} in {} ({}, accumulate {}, rounding {}), {} core, {} sample{}, batch {}\ntensors: {}\n", report.network,
                     report.format, report.datapath, report.accumulate, report.rounding, report.core, report.samples,
                     report.samples == 1 ? "" : "s", report.batch, report.tensors);
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
  std::vector<std::vector<std::string>> rows;
  for (const auto& layer : report.layers) {
    rows.push_back({layer.name, layer.op, shape_text(layer), grouped(layer.cycles), grouped(layer.total_cycles),
                    percent_text(layer.utilisation), energy_text(total_picojoule(layer.energy)),
                    sqnr_text(layer.end_to_end.sqnr_db), sqnr_text(layer.datapath.sqnr_db), events_text(layer.counters),
                    grouped(layer.counters[Counter::EventUnderflow])});
  }
  rows.push_back({"total", "", "", "", grouped(report.counters[Counter::TotalCycles]), percent_text(overall_utilisation(report)),
                  energy_text(total_picojoule(report.energy)), sqnr_text(report.output.sqnr_db), "", events_text(report.counters),
                  grouped(report.counters[Counter::EventUnderflow])});
  auto text = head(report) + "\n";
  text += table({"layer", "op", "m x n x k", "core cycles", "cycles", "array use", "energy", "SQNR dB", "datapath dB", "saturated",
                 "underflow"},
                rows, "llrrrrrrrrr");
  text += fmt::format(
      "\ntime {} at {} GHz; energy: {}; SQNR against float64, datapath: against the exact result of the quantised inputs\n",
      seconds_text(report.seconds_at_clock), report.clock_ghz, report.energy_table);
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
  std::vector<std::vector<std::string>> rows;
  for (const auto& report : reports) {
    rows.push_back({report.format + (report.complete ? "" : " (incomplete)"), report.datapath, report.accumulate,
                    grouped(report.counters[Counter::TotalCycles]), seconds_text(report.seconds_at_clock),
                    percent_text(overall_utilisation(report)), energy_text(total_picojoule(report.energy)),
                    sqnr_text(report.output.sqnr_db), top1_text(report)});
  }
  auto text = fmt::format("{}, {} core, {} sample{}, batch {}\ntensors: {}\n\n", first.network, first.core, first.samples,
                          first.samples == 1 ? "" : "s", first.batch, first.tensors);
  text +=
      table({"format", "datapath", "accumulate", "cycles", "time", "array use", "energy", "SQNR dB", "top-1"}, rows, "lllrrrrrr");
  text += fmt::format("\ntime at {} GHz; energy: {}; SQNR of the last layer against float64", first.clock_ghz, first.energy_table);
  if (first.top1_reference) text += fmt::format("; float64 top-1 {}/{}", *first.top1_reference, first.samples);
  text += "\n";
  for (const auto& report : reports)
    if (report.rtl_sample) text += fmt::format("rtl sample, {}: {}\n", report.format, sample_text(*report.rtl_sample));
  return text;
}

}  // namespace binade::sim
