// SPDX-License-Identifier: Apache-2.0
#include "hw/memory/sparse_memory.h"

#include <algorithm>
#include <cstring>

namespace binade::hw {

void SparseMemory::write(std::uint64_t address, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const std::uint64_t offset = address % kPageBytes;
    const std::size_t count = std::min<std::size_t>(bytes.size(), kPageBytes - offset);
    auto& page = pages_[address / kPageBytes];
    if (!page) page = std::make_unique<std::byte[]>(kPageBytes);
    std::memcpy(page.get() + offset, bytes.data(), count);
    bytes = bytes.subspan(count);
    address += count;
  }
}

void SparseMemory::read(std::uint64_t address, std::span<std::byte> bytes) const {
  while (!bytes.empty()) {
    const std::uint64_t offset = address % kPageBytes;
    const std::size_t count = std::min<std::size_t>(bytes.size(), kPageBytes - offset);
    const auto page = pages_.find(address / kPageBytes);
    if (page == pages_.end()) {
      std::memset(bytes.data(), 0, count);
    } else {
      std::memcpy(bytes.data(), page->second.get() + offset, count);
    }
    bytes = bytes.subspan(count);
    address += count;
  }
}

}  // namespace binade::hw
