// SPDX-License-Identifier: Apache-2.0
#include "sim/data/npz.h"

#include <fmt/format.h>
#include <zip.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "models/numerics/error.h"
#include "sim/report/output_file.h"

namespace binade::sim {
namespace {

struct ZipClose {
  void operator()(zip_t* archive) const { zip_discard(archive); }
  void operator()(zip_file_t* member) const { zip_fclose(member); }
  void operator()(zip_source_t* source) const { zip_source_free(source); }
};
using ZipMember = std::unique_ptr<zip_file_t, ZipClose>;

std::string open_error(int code) {
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  std::string text = zip_error_strerror(&error);
  zip_error_fini(&error);
  return text;
}

/// The data of one member, in order.
class MemberStream {
 public:
  MemberStream(zip_t* archive, std::uint64_t index, std::string where) : where_(std::move(where)) {
    zip_stat_t stat;
    if (zip_stat_index(archive, index, 0, &stat) != 0 || (stat.valid & ZIP_STAT_SIZE) == 0)
      throw InputError(fmt::format("{}: {}", where_, zip_strerror(archive)));
    size_ = stat.size;
    member_.reset(zip_fopen_index(archive, index, 0));
    if (!member_) throw InputError(fmt::format("{}: {}", where_, zip_strerror(archive)));
  }

  /// What the archive's directory says.
  std::uint64_t size() const { return size_; }
  /// Fewer bytes than asked for: the end.
  std::size_t read(std::span<std::byte> bytes) {
    std::size_t have = 0;
    while (have < bytes.size()) {
      const auto got = zip_fread(member_.get(), bytes.data() + have, bytes.size() - have);
      if (got < 0) fail();
      if (got == 0) break;
      have += static_cast<std::size_t>(got);
    }
    return have;
  }
  /// The read past the end makes libzip compare the checksum.
  void expect_end() {
    std::byte beyond{};
    if (zip_fread(member_.get(), &beyond, 1) != 0) fail();
  }
  [[noreturn]] void fail() const {
    throw InputError(fmt::format("{}: truncated or damaged ({}); allowed: an intact npz member", where_,
                                 zip_error_strerror(zip_file_get_error(member_.get()))));
  }

 private:
  std::string where_;
  std::uint64_t size_ = 0;
  ZipMember member_;
};

/// The header, and the data bytes that were read with it.
NpyHeader read_header(MemberStream& stream, std::vector<std::byte>& data, const std::string& where) {
  std::vector<std::byte> prefix(std::min<std::uint64_t>(stream.size(), kLongestNpyHeader));
  if (stream.read(prefix) != prefix.size()) stream.fail();
  auto header = parse_npy_header(prefix, where);
  if (stream.size() - header.data_offset != header.data_bytes())
    throw InputError(fmt::format("{}: {} bytes of data; its header announces {} elements of {} bytes", where,
                                 stream.size() - header.data_offset, header.elements, header.element_bytes));
  data.assign(prefix.begin() + static_cast<std::ptrdiff_t>(header.data_offset), prefix.end());
  return header;
}

}  // namespace

struct NpzReader::Archive {
  std::unique_ptr<zip_t, ZipClose> zip;
};

NpzReader::NpzReader(const std::filesystem::path& path) : ArrayFile(path.string()), archive_(std::make_unique<Archive>()) {
  int code = 0;
  archive_->zip.reset(zip_open(file().c_str(), ZIP_RDONLY | ZIP_CHECKCONS, &code));
  zip_t* const zip = archive_->zip.get();
  if (zip == nullptr)
    throw InputError(fmt::format("{}: cannot read the archive: {}; allowed: an npz file", file(), open_error(code)));
  const auto count = static_cast<zip_uint64_t>(zip_get_num_entries(zip, 0));
  for (zip_uint64_t i = 0; i < count; ++i) {
    const char* const raw = zip_get_name(zip, i, 0);
    if (raw == nullptr) throw InputError(fmt::format("{}: {}", file(), zip_strerror(zip)));
    std::string name = raw;
    if (!name.ends_with(".npy"))
      throw InputError(fmt::format("{}: {}: not an npy member; allowed: an npz file as numpy.savez writes it", file(), name));
    name.resize(name.size() - 4);
    if (!members_.emplace(name, i).second) throw InputError(fmt::format("{}: twice in the archive; allowed: once", where(name)));
  }
}

NpzReader::~NpzReader() = default;

std::string NpzReader::where(const std::string& name) const { return fmt::format("{}: {}.npy", file(), name); }

std::vector<std::string> NpzReader::names() const {
  std::vector<std::string> names;
  for (const auto& [name, index] : members_) names.push_back(name);
  return names;
}

ArrayHeader NpzReader::header(const std::string& name) {
  MemberStream stream(archive_->zip.get(), members_.at(name), where(name));
  std::vector<std::byte> data;
  const auto header = read_header(stream, data, where(name));
  return {.shape = header.shape, .is_text = header.is_text};
}

NpyArray NpzReader::read_rows(const std::string& name, std::optional<std::int64_t> rows, const Take& take) {
  MemberStream stream(archive_->zip.get(), members_.at(name), where(name));
  std::vector<std::byte> data;
  const auto header = read_header(stream, data, where(name));
  NpyArray array;
  array.shape = header.shape;
  array.is_text = header.is_text;
  // A column-major array is needed whole for any of its rows.
  const bool whole = header.fortran_order;
  const bool part = rows && !header.is_text && !header.fortran_order && !header.shape.empty() && *rows < header.shape.front();
  if (part) array.shape.front() = *rows;
  const auto first = static_cast<std::uint64_t>(header.shape.empty() ? 1 : header.shape.front());
  std::uint64_t left = part ? header.data_bytes() / first * static_cast<std::uint64_t>(*rows) : header.data_bytes();
  // Elements do not straddle chunks: the chunk is a multiple of every element's bytes, and the first one is cut to one.
  std::vector<std::byte> chunk(std::size_t{1} << 16), text;
  std::vector<double> numbers, column_major;
  while (left > 0) {
    const auto elements = data.size() - data.size() % header.element_bytes;
    const auto count = header.is_text ? data.size() : std::min<std::uint64_t>(elements, left);
    if (header.is_text) {
      text.insert(text.end(), data.begin(), data.end());
    } else {
      numbers.clear();
      decode_npy(header, std::span(data).first(count), whole ? column_major : numbers);
      if (!whole) take(numbers);
    }
    left -= std::min<std::uint64_t>(count, left);
    if (left == 0) break;
    data.erase(data.begin(), data.begin() + static_cast<std::ptrdiff_t>(count));
    const auto wanted = std::min<std::uint64_t>(chunk.size(), left - data.size());
    if (stream.read(std::span(chunk).first(wanted)) != wanted) stream.fail();
    data.insert(data.end(), chunk.begin(), chunk.begin() + static_cast<std::ptrdiff_t>(wanted));
  }
  if (!part) stream.expect_end();
  if (header.is_text) array.text = decode_npy_text(header, text);
  if (whole) take(npy_row_major(column_major, array.shape));
  return array;
}

SavedArray NpzReader::read_saved(const std::string& name) {
  MemberStream stream(archive_->zip.get(), members_.at(name), where(name));
  std::vector<std::byte> data;
  const auto header = read_header(stream, data, where(name));
  while (data.size() < header.data_bytes()) {
    const auto have = data.size();
    data.resize(std::min<std::uint64_t>(header.data_bytes(), 2 * have + (std::size_t{1} << 16)));
    if (stream.read(std::span(data).subspan(have)) != data.size() - have) stream.fail();
  }
  stream.expect_end();
  return saved_npy(header, std::move(data), where(name));
}

std::vector<std::byte> make_npz(const NpzMembers& members, Deflate deflate) {
  const auto fail = [](const std::string& why) { throw InputError("npz archive: cannot be made: " + why); };
  zip_error_t error;
  zip_error_init(&error);
  const std::unique_ptr<zip_source_t, ZipClose> buffer(zip_source_buffer_create(nullptr, 0, 0, &error));
  std::unique_ptr<zip_t, ZipClose> archive;
  if (buffer) {
    zip_source_keep(buffer.get());  // the archive frees its own reference
    archive.reset(zip_open_from_source(buffer.get(), ZIP_CREATE | ZIP_TRUNCATE, &error));
    if (!archive) zip_source_free(buffer.get());
  }
  const std::string why = zip_error_strerror(&error);
  zip_error_fini(&error);
  if (!archive) fail(why);
  for (const auto& [name, bytes] : members) {
    auto* source = zip_source_buffer(archive.get(), bytes.data(), bytes.size(), 0);
    const auto index = zip_file_add(archive.get(), (name + ".npy").c_str(), source, ZIP_FL_ENC_UTF_8);
    if (index < 0) {
      zip_source_free(source);
      fail(zip_strerror(archive.get()));
    }
    zip_set_file_compression(archive.get(), static_cast<zip_uint64_t>(index), ZIP_CM_DEFLATE, deflate == Deflate::Best ? 9 : 1);
    constexpr zip_uint16_t kTime = 0, kDate = 1 << 5 | 1;  // 1980-01-01: bytes do not depend on when
    zip_file_set_dostime(archive.get(), static_cast<zip_uint64_t>(index), kTime, kDate, 0);
  }
  if (zip_close(archive.get()) != 0) fail(zip_strerror(archive.get()));
  archive.release();
  zip_stat_t stat;
  if (zip_source_stat(buffer.get(), &stat) != 0 || zip_source_open(buffer.get()) != 0) fail("no data");
  std::vector<std::byte> bytes(stat.size);
  const auto got = zip_source_read(buffer.get(), bytes.data(), bytes.size());
  zip_source_close(buffer.get());
  if (got < 0 || static_cast<std::uint64_t>(got) != stat.size) fail("no data");
  return bytes;
}

namespace {

std::string_view text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

void write_npz(const std::filesystem::path& file, const NpzMembers& members) { write_file(file, text_of(make_npz(members))); }

void write_durable_npz(const std::filesystem::path& file, const NpzMembers& members) {
  OutputFile output(file);
  output.write(text_of(make_npz(members, Deflate::Fast)));
  output.sync();
  output.commit();
  sync_folder_of(file);
}

}  // namespace binade::sim
