// SPDX-License-Identifier: Apache-2.0
// Figures that follow from a report, and numbers as people read them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/report/run_report.h"

namespace binade::sim {

double total_picojoule(const std::vector<EnergyRow>& energy);
/// Of one component; 0 where it is not among them.
double component_picojoule(const std::vector<EnergyRow>& energy, std::string_view component);
std::uint64_t total_macs(const RunReport& report);
/// Multiply-accumulates over array slots of all cycles, weighted by the layers' total cycles.
double overall_utilisation(const RunReport& report);

/// Where the compute engine's cycles go. The parts of one layer add up to its total cycles.
struct CyclePart {
  std::string_view name;  ///< for people
  std::uint64_t cycles;
};
std::vector<CyclePart> cycle_parts(const spec::Counters& counters);

/// Bytes between the DRAM and the accelerator.
struct DramTraffic {
  std::uint64_t requested_bytes = 0;  ///< what the engines and the descriptor fetch asked for
  std::uint64_t burst_bytes = 0;  ///< whole device bursts: what the device moves and its energy pays; ideal memory: as requested
  double gb_per_s = 0;            ///< burst bytes over the time, 1e9 bytes
};
DramTraffic dram_traffic(const spec::Counters& counters, const RunReport& run);

/// Every clock of a layer by what bounds it. The clocks in which the compute engine has work go to what holds it: `array`
/// (core.beats), `vector` (vector.busy), `ports` (core.stall_a, stall_b, stall_out: the scratchpads' ports), `latency`
/// (core.overhead). Of the clocks in which it has none, W, a faster DRAM or bus could save at most the clocks T in which that one
/// carries data: `dram`, burst bytes over the peak rate of the data buses; `bus`, bus.busy. So min(W, T) go to the one that is busy
/// longer (dram where equal) and the rest to `latency`: round trips, rows opened, turnarounds, refreshes, dependences.
enum class Bound { Array, Vector, Ports, Dram, Bus, Latency };
inline constexpr std::array<std::string_view, 6> kBoundWords{"array", "vector", "ports", "dram", "bus", "latency"};
inline constexpr std::string_view kNoBound = "-";
using BoundCycles = std::array<std::uint64_t, kBoundWords.size()>;
BoundCycles bound_cycles(const spec::Counters& counters, const RunReport& run);
/// Sum over the layers.
BoundCycles bound_cycles(const RunReport& run);
/// What most clocks go to, the first of equals; `-` where there are none.
std::string_view bound_by(const BoundCycles& cycles);

/// Share of the layers' clocks that rounds raw integers to codes (dfp, sdfp).
double second_pass_share(const RunReport& report);
/// Absent where there are no multiply-accumulates.
std::optional<double> picojoule_per_mac(const std::vector<EnergyRow>& energy, std::uint64_t macs);
/// Absent where no time passed or the run was interrupted. Of the layers that were run.
std::optional<double> samples_per_second(const RunReport& report);
/// Of that many cycles.
double seconds_at_clock(std::uint64_t cycles, const RunReport& run);
/// Mean over the run's time; absent where none passed.
std::optional<double> power_mw(const RunReport& report);
/// Of a calibrated core, memories apart; absent without, or where no time passed.
std::optional<double> core_power_mw(const RunReport& report);
std::optional<double> core_power_density(const RunReport& report);  ///< mW a mm2
std::optional<double> core_gops_per_mm2(const RunReport& report);   ///< two operations a multiply-accumulate
/// Energy times time of the whole run, joule seconds.
double energy_delay(const RunReport& report);

std::string grouped(std::uint64_t value);                     ///< 1,234,567
std::string bytes_text(std::uint64_t bytes);                  ///< 4.19 MB
std::string rate_text(double gb_per_s);                       ///< 12.3
std::string number_text(const std::optional<double>& value);  ///< three significant digits, or `-`
std::string energy_delay_text(double joule_seconds);          ///< 24.8 nJs
std::string area_text(double um2);                            ///< 0.0123 mm2
std::string seconds_text(double seconds);                     ///< 1.23 ms
std::string energy_text(double picojoule);                    ///< 4.56 uJ
std::string percent_text(double fraction);                    ///< 12.3 %
/// `exact` for +infinity, `-` where absent; decimals of dB.
std::string sqnr_text(const std::optional<double>& sqnr_db);
/// "12 of 340 tiles in lockstep, 3 a layer, 1.2 % of the MACs, no difference".
std::string sample_text(const RtlSample& sample);
/// "3.92 s: core 31.2 %, reference 20.1 %": the parts of wall_seconds that took any time.
std::string wall_text(const RunReport& report);
/// m x n x k and the groups of a matrix product; what other layers make.
std::string shape_text(const LayerReport& layer);
/// posit8; or what is read and what is written where they differ: posit8 x posit16 -> posit16.
std::string formats_text(const LayerReport& layer);
bool mixes_formats(const RunReport& report);     ///< within a layer or between two
std::string top1_text(const RunReport& report);  ///< 98/100, or `-`

}  // namespace binade::sim
