// SPDX-License-Identifier: Apache-2.0
// The vector unit's operations that are defined in binary64, in index order: every evaluation of them is these.
#pragma once

#include <cstdint>
#include <span>

namespace binade::operations {

/// Rows of `length` values: exp(x - max) / sum.
void softmax_rows(std::int64_t length, std::span<double> values);
void log_softmax_rows(std::int64_t length, std::span<double> values);
/// Rows as long as `scale` and `shift`: (x - mean) / sqrt(var + epsilon) * scale + shift.
void layer_norm_rows(double epsilon, std::span<const double> scale, std::span<const double> shift, std::span<double> values);
/// 0.5 x (1 + erf(x / sqrt 2)).
void gelu_values(std::span<double> values);
/// 1 / (1 + exp(-x)).
void sigmoid_values(std::span<double> values);
void tanh_values(std::span<double> values);

}  // namespace binade::operations
