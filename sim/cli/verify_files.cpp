// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/verify_files.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "models/numerics/error.h"

namespace binade::sim {
namespace {

namespace fs = std::filesystem;

void check_file(const char* option, const fs::path& file) {
  std::error_code error;
  const auto refuse = [&](const std::string& why) {
    throw InputError(fmt::format("{} {}: {}; allowed: a file in a folder that can be written", option, file.string(), why));
  };
  if (!file.has_filename()) refuse("no file name");
  const fs::file_status status = fs::status(file, error);
  if (fs::exists(status) && !fs::is_regular_file(status)) refuse("there, and no regular file");
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  if (!fs::is_directory(folder, error)) refuse("no such folder");
  if (::access(folder.c_str(), W_OK | X_OK) != 0) refuse(fmt::format("cannot write there: {}", std::strerror(errno)));
  if (fs::exists(status) && ::access(file.c_str(), W_OK) != 0) refuse(std::strerror(errno));
}

}  // namespace

void check_files(const VerifyOptions& options) {
  if (!options.wave.empty()) check_file("--wave", options.wave);
  if (options.coverage_file.empty()) return;
  check_file("--coverage-file", options.coverage_file);
  for (std::size_t thread = 0; thread < options.jobs; ++thread)
    check_file("--coverage-file", fmt::format("{}.{}", options.coverage_file, thread));
}

}  // namespace binade::sim
