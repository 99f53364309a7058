// SPDX-License-Identifier: Apache-2.0
#include "models/operations/vector_fast.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "models/numerics/hash.h"
#include "models/numerics/vector_codec.h"
#include "models/numerics/vector_round.h"
#include "models/operations/stored_integers.h"
#include "models/operations/vector_loops.h"
#include "models/operations/vector_table.h"

namespace binade::operations {

using numerics::Code;
using numerics::Family;

namespace {

bool serves(const VectorFormats& formats, const spec::Vector& command) {
  // No product or sum leaves binary64's exponents: operands are below 2^(200 + 32), or a format's own values.
  constexpr std::int64_t kFarthest = 200;
  for (const std::int64_t exponent : {command.x_exponent, command.y_exponent, command.t_exponent, command.o_exponent})
    if (std::abs(exponent) > kFarthest) return false;
  // Results to odd keep 51 bits: a draw of 32 decides those of 16 and fewer. Raw outputs of 4 bytes are rounded like codes.
  constexpr int kMostDrawnBits = 16;
  if (formats.rounding == numerics::Rounding::Sr && formats.out.bits > kMostDrawnBits) return false;
  return vector_row(op_of(command)).in_binary64(formats, command);
}

}  // namespace

bool FastVector::run(const VectorFormats& formats, const spec::Vector& command, std::span<const std::byte> x,
                     std::span<const std::byte> y, std::span<std::byte> o, datapath::TileStats& stats) {
  if (!serves(formats, command)) return false;
  const VectorRow& row = vector_row(op_of(command));
  command_ = &command;
  x_ = {x, formats.x, lsb_exponent(formats.x, command.x_exponent)};
  y_ = {y, formats.y, lsb_exponent(formats.y, command.y_exponent)};
  t_ = {y, formats.y, lsb_exponent(formats.y, command.t_exponent)};
  if (run_in_binary32(formats, command, o, stats)) return true;
  std::int64_t block = kBlock;
  if (row.traits.takes == Takes::Row) block = std::max(kBlock / command.length, std::int64_t{1}) * command.length;
  if (row.traits.takes == Takes::Window) block = std::max(kBlock / command.length, std::int64_t{1});
  if (row.traits.at_once) block = command.count;
  for (std::int64_t first = 0; first < command.count; first += block) {
    const auto count = static_cast<std::size_t>(std::min(block, command.count - first));
    if (!row.fast(*this, first, count)) return false;
    store(formats, command, first, count, o, stats);
  }
  return true;
}

bool FastVector::run_in_binary32(const VectorFormats& formats, const spec::Vector& command, std::span<std::byte> o,
                                 datapath::TileStats& stats) {
  const spec::VectorOp op = op_of(command);
  const bool sum = op == spec::VectorOp::Add && command.broadcast == 0;
  const bool to_binary32 = numerics::is_binary32(formats.out, formats.rounding);
  if (stores_raw(command) || !(op == spec::VectorOp::Copy || sum)) return false;
  // Integers times a power of two that is normal, and so is the smallest's.
  constexpr int kSignificand = 24, kFarthest = 100;
  const auto is_integer = [](const Operand& operand) {
    return operand.format.shared_exponent() && operand.format.bits <= kSignificand && std::abs(operand.exponent) <= kFarthest;
  };
  if (sum) {
    if (!is_integer(x_) || !is_integer(y_)) return false;
    const std::int64_t top = std::max(x_.exponent + x_.format.bits, y_.exponent + y_.format.bits);
    if (top - std::min(x_.exponent, y_.exponent) > kSignificand) return false;
  } else if (!is_integer(x_) && (x_.format != numerics::kBinary32 || to_binary32)) {
    return false;
  }
  const auto read = [&](const Operand& operand, std::int64_t first, std::size_t count, float* values) {
    const int size = operand.format.storage_bytes();
    const std::byte* const from = operand.bytes.data() + first * size;
    if (operand.format == numerics::kBinary32) {
      std::memcpy(values, from, count * sizeof(float));
    } else {
      const float unit = std::ldexp(1.0F, static_cast<int>(operand.exponent));
      loops::decode_stored_integers(from, size, operand.format.bits, unit, count, values);
    }
  };
  narrow_.resize(static_cast<std::size_t>(kBlock));
  narrow_second_.resize(static_cast<std::size_t>(kBlock));
  for (std::int64_t first = 0; first < command.count; first += kBlock) {
    const auto count = static_cast<std::size_t>(std::min(kBlock, command.count - first));
    read(x_, first, count, narrow_.data());
    if (sum) {
      read(y_, first, count, narrow_second_.data());
      loops::add_exactly(narrow_second_.data(), count, narrow_.data());
    }
    if (command.relu != 0) loops::rectify(narrow_.data(), count);
    std::byte* const to = o.data() + first * formats.out.storage_bytes();
    if (to_binary32) {
      std::memcpy(to, narrow_.data(), count * sizeof(float));
      continue;
    }
    const auto lsb = static_cast<int>(lsb_exponent(formats.out, command.o_exponent));
    if (loops::store_integers(narrow_.data(), count, {formats.out, formats.rounding}, lsb, to, stats)) continue;
    results.assign(narrow_.begin(), narrow_.begin() + static_cast<std::ptrdiff_t>(count));
    store(formats, command, first, count, o, stats);
  }
  return true;
}

void FastVector::read_operand(std::int64_t first, std::size_t count, std::vector<double>& values) {
  if (command_->broadcast == 0) return read(y_, first, count, values);
  if (first == 0) read(y_, 0, static_cast<std::size_t>(command_->channels), scale);
  values.resize(count);
  each_channel(first, count, [&](std::size_t begin, std::size_t run, std::size_t channel) {
    std::fill_n(values.begin() + static_cast<std::ptrdiff_t>(begin), run, scale[channel]);
  });
}

void FastVector::read_pair(std::int64_t count) {
  read(y_, 0, static_cast<std::size_t>(count), scale);
  read(t_, count, static_cast<std::size_t>(count), shift);
}

void FastVector::read_codes(const Operand& operand, std::int64_t first, std::size_t count) {
  if (codes_.size() < count) codes_.resize(count);
  const std::int64_t element_bytes = operand.format.storage_bytes();
  loops::widen(operand.bytes.data() + first * element_bytes, static_cast<int>(element_bytes), count, codes_.data());
}

void FastVector::decode(const Operand& operand, std::int64_t offset, std::int64_t stride, std::size_t count, double* values) const {
  if (operand.format.shared_exponent()) {
    loops::decode_integers(codes_.data() + offset, stride, operand.format.bits, std::ldexp(1.0, static_cast<int>(operand.exponent)),
                           count, values);
  } else {
    numerics::decode_reals(operand.format, codes_.data() + offset, stride, static_cast<std::int64_t>(count), values);
  }
}

void FastVector::read(const Operand& operand, std::int64_t first, std::size_t count, std::vector<double>& values) {
  values.resize(count);
  const std::int64_t element_bytes = operand.format.storage_bytes();
  const std::byte* const from = operand.bytes.data() + first * element_bytes;
  if (operand.format == numerics::kBinary32) return numerics::decode_binary32(from, count, values.data());
  if (operand.format.shared_exponent()) {
    return loops::decode_stored_integers(from, static_cast<int>(element_bytes), operand.format.bits,
                                         std::ldexp(1.0, static_cast<int>(operand.exponent)), count, values.data());
  }
  read_codes(operand, first, count);
  decode(operand, 0, 1, count, values.data());
}

void FastVector::store(const VectorFormats& formats, const spec::Vector& command, std::int64_t first, std::size_t count,
                       std::span<std::byte> o, datapath::TileStats& stats) {
  if (command.relu != 0) loops::rectify(results.data(), count);
  const std::int64_t element_bytes = formats.out.storage_bytes();
  std::byte* const to = o.data() + first * element_bytes;
  if (stores_raw(command)) return store_raw(command, count, o.data() + command.raw_bytes * first, stats);
  if (numerics::is_binary32(formats.out, formats.rounding))
    return numerics::encode_binary32(results.data(), count, to, nullptr, stats.events);
  const auto lsb = static_cast<int>(lsb_exponent(formats.out, command.o_exponent));
  if (loops::store_integers(results.data(), count, {formats.out, formats.rounding}, lsb, to, stats)) return;
  const numerics::Quantisation how{.rounding = formats.rounding, .lsb_exponent = static_cast<int>(command.o_exponent)};
  if (formats.rounding == numerics::Rounding::Sr) {
    random_.resize(count);
    numerics::random_run(static_cast<std::uint32_t>(command.seed), static_cast<std::uint32_t>(command.tensor),
                         static_cast<std::uint64_t>(command.first + first), count, random_.data());
  }
  if (codes_.size() < count) codes_.resize(count);
  const std::uint64_t saturations = stats.events.saturation;
  numerics::encode_values(formats.out, how, results.data(), random_.data(), count, codes_.data(), stats.events);
  if (formats.out.shared_exponent()) {
    const loops::MantissaScan scan = loops::scan_mantissas(codes_.data(), formats.out.bits, formats.out.max_mantissa(), count);
    stats.max_abs = std::max(stats.max_abs, static_cast<std::uint64_t>(scan.largest));
    stats.mantissa_overflows += formats.out.family == Family::Flex ? scan.at_limit : stats.events.saturation - saturations;
  }
  loops::narrow(codes_.data(), static_cast<int>(element_bytes), count, to);
}

void FastVector::store_raw(const spec::Vector& command, std::size_t count, std::byte* o, datapath::TileStats& stats) const {
  const auto bytes = static_cast<std::size_t>(command.raw_bytes);
  const std::int64_t most = std::numeric_limits<std::int64_t>::max() >> (64 - 8 * bytes);
  const double beyond = std::ldexp(1.0, static_cast<int>(8 * bytes) - 1);
  const double per_unit = std::ldexp(1.0, -static_cast<int>(command.o_exponent));
  for (std::size_t i = 0; i < count; ++i) {
    const double scaled = results[i] * per_unit, whole = std::nearbyint(scaled);
    std::int64_t stored = 0;
    if (std::isnan(scaled)) {
      ++stats.events.nar;
    } else if (std::fabs(whole) >= beyond) {
      ++stats.events.saturation;
      ++stats.mantissa_overflows;
      if (std::isfinite(results[i])) ++stats.events.inexact;
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
