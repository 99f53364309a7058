// SPDX-License-Identifier: Apache-2.0
// Which DRAM addresses hold what: first-fit allocation over the device's capacity.
#pragma once

#include <cstdint>
#include <map>

namespace binade::sim {

class DramMap {
 public:
  static constexpr std::int64_t kAlignment = 4096;

  explicit DramMap(std::int64_t capacity_bytes);
  /// Throws InputError naming dram.capacity_bytes when nothing is large enough.
  std::int64_t allocate(std::int64_t bytes);
  void release(std::int64_t address);

 private:
  std::int64_t capacity_;
  std::map<std::int64_t, std::int64_t> free_;  ///< address to bytes, no two adjacent
  std::map<std::int64_t, std::int64_t> used_;
};

}  // namespace binade::sim
