// SPDX-License-Identifier: Apache-2.0
#include "rtl/cosim/content.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/evp.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "models/numerics/error.h"

namespace binade::rtl {

std::string sha256(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha256(), nullptr) != 1)
    throw InvariantError("module cache: OpenSSL refused SHA-256");
  return fmt::format("{:02x}", fmt::join(digest.begin(), digest.begin() + length, ""));
}

std::optional<std::string> content_of(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return std::nullopt;
  std::ifstream stream(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (!stream) return std::nullopt;
  return text;
}

std::optional<std::string> sha256_of(const std::filesystem::path& path) {
  const auto content = content_of(path);
  if (!content) return std::nullopt;
  return sha256(*content);
}

void write_text(const std::filesystem::path& path, std::string_view text) {
  errno = 0;
  std::ofstream stream(path, std::ios::binary);
  stream << text << std::flush;
  if (!stream)
    throw InputError(
        fmt::format("{}: cannot write: {}; allowed: a disk with room", path.string(), std::strerror(errno == 0 ? EIO : errno)));
}

}  // namespace binade::rtl
