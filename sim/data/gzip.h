// SPDX-License-Identifier: Apache-2.0
// Whole files, compressed with gzip or not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

namespace binade::sim {

/// Throws InputError naming the file where it is missing, damaged, truncated or longer than `max_bytes`.
std::vector<std::uint8_t> read_gzip(const std::filesystem::path& file, std::size_t max_bytes = std::size_t{1} << 30);

}  // namespace binade::sim
