// SPDX-License-Identifier: Apache-2.0
#include "sim/report/figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace binade::sim {
namespace {

/// Three significant digits with the SI prefix that fits, from pico up.
std::string engineering(double value, std::string_view unit) {
  static constexpr std::array<std::string_view, 9> kPrefixes{"p", "n", "u", "m", "", "k", "M", "G", "T"};
  constexpr int kUnity = 4;
  if (value == 0) return fmt::format("0 {}", unit);
  const int thousands = static_cast<int>(std::floor(std::log10(std::abs(value)) / 3));
  const int step = std::clamp(thousands, -kUnity, static_cast<int>(kPrefixes.size()) - 1 - kUnity);
  const double scaled = value / std::pow(1000.0, step);
  const int decimals = scaled >= 99.95 ? 0 : scaled >= 9.995 ? 1 : 2;
  return fmt::format("{:.{}f} {}{}", scaled, decimals, kPrefixes[static_cast<std::size_t>(step + kUnity)], unit);
}

}  // namespace

double total_picojoule(const std::vector<EnergyRow>& energy) {
  double total = 0;
  for (const auto& row : energy) total += row.picojoule;
  return total;
}

double component_picojoule(const std::vector<EnergyRow>& energy, std::string_view component) {
  double sum = 0;
  for (const auto& row : energy)
    if (row.component == component) sum += row.picojoule;
  return sum;
}

std::uint64_t total_macs(const RunReport& report) {
  std::uint64_t macs = 0;
  for (const auto& layer : report.layers) macs += layer.macs;
  return macs;
}

double overall_utilisation(const RunReport& report) {
  double used = 0, all = 0;
  for (const auto& layer : report.layers) {
    used += layer.utilisation * static_cast<double>(layer.total_cycles);
    all += static_cast<double>(layer.total_cycles);
  }
  return all > 0 ? used / all : 0;
}

std::vector<CyclePart> cycle_parts(const spec::Counters& counters) {
  using spec::Counter;
  return {{"array at work", counters[Counter::CoreBeats]},
          {"vector unit at work", counters[Counter::VectorBusy]},
          {"array waits for A", counters[Counter::CoreStallA]},
          {"array waits for B", counters[Counter::CoreStallB]},
          {"array waits for output", counters[Counter::CoreStallOut]},
          {"command overhead", counters[Counter::CoreOverhead]},
          {"waits for loads", counters[Counter::ComputeStallLoad]},
          {"waits for stores", counters[Counter::ComputeStallStore]},
          {"no command", counters[Counter::ComputeIdle]}};
}

DramTraffic dram_traffic(const spec::Counters& counters, const RunReport& run) {
  using spec::Counter;
  DramTraffic traffic;
  traffic.requested_bytes = counters[Counter::DramReadBytes] + counters[Counter::DramWriteBytes];
  const std::uint64_t bursts = counters[Counter::DramReadBursts] + counters[Counter::DramWriteBursts];
  // Ideal memory counts no bursts.
  traffic.burst_bytes = std::max(bursts * static_cast<std::uint64_t>(run.machine.dram_burst_bytes), traffic.requested_bytes);
  const auto cycles = static_cast<double>(counters[Counter::TotalCycles]);
  if (cycles > 0) traffic.gb_per_s = static_cast<double>(traffic.burst_bytes) / cycles * run.clock_ghz;
  return traffic;
}

BoundCycles bound_cycles(const spec::Counters& counters, const RunReport& run) {
  using spec::Counter;
  const std::uint64_t waiting =
      counters[Counter::ComputeStallLoad] + counters[Counter::ComputeStallStore] + counters[Counter::ComputeIdle];
  const std::uint64_t bursts = counters[Counter::DramReadBursts] + counters[Counter::DramWriteBursts];
  const auto burst_bytes = static_cast<double>(bursts * static_cast<std::uint64_t>(run.machine.dram_burst_bytes));
  const double peak_bytes_per_clock = run.machine.dram_gb_per_s / run.clock_ghz;
  const auto dram = peak_bytes_per_clock > 0 ? static_cast<std::uint64_t>(burst_bytes / peak_bytes_per_clock) : 0;
  const std::uint64_t bus = counters[Counter::BusBusy], carried = std::min(waiting, std::max(dram, bus));
  return {counters[Counter::CoreBeats],
          counters[Counter::VectorBusy],
          counters[Counter::CoreStallA] + counters[Counter::CoreStallB] + counters[Counter::CoreStallOut],
          dram >= bus ? carried : 0,
          dram >= bus ? 0 : carried,
          counters[Counter::CoreOverhead] + waiting - carried};
}

BoundCycles bound_cycles(const RunReport& run) {
  BoundCycles sum{};
  for (const auto& layer : run.layers) {
    const auto cycles = bound_cycles(layer.counters, run);
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += cycles[i];
  }
  return sum;
}

std::string_view bound_by(const BoundCycles& cycles) {
  const auto most = std::max_element(cycles.begin(), cycles.end());
  return *most == 0 ? kNoBound : kBoundWords[static_cast<std::size_t>(most - cycles.begin())];
}

double second_pass_share(const RunReport& report) {
  double second = 0, all = 0;
  for (const auto& layer : report.layers) {
    second += static_cast<double>(layer.second_pass_cycles);
    all += static_cast<double>(layer.total_cycles);
  }
  return all > 0 ? second / all : 0;
}

std::optional<double> picojoule_per_mac(const std::vector<EnergyRow>& energy, std::uint64_t macs) {
  return macs == 0 ? std::nullopt : std::optional(total_picojoule(energy) / static_cast<double>(macs));
}

std::optional<double> samples_per_second(const RunReport& report) {
  if (!report.complete || !(report.seconds_at_clock > 0)) return std::nullopt;
  return static_cast<double>(report.samples) / report.seconds_at_clock;
}

double seconds_at_clock(std::uint64_t cycles, const RunReport& run) { return static_cast<double>(cycles) / (run.clock_ghz * 1e9); }

namespace {

constexpr double kUm2PerMm2 = 1e6;

/// 1 pJ a second is 1e-9 mW.
std::optional<double> milliwatts(double picojoule, const RunReport& report) {
  return report.seconds_at_clock > 0 ? std::optional(picojoule / report.seconds_at_clock * 1e-9) : std::nullopt;
}

std::optional<double> per_mm2(const std::optional<double>& value, const RunReport& report) {
  if (!value || !report.calibrated || report.calibrated->area_um2 <= 0) return std::nullopt;
  return *value / (report.calibrated->area_um2 / kUm2PerMm2);
}

}  // namespace

std::optional<double> power_mw(const RunReport& report) { return milliwatts(total_picojoule(report.energy), report); }
std::optional<double> core_power_mw(const RunReport& report) {
  return report.calibrated ? milliwatts(report.calibrated->energy_pj, report) : std::nullopt;
}
std::optional<double> core_power_density(const RunReport& report) { return per_mm2(core_power_mw(report), report); }
std::optional<double> core_gops_per_mm2(const RunReport& report) {
  if (report.seconds_at_clock <= 0) return std::nullopt;
  return per_mm2(2e-9 * static_cast<double>(total_macs(report)) / report.seconds_at_clock, report);
}

std::string area_text(double um2) { return fmt::format("{:.3g} mm2", um2 / kUm2PerMm2); }

double energy_delay(const RunReport& report) { return total_picojoule(report.energy) * 1e-12 * report.seconds_at_clock; }

std::string grouped(std::uint64_t value) {
  const auto plain = std::to_string(value);
  std::string digits;
  for (std::size_t i = 0; i < plain.size(); ++i) {
    if (i > 0 && (plain.size() - i) % 3 == 0) digits += ',';
    digits += plain[i];
  }
  return digits;
}

std::string seconds_text(double seconds) { return engineering(seconds, "s"); }
std::string energy_text(double picojoule) { return engineering(picojoule * 1e-12, "J"); }
std::string percent_text(double fraction) { return fmt::format("{:.1f} %", 100 * fraction); }

std::string bytes_text(std::uint64_t bytes) {
  return bytes < 1000 ? fmt::format("{} B", bytes) : engineering(static_cast<double>(bytes), "B");
}
std::string rate_text(double gb_per_s) {
  return fmt::format("{:.{}f}", gb_per_s, gb_per_s >= 99.95 ? 0 : gb_per_s >= 9.995 ? 1 : 2);
}
std::string number_text(const std::optional<double>& value) {
  if (!value) return "-";
  if (std::isnan(*value)) return "nan";
  if (std::isinf(*value)) return *value > 0 ? "inf" : "-inf";
  if (*value >= 999.5) return grouped(static_cast<std::uint64_t>(std::llround(*value)));
  return rate_text(*value);
}
std::string energy_delay_text(double joule_seconds) { return engineering(joule_seconds, "Js"); }

std::string shape_text(const LayerReport& layer) {
  if (layer.k == 0) return fmt::format("{} elements", grouped(static_cast<std::uint64_t>(layer.elements)));
  const auto shape = fmt::format("{}x{}x{}", layer.m, layer.n, layer.k);
  return layer.groups > 1 ? fmt::format("{} /{}", shape, layer.groups) : shape;
}

std::string formats_text(const LayerReport& layer) {
  const bool one_factor = layer.format_b.empty() || layer.format_b == layer.format_a;
  if (one_factor && layer.format_a == layer.format_out) return layer.format_out;
  const auto read = layer.format_b.empty() ? layer.format_a : fmt::format("{} x {}", layer.format_a, layer.format_b);
  return fmt::format("{} -> {}", read, layer.format_out);
}

bool mixes_formats(const RunReport& report) {
  return std::any_of(report.layers.begin(), report.layers.end(), [&](const LayerReport& layer) {
    return formats_text(layer) != layer.format_out || layer.format_out != report.layers.front().format_out;
  });
}

std::string sqnr_text(const std::optional<double>& sqnr_db) {
  if (!sqnr_db || std::isnan(*sqnr_db)) return "-";
  if (std::isinf(*sqnr_db)) return *sqnr_db > 0 ? "exact" : "-inf";
  return fmt::format("{:.1f}", *sqnr_db);
}

std::string sample_text(const RtlSample& sample) {
  std::int64_t tiles = 0, sampled = 0;
  std::uint64_t macs = 0, all = 0;
  for (const auto& layer : sample.layers) {
    tiles += layer.tiles;
    sampled += static_cast<std::int64_t>(layer.sampled.size());
    macs += layer.macs;
    all += layer.layer_macs;
  }
  return fmt::format("{} of {} tiles in lockstep, {} a layer, {} of the MACs, no difference", sampled, tiles, sample.requested,
                     percent_text(all > 0 ? static_cast<double>(macs) / static_cast<double>(all) : 0));
}

std::string wall_text(const RunReport& report) {
  std::string text = seconds_text(report.wall_seconds);
  std::string_view separator = ": ";
  for (const auto& row : report.wall_parts) {
    if (row.seconds <= 0) continue;
    text += fmt::format("{}{} {}", separator, row.part, percent_text(row.seconds / report.wall_seconds));
    separator = ", ";
  }
  return text;
}

std::string top1_text(const RunReport& report) {
  return report.top1_correct ? fmt::format("{}/{}", *report.top1_correct, report.samples) : "-";
}

}  // namespace binade::sim
