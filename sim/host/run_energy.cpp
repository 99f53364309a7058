// SPDX-License-Identifier: Apache-2.0
#include "sim/host/run_energy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>

#include "hw/memory/dram_preset.h"
#include "models/cost/calibrated_table.h"
#include "models/cost/core_cost.h"
#include "models/cost/energy.h"
#include "models/cost/expected_operands.h"
#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "rtl/cosim/parameters.h"
#include "sim/host/run.h"

namespace binade::sim {

using spec::Counter;

namespace {

double clock_ps(const hw::PlatformConfig& platform) { return std::round(1000 / platform.clock_ghz); }  // as hw::Clock

std::vector<EnergyRow> published_energy(const RunSpec& request, const spec::Counters& counters,
                                        const spec::ArithmeticCounts& arithmetic) {
  const hw::PlatformConfig& platform = request.platform;
  const hw::DramPreset& dram = hw::dram_preset(platform.dram.preset);
  std::vector<cost::PlatformFacts::Mode> modes;
  for (int index = 0; index < mode_count(platform.core); ++index) {
    const datapath::CoreConfig mode = in_mode(platform.core, index);
    modes.push_back({mode.format, mode.accumulate, psum_bits(mode)});
  }
  const operations::FormatTable formats = platform.formats();
  std::vector<numerics::FormatSpec> vector_formats;
  for (std::int64_t index = 0; index < formats.size(); ++index) vector_formats.push_back(formats.at(index).format);
  const cost::PlatformFacts facts{.modes = modes,
                                  .vector_formats = vector_formats,
                                  .a_bytes = platform.scratchpad.a_bytes,
                                  .b_bytes = platform.scratchpad.b_bytes,
                                  .o_bytes = platform.scratchpad.o_bytes,
                                  .scratchpad_banks = platform.scratchpad.banks,
                                  .psum_bytes = platform.core.psum_bytes,
                                  .psum_slices = platform.core.cols,
                                  .dram_preset = platform.dram.preset,
                                  .dram_burst_bytes = dram.burst_bytes(),
                                  .dram_channels = dram_channels(dram, platform.dram.channels),
                                  .clock_ps = clock_ps(platform)};
  std::vector<EnergyRow> rows;
  for (const cost::EnergyRow& row : cost::energy(counters, arithmetic, facts, request.energy_table))
    rows.push_back({row.component, row.picojoule, row.rule});
  return rows;
}

/// Published figures that stay beside a calibrated core: those of memories. Its own, the vector unit's and the bus's do not.
constexpr std::array<std::string_view, 3> kNotMemories{"core mac", "vector", "bus"};
bool is_memory(const EnergyRow& row) { return std::ranges::find(kNotMemories, row.component) == kNotMemories.end(); }
constexpr const char* kNotModelled = "vector unit, load and store engines, bus, control, and the areas of memories";

bool expects_operands(const RunSpec& request) { return request.calibrated->fixed_operands || !request.platform.values; }

std::string operands_text(const RunSpec& request) {
  return expects_operands(request) ? std::string(cost::kExpectedOperands) : "of the run";
}

cost::OperandMatrix counted(const spec::OperandSums& sums) {
  cost::OperandMatrix matrix{};
  for (std::size_t f = 0; f < matrix.size(); ++f)
    for (std::size_t g = 0; g < matrix.size(); ++g) matrix[f][g] = static_cast<double>(sums.sums[f][g]);
  return matrix;
}

std::uint64_t at(const std::vector<std::uint64_t>& counts, std::size_t index) { return index < counts.size() ? counts[index] : 0; }

cost::CoreActivity activity_of(const RunSpec& request, const spec::Counters& counters, const spec::ArithmeticCounts& arithmetic) {
  cost::CoreActivity activity{.clocks = counters[Counter::TotalCycles],
                              .tile_clocks = counters[Counter::CoreBeats] + counters[Counter::CoreStallA] +
                                             counters[Counter::CoreStallB] + counters[Counter::CoreStallOut] +
                                             counters[Counter::CoreOverhead],
                              .beats = counters[Counter::CoreBeats],
                              .out_vectors = counters[Counter::CoreOutVectors],
                              .outputs = arithmetic.outputs,
                              .operands = {}};
  const auto modes = static_cast<std::size_t>(mode_count(request.platform.core));
  double macs = 0;
  for (std::size_t mode = 0; mode < modes; ++mode) macs += static_cast<double>(at(arithmetic.macs, mode));
  for (std::size_t mode = 0; mode < modes; ++mode) {
    if (!expects_operands(request)) {
      activity.operands.push_back(mode < arithmetic.operands.size() ? counted(arithmetic.operands[mode]) : cost::OperandMatrix{});
      continue;
    }
    const datapath::CoreConfig config = in_mode(request.platform.core, static_cast<int>(mode));
    const auto own = static_cast<double>(at(arithmetic.macs, mode));
    // ws: codes of B that enter, a mode's share of them by its multiply-accumulates.
    const double enter = macs > 0 ? static_cast<double>(counters[Counter::CoreBElements]) * own / macs : 0;
    activity.operands.push_back(cost::expected_operands(config, own, enter));
  }
  return activity;
}

cost::CoreCost core_cost(const RunSpec& request) {
  for (int index = 0; index < mode_count(request.platform.core); ++index) {
    const datapath::CoreMode mode = mode_of(request.platform.core, index);
    if (const auto problems = rtl::uncovered(mode.format, mode.accumulate); !problems.empty())
      throw InputError(
          fmt::format("cost table {}: its figures are those of our RTL, which has no {}: {}; allowed: a table of "
                      "published figures",
                      request.calibrated->table->name(), to_string(mode.format), problems.front()));
  }
  return {*request.calibrated->table, request.platform.core};
}

std::string standing_text(const cost::Figure& figure) {
  if (figure.error_percent <= 0) return fmt::format(" ({})", to_string(figure.standing));
  return fmt::format(" ({}, +-{:.2g} %)", to_string(figure.standing), figure.error_percent);
}

}  // namespace

std::vector<EnergyRow> energy_of(const RunSpec& request, const spec::Counters& counters, const spec::ArithmeticCounts& arithmetic) {
  std::vector<EnergyRow> published = published_energy(request, counters, arithmetic);
  if (!request.calibrated) return published;
  std::vector<EnergyRow> rows;
  for (const cost::CoreEnergyRow& row :
       core_cost(request).energy(activity_of(request, counters, arithmetic), clock_ps(request.platform)))
    rows.push_back({row.component, row.picojoule.value, row.rule + (row.picojoule.value > 0 ? standing_text(row.picojoule) : "")});
  std::ranges::copy_if(published, std::back_inserter(rows), is_memory);
  return rows;
}

std::string energy_table_text(const RunSpec& request) {
  const std::string published = "published, not calibrated: " + printable(request.energy_table.name());
  if (!request.calibrated) return published;
  return fmt::format("core calibrated: {}, operands {}; memories {}", printable(request.calibrated->table->name()),
                     operands_text(request), published);
}

std::optional<CoreFigures> core_figures(const RunSpec& request, const spec::Counters& counters,
                                        const spec::ArithmeticCounts& arithmetic) {
  if (!request.calibrated) return std::nullopt;
  const cost::CoreCost core = core_cost(request);
  CoreFigures figures;
  figures.technology = printable(request.calibrated->table->provenance());
  figures.operands = operands_text(request);
  cost::FigureSum energy;
  for (const cost::CoreEnergyRow& row : core.energy(activity_of(request, counters, arithmetic), clock_ps(request.platform)))
    energy.add(row.picojoule);
  const cost::Figure joules = energy.figure(), area = core.total_area_um2(), path = core.critical_path_ps();
  figures.energy_pj = joules.value;
  figures.energy_error_pj = joules.value * joules.error_percent / 100;
  for (const cost::CoreAreaRow& row : core.area())
    figures.area.push_back({row.block, row.um2.value, row.rule + standing_text(row.um2)});
  figures.area_um2 = area.value;
  figures.area_error_um2 = area.value * area.error_percent / 100;
  figures.critical_path_ps = path.value;
  figures.standing = to_string(cost::worse(cost::worse(joules.standing, area.standing), path.standing));
  std::vector<std::string> missing = core.not_modelled();
  missing.emplace_back(kNotModelled);
  if (const std::string& of_cells = request.calibrated->table->technology().not_modelled; !of_cells.empty())
    missing.push_back(printable(of_cells));
  figures.not_modelled = fmt::format("{}", fmt::join(missing, ", "));
  return figures;
}

bool wants_operand_sums(const RunSpec& request) { return request.calibrated && !expects_operands(request); }

double clock_ghz_of_table(const RunSpec& request) {
  if (!request.calibrated)
    throw InputError("clock_ghz: auto is the clock of a calibrated core; allowed: a number, or --cost-table with a technology");
  return cost::clock_ghz(core_cost(request).critical_path_ps());
}

void check_energy(const RunSpec& request) {
  // Counters hold 64 bits: a table that is finite for the largest is finite for every run.
  constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
  spec::Counters most;
  for (std::size_t i = 0; i < spec::kCounterCount; ++i) most[static_cast<Counter>(i)] = kMost;
  const std::vector<std::uint64_t> by_mode(static_cast<std::size_t>(mode_count(request.platform.core)), kMost);
  const std::vector<std::uint64_t> by_format(request.platform.formats().size(), kMost);
  for (const EnergyRow& row : published_energy(request, most, {by_mode, by_mode, by_format}))
    if (!std::isfinite(row.picojoule))
      throw InputError("energy table " + request.energy_table.name() + ": the figures of '" + row.component +
                       "' exceed binary64; allowed: rows sram_<bytes> whose power law stays within it");
  if (request.calibrated) static_cast<void>(core_cost(request));
}

}  // namespace binade::sim
