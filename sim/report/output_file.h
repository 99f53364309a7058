// SPDX-License-Identifier: Apache-2.0
// Files that are either whole or not there.
#pragma once

#include <filesystem>
#include <string_view>

namespace binade::sim {

/// Creates `directory` where needed and proves that a file can be written in it. Throws InputError naming --out otherwise.
void prepare_output_directory(const std::filesystem::path& directory);

/// Writes a temporary beside `file` and renames it. Throws InputError naming the file where it cannot.
void write_file(const std::filesystem::path& file, std::string_view content);

}  // namespace binade::sim
