// SPDX-License-Identifier: Apache-2.0
#include "sim/host/dram_map.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "models/numerics/error.h"

namespace binade::sim {

DramMap::DramMap(std::int64_t capacity_bytes) : capacity_(capacity_bytes), free_{{0, capacity_bytes}} {}

std::int64_t DramMap::allocate(std::int64_t bytes) {
  const std::int64_t size = std::max((bytes + kAlignment - 1) / kAlignment, std::int64_t{1}) * kAlignment;
  const auto fit = std::find_if(free_.begin(), free_.end(), [size](const auto& block) { return block.second >= size; });
  if (fit == free_.end())
    throw InputError("dram.capacity_bytes: " + std::to_string(capacity_) + " bytes cannot hold another tensor of " +
                     std::to_string(bytes) + " bytes; a larger capacity or a smaller batch is needed");
  const auto [address, room] = *fit;
  free_.erase(fit);
  if (room > size) free_.emplace(address + size, room - size);
  used_.emplace(address, size);
  return address;
}

void DramMap::release(std::int64_t address) {
  const auto block = used_.find(address);
  if (block == used_.end()) throw InvariantError("dram map: nothing is allocated at " + std::to_string(address));
  std::int64_t first = address, size = block->second;
  used_.erase(block);
  auto next = free_.lower_bound(first);
  if (next != free_.end() && next->first == first + size) {
    size += next->second;
    next = free_.erase(next);
  }
  if (next != free_.begin()) {
    const auto before = std::prev(next);
    if (before->first + before->second == first) {
      first = before->first;
      size += before->second;
      free_.erase(before);
    }
  }
  free_.emplace(first, size);
}

}  // namespace binade::sim
