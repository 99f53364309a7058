// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/verify_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "models/numerics/error.h"
#include "sim/cli/output_folder.h"

namespace binade::sim {
namespace {

namespace fs = std::filesystem;

void check_file(const char* option, const fs::path& file, const std::vector<std::string>& used) {
  std::error_code error;
  const auto refuse = [&](const std::string& why) {
    throw InputError(fmt::format("{} {}: {}; allowed: a file in a directory that can be written", option, file.string(), why));
  };
  const fs::file_status status = fs::status(file, error);
  if (fs::exists(status) && !fs::is_regular_file(status)) refuse("not a regular file");
  if (!file.has_filename()) refuse("not a file name");
  check_named_output(option, file, {}, used);
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  if (!fs::is_directory(folder, error)) refuse(fmt::format("no directory {}", folder.string()));
  if (fs::exists(status) && ::access(file.c_str(), W_OK) != 0) refuse(std::strerror(errno));
  // A byte written there, since permissions say nothing of a full or a read-only disk.
  const fs::path probe = folder / fmt::format(".binade-verify-{}", ::getpid());
  const int descriptor = ::open(probe.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  const bool written = descriptor >= 0 && ::write(descriptor, "\n", 1) == 1;
  const std::string why = std::strerror(errno);
  if (descriptor >= 0) {
    ::close(descriptor);
    fs::remove(probe, error);
  }
  if (!written) refuse("cannot write there: " + why);
}

}  // namespace

void check_files(const VerifyOptions& options, std::vector<std::string> used) {
  const auto check = [&](const char* option, const std::string& file) {
    if (file.empty()) return;
    check_file(option, file, used);
    used.push_back(file);
  };
  used.push_back(options.adapter);
  // A replay leaves its rows where it found them, unless --out says otherwise.
  const bool replays = options.out == VerifyOptions().out;
  if (!replays) used.push_back(options.trace);
  check("--out", options.out);
  used.push_back(options.trace);
  check("--wave", options.wave);
  check("--junit", options.junit);
  check("--coverage-file", options.coverage_file);
  if (options.coverage_file.empty()) return;
  for (std::size_t thread = 0; thread < options.jobs; ++thread)
    check("--coverage-file", fmt::format("{}.{}", options.coverage_file, thread));
}

}  // namespace binade::sim
