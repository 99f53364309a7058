// SPDX-License-Identifier: Apache-2.0
// The pins of exponent_unit, shared by its model and its stimulus.
#pragma once

#include <memory>

#include "models/datapath/module_parameters.h"
#include "models/exponent/autoflex.h"
#include "sim/verify/unit.h"

namespace binade::verify {

/// First words of the pins.
struct ExponentPins {
  std::size_t reset = 0, clear = 0, valid = 0, lane = 0, magnitude = 0, overflow = 0, histogram = 0, bin = 0;
  std::size_t alpha = 0, beta = 0, gamma = 0, tensor = 0, init = 0, exponent = 0, record = 0, predict = 0, infrequent = 0;
  std::size_t choose = 0;
  std::size_t max_abs = 0, overflows = 0, bin_count = 0, overflow_out = 0, predicted = 0, exponent_out = 0, chosen = 0, bias = 0,
              dfp_shift = 0, busy = 0;
};

struct ExponentShape {
  static constexpr int kTensors = datapath::kExponentTensors;
  /// A tensor is infrequent where it was predicted in fewer than a sixteenth of all computations: so many that each is.
  static constexpr std::uint64_t kOldAge = std::uint64_t{1} << 40;

  numerics::FormatSpec format;
  int lanes = 1, magnitude_bits = 0;
  ExponentPins pins;

  int count_bits() const { return datapath::exponent_count_bits(format); }
  /// Whether a tensor that a counter can count wants a bias: from 10 bits on it would take millions of elements.
  bool has_biases() const {
    constexpr int kMostBits = 8;
    return format.bits <= kMostBits;
  }

  /// What the parameter pins say.
  exponent::AutoflexParameters parameters(const Row& in) const;

  /// Clocks that no prediction or choice reaches: at most 4 (P + 3) multiplications of count_bits() clocks, or 64 of some 130.
  static constexpr int kLongestWait = 40000;
};

std::unique_ptr<Stimulus> make_exponent_stimulus(const ExponentShape& shape, const Block& block);

}  // namespace binade::verify
