// SPDX-License-Identifier: Apache-2.0
// The host's view of the scratchpads while it lowers a layer: each is split in two halves, so that one is filled or emptied
// while the core works on the other; but for an operand of a matrix product of which only one tile fits. Without a capacity limit
// (memory.ideal) a half is as large as a tile needs.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>

#include "hw/config.h"
#include "sim/host/schedule.h"

namespace binade::sim {

inline constexpr std::int64_t kScratchpadAlignment = 64;
inline constexpr std::int64_t align_up(std::int64_t bytes, std::int64_t alignment = kScratchpadAlignment) {
  return (bytes + alignment - 1) / alignment * alignment;
}

/// Usable bytes of each half.
struct HalfBytes {
  std::int64_t a = 0, b = 0, o = 0;
};
inline HalfBytes half_bytes(const hw::PlatformConfig& config) {
  constexpr std::int64_t kUnlimited = std::int64_t{1} << 40;
  if (config.memory_ideal) return {kUnlimited, kUnlimited, kUnlimited};
  const auto half = [](std::int64_t bytes) { return bytes / 2 / kScratchpadAlignment * kScratchpadAlignment; };
  return {half(config.scratchpad.a_bytes), half(config.scratchpad.b_bytes), half(config.scratchpad.o_bytes)};
}

inline bool fits(const HalfBytes& bytes, const HalfBytes& half) {
  return bytes.a <= half.a && bytes.b <= half.b && bytes.o <= half.o;
}
/// The most of `items` that fit half of each scratchpad, a quarter of all where that is at least `target`, all of them without a
/// capacity limit; by bisection, as if more never took less. `bytes(n)`: of n items. Throws InputError naming the keys and the
/// bytes that `one` needs.
std::int64_t most_that_fit(const hw::PlatformConfig& config, const std::string& where, const std::string& one, std::int64_t items,
                           std::int64_t target, const std::function<HalfBytes(std::int64_t)>& bytes);

/// Scratchpad A or B, of two halves or, with one slot, as a whole. The tile of the given identity is either still in one or goes to
/// the one used least recently.
class InputPad {
 public:
  explicit InputPad(std::int64_t half, int slots = 2)
      : halves_{Half{}, Half{.base = half}}, slots_(static_cast<std::size_t>(slots)) {}

  struct Place {
    std::int64_t base = 0;
    std::size_t half = 0;
    bool resident = false;                      ///< already loaded: no load needed
    Schedule::Id overwrites = Schedule::kNone;  ///< the compute that a load into this half must wait for
  };
  Place place(std::int64_t tile) {
    for (std::size_t i = 0; i < slots_; ++i)
      if (halves_[i].tile == tile) {
        newest_ = i;
        return {halves_[i].base, i, true, Schedule::kNone};
      }
    newest_ = slots_ - 1 - newest_;
    halves_[newest_].tile = tile;
    return {halves_[newest_].base, newest_, false, halves_[newest_].reader};
  }
  void loaded(const Place& place, Schedule::Id load) { halves_[place.half].writer = load; }
  void read(const Place& place, Schedule::Id compute) { halves_[place.half].reader = compute; }
  /// The last load into the half: what a compute that reads it waits for.
  Schedule::Id writer(const Place& place) const { return halves_[place.half].writer; }

 private:
  struct Half {
    std::int64_t base = 0;
    std::int64_t tile = std::numeric_limits<std::int64_t>::min();
    Schedule::Id writer = Schedule::kNone, reader = Schedule::kNone;
  };
  std::array<Half, 2> halves_;
  std::size_t slots_;
  std::size_t newest_ = slots_ - 1;
};

/// Scratchpad O: halves are used in turn.
class OutputPad {
 public:
  explicit OutputPad(std::int64_t half) : halves_{Half{}, Half{.base = half}} {}

  /// The half of the next output tile.
  void advance() { current_ = 1 - current_; }
  std::int64_t base() const { return halves_[current_].base; }
  Schedule::Id store() const { return halves_[current_].store; }  ///< what the compute that writes it waits for
  void stored(Schedule::Id store) { halves_[current_].store = store; }

 private:
  struct Half {
    std::int64_t base = 0;
    Schedule::Id store = Schedule::kNone;
  };
  std::array<Half, 2> halves_;
  std::size_t current_ = 1;
};

}  // namespace binade::sim
