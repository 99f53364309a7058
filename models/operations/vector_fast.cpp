// SPDX-License-Identifier: Apache-2.0
#include "models/operations/vector_fast.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "models/operations/vector_loops.h"
#include "models/operations/vector_rows.h"
#include "models/numerics/hash.h"
#include "models/numerics/vector_codec.h"

namespace binade::operations {

using numerics::Code;
using numerics::Family;
using spec::VectorOp;

namespace {

constexpr int kDoubleBits = 53;
/// Outputs, or operand elements of reductions, at a time: they stay in the first-level cache.
constexpr std::int64_t kBlock = 2048;

bool reduces(VectorOp op) { return op == VectorOp::MaxReduce || op == VectorOp::MeanReduce; }
bool has_rows(VectorOp op) { return op == VectorOp::Softmax || op == VectorOp::LayerNorm; }

int significand_bits(const numerics::FormatSpec& format) {
  if (format.shared_exponent()) return format.bits;
  if (format.family == Family::Posit) return std::max(format.bits - 2 - format.exponent_bits, 1);
  return format.fraction_bits + 1;
}

}  // namespace

bool FastVectorArithmetic::serves(const spec::Vector& command) const {
  // No product or sum leaves binary64's exponents: operands are below 2^(200 + 32), or a format's own values.
  constexpr std::int64_t kFarthest = 200;
  for (const std::int64_t exponent : {command.x_exponent, command.y_exponent, command.t_exponent, command.o_exponent})
    if (std::abs(exponent) > kFarthest) return false;
  // Results to odd keep 51 bits: a draw of 32 decides those of 16 and fewer.
  constexpr int kMostDrawnBits = 16;
  if (rounding_ == numerics::Rounding::Sr && format_.bits > kMostDrawnBits) return false;
  if (op_of(command) == VectorOp::BatchNorm && 2 * significand_bits(format_) > kDoubleBits) return false;
  return !stores_raw(command) || raw_is_exact(command);
}

// Raw outputs of 4 bytes are rounded like codes: from results to odd. Those of 8 have up to 63 bits: the exact result has to be a
// binary64.
bool FastVectorArithmetic::raw_is_exact(const spec::Vector& command) const {
  if (command.raw_bytes == 4) return true;
  const std::int64_t bits = format_.bits;
  switch (op_of(command)) {
    case VectorOp::Add:
      return format_.shared_exponent() && std::abs(command.x_exponent - command.y_exponent) + bits + 1 <= kDoubleBits;
    case VectorOp::BatchNorm: {
      const std::int64_t product = command.x_exponent + command.y_exponent, shift = command.t_exponent;
      return format_.shared_exponent() && std::max(product + 2 * bits, shift + bits) + 1 - std::min(product, shift) <= kDoubleBits;
    }
    case VectorOp::MeanReduce:
      return false;
    default:
      return true;
  }
}

bool FastVectorArithmetic::run(const spec::Vector& command, std::span<const std::byte> x_bytes, std::span<const std::byte> y_bytes,
                               std::span<std::byte> o, datapath::TileStats& stats) {
  if (!serves(command)) return false;
  const VectorOp op = op_of(command);
  const bool fixed = format_.family == Family::Fixed;
  const auto exponent = [&](std::int64_t given) { return fixed ? std::int64_t{-format_.fraction_bits} : given; };
  const Operand x{x_bytes, exponent(command.x_exponent)}, y{y_bytes, exponent(command.y_exponent)};
  if (op == VectorOp::MeanReduce) {
    if (!means(command, x)) return false;
    store(command, 0, static_cast<std::size_t>(command.count), o, stats);
    return true;
  }
  if (op == VectorOp::BatchNorm || op == VectorOp::LayerNorm) {
    const std::int64_t count = op == VectorOp::BatchNorm ? command.channels : command.length;
    read(y, 0, static_cast<std::size_t>(count), scale_);
    read({y_bytes, exponent(command.t_exponent)}, count, static_cast<std::size_t>(count), shift_);
  }
  std::int64_t block = kBlock;
  if (has_rows(op)) block = std::max(kBlock / command.length, std::int64_t{1}) * command.length;
  if (reduces(op)) block = std::max(kBlock / command.length, std::int64_t{1});
  for (std::int64_t first = 0; first < command.count; first += block) {
    const auto count = static_cast<std::size_t>(std::min(block, command.count - first));
    results_of(command, x, y, first, count);
    store(command, first, count, o, stats);
  }
  return true;
}

void FastVectorArithmetic::read_codes(const Operand& operand, std::int64_t first, std::size_t count) {
  if (codes_.size() < count) codes_.resize(count);
  const std::int64_t element_bytes = format_.storage_bytes();
  loops::widen(operand.bytes.data() + first * element_bytes, static_cast<int>(element_bytes), count, codes_.data());
}

void FastVectorArithmetic::decode(const Operand& operand, std::int64_t offset, std::int64_t stride, std::size_t count,
                                  double* values) const {
  if (format_.shared_exponent()) {
    loops::decode_integers(codes_.data() + offset, stride, format_.bits, std::ldexp(1.0, static_cast<int>(operand.exponent)), count,
                           values);
  } else {
    numerics::decode_reals(format_, codes_.data() + offset, stride, static_cast<std::int64_t>(count), values);
  }
}

void FastVectorArithmetic::read(const Operand& operand, std::int64_t first, std::size_t count, std::vector<double>& values) {
  values.resize(count);
  read_codes(operand, first, count);
  decode(operand, 0, 1, count, values.data());
}

void FastVectorArithmetic::results_of(const spec::Vector& command, const Operand& x, const Operand& y, std::int64_t first,
                                      std::size_t count) {
  switch (op_of(command)) {
    case VectorOp::Add:
      read(x, first, count, one_);
      read(y, first, count, two_);
      results_.resize(count);
      return loops::add(one_.data(), two_.data(), count, results_.data());
    case VectorOp::MaxReduce:
      results_.resize(count);
      one_.resize(count);
      read_codes(x, first * command.length, count * static_cast<std::size_t>(command.length));
      decode(x, 0, command.length, count, results_.data());
      for (std::int64_t j = 1; j < command.length; ++j) {
        decode(x, j, command.length, count, one_.data());
        loops::largest(one_.data(), count, results_.data());
      }
      return;
    case VectorOp::BatchNorm:
      read(x, first, count, one_);
      return batch_norm(command, first, count);
    case VectorOp::Requantise:
      return requantise(command, x, first, count);
    case VectorOp::Softmax:
      read(x, first, count, results_);
      return softmax_rows(command.length, results_);
    case VectorOp::LayerNorm:
      read(x, first, count, results_);
      return layer_norm_rows(std::bit_cast<double>(command.eps), scale_, shift_, results_);
    case VectorOp::Gelu:
      read(x, first, count, results_);
      return gelu_values(results_);
    default:
      return read(x, first, count, results_);
  }
}

void FastVectorArithmetic::batch_norm(const spec::Vector& command, std::int64_t first, std::size_t count) {
  results_.resize(count);
  for (std::size_t done = 0; done < count;) {
    const std::int64_t element = command.first + first + static_cast<std::int64_t>(done);
    const auto channel = static_cast<std::size_t>(element / command.inner % command.channels);
    const auto run = std::min(count - done, static_cast<std::size_t>(command.inner - element % command.inner));
    loops::scale_shift(one_.data() + done, scale_[channel], shift_[channel], run, results_.data() + done);
    done += run;
  }
}

void FastVectorArithmetic::requantise(const spec::Vector& command, const Operand& x, std::int64_t first, std::size_t count) {
  results_.resize(count);
  const double unit = std::ldexp(1.0, static_cast<int>(command.x_exponent));
  const std::byte* const from = x.bytes.data() + first * command.raw_bytes;
  if (command.raw_bytes == 4) {
    for (std::size_t i = 0; i < count; ++i) {
      std::int32_t raw = 0;
      std::memcpy(&raw, from + 4 * i, 4);
      results_[i] = raw * unit;
    }
    return;
  }
  one_.resize(count);
  two_.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    std::int64_t raw = 0;
    std::memcpy(&raw, from + 8 * i, 8);
    one_[i] = static_cast<double>(static_cast<std::int32_t>(raw >> 32)) * 0x1p32 * unit;
    two_[i] = static_cast<double>(static_cast<std::uint32_t>(raw)) * unit;
  }
  loops::add(one_.data(), two_.data(), count, results_.data());
}

// Sums without an error, or none.
bool FastVectorArithmetic::means(const spec::Vector& command, const Operand& x) {
  results_.resize(static_cast<std::size_t>(command.count));
  const std::int64_t block = std::max(kBlock / command.length, std::int64_t{1});
  std::vector<std::uint64_t> lost(static_cast<std::size_t>(block), 0);
  one_.resize(static_cast<std::size_t>(block));
  const auto divisor = static_cast<double>(command.divisor);
  for (std::int64_t first = 0; first < command.count; first += block) {
    const auto count = static_cast<std::size_t>(std::min(block, command.count - first));
    double* const sums = results_.data() + first;
    read_codes(x, first * command.length, count * static_cast<std::size_t>(command.length));
    decode(x, 0, command.length, count, sums);
    for (std::size_t i = 0; i < count; ++i) lost[i] |= std::isfinite(sums[i]) ? 0 : 1;
    for (std::int64_t j = 1; j < command.length; ++j) {
      decode(x, j, command.length, count, one_.data());
      loops::accumulate(one_.data(), count, sums, lost.data());
    }
    for (std::size_t i = 0; i < count; ++i) sums[i] = loops::divide(sums[i], divisor);
  }
  return std::all_of(lost.begin(), lost.end(), [](std::uint64_t lose) { return lose == 0; });
}

void FastVectorArithmetic::store(const spec::Vector& command, std::int64_t first, std::size_t count, std::span<std::byte> o,
                                 datapath::TileStats& stats) {
  if (command.relu != 0) loops::rectify(results_.data(), count);
  if (stores_raw(command)) return store_raw(command, count, o.data() + command.raw_bytes * first, stats);
  const numerics::Quantisation how{.rounding = rounding_, .lsb_exponent = static_cast<int>(command.o_exponent)};
  if (rounding_ == numerics::Rounding::Sr) {
    random_.resize(count);
    numerics::random_run(static_cast<std::uint32_t>(command.seed), static_cast<std::uint32_t>(command.tensor),
                         static_cast<std::uint64_t>(command.first + first), count, random_.data());
  }
  if (codes_.size() < count) codes_.resize(count);
  const std::uint64_t saturations = stats.events.saturation;
  numerics::encode_values(format_, how, results_.data(), random_.data(), count, codes_.data(), stats.events);
  if (format_.shared_exponent()) {
    const loops::MantissaScan scan = loops::scan_mantissas(codes_.data(), format_.bits, format_.max_mantissa(), count);
    stats.max_abs = std::max(stats.max_abs, static_cast<std::uint64_t>(scan.largest));
    stats.mantissa_overflows += format_.family == Family::Flex ? scan.at_limit : stats.events.saturation - saturations;
  }
  const std::int64_t element_bytes = format_.storage_bytes();
  loops::narrow(codes_.data(), static_cast<int>(element_bytes), count, o.data() + first * element_bytes);
}

void FastVectorArithmetic::store_raw(const spec::Vector& command, std::size_t count, std::byte* o,
                                     datapath::TileStats& stats) const {
  const auto bytes = static_cast<std::size_t>(command.raw_bytes);
  const std::int64_t most = std::numeric_limits<std::int64_t>::max() >> (64 - 8 * bytes);
  const double beyond = std::ldexp(1.0, static_cast<int>(8 * bytes) - 1);
  const double per_unit = std::ldexp(1.0, -static_cast<int>(command.o_exponent));
  for (std::size_t i = 0; i < count; ++i) {
    const double scaled = results_[i] * per_unit, whole = std::nearbyint(scaled);
    std::int64_t stored = 0;
    if (std::isnan(scaled)) {
      ++stats.events.nar;
    } else if (std::fabs(whole) >= beyond) {
      ++stats.events.saturation;
      ++stats.mantissa_overflows;
      if (std::isfinite(results_[i])) ++stats.events.inexact;
      stored = scaled < 0 ? -most : most;
    } else {
      stored = static_cast<std::int64_t>(whole);
      if (whole != scaled) ++stats.events.inexact;
      if (whole == 0 && scaled != 0) ++stats.events.underflow;
    }
    const std::uint64_t magnitude = stored < 0 ? 0 - static_cast<std::uint64_t>(stored) : static_cast<std::uint64_t>(stored);
    stats.max_abs = std::max(stats.max_abs, magnitude);
    if (magnitude != 0) ++stats.leading_bit[static_cast<std::size_t>(std::bit_width(magnitude) - 1)];
    std::memcpy(o + bytes * i, &stored, bytes);
  }
}

}  // namespace binade::operations
