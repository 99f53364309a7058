// SPDX-License-Identifier: Apache-2.0
// The pins of a unit and their values in one clock.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/numerics/format_spec.h"

namespace binade::verify {

/// Values of all pins of one side, `Pin::word` being a pin's first word, least significant first; bits above a width are zero.
using Row = std::vector<std::uint64_t>;

struct Pin {
  std::string name;
  int bits = 1;
  std::size_t word = 0;
  /// Outputs: sampled before the rising edge (a function of this clock's inputs) instead of after it.
  bool combinational = false;
  /// A module may lack it: an input is then at `rest` for ever, an output is not compared and reads as `rest`.
  bool optional = false;
  std::uint64_t rest = 0;
  /// Names of an input's values from 0 on; empty: it carries a number.
  std::vector<std::string> names = {};
  /// What its bits are codes of; reports decode them.
  std::optional<numerics::FormatSpec> format = {};

  std::size_t words() const { return static_cast<std::size_t>(bits + 63) / 64; }
};

class Pins {
 public:
  /// The first word of the new pin.
  std::size_t add(std::string name, int bits, bool combinational = false) {
    pins_.push_back({std::move(name), bits, words_, combinational});
    words_ += pins_.back().words();
    return pins_.back().word;
  }
  /// The same of a pin that modules may lack (Pin::optional).
  std::size_t add_optional(std::string name, int bits, bool combinational = false, std::uint64_t rest = 0) {
    const std::size_t word = add(std::move(name), bits, combinational);
    pins_.back().optional = true;
    pins_.back().rest = rest;
    return word;
  }
  /// A word of rows that is no pin: what a model tells its stimulus.
  std::size_t add_hidden() { return words_++; }
  /// The newest pin, to say more of it.
  Pin& last() { return pins_.back(); }
  const std::vector<Pin>& list() const { return pins_; }
  std::size_t words() const { return words_; }
  const Pin* find(std::string_view name) const {
    for (const Pin& pin : pins_)
      if (pin.name == name) return &pin;
    return nullptr;
  }

 private:
  std::vector<Pin> pins_;
  std::size_t words_ = 0;
};

/// All ones in the low `bits` bits, bits <= 64.
inline std::uint64_t low_bits(int bits) { return bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1; }
/// Bits [first, first + width) of words, width <= 64.
inline std::uint64_t field(const std::uint64_t* words, int first, int width) {
  const int shift = first % 64;
  std::uint64_t value = words[first / 64] >> shift;
  if (shift + width > 64) value |= words[first / 64 + 1] << (64 - shift);
  return value & low_bits(width);
}
inline void set_field(std::uint64_t* words, int first, int width, std::uint64_t value) {
  for (int bit = 0; bit < width; ++bit) {
    const std::uint64_t one = std::uint64_t{1} << ((first + bit) % 64);
    std::uint64_t& word = words[(first + bit) / 64];
    word = (value >> bit & 1) != 0 ? word | one : word & ~one;
  }
}
/// A pin's bits within one of its words.
inline std::uint64_t word_mask(const Pin& pin, std::size_t word) {
  return word + 1 < pin.words() ? ~std::uint64_t{0} : low_bits(pin.bits - static_cast<int>(word) * 64);
}

}  // namespace binade::verify
