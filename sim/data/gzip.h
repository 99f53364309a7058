// SPDX-License-Identifier: Apache-2.0
// Whole files, compressed with gzip or not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace binade::sim {

/// The largest test set in these formats that we know of (280,000 images of 28 x 28 pixels, EMNIST) has 220 MB: a file that
/// inflates to more is none.
inline constexpr std::size_t kLargestDataFile = std::size_t{1} << 28;

/// Throws InputError naming the file where it is missing, damaged, truncated or longer than `max_bytes`.
std::vector<std::uint8_t> read_gzip(const std::filesystem::path& file, std::size_t max_bytes = kLargestDataFile);

/// `stem`.gz or `stem` in `directory`; nothing where neither is a file.
std::optional<std::filesystem::path> gzip_or_plain(const std::filesystem::path& directory, const std::string& stem);

}  // namespace binade::sim
