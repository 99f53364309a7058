// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/share.h"

#include <fmt/format.h>

#include <cstdlib>
#include <vector>

#include "models/numerics/error.h"

namespace binade::sim {
namespace {

std::vector<std::filesystem::path> share_directories() {
  std::vector<std::filesystem::path> directories;
  if (const char* overriding = std::getenv("BINADE_SHARE"); overriding != nullptr && *overriding != '\0')
    directories.emplace_back(overriding);
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (!error) directories.push_back((program.parent_path() / BINADE_SHARE_FROM_BIN).lexically_normal());
  directories.emplace_back(BINADE_SOURCE_DIRECTORY);
  return directories;
}

}  // namespace

std::filesystem::path shared_file(const std::string& relative) {
  std::string looked;
  for (const auto& directory : share_directories()) {
    if (std::filesystem::is_regular_file(directory / relative)) return directory / relative;
    if (!looked.empty()) looked += ", ";
    looked += directory.string();
  }
  throw InputError(fmt::format("{}: no such file; looked in {} (BINADE_SHARE names another place)", relative, looked));
}

std::filesystem::path user_or_shared_file(const std::string& given) {
  return std::filesystem::exists(given) || std::filesystem::path(given).is_absolute() ? std::filesystem::path(given)
                                                                                      : shared_file(given);
}

}  // namespace binade::sim
