// SPDX-License-Identifier: Apache-2.0
#include "sim/data/npz.h"

#include <fmt/format.h>
#include <zip.h>

#include <cmath>
#include <memory>

#include "models/numerics/error.h"

namespace binade::sim {
namespace {

/// Bytes that one archive may unpack to: larger than any network's parameters, smaller than a bomb.
constexpr std::uint64_t kMaxBytes = std::uint64_t{8} << 30;

struct ZipClose {
  void operator()(zip_t* archive) const { zip_discard(archive); }
  void operator()(zip_file_t* member) const { zip_fclose(member); }
};

std::string open_error(int code) {
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  std::string text = zip_error_strerror(&error);
  zip_error_fini(&error);
  return text;
}

std::vector<std::byte> read_member(zip_t* archive, zip_uint64_t index, std::uint64_t size, const std::string& where) {
  const std::unique_ptr<zip_file_t, ZipClose> member(zip_fopen_index(archive, index, 0));
  if (!member) throw InputError(fmt::format("{}: {}", where, zip_strerror(archive)));
  std::vector<std::byte> bytes(size);
  const auto got = zip_fread(member.get(), bytes.data(), size);
  // The read past the end makes libzip compare the checksum.
  std::byte beyond{};
  if (got < 0 || static_cast<std::uint64_t>(got) != size || zip_fread(member.get(), &beyond, 1) != 0)
    throw InputError(fmt::format("{}: truncated or damaged ({}); allowed: an intact npz member", where,
                                 zip_error_strerror(zip_file_get_error(member.get()))));
  return bytes;
}

}  // namespace

std::map<std::string, NpyArray> read_npz(const std::filesystem::path& file) {
  int code = 0;
  const std::unique_ptr<zip_t, ZipClose> archive(zip_open(file.c_str(), ZIP_RDONLY | ZIP_CHECKCONS, &code));
  if (!archive)
    throw InputError(fmt::format("{}: cannot read the archive: {}; allowed: an npz file", file.string(), open_error(code)));
  std::map<std::string, NpyArray> members;
  std::uint64_t total = 0;
  const auto count = zip_get_num_entries(archive.get(), 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    zip_stat_t stat;
    if (zip_stat_index(archive.get(), static_cast<zip_uint64_t>(i), 0, &stat) != 0)
      throw InputError(fmt::format("{}: {}", file.string(), zip_strerror(archive.get())));
    std::string name = stat.name;
    const auto where = fmt::format("{}: {}", file.string(), name);
    if (!name.ends_with(".npy")) throw InputError(where + ": not an npy member; allowed: an npz file as numpy.savez writes it");
    name.resize(name.size() - 4);
    total += stat.size;
    if (total > kMaxBytes) throw InputError(fmt::format("{}: the archive unpacks to more than {} bytes", where, kMaxBytes));
    if (!members.emplace(name, parse_npy(read_member(archive.get(), static_cast<zip_uint64_t>(i), stat.size, where), where)).second)
      throw InputError(where + ": twice in the archive; allowed: once");
  }
  return members;
}

void write_npz(const std::filesystem::path& file, const std::vector<std::pair<std::string, std::vector<std::byte>>>& members) {
  const auto fail = [&](const std::string& why) { throw InputError(fmt::format("{}: cannot write: {}", file.string(), why)); };
  const auto temporary = file.string() + ".part";
  int code = 0;
  std::unique_ptr<zip_t, ZipClose> archive(zip_open(temporary.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code));
  if (!archive) fail(open_error(code));
  for (const auto& [name, bytes] : members) {
    auto* source = zip_source_buffer(archive.get(), bytes.data(), bytes.size(), 0);
    const auto index = zip_file_add(archive.get(), (name + ".npy").c_str(), source, ZIP_FL_ENC_UTF_8);
    if (index < 0) {
      zip_source_free(source);
      fail(zip_strerror(archive.get()));
    }
    zip_set_file_compression(archive.get(), static_cast<zip_uint64_t>(index), ZIP_CM_DEFLATE, 9);
    constexpr zip_uint16_t kTime = 0, kDate = 1 << 5 | 1;  // 1980-01-01: bytes do not depend on when
    zip_file_set_dostime(archive.get(), static_cast<zip_uint64_t>(index), kTime, kDate, 0);
  }
  if (zip_close(archive.get()) != 0) fail(zip_strerror(archive.get()));
  archive.release();
  std::error_code error;
  std::filesystem::rename(temporary, file, error);
  if (error) fail(error.message());
}

layers::Tensor to_tensor(const NpyArray& array, const std::string& where) {
  if (array.is_text) throw InputError(where + ": a string; allowed: numbers");
  for (std::size_t i = 0; i < array.values.size(); ++i)
    if (!std::isfinite(array.values[i]))
      throw InputError(fmt::format("{}: element {} (row-major) is {}; allowed: finite numbers", where, i, array.values[i]));
  return {array.shape, array.values};
}

}  // namespace binade::sim
