// SPDX-License-Identifier: Apache-2.0
// Dynamic fixed point with overflow-rate feedback (Courbariaux, Bengio and David 2014; docs/fidelity.md 6.1): one range per tensor
// group, moved by one bit every so many batches.
#pragma once

#include <cstdint>
#include <span>

namespace binade::exponent {

struct DfxpParameters {
  int bits = 9;          ///< NOB: magnitude bits, the sign not counted; 1..31
  int integer_bits = 5;  ///< NOIB at the start: the range is about +-2^NOIB
  double max_overflow_rate = 1e-4;
  int period_batches = 100;  ///< batches whose rates are averaged before the range moves
};

class DfxpRange {
 public:
  /// Throws InputError on parameters out of range.
  explicit DfxpRange(const DfxpParameters& parameters);

  /// One batch of the group's values before quantisation; may move the range. Throws InputError on an empty batch.
  void observe(std::span<const double> values);

  int integer_bits() const { return integer_bits_; }
  int lsb_exponent() const { return integer_bits_ - parameters_.bits; }
  /// clip(round(x / LSB), +-(2^NOB - 1)) * LSB, halves away from zero. A NaN stays one.
  double quantise(double value) const;

 private:
  DfxpParameters parameters_;
  int integer_bits_;
  int batches_ = 0;
  double rate_ = 0;           // summed over the period: share of |x| >= the largest value of the range
  double narrower_rate_ = 0;  // the same with one integer bit less
};

}  // namespace binade::exponent
