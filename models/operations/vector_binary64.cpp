// SPDX-License-Identifier: Apache-2.0
// The rows that are defined in binary64, in index order, and their evaluation.
#include "models/operations/vector_binary64.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numbers>

#include "models/numerics/arithmetic.h"
#include "models/operations/vector_fast.h"
#include "models/operations/vector_literal.h"
#include "models/operations/vector_rows.h"

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

void log_softmax_rows(std::int64_t length, std::span<double> values) {
  const auto count = static_cast<std::size_t>(length);
  for (std::size_t begin = 0; begin < values.size(); begin += count) {
    const std::span<double> row = values.subspan(begin, count);
    double largest = -std::numeric_limits<double>::infinity(), sum = 0;
    for (const double value : row) largest = std::max(largest, value);
    for (double& value : row) {
      value -= largest;
      sum += std::exp(value);
    }
    const double logarithm = std::log(sum);
    for (double& value : row) value -= logarithm;
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

void sigmoid_values(std::span<double> values) {
  for (double& value : values) value = 1.0 / (1.0 + std::exp(-value));
}

void tanh_values(std::span<double> values) {
  for (double& value : values) value = std::tanh(value);
}

namespace vector_rows {

namespace {

// The operation on all values of x.
template <class Evaluate>
void put_all(LiteralVector& unit, Evaluate evaluate) {
  std::vector<double> values = unit.x_reals();
  evaluate(std::span(values));
  for (std::int64_t i = 0; i < unit.command().count; ++i) unit.put(i, numerics::from_double(values[static_cast<std::size_t>(i)]));
}
template <class Evaluate>
bool make(FastVector& unit, std::int64_t first, std::size_t count, Evaluate evaluate) {
  unit.read_x(first, count, unit.results);
  evaluate(std::span(unit.results));
  return true;
}

}  // namespace

void Softmax::literal(LiteralVector& unit) {
  put_all(unit, [&](std::span<double> values) { softmax_rows(unit.command().length, values); });
}
bool Softmax::fast(FastVector& unit, std::int64_t first, std::size_t count) {
  return make(unit, first, count, [&](std::span<double> values) { softmax_rows(unit.command().length, values); });
}

void LogSoftmax::literal(LiteralVector& unit) {
  put_all(unit, [&](std::span<double> values) { log_softmax_rows(unit.command().length, values); });
}
bool LogSoftmax::fast(FastVector& unit, std::int64_t first, std::size_t count) {
  return make(unit, first, count, [&](std::span<double> values) { log_softmax_rows(unit.command().length, values); });
}

void LayerNorm::literal(LiteralVector& unit) {
  const spec::Vector& d = unit.command();
  const std::vector<double> scale = unit.s_reals(d.length), shift = unit.t_reals(d.length);
  put_all(unit, [&](std::span<double> values) { layer_norm_rows(std::bit_cast<double>(d.eps), scale, shift, values); });
}
bool LayerNorm::fast(FastVector& unit, std::int64_t first, std::size_t count) {
  const spec::Vector& d = unit.command();
  if (first == 0) unit.read_pair(d.length);
  return make(unit, first, count,
              [&](std::span<double> values) { layer_norm_rows(std::bit_cast<double>(d.eps), unit.scale, unit.shift, values); });
}

void Gelu::literal(LiteralVector& unit) { put_all(unit, gelu_values); }
bool Gelu::fast(FastVector& unit, std::int64_t first, std::size_t count) { return make(unit, first, count, gelu_values); }

void Sigmoid::literal(LiteralVector& unit) { put_all(unit, sigmoid_values); }
bool Sigmoid::fast(FastVector& unit, std::int64_t first, std::size_t count) { return make(unit, first, count, sigmoid_values); }

void Tanh::literal(LiteralVector& unit) { put_all(unit, tanh_values); }
bool Tanh::fast(FastVector& unit, std::int64_t first, std::size_t count) { return make(unit, first, count, tanh_values); }

}  // namespace vector_rows

}  // namespace binade::operations
