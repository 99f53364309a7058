// SPDX-License-Identifier: Apache-2.0
#include "models/operations/vector_rows.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace binade::operations {

void softmax_rows(std::int64_t length, std::span<double> values) {
  const auto count = static_cast<std::size_t>(length);
  for (std::size_t begin = 0; begin < values.size(); begin += count) {
    const std::span<double> row = values.subspan(begin, count);
    double largest = -std::numeric_limits<double>::infinity();
    for (const double value : row) largest = std::max(largest, value);
    double sum = 0;
    for (double& value : row) {
      value = std::exp(value - largest);
      sum += value;
    }
    for (double& value : row) value /= sum;
  }
}

void layer_norm_rows(double epsilon, std::span<const double> scale, std::span<const double> shift, std::span<double> values) {
  const auto length = static_cast<double>(scale.size());
  for (std::size_t begin = 0; begin < values.size(); begin += scale.size()) {
    const std::span<double> row = values.subspan(begin, scale.size());
    double sum = 0, squares = 0;
    for (const double value : row) sum += value;
    const double mean = sum / length;
    for (const double value : row) squares += (value - mean) * (value - mean);
    const double deviation = std::sqrt(squares / length + epsilon);
    for (std::size_t j = 0; j < row.size(); ++j) row[j] = (row[j] - mean) / deviation * scale[j] + shift[j];
  }
}

void gelu_values(std::span<double> values) {
  for (double& value : values) value = 0.5 * value * (1.0 + std::erf(value / std::numbers::sqrt2));
}

}  // namespace binade::operations
