// SPDX-License-Identifier: Apache-2.0
// What a report says of its run.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>

#include "models/numerics/error.h"
#include "models/spec/words.h"
#include "sim/report/column_parts.h"
#include "sim/report/configuration_text.h"

namespace binade::sim {

using namespace column_parts;

namespace {

constexpr const char* kSha256 = "^[0-9a-f]{64}$";

template <std::size_t N>
Constraint one_of(const std::array<std::string_view, N>& words) {
  return {.words = {words.begin(), words.end()}};
}

RunColumn text(const std::string& name, std::string RunReport::*member, const std::string& meaning, Constraint allowed = {}) {
  return field(own(name), member, {{}, meaning, {}, std::move(allowed)});
}

/// One of the words, or those of a core of several modes.
template <std::size_t N>
RunColumn of_modes(const std::string& name, std::string RunReport::*member, const std::string& meaning,
                   const std::array<std::string_view, N>& words) {
  return text(name, member, fmt::format("{}: {}; of several modes joined by +", meaning, fmt::join(words, " ")),
              {.pattern = fmt::format(R"(^({0})(\+({0}))*$)", fmt::join(words, "|"))});
}

/// An object or a list that json_report.cpp knows.
RunColumn structure(const Name& name, const std::string& meaning) {
  return {facts(name, ColumnType::Structure, {{}, meaning}), {}, {}};
}

RunColumn figure(const Name& name, ColumnType type, Words words, Cell (*get)(const RunReport&)) {
  return derived<RunReport>(name, type, std::move(words), [get](const RunReport& run, const RunReport&) { return get(run); });
}

Name in(const std::string& group, const std::string& name) { return {group, name, {}}; }

void add_head(std::vector<RunColumn>& columns) {
  const std::vector<RunColumn> head{
      field(own("complete"), &RunReport::complete, {{}, "false: interrupted; the layers listed are valid"}),
      text("network", &RunReport::network, "the network's name"),
      text("network_source", &RunReport::network_source, "where its table comes from"),
      text("format", &RunReport::format, "number format, or formats of a product's operands and result"),
      of_modes("datapath", &RunReport::datapath, "what multiplies and adds", spec::kDatapathWords),
      of_modes("accumulate", &RunReport::accumulate, "accumulation policy", spec::kAccumulateWords),
      of_modes("rounding", &RunReport::rounding, "of outputs and of serial steps", spec::kRoundingWords),
      text("core", &RunReport::core, "how tiles were simulated", one_of(spec::kCoreWords)),
      text("tensors", &RunReport::tensors, "where inputs and weights came from, in words"),
      text("layers_selected", &RunReport::layers_selected, "all, or the patterns of --layers"),
      field(own("recorded_tensors"), &RunReport::recorded_tensors,
            {{},
             "tensors of the trace of a training step that were compared with this run's, each code, and are equal",
             "runs not of such a trace",
             at_least(0)}),
      figure(own("pass"), ColumnType::Text,
             {{}, "what the layers are parts of: forward; of a training step its passes joined by +, or step, all of them"},
             [](const RunReport& run) -> Cell { return passes_text(run); }),
      text("identity", &RunReport::identity,
           "SHA-256 of everything that the results follow from: revision, network, tensors, energy table, configuration; --resume "
           "keeps a "
           "report only where it is equal",
           {.pattern = kSha256}),
      text("reference", &RunReport::reference,
           "the library behind the float64 reference and the kernels that it chose for this machine"),
      field(own("timeline"), &RunReport::timeline,
            {{}, "SHA-256 of the trace.json written with the report", "runs without one", {.pattern = kSha256}}),
      field(own("seed"), &RunReport::seed, {{}, "of drawn tensors, samples of tiles and stochastic rounding", {}, at_least(0)}),
      field(own("samples"), &RunReport::samples, {{}, "inputs that were run", {}, at_least(0)}),
      field(own("batch"), &RunReport::batch, {{}, "samples of a pass", {}, at_least(0)}),
      structure(own("config"), "resolved configuration, keys as in docs/configuration.md"),
      structure(own("overrides"), "keys of config, less format, whose value is not the default of this format"),
  };
  columns.insert(columns.end(), head.begin(), head.end());
}

/// A field of RunReport::machine.
template <typename T>
RunColumn machine(const std::string& name, T MachineFacts::*member, Words words) {
  return field_at<RunReport>(
      in("machine", name), [member](auto& run) -> auto& { return run.machine.*member; }, std::move(words));
}

void add_machine(std::vector<RunColumn>& columns) {
  columns.push_back(figure(in("machine", "summary"), ColumnType::Text, {{}, "the configuration in few words"},
                           [](const RunReport& run) -> Cell { return machine_text(run); }));
  columns.push_back(machine("memory", &MachineFacts::memory, {{}, "the DRAM device, its channels and their peak, in words"}));
  columns.push_back(machine("dram_channels", &MachineFacts::dram_channels, {{}, "channels of the DRAM", {}, at_least(1)}));
  columns.push_back(
      machine("dram_burst_bytes", &MachineFacts::dram_burst_bytes, {"bytes", "of one device burst", {}, at_least(1)}));
  columns.push_back(machine("dram_gb_per_s", &MachineFacts::dram_gb_per_s,
                            {"GB/s", "peak of the data buses of all channels, 1e9 bytes a second", {}, at_least(0)}));
}

void add_time(std::vector<RunColumn>& columns) {
  columns.push_back(figure(own("total_cycles"), ColumnType::Integer,
                           {"cycles", "sum over layers, doorbell to interrupt", {}, at_least(0)},
                           [](const RunReport& run) -> Cell { return std::uint64_t{run.counters[spec::Counter::TotalCycles]}; }));
  columns.push_back(field(own("clock_ghz"), &RunReport::clock_ghz, {"GHz", "the accelerator's clock", {}, at_least(0)}));
  columns.push_back(
      field(own("seconds_at_clock"), &RunReport::seconds_at_clock, {"s", "total_cycles at that clock", {}, at_least(0)}));
  columns.push_back(
      figure(own("samples_per_second"), ColumnType::Real,
             {"1/s", "samples over seconds_at_clock, of the layers that were run", "interrupted runs and those that took no time"},
             [](const RunReport& run) { return cell_of(samples_per_second(run)); }));
  columns.push_back(figure(own("macs"), ColumnType::Integer, {{}, "multiply-accumulates of all layers", {}, at_least(0)},
                           [](const RunReport& run) -> Cell { return total_macs(run); }));
  columns.push_back(figure(own("utilisation"), ColumnType::Real,
                           {{}, "macs over array slots of all cycles", {}, {.minimum = 0, .maximum = 1}},
                           [](const RunReport& run) -> Cell { return overall_utilisation(run); }));
}

void add_top1(std::vector<RunColumn>& columns) {
  const auto count = [](const char* name, std::optional<std::int64_t> RunReport::*member, const char* meaning, const char* absent) {
    return field(in("top1", name), member, {{}, meaning, absent, at_least(0)});
  };
  columns.push_back(count("correct", &RunReport::top1_correct, "samples whose best score is their label's", "runs without labels"));
  columns.push_back(
      count("reference_correct", &RunReport::top1_reference, "of the float64 reference", "runs without labels or reference"));
  columns.push_back(figure(in("top1", "samples"), ColumnType::Integer, {{}, "of how many", {}, at_least(0)},
                           [](const RunReport& run) -> Cell { return run.samples; }));
}

void add_energy(std::vector<RunColumn>& columns) {
  columns.push_back(text("energy_table", &RunReport::energy_table, "the table's standing and file"));
  columns.push_back(figure(own("energy_note"), ColumnType::Text, {{}, "what the energy figures leave out, and so cannot compare"},
                           [](const RunReport& run) -> Cell { return energy_note(run); }));
  columns.push_back(figure(in("energy", "total_pj"), ColumnType::Real, {"pJ", "sum of the components"},
                           [](const RunReport& run) -> Cell { return total_picojoule(run.energy); }));
  columns.push_back(structure(in("energy", "components_pj"), "energy by component, pJ"));
  columns.push_back(structure(own("energy_rules"), "how each component is priced, in words"));
  columns.push_back(figure(own("pj_per_mac"), ColumnType::Real,
                           {"pJ", "total energy over multiply-accumulates", "runs without multiply-accumulates"},
                           [](const RunReport& run) { return cell_of(picojoule_per_mac(run.energy, total_macs(run))); }));
  columns.push_back(figure(own("energy_delay_js"), ColumnType::Real, {"J s", "energy times time of the whole run"},
                           [](const RunReport& run) -> Cell { return energy_delay(run); }));
}

constexpr const char* kPublished = "runs whose figures are published ones alone";

/// A field of RunReport::calibrated.
template <typename T>
RunColumn calibrated(const std::string& name, T CoreFigures::*member, Words words) {
  words.absent = kPublished;
  return {facts(in("calibrated", name), type_of<T>(), std::move(words)),
          [member](const RunReport& run, const RunReport&) { return run.calibrated ? cell_of((*run.calibrated).*member) : Cell(); },
          [member](RunReport& run, const Cell& cell) {
            if (std::holds_alternative<std::monostate>(cell)) return;
            if (!run.calibrated) run.calibrated.emplace();
            (*run.calibrated).*member = value_of<T>(cell);
          }};
}

void add_core(std::vector<RunColumn>& columns) {
  columns.push_back(figure(own("power_mw"), ColumnType::Real, {"mW", "total energy over time", "runs that took no time"},
                           [](const RunReport& run) { return cell_of(power_mw(run)); }));
  columns.push_back(calibrated("technology", &CoreFigures::technology, {{}, "the table's library, corner, tools and revision"}));
  columns.push_back(calibrated("operands", &CoreFigures::operands,
                               {{}, "whose codes the elements switch by: of the run, or what was expected of codes"}));
  columns.push_back(calibrated("standing", &CoreFigures::standing,
                               {{}, "of the worst figure", {}, {.words = {"exact", "interpolated", "extrapolated"}}}));
  columns.push_back(calibrated("energy_pj", &CoreFigures::energy_pj, {"pJ", "of the core's components"}));
  columns.push_back(calibrated("energy_error_pj", &CoreFigures::energy_error_pj, {"pJ", "error bar: the sum of the figures' own"}));
  columns.push_back(calibrated("area_um2", &CoreFigures::area_um2, {"um2", "cells of the core; memories are not in it"}));
  columns.push_back(calibrated("area_error_um2", &CoreFigures::area_error_um2, {"um2", "error bar: the sum of the figures' own"}));
  columns.push_back(calibrated("memory_area_um2", &CoreFigures::memory_area_um2,
                               {"um2", "scratchpads and partial sums; 0 where the table has no memories"}));
  columns.push_back(
      calibrated("critical_path_ps", &CoreFigures::critical_path_ps, {"ps", "the longest path of any of the core's modules"}));
  const auto add = [&](const char* name, const char* unit, const char* meaning, auto of) {
    columns.push_back(derived<RunReport>(in("calibrated", name), ColumnType::Real,
                                         {unit, meaning, std::string(kPublished) + ", or that took no time"},
                                         [of](const RunReport& run, const RunReport&) { return cell_of(of(run)); }));
  };
  add("power_mw", "mW", "energy of the core over time", core_power_mw);
  add("power_density_mw_per_mm2", "mW/mm2", "that over the core's area", core_power_density);
  add("gops_per_mm2", "GOPS/mm2", "two operations a multiply-accumulate, over time and the core's area", core_gops_per_mm2);
  columns.push_back(calibrated("not_modelled", &CoreFigures::not_modelled, {{}, "what is in none of the figures"}));
  columns.push_back(calibrated("missing_units", &CoreFigures::missing_units,
                               {{}, "units of the core that the table lacks, or knows no energy of; empty: it has all"}));
  columns.push_back(calibrated("extrapolated_units", &CoreFigures::extrapolated_units,
                               {{}, "units of the core with a figure beyond the table's samples"}));
  columns.push_back(
      structure(own("area"),
                "area of the core and of its memories by block, um2, and the figure behind it; empty without a calibrated table"));
}

std::vector<RunColumn> make_run_columns() {
  std::vector<RunColumn> columns;
  add_head(columns);
  add_machine(columns);
  add_time(columns);
  add_top1(columns);
  add_energy(columns);
  add_core(columns);
  add_traffic(columns);
  add_bounds(columns);
  add_errors("output", &RunReport::output, columns);
  columns.push_back(text("digest", &RunReport::digest, "SHA-256 over the layer digests", {.pattern = kDigestPattern}));
  columns.push_back(
      structure(own("rtl_sample"), "tiles that also ran through the RTL in lockstep with the cycle core, without a difference"));
  add_counters(columns);
  columns.push_back(structure(own("passes"), "sums over the layers' rows of each pass: a row of passes.csv each"));
  columns.push_back(structure(own("layers"), "a row of layers.csv each"));
  columns.push_back(
      field(own("wall_seconds"), &RunReport::wall_seconds,
            {"s",
             "of this program, not of the accelerator, inputs included; with wall_parts the only field that differs between "
             "equal runs",
             {},
             at_least(0)}));
  columns.push_back(
      structure(own("wall_parts"), "wall_seconds by what the program did, on the thread that drives the run; they add up to it"));
  return columns;
}

/// Columns of the run by their place, under the name that a comparison has for them; a group whole.
class Comparison {
 public:
  void add(const std::string& place) {
    const std::size_t before = columns_.size();
    for (const auto& column : run_columns())
      if (place_of(column) == place || column.group == place) columns_.push_back(column);
    if (columns_.size() == before) throw InvariantError("comparison_columns: no column " + place);
  }
  void add(const std::string& place, const std::string& called) {
    add(place);
    columns_.back().group.clear();
    columns_.back().name = called;
  }
  void add(RunColumn column) { columns_.push_back(std::move(column)); }
  std::vector<RunColumn> take() { return std::move(columns_); }

 private:
  std::vector<RunColumn> columns_;
};

std::vector<RunColumn> make_comparison_columns() {
  Comparison row;
  for (const char* place : {"format", "datapath", "accumulate", "rounding", "complete", "network", "tensors", "layers_selected",
                            "core", "seed", "samples", "batch"})
    row.add(place);
  row.add("machine/summary", "machine");
  row.add(figure(own("overrides"), ColumnType::Text, {{}, "keys whose value is not the default, with it"},
                 [](const RunReport& run) -> Cell { return overrides_text(run); }));
  for (const char* place :
       {"total_cycles", "seconds_at_clock", "samples_per_second", "macs", "utilisation", "bound_by", "dram", "energy_table"})
    row.add(place);
  row.add("energy/total_pj", "energy_pj");
  for (const char* place : {"pj_per_mac", "energy_delay_js", "power_mw", "calibrated", "output"}) row.add(place);
  row.add("top1/correct", "top1_correct");
  row.add("top1/reference_correct", "top1_reference_correct");
  row.add("digest");
  row.add("config");
  return row.take();
}

}  // namespace

std::string place_of(const ColumnFacts& column) { return column.group.empty() ? column.name : column.group + "/" + column.name; }

const std::vector<RunColumn>& run_columns() {
  static const std::vector<RunColumn> columns = make_run_columns();
  return columns;
}

const std::vector<RunColumn>& comparison_columns() {
  static const std::vector<RunColumn> columns = make_comparison_columns();
  return columns;
}

}  // namespace binade::sim
