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
      ideal_(ideal),
      storage_(ideal ? 0 : static_cast<std::size_t>(bytes)) {}

std::uint64_t Scratchpad::port_clocks(std::uint64_t bytes) const {
  return ideal_ ? 1 : std::max<std::uint64_t>(1, (bytes + port_bytes_ - 1) / port_bytes_);
}

std::span<std::byte> Scratchpad::bytes(std::int64_t base, std::int64_t count) {
  if (base < 0 || count < 0 || count > capacity_bytes_ || base > capacity_bytes_ - count) {
    throw InvariantError(std::string(name()) + ": access to [" + std::to_string(base) + ", +" + std::to_string(count) +
                         ") outside its " + std::to_string(capacity_bytes_) + " bytes");
  }
  if (static_cast<std::size_t>(base + count) > storage_.size()) storage_.resize(static_cast<std::size_t>(base + count));
  return std::span(storage_).subspan(static_cast<std::size_t>(base), static_cast<std::size_t>(count));
}

}  // namespace binade::hw
