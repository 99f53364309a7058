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
#include "models/cost/expected_operands.h"
#include "models/cost/memory_cost.h"
#include "models/datapath/dataflow/dataflow.h"
#include "models/numerics/error.h"
#include "models/numerics/text.h"
#include "rtl/cosim/parameters.h"
#include "sim/host/run.h"

namespace binade::sim {

using spec::Counter;

namespace {

double clock_ps(const hw::PlatformConfig& platform) { return std::round(1000 / platform.clock_ghz); }  // as hw::Clock

cost::PlatformFacts facts_of(const RunSpec& request) {
  const hw::PlatformConfig& platform = request.platform;
  const hw::DramPreset& dram = hw::dram_preset(platform.dram.preset);
  cost::PlatformFacts facts{.a_bytes = platform.scratchpad.a_bytes,
                            .b_bytes = platform.scratchpad.b_bytes,
                            .o_bytes = platform.scratchpad.o_bytes,
                            .scratchpad_banks = platform.scratchpad.banks,
                            .psum_bytes = datapath::rules_of(platform.core).sums_stay() ? 0 : platform.core.psum_bytes,
                            .psum_slices = platform.core.cols,
                            .dram_preset = platform.dram.preset,
                            .dram_burst_bytes = dram.burst_bytes(),
                            .dram_channels = dram_channels(dram, platform.dram.channels),
                            .clock_ps = clock_ps(platform)};
  for (int index = 0; index < mode_count(platform.core); ++index) {
    const datapath::CoreConfig mode = in_mode(platform.core, index);
    facts.modes.push_back({mode.format, mode.accumulate, psum_bits(mode)});
  }
  const operations::FormatTable formats = platform.formats();
  for (std::int64_t index = 0; index < formats.size(); ++index) facts.vector_formats.push_back(formats.at(index).format);
  return facts;
}

/// Published figures that do not stay beside a calibrated core: its own, the vector unit's and the bus's.
constexpr std::array<std::string_view, 3> kNotMemories{"core mac", "vector", "bus"};
/// Nor these, where the technology has a table of memories.
constexpr std::array<std::string_view, 4> kOnChip{"scratchpad a", "scratchpad b", "scratchpad o", "partial sums"};
bool among(const auto& components, const cost::EnergyRow& row) {
  return std::ranges::find(components, row.component) != components.end();
}
constexpr const char* kNotModelled = "vector unit, load and store engines, bus, control";

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

/// Nothing where the core is not calibrated.
std::optional<cost::CoreCost> core_cost(const RunSpec& request) {
  if (!request.calibrated) return std::nullopt;
  for (int index = 0; index < mode_count(request.platform.core); ++index) {
    const datapath::CoreMode mode = mode_of(request.platform.core, index);
    if (const auto problems = rtl::uncovered(mode.format, mode.accumulate); !problems.empty())
      throw InputError(
          fmt::format("cost table {}: its figures are those of our RTL, which has no {}: {}; allowed: a table of "
                      "published figures",
                      request.calibrated->table->name(), to_string(mode.format), problems.front()));
  }
  return cost::CoreCost(*request.calibrated->table, request.platform.core);
}

std::string standing_text(const cost::Figure& figure) {
  if (figure.error_percent <= 0) return fmt::format(" ({})", to_string(figure.standing));
  return fmt::format(" ({}, +-{:.2g} %)", to_string(figure.standing), figure.error_percent);
}

}  // namespace

RunEnergy::RunEnergy(const RunSpec& request) : request_(request), facts_(facts_of(request)), core_(core_cost(request)) {}

std::vector<cost::EnergyRow> RunEnergy::published(const spec::Counters& counters, const spec::ArithmeticCounts& arithmetic) const {
  return cost::energy(counters, arithmetic, facts_, request_.energy_table);
}

std::vector<EnergyRow> RunEnergy::rows(const spec::Counters& counters, const spec::ArithmeticCounts& arithmetic) const {
  std::vector<EnergyRow> rows;
  const auto add = [&rows](const cost::EnergyRow& row) { rows.push_back({row.component, row.picojoule, row.rule}); };
  if (!core_) {
    std::ranges::for_each(published(counters, arithmetic), add);
    return rows;
  }
  for (const cost::CoreEnergyRow& row : core_->energy(activity_of(counters, arithmetic), facts_.clock_ps))
    rows.push_back({row.component, row.picojoule.value, row.rule + (row.picojoule.value > 0 ? standing_text(row.picojoule) : "")});
  const auto& memories = request_.calibrated->memories;
  if (memories) std::ranges::for_each(memory_energy(counters, arithmetic, facts_, *memories), add);
  for (const cost::EnergyRow& row : published(counters, arithmetic))
    if (!among(kNotMemories, row) && !(memories && among(kOnChip, row))) add(row);
  return rows;
}

cost::CoreActivity RunEnergy::activity_of(const spec::Counters& counters, const spec::ArithmeticCounts& arithmetic) const {
  cost::CoreActivity activity{.clocks = counters[Counter::TotalCycles],
                              .tile_clocks = counters[Counter::CoreBeats] + counters[Counter::CoreStallA] +
                                             counters[Counter::CoreStallB] + counters[Counter::CoreStallOut] +
                                             counters[Counter::CoreOverhead],
                              .beats = arithmetic.beats,
                              .out_vectors = arithmetic.out_vectors,
                              .outputs = arithmetic.outputs,
                              .operands = {}};
  for (std::size_t mode = 0; mode < facts_.modes.size(); ++mode) {
    if (expects_operands(request_))
      activity.operands.push_back(cost::expected_operands(in_mode(request_.platform.core, static_cast<int>(mode)),
                                                          static_cast<double>(at(arithmetic.macs, mode)),
                                                          static_cast<double>(at(arithmetic.b_elements, mode))));
    else
      activity.operands.push_back(mode < arithmetic.operands.size() ? counted(arithmetic.operands[mode]) : cost::OperandMatrix{});
  }
  return activity;
}

std::string energy_table_text(const RunSpec& request) {
  const std::string published = "published, not calibrated: " + printable(request.energy_table.name());
  if (!request.calibrated) return published;
  const std::string core =
      fmt::format("core calibrated: {}, operands {}", printable(request.calibrated->table->name()), operands_text(request));
  if (!request.calibrated->memories) return fmt::format("{}; memories {}", core, published);
  return fmt::format("{}; memories on the chip: {}; DRAM {}", core, request.calibrated->memories->source(), published);
}

std::optional<CoreFigures> RunEnergy::core_figures(const spec::Counters& counters, const spec::ArithmeticCounts& arithmetic) const {
  if (!core_) return std::nullopt;
  CoreFigures figures;
  figures.technology = printable(request_.calibrated->table->provenance());
  figures.operands = operands_text(request_);
  cost::FigureSum energy;
  for (const cost::CoreEnergyRow& row : core_->energy(activity_of(counters, arithmetic), facts_.clock_ps))
    energy.add(row.picojoule);
  const cost::Figure joules = energy.figure(), area = core_->total_area_um2(), path = core_->critical_path_ps();
  figures.energy_pj = joules.value;
  figures.energy_error_pj = joules.value * joules.error_percent / 100;
  for (const cost::CoreAreaRow& row : core_->area())
    figures.area.push_back({row.block, row.um2.value, row.rule + standing_text(row.um2)});
  figures.area_um2 = area.value;
  figures.area_error_um2 = area.value * area.error_percent / 100;
  figures.critical_path_ps = path.value;
  figures.standing = to_string(cost::worse(cost::worse(joules.standing, area.standing), path.standing));
  std::vector<std::string> missing = core_->not_modelled();
  figures.missing_units = fmt::format("{}", fmt::join(missing, ", "));
  figures.extrapolated_units = fmt::format("{}", fmt::join(core_->extrapolated(), ", "));
  missing.emplace_back(kNotModelled);
  if (const auto& memories = request_.calibrated->memories) {
    for (const cost::MemoryAreaRow& row : memory_area(facts_, *memories)) {
      figures.area.push_back({row.block, row.um2, row.rule});
      figures.memory_area_um2 += row.um2;
    }
  } else {
    missing.emplace_back("areas of memories");
  }
  if (const std::string& of_cells = request_.calibrated->table->technology().not_modelled; !of_cells.empty())
    missing.push_back(printable(of_cells));
  figures.not_modelled = fmt::format("{}", fmt::join(missing, ", "));
  return figures;
}

bool wants_operand_sums(const RunSpec& request) { return request.calibrated && !expects_operands(request); }

double clock_ghz_of_table(const RunSpec& request) {
  const auto core = core_cost(request);
  if (!core)
    throw InputError("clock_ghz: auto is the clock of a calibrated core; allowed: a number, or --cost-table with a technology");
  return cost::clock_ghz(core->critical_path_ps());
}

void check_energy(const RunSpec& request) {
  // Counters hold 64 bits: a table that is finite for the largest is finite for every run.
  constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
  spec::Counters most;
  for (std::size_t i = 0; i < spec::kCounterCount; ++i) most[static_cast<Counter>(i)] = kMost;
  const std::vector<std::uint64_t> by_mode(static_cast<std::size_t>(mode_count(request.platform.core)), kMost);
  const std::vector<std::uint64_t> by_format(request.platform.formats().size(), kMost);
  for (const cost::EnergyRow& row : RunEnergy(request).published(most, {by_mode, by_mode, by_format}))
    if (!std::isfinite(row.picojoule))
      throw InputError("energy table " + request.energy_table.name() + ": the figures of '" + row.component +
                       "' exceed binary64; allowed: rows sram_<bytes> whose power law stays within it");
}

}  // namespace binade::sim
