// SPDX-License-Identifier: Apache-2.0
#include "hw/compute/scratchpad.h"

#include <algorithm>
#include <string>

#include "models/numerics/error.h"

namespace binade::hw {

Scratchpad::Scratchpad(sc_core::sc_module_name name, std::int64_t bytes, const ScratchpadConfig& config, bool ideal)
    : sc_module(name),
      capacity_bytes_(ideal ? kIdealBytes : bytes),
      port_bytes_(static_cast<std::uint64_t>(config.banks) * static_cast<std::uint64_t>(config.bank_bytes)),
      ideal_(ideal) {}

std::uint64_t Scratchpad::port_clocks(std::uint64_t bytes) const {
  return ideal_ ? 1 : std::max<std::uint64_t>(1, (bytes + port_bytes_ - 1) / port_bytes_);
}

std::span<std::byte> Scratchpad::bytes(std::int64_t base, std::int64_t count) {
  if (base < 0 || count < 0 || count > capacity_bytes_ || base > capacity_bytes_ - count) {
    throw InvariantError(std::string(name()) + ": access to [" + std::to_string(base) + ", +" + std::to_string(count) +
                         ") outside its " + std::to_string(capacity_bytes_) + " bytes");
  }
  return storage_.bytes(base, count);
}

std::span<std::byte> LazyBytes::bytes(std::int64_t base, std::int64_t count) {
  const auto end = [](const auto& block) { return block->first + static_cast<std::int64_t>(block->second.size()); };
  auto block = blocks_.upper_bound(base);
  const bool inside = block != blocks_.begin() && end(std::prev(block)) >= base;
  block = inside ? std::prev(block) : blocks_.emplace_hint(block, base, std::vector<std::byte>());
  std::vector<std::byte>& data = block->second;
  if (end(block) < base + count) {
    // The new end may reach into blocks that follow, or touch one: they become part of this one.
    data.resize(static_cast<std::size_t>(base + count - block->first));
    for (auto next = std::next(block); next != blocks_.end() && next->first <= base + count; next = blocks_.erase(next)) {
      data.resize(std::max(data.size(), static_cast<std::size_t>(end(next) - block->first)));
      std::copy(next->second.begin(), next->second.end(), data.begin() + (next->first - block->first));
    }
  }
  return std::span(data).subspan(static_cast<std::size_t>(base - block->first), static_cast<std::size_t>(count));
}

}  // namespace binade::hw
