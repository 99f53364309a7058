// SPDX-License-Identifier: Apache-2.0
#include "sim/report/output_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "models/numerics/error.h"

namespace binade::sim {

void prepare_output_directory(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  std::string why = error ? error.message() : "";
  if (!error) {
    const auto probe = directory / fmt::format(".binade-{}", ::getpid());
    errno = 0;
    if (std::ofstream(probe) << '\n') {
      std::filesystem::remove(probe, error);
      return;
    }
    why = std::strerror(errno);
  }
  throw InputError(fmt::format("--out {}: cannot write there: {}; allowed: a writable directory", directory.string(), why));
}

void write_file(const std::filesystem::path& file, std::string_view content) {
  const std::filesystem::path temporary = file.string() + ".part";
  std::ofstream stream(temporary, std::ios::binary);
  stream << content << std::flush;
  const bool written = stream.good();
  stream.close();
  std::error_code error;
  if (written) std::filesystem::rename(temporary, file, error);
  if (!written || error)
    throw InputError(
        fmt::format("{}: cannot write: {}", file.string(), error ? error.message() : std::string(std::strerror(errno))));
}

}  // namespace binade::sim
