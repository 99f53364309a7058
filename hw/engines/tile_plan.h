// SPDX-License-Identifier: Apache-2.0
// What a load needs of DRAM and where its elements go: what the load engine asks of a plan, whatever its address rule.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace binade::hw {

/// A contiguous range of DRAM and its place in the engine's row buffer.
struct DramSpan {
  std::uint64_t address = 0;
  std::uint64_t bytes = 0;
  std::uint64_t buffer = 0;
  bool operator==(const DramSpan&) const = default;
};

class TilePlan {
 public:
  virtual ~TilePlan() = default;
  const std::vector<DramSpan>& spans() const { return spans_; }
  std::uint64_t buffer_bytes() const { return buffer_bytes_; }
  virtual std::uint64_t tile_bytes() const = 0;
  /// From scratchpad_base to the end of the last element written.
  virtual std::int64_t extent_bytes() const = 0;
  /// Writes every element of the tile; `scratchpad` begins at scratchpad_base.
  virtual void scatter(std::span<const std::byte> buffer, std::span<std::byte> scratchpad) const = 0;

 protected:
  explicit TilePlan(std::uint64_t most_bytes) : most_bytes_(most_bytes) {}
  TilePlan(const TilePlan&) = default;
  TilePlan(TilePlan&&) = default;
  TilePlan& operator=(const TilePlan&) = default;
  TilePlan& operator=(TilePlan&&) = default;

  /// Adds `bytes` from an address on, to the span before where they continue it. Their place in the row buffer; absent where the
  /// spans hold more than they may.
  std::optional<std::uint64_t> add(std::uint64_t begin, std::uint64_t bytes) {
    if (spans_.empty() || begin < spans_.back().address || begin > spans_.back().address + spans_.back().bytes)
      spans_.push_back({begin, 0, buffer_bytes_});
    DramSpan& span = spans_.back();
    span.bytes = std::max(span.address + span.bytes, begin + bytes) - span.address;
    buffer_bytes_ = span.buffer + span.bytes;
    if (buffer_bytes_ > most_bytes_) return std::nullopt;
    return span.buffer + begin - span.address;
  }

 private:
  std::vector<DramSpan> spans_;
  std::uint64_t buffer_bytes_ = 0, most_bytes_ = 0;
};

}  // namespace binade::hw
