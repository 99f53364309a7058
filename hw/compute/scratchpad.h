// SPDX-License-Identifier: Apache-2.0
// A banked scratchpad: one read and one write port, banks x bank_bytes a clock each. Bank conflicts are not modelled: the
// layouts of isa.def walk consecutive bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <systemc>
#include <vector>

#include "hw/config.h"

namespace binade::hw {

/// Bytes that are zero until written, with memory for what has been asked for alone: capacities are a user's to choose, and most
/// of a large one stays unused. Disjoint blocks by their first byte; neighbours that touch are joined.
class LazyBytes {
 public:
  /// Bytes [base, base + count), both at least 0; valid until the next call for bytes that have not been asked for.
  std::span<std::byte> bytes(std::int64_t base, std::int64_t count);

 private:
  std::map<std::int64_t, std::vector<std::byte>> blocks_;
};

class Scratchpad : public sc_core::sc_module {
 public:
  /// Ideal: any bandwidth, and up to kIdealBytes. Storage grows with what is used.
  Scratchpad(sc_core::sc_module_name name, std::int64_t bytes, const ScratchpadConfig& config, bool ideal);

  static constexpr std::int64_t kIdealBytes = std::int64_t{1} << 36;

  std::int64_t capacity_bytes() const { return capacity_bytes_; }
  /// Clocks that `bytes` occupy a port; 1 when ideal.
  std::uint64_t port_clocks(std::uint64_t bytes) const;

  /// Bytes [base, base + count), valid until the next call for bytes that have not been asked for; precondition: within the
  /// capacity.
  std::span<std::byte> bytes(std::int64_t base, std::int64_t count);

  std::uint64_t read_bytes = 0;     ///< counted by the readers
  std::uint64_t written_bytes = 0;  ///< counted by the writers

 private:
  const std::int64_t capacity_bytes_;
  const std::uint64_t port_bytes_;
  const bool ideal_;
  LazyBytes storage_;
};

}  // namespace binade::hw
