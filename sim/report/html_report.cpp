// SPDX-License-Identifier: Apache-2.0
#include "sim/report/html_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "sim/report/configuration_text.h"
#include "sim/report/figures.h"
#include "sim/report/html_bars.h"
#include "sim/report/html_page.h"
#include "sim/report/html_passes.h"
#include "sim/report/html_table.h"
#include "sim/report/passes.h"
#include "sim/report/svg.h"
#include "sim/report/version.h"

namespace binade::sim {
namespace {

std::string tile(std::string_view name, const std::string& value) {
  return fmt::format("<div class=\"tile\"><span>{}</span><strong>{}</strong></div>\n", escaped(name), escaped(value));
}

std::string tiles(const RunReport& report) {
  std::string html = "<div class=\"tiles\">\n";
  html += tile("cycles", grouped(report.counters[spec::Counter::TotalCycles]));
  html += tile(fmt::format("time at {} GHz", report.clock_ghz), seconds_text(report.seconds_at_clock));
  html += tile("samples/s", number_text(samples_per_second(report)) + of_passes_alone(report));
  html += tile("bound by", std::string(bound_by(bound_cycles(report))));
  html += tile("energy", energy_text(total_picojoule(report.energy)));
  html += tile("pJ/MAC", number_text(picojoule_per_mac(report.energy, total_macs(report))));
  html += tile("energy x time", energy_delay_text(energy_delay(report)));
  if (report.calibrated) {
    const CoreFigures& core = *report.calibrated;
    html += tile("core's energy", fmt::format("{} +- {}", energy_text(core.energy_pj), energy_text(core.energy_error_pj)));
    html += tile("core's area", area_text(core.area_um2));
    html += tile("core's power, mW", number_text(core_power_mw(report)));
    html += tile("mW/mm2", number_text(core_power_density(report)));
    html += tile("GOPS/mm2", number_text(core_gops_per_mm2(report)));
  }
  html += tile("array use", percent_text(overall_utilisation(report)));
  const auto traffic = dram_traffic(report.counters, report);
  html += tile("DRAM, requested", bytes_text(traffic.requested_bytes));
  html += tile("DRAM, in bursts", bytes_text(traffic.burst_bytes));
  html += tile("output SQNR, dB", sqnr_text(report.output.sqnr_db));
  if (report.top1_correct) html += tile("top-1", top1_text(report));
  return html + "</div>\n";
}

std::string cycles_section(const RunReport& report) {
  std::vector<CycleBar> bars;
  for (const auto& layer : report.layers) bars.push_back({layer.name, percent_text(layer.utilisation), layer.counters});
  return html_section("Where the cycles go",
                      "Clocks of the compute engine per layer by cause; at the right, the share of all array slots that multiply.",
                      cycle_bars(bars, "cycles | array use"));
}

std::string energy_section(const RunReport& report) {
  const double total = total_picojoule(report.energy);
  std::string html = "<div class=\"scroll\"><table>\n<tr><th>component</th><th>priced as</th><th>energy</th><th>share</th></tr>\n";
  for (const auto& row : report.energy)
    html += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n", escaped(row.component), escaped(row.rule),
                        energy_text(row.picojoule), percent_text(total > 0 ? row.picojoule / total : 0));
  return html_section("Energy by component", fmt::format("{}. Note: {}.", report.energy_table, energy_note(report)),
                      html + "</table></div>\n");
}

/// Empty without a calibrated table.
std::string area_section(const RunReport& report) {
  if (!report.calibrated) return "";
  const CoreFigures& core = *report.calibrated;
  const double all = core.area_um2 + core.memory_area_um2;
  std::string html = "<div class=\"scroll\"><table>\n<tr><th>block</th><th>figure</th><th>area</th><th>share</th></tr>\n";
  for (const auto& row : core.area)
    html += fmt::format("<tr><td>{}</td><td>{}</td><td>{:.5g} um2</td><td>{}</td></tr>\n", escaped(row.block), escaped(row.rule),
                        row.um2, percent_text(all > 0 ? row.um2 / all : 0));
  return html_section(core.memory_area_um2 > 0 ? "Area of core and memories" : "Area of the core",
                      fmt::format("{}. Critical path {:.4g} ps. Operands: {}. Figures: {}. Not modelled: {}.", core.technology,
                                  core.critical_path_ps, core.operands, core.standing, core.not_modelled),
                      html + "</table></div>\n");
}

std::string layer_energy_section(const RunReport& report) {
  const auto components = paid_components(report);
  std::vector<EnergyBar> bars;
  for (const auto& layer : report.layers)
    bars.push_back({layer.name, number_text(picojoule_per_mac(layer.energy, layer.macs)), layer.energy});
  return html_section("Energy per layer", "Components that cost nothing are left out; at the right, pJ per multiply-accumulate.",
                      energy_bars(bars, components, "\u00b5J | pJ/MAC") + energy_table_html(bars, components, "layer"));
}

/// dfp, sdfp: of the layers that have one; empty where none has.
std::string second_pass_section(const RunReport& report) {
  std::string rows;
  const auto share = [](std::uint64_t part, std::uint64_t whole) {
    return whole > 0 ? percent_text(static_cast<double>(part) / static_cast<double>(whole)) : "-";
  };
  for (const auto& layer : report.layers)
    if (layer.second_pass_cycles > 0)
      rows += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td></tr>\n", escaped(layer.name),
                          share(layer.second_pass_cycles, layer.total_cycles),
                          share(layer.second_pass_bytes, layer.counters[spec::Counter::BusBytes]));
  if (rows.empty()) return "";
  return html_section(
      "Second passes", "Share of each layer's cycles and bus bytes that rounds raw integers to codes.",
      "<div class=\"scroll\"><table>\n<tr><th>layer</th><th>cycles</th><th>bytes</th></tr>\n" + rows + "</table></div>\n");
}

/// Empty where no error was computed.
std::string error_section(const RunReport& report) {
  const auto computed = [](const LayerReport& layer) { return layer.end_to_end.computed; };
  if (std::none_of(report.layers.begin(), report.layers.end(), computed)) return "";
  std::vector<Bar> bars;
  for (const auto& layer : report.layers) {
    Bar bar{layer.name, {}, fmt::format("{} | {}", sqnr_text(layer.end_to_end.sqnr_db), sqnr_text(layer.datapath.sqnr_db))};
    int series = 0;
    for (const auto* error : {&layer.end_to_end, &layer.datapath}) {
      const double shown = error->sqnr_db && std::isfinite(*error->sqnr_db) ? std::max(0.0, *error->sqnr_db) : 0.0;
      bar.segments.push_back({shown, series, fmt::format("{}: {} dB", layer.name, sqnr_text(error->sqnr_db))});
      ++series;
    }
    bars.push_back(std::move(bar));
  }
  return html_section("Error per layer",
                      "Signal to quantisation noise, dB: longer is better. `exact` layers have no error and no bar.",
                      legend({"end to end, against float64 on the unquantised inputs",
                              "datapath, against the exact result of the quantised inputs"}) +
                          grouped_bars(bars, "dB"));
}

std::string layers_section(const RunReport& report) {
  const auto columns = shown_on_page(layer_table(), has_passes(report));
  const std::span shown(columns);
  std::string html = "<div class=\"scroll\"><table>\n" + header_row(shown);
  for (const auto& layer : report.layers) html += "<tr>" + cells(shown, layer, report) + "</tr>\n";
  return html_section(
      "Layers",
      "m, n, k: the matrix product of one group, batch in m. DRAM in bytes: as requested, and in whole device bursts, "
      "which take the time and the energy; GB/s are of bursts. Bound by: what most clocks go to.",
      html + "</table></div>\n");
}

std::string pair(std::string_view name, const std::string& value) {
  return fmt::format("<tr><td>{}</td><td><code>{}</code></td></tr>\n", escaped(name), escaped(value));
}

std::string provenance_section(const RunReport& report) {
  std::string html = "<table class=\"pairs\">\n";
  html += pair("program", fmt::format("binade {}, revision {}", tool_version(), tool_revision()));
  html += pair("network", report.network + ": " + report.network_source);
  html += pair("tensors", report.tensors);
  if (report.recorded_tensors) html += pair("compared", recorded_text(report));
  html += pair("seed", std::to_string(report.seed));
  html += pair("energy table", report.energy_table);
  if (report.calibrated) html += pair("technology", report.calibrated->technology);
  if (report.rtl_sample) html += pair("rtl sample", sample_text(*report.rtl_sample));
  html += pair("digest of the layers' output bits", report.digest);
  html += pair("machine", machine_text(report));
  html += pair("overrides of the defaults", overrides_text(report));
  html += "</table>\n<details><summary>Resolved configuration</summary>\n<table class=\"pairs\">\n";
  for (const auto& [key, value] : report.config) html += pair(key, value);
  html += "</table>\n</details>\n<details><summary>Counters</summary>\n<table class=\"pairs\">\n";
  for (std::size_t i = 0; i < spec::kCounterCount; ++i)
    html += pair(fmt::format("{}: {}", spec::kCounters[i].name, spec::kCounters[i].meaning),
                 fmt::format("{} {}", grouped(report.counters[static_cast<spec::Counter>(i)]), spec::kCounters[i].unit));
  return html_section("Provenance", "What reproduces this run.", html + "</table>\n</details>\n");
}

}  // namespace

std::string link_to_run(const std::string& page, const std::string& name) {
  std::string link = page + "#run=";
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain =
        (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || c == '-' || c == '.';
    link += plain ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return link;
}

std::string to_html(const RunReport& report, const std::string& comparison) {
  auto body = fmt::format(
      "<header>\n<h1>{} <b>{}</b></h1>\n<p>{}, accumulate {}, rounding {}; {} core; {}</p>\n<p>Machine: {}.</p>\n<p>Overrides of "
      "the "
      "defaults: {}.</p>\n</header>\n",
      escaped(report.network), escaped(report.format), report.datapath, report.accumulate, report.rounding, report.core,
      escaped(workload_text(report)), escaped(machine_text(report)), escaped(overrides_text(report)));
  if (!comparison.empty()) body += fmt::format("<p><a href=\"{}\">Beside the other runs</a></p>\n", escaped(comparison));
  if (!report.complete)
    body +=
        "<section class=\"warning\"><strong>Incomplete.</strong> The run was interrupted; the layers listed are valid.</section>\n";
  body += tiles(report) + passes_section(report) + cycles_section(report) + energy_section(report) + layer_energy_section(report) +
          area_section(report) + second_pass_section(report) + error_section(report) + layers_section(report) +
          provenance_section(report);
  return html_page(report.network + " in " + report.format, body);
}

}  // namespace binade::sim
