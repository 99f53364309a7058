// SPDX-License-Identifier: Apache-2.0
// Rows that make one output of a window.
#include <algorithm>
#include <cmath>

#include "models/numerics/arithmetic.h"
#include "models/numerics/wide_integer.h"
#include "models/operations/vector_fast.h"
#include "models/operations/vector_literal.h"
#include "models/operations/vector_loops.h"
#include "models/operations/vector_rows.h"

namespace binade::operations::vector_rows {

using numerics::Unpacked;

namespace {

// Exponents of every code and intermediate sum stay far inside; posit<32>es4 reaches 2^480.
constexpr int kSumLsbExponent = -768;
constexpr int kSumBits = 1664;

}  // namespace

void MaxReduce::literal(LiteralVector& unit) {
  const std::int64_t length = unit.command().length;
  for (std::int64_t i = 0; i < unit.command().count; ++i) {
    Unpacked largest = unit.x(i * length);
    for (std::int64_t j = 1; j < length && !largest.is_nan(); ++j) {
      const Unpacked candidate = unit.x(i * length + j);
      if (candidate.is_nan() || numerics::compare(candidate, largest) > 0) largest = candidate;
    }
    unit.put(i, largest);
  }
}

bool MaxReduce::fast(FastVector& unit, std::int64_t first, std::size_t count) {
  const std::int64_t length = unit.command().length;
  unit.results.resize(count);
  unit.one.resize(count);
  unit.read_x_codes(first * length, count * static_cast<std::size_t>(length));
  unit.decode_x(0, length, count, unit.results.data());
  for (std::int64_t j = 1; j < length; ++j) {
    unit.decode_x(j, length, count, unit.one.data());
    loops::largest(unit.one.data(), count, unit.results.data());
  }
  return true;
}

void MeanReduce::literal(LiteralVector& unit) {
  const std::int64_t length = unit.command().length;
  const Unpacked divisor = numerics::from_integer(unit.command().divisor, 0);
  numerics::WideInteger sum(kSumBits);
  for (std::int64_t i = 0; i < unit.command().count; ++i) {
    sum.clear();
    // Infinities, NaN and signed zeros add as in IEEE 754; finite terms exactly.
    Unpacked outside = unit.x(i * length);
    if (outside.is_finite()) outside = Unpacked{};
    for (std::int64_t j = 0; j < length; ++j) {
      Unpacked term = unit.x(i * length + j);
      if (term.is_finite()) {
        sum.add(term.negative, term.significand, term.scale - 63 - kSumLsbExponent);
        term = Unpacked{};
      }
      outside = numerics::add(outside, term);
    }
    const Unpacked total = outside.is_zero() && !sum.is_zero() ? sum.to_unpacked(kSumLsbExponent) : outside;
    unit.put(i, numerics::div(total, divisor));
  }
}

// Quotients to odd have 53 bits, raw integers of 8 bytes up to 63.
bool MeanReduce::in_binary64(const VectorFormats&, const spec::Vector& d) { return !stores_raw(d) || d.raw_bytes == 4; }

// Sums without an error, or none.
bool MeanReduce::fast(FastVector& unit, std::int64_t, std::size_t outputs) {
  const std::int64_t length = unit.command().length, all = static_cast<std::int64_t>(outputs);
  unit.results.resize(outputs);
  const std::int64_t block = std::max(FastVector::kBlock / length, std::int64_t{1});
  std::vector<std::uint64_t> lost(static_cast<std::size_t>(block), 0);
  unit.one.resize(static_cast<std::size_t>(block));
  const auto divisor = static_cast<double>(unit.command().divisor);
  for (std::int64_t first = 0; first < all; first += block) {
    const auto count = static_cast<std::size_t>(std::min(block, all - first));
    double* const sums = unit.results.data() + first;
    unit.read_x_codes(first * length, count * static_cast<std::size_t>(length));
    unit.decode_x(0, length, count, sums);
    for (std::size_t i = 0; i < count; ++i) lost[i] |= std::isfinite(sums[i]) ? 0 : 1;
    for (std::int64_t j = 1; j < length; ++j) {
      unit.decode_x(j, length, count, unit.one.data());
      loops::accumulate(unit.one.data(), count, sums, lost.data());
    }
    for (std::size_t i = 0; i < count; ++i) sums[i] = loops::divide(sums[i], divisor);
  }
  return std::all_of(lost.begin(), lost.end(), [](std::uint64_t lose) { return lose == 0; });
}

}  // namespace binade::operations::vector_rows
