// SPDX-License-Identifier: Apache-2.0
#include "sim/data/gzip.h"

#include <fmt/format.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>

#include "models/numerics/error.h"

namespace binade::sim {

std::vector<std::uint8_t> read_gzip(const std::filesystem::path& file, std::size_t max_bytes) {
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> stream(gzopen(file.c_str(), "rb"), gzclose_r);
  if (!stream) throw InputError(fmt::format("{}: cannot read the file: {}", file.string(), std::strerror(errno)));
  constexpr unsigned kChunk = 1 << 20;
  std::vector<std::uint8_t> bytes;
  for (;;) {
    const auto have = bytes.size();
    bytes.resize(have + kChunk);
    const int got = gzread(stream.get(), bytes.data() + have, kChunk);
    bytes.resize(have + static_cast<std::size_t>(std::max(got, 0)));
    int status = Z_OK;
    std::string_view message = gzerror(stream.get(), &status);
    if (message.starts_with(file.string() + ": ")) message.remove_prefix(file.string().size() + 2);
    if (got < 0 || (status != Z_OK && status != Z_STREAM_END))
      throw InputError(fmt::format("{}: byte {}: truncated or damaged: {}; allowed: an intact file, gzip or plain", file.string(),
                                   bytes.size(), message));
    if (bytes.size() > max_bytes) throw InputError(fmt::format("{}: more than {} bytes", file.string(), max_bytes));
    if (got == 0) return bytes;
  }
}

std::optional<std::filesystem::path> gzip_or_plain(const std::filesystem::path& directory, const std::string& stem) {
  for (const auto& name : {stem + ".gz", stem})
    if (std::filesystem::is_regular_file(directory / name)) return directory / name;
  return std::nullopt;
}

}  // namespace binade::sim
