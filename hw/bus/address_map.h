// SPDX-License-Identifier: Apache-2.0
// What the interconnect decodes.
#pragma once

#include <cstdint>

namespace binade::hw {

inline constexpr std::uint64_t kMemoryBase = 0;
inline constexpr std::uint64_t kMemoryWindow = std::uint64_t{1} << 40;  ///< bytes; the memory behind may be smaller
inline constexpr std::uint64_t kCsrBase = kMemoryWindow;
inline constexpr std::uint64_t kCsrWindow = 0x1000;

}  // namespace binade::hw
