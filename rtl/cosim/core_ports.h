// SPDX-License-Identifier: Apache-2.0
// The ports of rtl/core/core.sv by name, beside the fields of the Core seam that they carry.
#pragma once

#include <array>
#include <cstdint>
#include <type_traits>

#include "models/datapath/core.h"
#include "models/spec/ranges.h"

namespace binade::rtl {

/// Ports of the fields of CoreCommand. Bits above the width are not part of a value.
struct CommandField {
  const char* name;
  int bits;
  std::uint64_t (*get)(const datapath::CoreCommand&);
  void (*set)(datapath::CoreCommand&, std::uint64_t);
};
namespace internal {
template <auto Field>
constexpr CommandField command_field(const char* name, int bits) {
  return {name, bits, [](const datapath::CoreCommand& c) { return static_cast<std::uint64_t>(c.*Field); },
          [](datapath::CoreCommand& c, std::uint64_t value) {
            using Type = std::remove_reference_t<decltype(c.*Field)>;
            if constexpr (std::is_same_v<Type, int>) {  // the shifts
              static_assert(spec::kShiftBits == 8);
              c.*Field = static_cast<std::int8_t>(value);
            } else {
              c.*Field = static_cast<Type>(value);
            }
          }};
}
}  // namespace internal
inline constexpr std::array<CommandField, 15> kCommandFields{{
    internal::command_field<&datapath::CoreCommand::m>("m_i", 32),
    internal::command_field<&datapath::CoreCommand::n>("n_i", 32),
    internal::command_field<&datapath::CoreCommand::k>("k_i", 32),
    internal::command_field<&datapath::CoreCommand::first_k>("first_k_i", 1),
    internal::command_field<&datapath::CoreCommand::last_k>("last_k_i", 1),
    internal::command_field<&datapath::CoreCommand::k_base>("k_base_i", 32),
    internal::command_field<&datapath::CoreCommand::bias>("bias_i", 1),
    internal::command_field<&datapath::CoreCommand::relu>("relu_i", 1),
    internal::command_field<&datapath::CoreCommand::product_shift>("product_shift_i", spec::kShiftBits),
    internal::command_field<&datapath::CoreCommand::bias_shift>("bias_shift_i", spec::kShiftBits),
    internal::command_field<&datapath::CoreCommand::seed>("seed_i", 32),
    internal::command_field<&datapath::CoreCommand::tensor>("tensor_i", 32),
    internal::command_field<&datapath::CoreCommand::m_base>("m_base_i", 32),
    internal::command_field<&datapath::CoreCommand::n_base>("n_base_i", 32),
    internal::command_field<&datapath::CoreCommand::logical_cols>("logical_cols_i", 32),
}};

/// All that travels with the command, in the module's order: its fields, then overlap and edge.
struct CommandPort {
  const char* name;
  int bits;
  std::uint64_t value;  ///< bits above the width are not part of it
};
std::array<CommandPort, kCommandFields.size() + 2> command_ports(const datapath::CoreConfig& config,
                                                                 const datapath::CoreCommand& command);

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
