// SPDX-License-Identifier: Apache-2.0
// What the operands of an element do on average, for figures of an element that no run has fed: means over multiply-accumulates of
// the operand functions, on streams drawn as rtl/calibrate/streams.py draws those that tables are fitted to.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "models/cost/operand_energy.h"
#include "models/numerics/operand_formats.h"

namespace binade::cost {

enum class Activity : std::uint8_t {
  Uniform,  ///< every code as likely as any other but NaR; of floats, exponents of a span around one
  /// A max(0, Gaussian), B Gaussian, up to three eighths of it zero as pruned weights are, with means and magnitudes that vary as
  /// those of channels and layers do
  NeuralNetwork,
  WeightStationary,  ///< the same, with each code of B held for 16 multiply-accumulates
  Sparse             ///< the same with half of all codes zero besides
};
const std::vector<std::string>& activity_words();  ///< uniform nn weight_stationary sparse
/// Throws InputError.
Activity parse_activity(std::string_view word);

/// Per multiply-accumulate. The same on every call.
OperandMatrix mean_sums(const numerics::OperandFormats& formats, Activity activity);

}  // namespace binade::cost
