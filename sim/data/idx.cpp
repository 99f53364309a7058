// SPDX-License-Identifier: Apache-2.0
#include "sim/data/idx.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/numerics/error.h"
#include "sim/data/gzip.h"

namespace binade::sim {

namespace {

constexpr std::uint8_t kUnsignedByte = 0x08;
constexpr std::size_t kMostExtents = 4;

}  // namespace

Idx parse_idx(const std::vector<std::uint8_t>& bytes, const std::string& where) {
  if (bytes.size() < 4 || bytes[0] != 0 || bytes[1] != 0 || bytes[2] != kUnsignedByte || bytes[3] == 0 || bytes[3] > kMostExtents)
    throw InputError(
        fmt::format("{}: byte 0: not an IDX file of unsigned bytes; allowed: bytes 00 00 08 and a number of extents, 1..{}", where,
                    kMostExtents));
  const std::size_t extents = bytes[3], start = 4 + 4 * extents;
  if (bytes.size() < start)
    throw InputError(fmt::format("{}: byte {}: truncated in the IDX header; allowed: {} extents of 4 bytes from byte 4 on", where,
                                 bytes.size(), extents));
  Idx idx;
  std::uint64_t elements = 1;
  for (std::size_t d = 0; d < extents; ++d) {
    std::uint32_t extent = 0;
    for (std::size_t i = 0; i < 4; ++i) extent = extent << 8 | bytes[4 + 4 * d + i];
    idx.shape.push_back(extent);
    elements = extent == 0 ? 0 : std::min<std::uint64_t>(elements * extent, std::uint64_t{1} << 31);
  }
  if (elements == 0 || bytes.size() - start != elements)
    throw InputError(fmt::format("{}: byte {}: truncated or malformed: {} bytes of data follow, its header announces {}", where,
                                 start, bytes.size() - start, elements));
  idx.values.assign(bytes.begin() + static_cast<std::ptrdiff_t>(start), bytes.end());
  return idx;
}

IdxPair read_idx_pair(const std::filesystem::path& images, const std::filesystem::path& labels, std::int64_t height,
                      std::int64_t width, int classes) {
  const auto read = [](const std::filesystem::path& file, std::uint8_t extents, const char* what) {
    const auto bytes = read_gzip(file);
    if (bytes.size() > 3 && bytes[0] == 0 && bytes[1] == 0 && bytes[2] == kUnsignedByte && bytes[3] != extents)
      throw InputError(fmt::format("{}: byte 3: {} extents; allowed: {}, a file of {}", file.string(), bytes[3], extents, what));
    return parse_idx(bytes, file.string());
  };
  auto pixels = read(images, 3, "images");
  auto marks = read(labels, 1, "labels");
  if (pixels.shape.size() != 3 || pixels.shape[1] != height || pixels.shape[2] != width)
    throw InputError(
        fmt::format("{}: byte 3: not {} x {} images; allowed: n x {} x {}", images.string(), height, width, height, width));
  const auto count = pixels.shape[0];
  if (marks.shape.size() != 1 || marks.shape[0] != count)
    throw InputError(
        fmt::format("{}: byte 3: its shape does not match the {} images of {}", labels.string(), count, images.string()));
  constexpr std::size_t kLabelsFrom = 8;
  for (std::size_t i = 0; i < marks.values.size(); ++i)
    if (marks.values[i] >= classes)
      throw InputError(fmt::format("{}: byte {}: label {} of record {}; allowed: 0..{}", labels.string(), kLabelsFrom + i,
                                   marks.values[i], i, classes - 1));
  return {count, height, width, std::move(pixels.values), std::move(marks.values)};
}

}  // namespace binade::sim
