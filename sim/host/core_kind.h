// SPDX-License-Identifier: Apache-2.0
// The cores that stand behind the Core seam, by the words of `--core`. Results are the same in all of them.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "models/spec/words.h"

namespace binade::sim {

enum class CoreKind : std::uint8_t { Fast, Cycle, Rtl, Lockstep };

struct CoreKindWord {
  CoreKind kind;
  std::string_view word;
  std::string_view meaning;  ///< for help texts
};
inline constexpr std::array<CoreKindWord, 4> kCoreKinds{{
    {CoreKind::Fast, spec::kCoreWords[0], "a tile at a time"},
    {CoreKind::Cycle, spec::kCoreWords[1], "register by register"},
    {CoreKind::Rtl, spec::kCoreWords[2], "the Verilated SystemVerilog"},
    {CoreKind::Lockstep, spec::kCoreWords[3], "cycle and rtl side by side, every pin compared on every clock"},
}};

std::string_view to_string(CoreKind kind);
/// Throws InputError that names the allowed words.
CoreKind parse_core_kind(std::string_view word);
std::vector<std::string> core_kind_words();
/// "fast (a tile at a time), cycle (...), ...".
std::string core_kind_help();
/// The core has built SystemVerilog in it.
inline bool needs_rtl(CoreKind kind) { return kind == CoreKind::Rtl || kind == CoreKind::Lockstep; }

}  // namespace binade::sim
