// SPDX-License-Identifier: Apache-2.0
// Byte storage of any extent whose pages appear when first written; untouched bytes read as zero.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>

namespace binade::hw {

class SparseMemory {
 public:
  void write(std::uint64_t address, std::span<const std::byte> bytes);
  void read(std::uint64_t address, std::span<std::byte> bytes) const;

 private:
  static constexpr std::uint64_t kPageBytes = 64 * 1024;
  std::unordered_map<std::uint64_t, std::unique_ptr<std::byte[]>> pages_;
};

}  // namespace binade::hw
