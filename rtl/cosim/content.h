// SPDX-License-Identifier: Apache-2.0
// Files by content, for ModuleCache.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace binade::rtl {

/// In lower-case hexadecimal.
std::string sha256(std::string_view text);

/// Absent where the file cannot be read or is no regular file.
std::optional<std::string> content_of(const std::filesystem::path& path);
std::optional<std::string> sha256_of(const std::filesystem::path& path);

/// Throws InputError with the reason.
void write_text(const std::filesystem::path& path, std::string_view text);

}  // namespace binade::rtl
