// SPDX-License-Identifier: Apache-2.0
#include "sim/data/cifar.h"

#include <fmt/format.h>

#include "models/numerics/error.h"
#include "sim/data/gzip.h"

namespace binade::sim {

void read_cifar(const std::filesystem::path& file, const CifarKind& kind, CifarRecords& records) {
  const auto bytes = read_gzip(file);
  const auto header = static_cast<std::size_t>(kind.label_bytes), record = header + static_cast<std::size_t>(kCifarPixels);
  if (bytes.empty() || bytes.size() % record != 0)
    throw InputError(fmt::format("{}: byte {}: {} bytes, {} beyond whole records; allowed: records of {} bytes ({} binary version)",
                                 file.string(), bytes.size() / record * record, bytes.size(), bytes.size() % record, record,
                                 kind.name));
  const auto count = bytes.size() / record;
  records.pixels.reserve(records.pixels.size() + count * static_cast<std::size_t>(kCifarPixels));
  for (std::size_t i = 0; i < count; ++i) {
    const auto pixels = i * record + header;
    if (bytes[pixels - 1] >= kind.classes)
      throw InputError(fmt::format("{}: byte {}: label {} of record {}; allowed: 0..{}", file.string(), pixels - 1,
                                   bytes[pixels - 1], i, kind.classes - 1));
    records.labels.push_back(bytes[pixels - 1]);
    const auto at = bytes.begin() + static_cast<std::ptrdiff_t>(pixels);
    records.pixels.insert(records.pixels.end(), at, at + kCifarPixels);
  }
}

}  // namespace binade::sim
