// SPDX-License-Identifier: Apache-2.0
// The ports of rtl/core/core.sv by name, beside the fields of the Core seam that they carry.
#pragma once

#include <array>
#include <cstdint>

#include "models/datapath/core.h"

namespace binade::rtl {

struct CommandPort {
  const char* name;
  int bits;
  std::uint64_t value;  ///< bits above the width are not part of it
};
/// The fields of the command port, in the module's order. Overlap and edge travel with the command.
std::array<CommandPort, 17> command_ports(const datapath::CoreConfig& config, const datapath::CoreCommand& command);

/// Ports of TileClocks.
struct ClocksPort {
  const char* name;
  std::uint64_t datapath::TileClocks::*field;
};
inline constexpr std::array<ClocksPort, 11> kClocksPorts{{
    {"beats_o", &datapath::TileClocks::beats},
    {"stall_a_o", &datapath::TileClocks::stall_a},
    {"stall_b_o", &datapath::TileClocks::stall_b},
    {"stall_out_o", &datapath::TileClocks::stall_out},
    {"overhead_o", &datapath::TileClocks::overhead},
    {"macs_o", &datapath::TileClocks::macs},
    {"a_vectors_o", &datapath::TileClocks::a_vectors},
    {"b_vectors_o", &datapath::TileClocks::b_vectors},
    {"out_vectors_o", &datapath::TileClocks::out_vectors},
    {"psum_reads_o", &datapath::TileClocks::psum_reads},
    {"psum_writes_o", &datapath::TileClocks::psum_writes},
}};

/// Ports of TileStats, less the leading-bit histogram: its counts are read one by one, bin_i selecting what bin_count_o shows.
struct StatsPort {
  const char* name;
  std::uint64_t& (*field)(datapath::TileStats& stats);
};
inline constexpr std::array<StatsPort, 7> kStatsPorts{{
    {"max_abs_o", [](datapath::TileStats& s) -> std::uint64_t& { return s.max_abs; }},
    {"overflows_o", [](datapath::TileStats& s) -> std::uint64_t& { return s.mantissa_overflows; }},
    {"saturations_o", [](datapath::TileStats& s) -> std::uint64_t& { return s.events.saturation; }},
    {"underflows_o", [](datapath::TileStats& s) -> std::uint64_t& { return s.events.underflow; }},
    {"event_overflows_o", [](datapath::TileStats& s) -> std::uint64_t& { return s.events.overflow; }},
    {"nars_o", [](datapath::TileStats& s) -> std::uint64_t& { return s.events.nar; }},
    {"inexacts_o", [](datapath::TileStats& s) -> std::uint64_t& { return s.events.inexact; }},
}};

}  // namespace binade::rtl
