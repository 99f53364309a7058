// SPDX-License-Identifier: Apache-2.0
// Figures that follow from a report, and numbers as people read them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/report/run_report.h"

namespace binade::sim {

double total_picojoule(const std::vector<EnergyRow>& energy);
std::uint64_t total_macs(const RunReport& report);
/// Multiply-accumulates over array slots of all cycles, weighted by the layers' total cycles.
double overall_utilisation(const RunReport& report);

/// Where the compute engine's cycles go. The parts of one layer add up to its total cycles.
struct CyclePart {
  std::string_view name;  ///< for people
  std::uint64_t cycles;
};
std::vector<CyclePart> cycle_parts(const spec::Counters& counters);

std::string grouped(std::uint64_t value);   ///< 1,234,567
std::string seconds_text(double seconds);   ///< 1.23 ms
std::string energy_text(double picojoule);  ///< 4.56 uJ
std::string percent_text(double fraction);  ///< 12.3 %
/// `exact` for +infinity, `-` where absent; decimals of dB.
std::string sqnr_text(const std::optional<double>& sqnr_db);
/// "12 of 340 tiles in lockstep, 3 a layer, 1.2 % of the MACs, no difference".
std::string sample_text(const RtlSample& sample);
/// "3.92 s: core 31.2 %, reference 20.1 %": the parts of wall_seconds that took any time.
std::string wall_text(const RunReport& report);
std::string top1_text(const RunReport& report);  ///< 98/100, or `-`

}  // namespace binade::sim
