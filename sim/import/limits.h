// SPDX-License-Identifier: Apache-2.0
// How large a network that users bring may be. Shape inference holds extents to 2^24 and tensors to 2^32 elements; these are the
// limits of what it does not see.
#pragma once

#include <cstddef>
#include <cstdint>

namespace binade::sim {

inline constexpr std::size_t kMostLayers = 1 << 14;
/// Of one name: they stand in messages, reports and the keys of files.
inline constexpr std::size_t kLongestName = 200;
/// Of one extent, window or stride as it is read.
inline constexpr std::int64_t kLargestExtent = std::int64_t{1} << 24;
inline constexpr std::int64_t kLargestWindow = 65535;                   ///< a descriptor's field of 16 bits
inline constexpr std::int64_t kMostParameters = std::int64_t{1} << 32;  ///< of one tensor

}  // namespace binade::sim
