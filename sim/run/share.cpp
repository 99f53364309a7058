// SPDX-License-Identifier: Apache-2.0
#include "sim/run/share.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "models/numerics/error.h"

namespace binade::sim {
namespace {

bool is_below(const std::filesystem::path& file, const std::filesystem::path& directory) {
  std::error_code error;
  const auto folder = std::filesystem::canonical(directory, error);
  if (error) return false;
  const auto relative = file.lexically_relative(folder);
  return !relative.empty() && *relative.begin() != "..";
}

std::vector<std::filesystem::path> share_directories() {
  std::vector<std::filesystem::path> directories;
  if (const char* overriding = std::getenv("BINADE_SHARE"); overriding != nullptr && *overriding != '\0')
    directories.emplace_back(overriding);
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (!error) directories.push_back((program.parent_path() / BINADE_SHARE_FROM_BIN).lexically_normal());
  // A program in its build folder has no share beside it: the sources that it was built from are its share. One that was moved
  // or installed elsewhere must not read what may have changed since.
  if (!error && is_below(program, BINADE_BUILD_DIRECTORY)) directories.emplace_back(BINADE_SOURCE_DIRECTORY);
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
  throw InputError(fmt::format(
      "{}: no such file; looked in {}; allowed: a file that is there, or BINADE_SHARE=DIRECTORY that holds it", relative, looked));
}

std::vector<std::string> shared_names(const std::string& folder, const std::string& extension) {
  std::vector<std::string> names;
  for (const auto& directory : share_directories()) {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(directory / folder, error))
      if (entry.path().extension() == extension) names.push_back(entry.path().stem().string());
    if (!names.empty()) break;
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> shared_folders(const std::string& folder, const std::string& file) {
  std::vector<std::string> names;
  for (const auto& directory : share_directories()) {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(directory / folder, error))
      if (std::filesystem::is_regular_file(entry.path() / file, error)) names.push_back(entry.path().filename().string());
    if (!names.empty()) break;
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::filesystem::path user_or_shared_file(const std::string& given) {
  return std::filesystem::exists(given) || std::filesystem::path(given).is_absolute() ? std::filesystem::path(given)
                                                                                      : shared_file(given);
}

}  // namespace binade::sim
