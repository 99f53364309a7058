// SPDX-License-Identifier: Apache-2.0
#include "sim/report/tables.h"

#include <fmt/format.h>

#include <array>

#include "sim/report/figures.h"

namespace binade::sim {
namespace {

using spec::Counter;
constexpr std::string_view kWholeStep = "step";  ///< passes_text() of one

using Run = const RunReport&;
using Layer = const LayerReport&;
using Pass = const PassTotals&;

std::string saturated(const spec::Counters& counters) {
  return grouped(counters[Counter::EventSaturation] + counters[Counter::EventOverflow] + counters[Counter::EventNar]);
}

std::string run_cycles(Run run) { return grouped(run.counters[Counter::TotalCycles]); }
std::string run_use(Run run) { return percent_text(overall_utilisation(run)); }
std::string run_bound(Run run) { return std::string(bound_by(bound_cycles(run))); }
std::string run_rate(Run run) { return rate_text(dram_traffic(run.counters, run).gb_per_s); }
std::string run_energy(Run run) { return energy_text(total_picojoule(run.energy)); }
std::string run_energy_per_mac(Run run) { return number_text(picojoule_per_mac(run.energy, total_macs(run))); }
std::string run_area(Run run) { return run.calibrated ? area_text(run.calibrated->area_um2) : "-"; }
std::string run_core_energy(Run run) {
  const std::uint64_t macs = total_macs(run);
  return run.calibrated && macs > 0 ? number_text(run.calibrated->energy_pj / static_cast<double>(macs)) : "-";
}
std::string run_samples(Run run) { return number_text(samples_per_second(run)) + of_passes_alone(run); }
std::string run_sqnr(Run run) { return sqnr_text(run.output.sqnr_db); }

constexpr std::array kLayerTable{
    ShownColumn<LayerReport>{.head = "layer",
                             .align = 'l',
                             .cell = [](Layer layer, Run) { return layer.name; },
                             .total = [](Run) { return std::string("total"); }},
    ShownColumn<LayerReport>{
        .head = "pass", .align = 'l', .where = ShownIn::Steps, .cell = [](Layer layer, Run) { return layer.pass; }},
    ShownColumn<LayerReport>{.head = "op", .align = 'l', .cell = [](Layer layer, Run) { return layer.op; }},
    ShownColumn<LayerReport>{.head = "formats",
                             .align = 'l',
                             .where = ShownIn::PageAndMixed,
                             .cell = [](Layer layer, Run) { return formats_text(layer); }},
    ShownColumn<LayerReport>{.head = "m x n x k", .cell = [](Layer layer, Run) { return shape_text(layer); }},
    ShownColumn<LayerReport>{.head = "tile", .where = ShownIn::Page, .cell = [](Layer layer, Run) { return layer.tile; }},
    ShownColumn<LayerReport>{.head = "core cycles", .cell = [](Layer layer, Run) { return grouped(layer.cycles); }},
    ShownColumn<LayerReport>{
        .head = "cycles", .cell = [](Layer layer, Run) { return grouped(layer.total_cycles); }, .total = run_cycles},
    ShownColumn<LayerReport>{
        .head = "array use", .cell = [](Layer layer, Run) { return percent_text(layer.utilisation); }, .total = run_use},
    ShownColumn<LayerReport>{.head = "bound by",
                             .align = 'l',
                             .cell = [](Layer layer, Run run) { return std::string(bound_by(bound_cycles(layer.counters, run))); },
                             .total = run_bound},
    ShownColumn<LayerReport>{
        .head = "DRAM requested",
        .where = ShownIn::Page,
        .cell = [](Layer layer, Run run) { return grouped(dram_traffic(layer.counters, run).requested_bytes); }},
    ShownColumn<LayerReport>{.head = "DRAM in bursts",
                             .where = ShownIn::Page,
                             .cell = [](Layer layer, Run run) { return grouped(dram_traffic(layer.counters, run).burst_bytes); }},
    ShownColumn<LayerReport>{.head = "GB/s",
                             .cell = [](Layer layer, Run run) { return rate_text(dram_traffic(layer.counters, run).gb_per_s); },
                             .total = run_rate},
    ShownColumn<LayerReport>{
        .head = "energy", .cell = [](Layer layer, Run) { return energy_text(total_picojoule(layer.energy)); }, .total = run_energy},
    ShownColumn<LayerReport>{.head = "pJ/MAC",
                             .cell = [](Layer layer, Run) { return number_text(picojoule_per_mac(layer.energy, layer.macs)); },
                             .total = run_energy_per_mac},
    ShownColumn<LayerReport>{.head = "SQNR dB",
                             .cell = [](Layer layer, Run) { return sqnr_text(layer.end_to_end.sqnr_db); },
                             .total = run_sqnr,
                             .page_head = "SQNR"},
    ShownColumn<LayerReport>{
        .head = "datapath dB", .cell = [](Layer layer, Run) { return sqnr_text(layer.datapath.sqnr_db); }, .page_head = "datapath"},
    ShownColumn<LayerReport>{.head = "max ULP",
                             .where = ShownIn::Page,
                             .cell = [](Layer layer, Run) { return fmt::format("{:.3g}", layer.datapath.max_ulp); }},
    ShownColumn<LayerReport>{.head = "saturated",
                             .cell = [](Layer layer, Run) { return saturated(layer.counters); },
                             .total = [](Run run) { return saturated(run.counters); }},
    ShownColumn<LayerReport>{.head = "underflow",
                             .cell = [](Layer layer, Run) { return grouped(layer.counters[Counter::EventUnderflow]); },
                             .total = [](Run run) { return grouped(run.counters[Counter::EventUnderflow]); }},
};

std::string bus_text(const spec::Counters& counters) { return bytes_text(counters[Counter::BusBytes]); }
std::string bursts_text(const spec::Counters& counters, Run run) { return bytes_text(dram_traffic(counters, run).burst_bytes); }

constexpr std::array kPassTable{
    ShownColumn<PassTotals>{.head = "pass",
                            .align = 'l',
                            .cell = [](Pass pass, Run) { return pass.pass; },
                            .total = [](Run run) { return passes_text(run); }},
    ShownColumn<PassTotals>{.head = "rows",
                            .cell = [](Pass pass, Run) { return std::to_string(pass.rows); },
                            .total = [](Run run) { return std::to_string(run.layers.size()); }},
    ShownColumn<PassTotals>{.head = "MACs",
                            .cell = [](Pass pass, Run) { return grouped(pass.macs); },
                            .total = [](Run run) { return grouped(total_macs(run)); }},
    ShownColumn<PassTotals>{
        .head = "cycles", .cell = [](Pass pass, Run) { return grouped(pass.total_cycles); }, .total = run_cycles},
    ShownColumn<PassTotals>{.head = "of cycles",
                            .cell =
                                [](Pass pass, Run run) {
                                  const auto all = static_cast<double>(run.counters[Counter::TotalCycles]);
                                  return percent_text(all > 0 ? static_cast<double>(pass.total_cycles) / all : 0);
                                }},
    ShownColumn<PassTotals>{.head = "time",
                            .cell = [](Pass pass, Run run) { return seconds_text(seconds_at_clock(pass.total_cycles, run)); },
                            .total = [](Run run) { return seconds_text(run.seconds_at_clock); }},
    ShownColumn<PassTotals>{
        .head = "array use", .cell = [](Pass pass, Run) { return percent_text(pass.utilisation); }, .total = run_use},
    ShownColumn<PassTotals>{.head = "bound by",
                            .align = 'l',
                            .cell = [](Pass pass, Run) { return std::string(bound_by(pass.bounds)); },
                            .total = run_bound},
    ShownColumn<PassTotals>{.head = "DRAM in bursts",
                            .cell = [](Pass pass, Run run) { return bursts_text(pass.counters, run); },
                            .total = [](Run run) { return bursts_text(run.counters, run); }},
    ShownColumn<PassTotals>{.head = "bus",
                            .cell = [](Pass pass, Run) { return bus_text(pass.counters); },
                            .total = [](Run run) { return bus_text(run.counters); }},
    ShownColumn<PassTotals>{.head = "GB/s",
                            .cell = [](Pass pass, Run run) { return rate_text(dram_traffic(pass.counters, run).gb_per_s); },
                            .total = run_rate},
    ShownColumn<PassTotals>{
        .head = "energy", .cell = [](Pass pass, Run) { return energy_text(total_picojoule(pass.energy)); }, .total = run_energy},
    ShownColumn<PassTotals>{.head = "pJ/MAC",
                            .cell = [](Pass pass, Run) { return number_text(picojoule_per_mac(pass.energy, pass.macs)); },
                            .total = run_energy_per_mac},
};

constexpr std::array kRunTable{
    ShownColumn<RunReport>{.head = "datapath", .align = 'l', .cell = [](Run run, Run) { return run.datapath; }},
    ShownColumn<RunReport>{.head = "accumulate", .align = 'l', .cell = [](Run run, Run) { return run.accumulate; }},
    ShownColumn<RunReport>{.head = "cycles", .cell = [](Run run, Run) { return run_cycles(run); }},
    ShownColumn<RunReport>{.head = "time", .cell = [](Run run, Run) { return seconds_text(run.seconds_at_clock); }},
    ShownColumn<RunReport>{.head = "samples/s", .where = ShownIn::Page, .cell = [](Run run, Run) { return run_samples(run); }},
    ShownColumn<RunReport>{.head = "array use", .cell = [](Run run, Run) { return run_use(run); }},
    ShownColumn<RunReport>{.head = "bound by", .align = 'l', .cell = [](Run run, Run) { return run_bound(run); }},
    ShownColumn<RunReport>{.head = "DRAM requested",
                           .where = ShownIn::Page,
                           .cell = [](Run run, Run) { return bytes_text(dram_traffic(run.counters, run).requested_bytes); }},
    ShownColumn<RunReport>{.head = "DRAM in bursts",
                           .where = ShownIn::Page,
                           .cell = [](Run run, Run) { return bytes_text(dram_traffic(run.counters, run).burst_bytes); }},
    ShownColumn<RunReport>{.head = "GB/s", .where = ShownIn::Page, .cell = [](Run run, Run) { return run_rate(run); }},
    ShownColumn<RunReport>{.head = "energy", .cell = [](Run run, Run) { return run_energy(run); }},
    ShownColumn<RunReport>{.head = "pJ/MAC", .cell = [](Run run, Run) { return run_energy_per_mac(run); }},
    ShownColumn<RunReport>{
        .head = "core pJ/MAC", .where = ShownIn::PageAndCalibrated, .cell = [](Run run, Run) { return run_core_energy(run); }},
    ShownColumn<RunReport>{
        .head = "core area", .where = ShownIn::PageAndCalibrated, .cell = [](Run run, Run) { return run_area(run); }},
    ShownColumn<RunReport>{
        .head = "GOPS/mm2", .where = ShownIn::Page, .cell = [](Run run, Run) { return number_text(core_gops_per_mm2(run)); }},
    ShownColumn<RunReport>{
        .head = "energy x time", .where = ShownIn::Page, .cell = [](Run run, Run) { return energy_delay_text(energy_delay(run)); }},
    ShownColumn<RunReport>{.head = "SQNR dB", .cell = [](Run run, Run) { return run_sqnr(run); }, .page_head = "SQNR, dB"},
    ShownColumn<RunReport>{.head = "top-1", .cell = [](Run run, Run) { return top1_text(run); }},
};

}  // namespace

std::string of_passes_alone(const RunReport& report) {
  if (!has_passes(report)) return {};
  const auto passes = passes_text(report);
  return passes == kWholeStep ? std::string() : " (" + passes + " alone)";
}

std::span<const ShownColumn<LayerReport>> layer_table() { return kLayerTable; }
std::span<const ShownColumn<PassTotals>> pass_table() { return kPassTable; }
std::span<const ShownColumn<RunReport>> run_table() { return kRunTable; }

}  // namespace binade::sim
