// SPDX-License-Identifier: Apache-2.0
#include "models/operations/vector_literal.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#include "models/numerics/arithmetic.h"
#include "models/numerics/round_magnitude.h"

namespace binade::operations {

using numerics::Code;
using numerics::Unpacked;

namespace {

std::uint64_t read_bytes(std::span<const std::byte> bytes, std::int64_t index, std::size_t element_bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes.data() + static_cast<std::size_t>(index) * element_bytes, element_bytes);
  return word;
}

template <class Element>
std::vector<double> reals(std::int64_t count, Element element) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < count; ++i) values.push_back(numerics::to_double(element(i)));
  return values;
}

}  // namespace

LiteralVector::LiteralVector(const spec::Vector& command, const Operand& x, const Operand& y, const numerics::FormatSpec& format,
                             numerics::Rounding rounding, std::span<std::byte> o, datapath::TileStats& stats)
    : command_(command), x_(x), y_(y), format_(format), raw_(stores_raw(command)), bytes_(o), stats_(stats) {
  how_.rounding = rounding;
  how_.lsb_exponent = static_cast<int>(command.o_exponent);
}

Unpacked LiteralVector::element(const Operand& operand, std::int64_t index, std::int64_t lsb_exponent) {
  const auto size = static_cast<std::size_t>(operand.format.storage_bytes());
  const auto code = static_cast<Code>(read_bytes(operand.bytes, index, size));
  if (!operand.table.empty()) return operand.table[code & (operand.table.size() - 1)];
  return numerics::decode(operand.format, code, static_cast<int>(lsb_exponent));
}

std::int64_t LiteralVector::raw_x(std::int64_t index) const {
  const std::uint64_t word = read_bytes(x_.bytes, index, static_cast<std::size_t>(command_.raw_bytes));
  return command_.raw_bytes == 4 ? static_cast<std::int32_t>(static_cast<std::uint32_t>(word)) : static_cast<std::int64_t>(word);
}

std::vector<double> LiteralVector::x_reals() const {
  return reals(command_.count, [this](std::int64_t i) { return x(i); });
}
std::vector<double> LiteralVector::s_reals(std::int64_t count) const {
  return reals(count, [this](std::int64_t i) { return y(i); });
}
std::vector<double> LiteralVector::t_reals(std::int64_t count) const {
  return reals(count, [this, count](std::int64_t i) { return t(count + i); });
}

void LiteralVector::put(std::int64_t index, Unpacked value) {
  if (command_.relu && value.negative && !value.is_nan()) value = Unpacked{};
  if (raw_) {
    const std::int64_t stored = raw_integer(value);
    learn_raw(stored);
    // Little-endian: the low bytes are the narrower integer.
    std::memcpy(bytes_.data() + index * command_.raw_bytes, &stored, static_cast<std::size_t>(command_.raw_bytes));
    return;
  }
  if (how_.rounding == numerics::Rounding::Sr) {
    how_.random = numerics::random_bits(static_cast<std::uint32_t>(command_.seed), static_cast<std::uint32_t>(command_.tensor),
                                        static_cast<std::uint64_t>(command_.first + index));
  }
  const std::uint64_t saturations = stats_.events.saturation;
  const Code code = numerics::encode(format_, value, how_, stats_.events);
  if (format_.shared_exponent()) learn_mantissa(code, stats_.events.saturation != saturations);
  const auto size = static_cast<std::size_t>(format_.storage_bytes());
  std::memcpy(bytes_.data() + static_cast<std::size_t>(index) * size, &code, size);
}

// Nearest-even integer in units of 2^o_exponent, clamped to +-(2^31-1) or +-(2^63-1).
std::int64_t LiteralVector::raw_integer(const Unpacked& value) {
  if (value.is_zero()) return 0;
  if (value.is_nan()) {
    ++stats_.events.nar;
    return 0;
  }
  const int magnitude_bits = 8 * static_cast<int>(command_.raw_bytes) - 1;
  const std::int64_t most = std::numeric_limits<std::int64_t>::max() >> (63 - magnitude_bits);
  if (!value.is_finite() || value.scale - how_.lsb_exponent >= magnitude_bits)
    return clamp(value.is_finite(), value.negative ? -most : most);
  const numerics::Cut cut = numerics::cut_at(value, how_.lsb_exponent);
  const std::uint64_t magnitude = numerics::rounded(cut, numerics::Rounding::Rne, value.negative, 0);
  if (magnitude > static_cast<std::uint64_t>(most)) return clamp(true, value.negative ? -most : most);
  if (!cut.exact()) {
    ++stats_.events.inexact;
    if (magnitude == 0) ++stats_.events.underflow;
  }
  return value.negative ? -static_cast<std::int64_t>(magnitude) : static_cast<std::int64_t>(magnitude);
}
std::int64_t LiteralVector::clamp(bool finite, std::int64_t limit) {
  ++stats_.events.saturation;
  ++stats_.mantissa_overflows;
  if (finite) ++stats_.events.inexact;
  return limit;
}
void LiteralVector::learn_raw(std::int64_t stored) {
  const std::uint64_t magnitude = stored < 0 ? 0 - static_cast<std::uint64_t>(stored) : static_cast<std::uint64_t>(stored);
  stats_.max_abs = std::max(stats_.max_abs, magnitude);
  if (magnitude != 0) ++stats_.leading_bit[static_cast<std::size_t>(std::bit_width(magnitude) - 1)];
}
void LiteralVector::learn_mantissa(Code code, bool clamped) {
  const std::int64_t mantissa = numerics::mantissa_of(format_, code);
  const std::int64_t magnitude = mantissa < 0 ? -mantissa : mantissa;
  stats_.max_abs = std::max(stats_.max_abs, static_cast<std::uint64_t>(magnitude));
  const bool overflow = format_.family == numerics::Family::Flex ? magnitude >= format_.max_mantissa() : clamped;
  if (overflow) ++stats_.mantissa_overflows;
}

}  // namespace binade::operations
