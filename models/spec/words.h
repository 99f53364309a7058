// SPDX-License-Identifier: Apache-2.0
// Words of settings that reports repeat, each list in the order of its enumeration: what parses and prints them, what messages and
// help say is allowed, configuration keys, the report's columns and its schema all read them here.
#pragma once

#include <array>
#include <string_view>

namespace binade::spec {

inline constexpr std::array<std::string_view, 4> kDatapathWords{"flex_pe", "posit_pe", "float_pe",
                                                                "dfp_pe"};  ///< datapath::Datapath
inline constexpr std::array<std::string_view, 5> kAccumulateWords{"exact", "blocked", "serial", "fp32",
                                                                  "chained"};  ///< numerics::Accumulate
inline constexpr std::array<std::string_view, 2> kBiasWords{"last", "first"};  ///< numerics::BiasPosition
inline constexpr std::array<std::string_view, 7> kRoundingWords{"rne", "rtz", "rhu", "rha",
                                                                "sr",  "rdn", "rup"};             ///< numerics::Rounding
inline constexpr std::array<std::string_view, 4> kCoreWords{"fast", "cycle", "rtl", "lockstep"};  ///< sim::CoreKind
inline constexpr std::array<std::string_view, 2> kUnderflowWords{"standard", "round"};  ///< false, true of FormatSpec::underflows
inline constexpr std::array<std::string_view, 2> kFlexPresetWords{"paper", "ngraph"};   ///< parameters of Autoflex
inline constexpr std::array<std::string_view, 2> kTilingWords{"estimate", "search"};    ///< how tiles are chosen
inline constexpr std::array<std::string_view, 2> kFlexInitWords{"golden", "device"};    ///< where its retries run

}  // namespace binade::spec
