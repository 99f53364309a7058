// SPDX-License-Identifier: Apache-2.0
// Rows whose outputs are exact functions of their own operands, rounded once.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "models/numerics/accumulators.h"
#include "models/numerics/arithmetic.h"
#include "models/operations/vector_fast.h"
#include "models/operations/vector_literal.h"
#include "models/operations/vector_loops.h"
#include "models/operations/vector_rows.h"

namespace binade::operations::vector_rows {

using numerics::Unpacked;

namespace {

template <class Result>
void each(LiteralVector& unit, Result result) {
  for (std::int64_t i = 0; i < unit.command().count; ++i) unit.put(i, result(i));
}

/// Bits of the sum of two integers: `a_bits` at 2^a, `b_bits` at 2^b.
std::int64_t sum_bits(std::int64_t a, std::int64_t a_bits, std::int64_t b, std::int64_t b_bits) {
  return std::max(a + a_bits, b + b_bits) + 1 - std::min(a, b);
}

// A sum of two elements as a raw integer of 8 bytes has to be a binary64.
bool raw_sum_is_exact(const VectorFormats& formats, const spec::Vector& d) {
  if (!stores_raw(d) || d.raw_bytes == 4) return true;
  return formats.x.shared_exponent() && formats.y.shared_exponent() &&
         sum_bits(lsb_exponent(formats.x, d.x_exponent), formats.x.bits, lsb_exponent(formats.y, d.y_exponent), formats.y.bits) <=
             kDoubleBits;
}

/// Whether products of two elements are binary64 numbers.
bool products_are_exact(const VectorFormats& formats) {
  return numerics::significand_bits(formats.x) + numerics::significand_bits(formats.y) <= kDoubleBits;
}

double constant(std::int64_t bits) { return std::bit_cast<double>(bits); }

}  // namespace

void Copy::literal(LiteralVector& unit) {
  each(unit, [&](std::int64_t i) { return unit.x(i); });
}
bool Copy::fast(FastVector& unit, std::int64_t first, std::size_t count) {
  unit.read_x(first, count, unit.results);
  return true;
}

void Add::literal(LiteralVector& unit) {
  each(unit, [&](std::int64_t i) { return numerics::add(unit.x(i), unit.operand(i)); });
}
bool Add::in_binary64(const VectorFormats& formats, const spec::Vector& d) { return raw_sum_is_exact(formats, d); }
bool Add::fast(FastVector& unit, std::int64_t first, std::size_t count) {
  unit.read_x(first, count, unit.one);
  unit.read_operand(first, count, unit.two);
  unit.results.resize(count);
  loops::add(unit.one.data(), unit.two.data(), count, unit.results.data());
  return true;
}

void Sub::literal(LiteralVector& unit) {
  each(unit, [&](std::int64_t i) { return numerics::sub(unit.x(i), unit.operand(i)); });
}
bool Sub::in_binary64(const VectorFormats& formats, const spec::Vector& d) { return raw_sum_is_exact(formats, d); }
bool Sub::fast(FastVector& unit, std::int64_t first, std::size_t count) {
  unit.read_x(first, count, unit.one);
  unit.read_operand(first, count, unit.two);
  for (double& value : unit.two) value = -value;
  unit.results.resize(count);
  loops::add(unit.one.data(), unit.two.data(), count, unit.results.data());
  return true;
}

void Mul::literal(LiteralVector& unit) {
  each(unit, [&](std::int64_t i) { return numerics::mul(unit.x(i), unit.operand(i)); });
}
bool Mul::in_binary64(const VectorFormats& formats, const spec::Vector&) { return products_are_exact(formats); }
bool Mul::fast(FastVector& unit, std::int64_t first, std::size_t count) {
  unit.read_x(first, count, unit.results);
  unit.read_operand(first, count, unit.two);
  for (std::size_t i = 0; i < count; ++i) unit.results[i] *= unit.two[i];
  return true;
}

void BatchNorm::literal(LiteralVector& unit) {
  const spec::Vector& d = unit.command();
  std::vector<Unpacked> scale, shift;
  for (std::int64_t c = 0; c < d.channels; ++c) {
    scale.push_back(unit.y(c));
    shift.push_back(unit.t(d.channels + c));
  }
  each(unit, [&](std::int64_t i) {
    const auto c = static_cast<std::size_t>(unit.channel(i));
    return numerics::fma(unit.x(i), scale[c], shift[c]);
  });
}
bool BatchNorm::in_binary64(const VectorFormats& formats, const spec::Vector& d) {
  if (!products_are_exact(formats)) return false;
  if (!stores_raw(d) || d.raw_bytes == 4) return true;
  const numerics::FormatSpec &x = formats.x, &y = formats.y;
  return x.shared_exponent() && y.shared_exponent() &&
         sum_bits(lsb_exponent(x, d.x_exponent) + lsb_exponent(y, d.y_exponent), x.bits + y.bits, lsb_exponent(y, d.t_exponent),
                  y.bits) <= kDoubleBits;
}
bool BatchNorm::fast(FastVector& unit, std::int64_t first, std::size_t count) {
  if (first == 0) unit.read_pair(unit.command().channels);
  unit.read_x(first, count, unit.one);
  unit.results.resize(count);
  unit.each_channel(first, count, [&](std::size_t begin, std::size_t run, std::size_t channel) {
    loops::scale_shift(unit.one.data() + begin, unit.scale[channel], unit.shift[channel], run, unit.results.data() + begin);
  });
  return true;
}

void LeakyRelu::literal(LiteralVector& unit) {
  const Unpacked slope = numerics::from_double(constant(unit.command().alpha));
  each(unit, [&](std::int64_t i) {
    const Unpacked x = unit.x(i);
    return x.is_nan() || numerics::compare(x, Unpacked{}) > 0 ? x : numerics::mul(x, slope);
  });
}
// To odd: the product's error is a binary64 for slopes of moderate size.
bool LeakyRelu::in_binary64(const VectorFormats&, const spec::Vector& d) {
  const double slope = std::fabs(constant(d.alpha));
  return (slope == 0 || (slope >= 0x1p-64 && slope <= 0x1p64)) && !(stores_raw(d) && d.raw_bytes == 8);
}
bool LeakyRelu::fast(FastVector& unit, std::int64_t first, std::size_t count) {
  unit.read_x(first, count, unit.one);
  unit.results.resize(count);
  loops::leak(unit.one.data(), constant(unit.command().alpha), count, unit.results.data());
  return true;
}

void Clip::literal(LiteralVector& unit) {
  const Unpacked least = numerics::from_double(constant(unit.command().alpha));
  const Unpacked most = numerics::from_double(constant(unit.command().beta));
  each(unit, [&](std::int64_t i) {
    const Unpacked x = unit.x(i);
    if (x.is_nan()) return x;
    return numerics::compare(x, least) < 0 ? least : numerics::compare(x, most) > 0 ? most : x;
  });
}
bool Clip::fast(FastVector& unit, std::int64_t first, std::size_t count) {
  const double least = constant(unit.command().alpha), most = constant(unit.command().beta);
  unit.read_x(first, count, unit.results);
  for (double& value : unit.results) value = value < least ? least : value > most ? most : value;
  return true;
}

void Requantise::literal(LiteralVector& unit) {
  const int exponent = static_cast<int>(unit.command().x_exponent);
  each(unit, [&](std::int64_t i) { return numerics::from_integer(unit.raw_x(i), exponent); });
}
bool Requantise::fast(FastVector& unit, std::int64_t first, std::size_t count) {
  const spec::Vector& d = unit.command();
  unit.results.resize(count);
  const double scale = std::ldexp(1.0, static_cast<int>(d.x_exponent));
  const std::byte* const from = unit.x_bytes().data() + first * d.raw_bytes;
  if (d.raw_bytes == 4) {
    for (std::size_t i = 0; i < count; ++i) {
      std::int32_t raw = 0;
      std::memcpy(&raw, from + 4 * i, 4);
      unit.results[i] = raw * scale;
    }
    return true;
  }
  unit.one.resize(count);
  unit.two.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    std::int64_t raw = 0;
    std::memcpy(&raw, from + 8 * i, 8);
    unit.one[i] = static_cast<double>(static_cast<std::int32_t>(raw >> 32)) * 0x1p32 * scale;
    unit.two[i] = static_cast<double>(static_cast<std::uint32_t>(raw)) * scale;
  }
  loops::add(unit.one.data(), unit.two.data(), count, unit.results.data());
  return true;
}

}  // namespace binade::operations::vector_rows
