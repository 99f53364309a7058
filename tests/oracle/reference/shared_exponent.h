// SPDX-License-Identifier: Apache-2.0
// Quantisation of a whole tensor to one exponent (docs/fidelity.md 1.4, 4.2, 5.3; docs/eval.md, `quantize`) and the published
// Autoflex prediction (docs/fidelity.md 1.5) on stored maxima.
#pragma once

#include <deque>
#include <vector>

#include "tests/oracle/reference/codec.h"

namespace binade::oracle {

struct Quantised {
  int exponent = 0;
  std::vector<std::int64_t> mantissas;
};

/// floor(log2 max) - (bits - 2) + bias; flex is clamped to [-32, 0]; a zero tensor has exponent 0.
Quantised quantise(const Format& format, const std::vector<double>& values, Mode mode, int bias = 0);

/// Statistics and prediction of one tensor, docs/fidelity.md 1.5 with the floor rule and the clamp.
struct Autoflex {
  int bits = 16;
  int alpha = 2;
  int exponent = -8;  ///< log2 of kappa
  std::deque<double> history = {};

  void update(std::int64_t stored_maximum);
  void predict();
  /// The exponent that predict() would choose if chi were an exact real number.
  int exact_prediction() const;
};

}  // namespace binade::oracle
