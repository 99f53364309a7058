// SPDX-License-Identifier: Apache-2.0
#include "models/operations/vector_ops.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "models/operations/vector_rows.h"
#include "models/numerics/arithmetic.h"
#include "models/numerics/codec.h"
#include "models/numerics/error.h"
#include "models/numerics/round_magnitude.h"
#include "models/numerics/wide_integer.h"

namespace binade::operations {
namespace {

using numerics::Code;
using numerics::Unpacked;
using spec::VectorOp;

std::uint64_t read_bytes(std::span<const std::byte> bytes, std::int64_t index, std::size_t element_bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes.data() + static_cast<std::size_t>(index) * element_bytes, element_bytes);
  return word;
}

// Exponents of every code and intermediate sum stay far inside; posit<32>es4 reaches 2^480.
constexpr int kSumLsbExponent = -768;
constexpr int kSumBits = 1664;

std::uint64_t operations_per_output(const spec::Vector& command) {
  switch (op_of(command)) {
    case VectorOp::Copy:
    case VectorOp::Add:
    case VectorOp::BatchNorm:
    case VectorOp::Requantise:
      return 1;
    case VectorOp::MaxReduce:
      return static_cast<std::uint64_t>(command.length);
    case VectorOp::MeanReduce:
      return static_cast<std::uint64_t>(command.length) + 1;
    case VectorOp::Softmax:
    case VectorOp::Gelu:
      return 4;
    case VectorOp::LayerNorm:
      return 6;
  }
  throw InvariantError("vector: operation escaped decoding");
}

}  // namespace

VectorExtent vector_extent(const numerics::FormatSpec& format, const spec::Vector& command) {
  const std::int64_t element = format.storage_bytes();
  VectorExtent extent;
  extent.x_bytes = command.count * element;
  extent.o_bytes = command.count * (stores_raw(command) ? command.raw_bytes : element);
  extent.operations = static_cast<std::uint64_t>(command.count) * operations_per_output(command);
  switch (op_of(command)) {
    case VectorOp::Add:
      extent.y_bytes = extent.x_bytes;
      break;
    case VectorOp::MaxReduce:
    case VectorOp::MeanReduce:
      extent.x_bytes *= command.length;
      break;
    case VectorOp::BatchNorm:
      extent.y_bytes = 2 * command.channels * element;
      break;
    case VectorOp::LayerNorm:
      extent.y_bytes = 2 * command.length * element;
      break;
    case VectorOp::Requantise:
      extent.x_bytes = command.count * command.raw_bytes;
      break;
    case VectorOp::Copy:
    case VectorOp::Softmax:
    case VectorOp::Gelu:
      break;
  }
  return extent;
}

int raw_result_bits(const numerics::FormatSpec& format, VectorOp op) {
  switch (op) {
    case VectorOp::Add:
      return format.bits + 1;
    case VectorOp::BatchNorm:
      return 2 * format.bits + 1;
    default:
      return 2 * format.bits;
  }
}

int raw_result_bytes(const numerics::FormatSpec& format, VectorOp op) {
  return raw_result_bits(format, op) <= raw_magnitude_bits(4) ? 4 : 8;
}

std::string vector_problem(const numerics::FormatSpec& format, const spec::Vector& d) {
  constexpr std::int64_t kMost = spec::kLargestCount;
  const auto within = [](std::int64_t value, std::int64_t low, std::int64_t high) { return value >= low && value <= high; };
  if (!within(d.op, 0, static_cast<std::int64_t>(VectorOp::Requantise))) return "op is no VECTOR_OP";
  const VectorOp op = op_of(d);
  const bool reduces = op == VectorOp::MaxReduce || op == VectorOp::MeanReduce;
  const bool has_rows = op == VectorOp::Softmax || op == VectorOp::LayerNorm;
  if (!within(d.count, 1, kMost)) return "count is outside 1 .. 2^31";
  if ((reduces || has_rows) && !within(d.length, 1, kMost)) return "length is outside 1 .. 2^31";
  if (reduces && d.count * d.length > spec::kLargestAddress) return "count times length is above 2^48";
  if (has_rows && d.count % d.length != 0) return "count is not a multiple of length";
  if (op == VectorOp::MeanReduce && !within(d.divisor, 1, kMost)) return "divisor is outside 1 .. 2^31";
  if (op == VectorOp::BatchNorm && !(within(d.inner, 1, kMost) && within(d.channels, 1, kMost))) {
    return "inner or channels is outside 1 .. 2^31";
  }
  if (!within(d.first, 0, spec::kLargestAddress)) return "first is outside 0 .. 2^48";
  if (!within(d.relu, 0, 1)) return "relu is neither 0 nor 1";
  if (op == VectorOp::Requantise) {
    if (!format.shared_exponent()) return "Requantise needs a format with a shared exponent";
    if (d.raw_bytes != 4 && d.raw_bytes != 8) return "raw_bytes is neither 4 nor 8";
  } else if (d.raw_bytes != 0 && d.raw_bytes != 4 && d.raw_bytes != 8) {
    return "raw_bytes is none of 0, 4 and 8";
  }
  for (const std::int64_t exponent : {d.x_exponent, d.y_exponent, d.t_exponent, d.o_exponent}) {
    if (!within(exponent, -spec::kFarthestExponent, spec::kFarthestExponent)) return "an exponent is outside -640 .. 640";
  }
  if (!within(d.seed, 0, spec::kLargestWord) || !within(d.tensor, 0, spec::kLargestWord))
    return "seed or tensor is outside 0 .. 2^32-1";
  return {};
}

/// Where results go: ReLU, the one rounding, the stored word and what the exponent unit learns from it.
class VectorArithmetic::Output {
 public:
  Output(const VectorArithmetic& unit, const spec::Vector& command, std::span<std::byte> bytes, datapath::TileStats& stats)
      : format_(unit.format_), command_(command), raw_(stores_raw(command)), bytes_(bytes), stats_(stats) {
    how_.rounding = unit.rounding_;
    how_.lsb_exponent = static_cast<int>(command.o_exponent);
  }

  void put(std::int64_t index, Unpacked value) {
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

 private:
  /// Nearest-even integer in units of 2^o_exponent, clamped to +-(2^31-1) or +-(2^63-1).
  std::int64_t raw_integer(const Unpacked& value) {
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
  std::int64_t clamp(bool finite, std::int64_t limit) {
    ++stats_.events.saturation;
    ++stats_.mantissa_overflows;
    if (finite) ++stats_.events.inexact;
    return limit;
  }
  void learn_raw(std::int64_t stored) {
    const std::uint64_t magnitude = stored < 0 ? 0 - static_cast<std::uint64_t>(stored) : static_cast<std::uint64_t>(stored);
    stats_.max_abs = std::max(stats_.max_abs, magnitude);
    if (magnitude != 0) ++stats_.leading_bit[static_cast<std::size_t>(std::bit_width(magnitude) - 1)];
  }
  void learn_mantissa(Code code, bool clamped) {
    const std::int64_t mantissa = numerics::mantissa_of(format_, code);
    const std::int64_t magnitude = mantissa < 0 ? -mantissa : mantissa;
    stats_.max_abs = std::max(stats_.max_abs, static_cast<std::uint64_t>(magnitude));
    const bool overflow = format_.family == numerics::Family::Flex ? magnitude >= format_.max_mantissa() : clamped;
    if (overflow) ++stats_.mantissa_overflows;
  }

  const numerics::FormatSpec& format_;
  const spec::Vector& command_;
  const bool raw_;
  const std::span<std::byte> bytes_;
  datapath::TileStats& stats_;
  numerics::Quantisation how_;
};

VectorArithmetic::VectorArithmetic(const numerics::FormatSpec& format, numerics::Rounding rounding)
    : format_(format), rounding_(rounding), fast_(format, rounding) {
  if (format.shared_exponent() || format.bits > 16) return;
  table_.resize(std::size_t{1} << format.bits);
  for (std::size_t code = 0; code < table_.size(); ++code) table_[code] = numerics::decode(format, static_cast<Code>(code));
}

Unpacked VectorArithmetic::element(std::span<const std::byte> bytes, std::int64_t index, std::int64_t lsb_exponent) const {
  auto code = static_cast<Code>(read_bytes(bytes, index, static_cast<std::size_t>(format_.storage_bytes())));
  if (!table_.empty()) return table_[code & (table_.size() - 1)];
  return numerics::decode(format_, code, static_cast<int>(lsb_exponent));
}

std::vector<double> VectorArithmetic::reals(std::span<const std::byte> bytes, std::int64_t first, std::int64_t count,
                                            std::int64_t lsb_exponent) const {
  std::vector<double> values;
  for (std::int64_t i = 0; i < count; ++i) values.push_back(numerics::to_double(element(bytes, first + i, lsb_exponent)));
  return values;
}

void VectorArithmetic::run(const spec::Vector& command, std::span<const std::byte> x, std::span<const std::byte> y,
                           std::span<std::byte> o, datapath::TileStats& stats) {
  if (!fast_.run(command, x, y, o, stats)) run_literally(command, x, y, o, stats);
}

void VectorArithmetic::run_literally(const spec::Vector& command, std::span<const std::byte> x, std::span<const std::byte> y,
                                     std::span<std::byte> o, datapath::TileStats& stats) const {
  Output output(*this, command, o, stats);
  switch (op_of(command)) {
    case VectorOp::Copy:
      for (std::int64_t i = 0; i < command.count; ++i) output.put(i, element(x, i, command.x_exponent));
      return;
    case VectorOp::Add:
      for (std::int64_t i = 0; i < command.count; ++i) {
        output.put(i, numerics::add(element(x, i, command.x_exponent), element(y, i, command.y_exponent)));
      }
      return;
    case VectorOp::MaxReduce:
      return max_reduce(command, x, output);
    case VectorOp::MeanReduce:
      return mean_reduce(command, x, output);
    case VectorOp::BatchNorm:
      return batch_norm(command, x, y, output);
    case VectorOp::Softmax:
    case VectorOp::LayerNorm:
    case VectorOp::Gelu: {
      std::vector<double> values = reals(x, 0, command.count, command.x_exponent);
      if (op_of(command) == VectorOp::Softmax) {
        softmax_rows(command.length, values);
      } else if (op_of(command) == VectorOp::LayerNorm) {
        layer_norm_rows(std::bit_cast<double>(command.eps), reals(y, 0, command.length, command.y_exponent),
                        reals(y, command.length, command.length, command.t_exponent), values);
      } else {
        gelu_values(values);
      }
      for (std::int64_t i = 0; i < command.count; ++i) output.put(i, numerics::from_double(values[static_cast<std::size_t>(i)]));
      return;
    }
    case VectorOp::Requantise:
      for (std::int64_t i = 0; i < command.count; ++i) {
        const std::uint64_t word = read_bytes(x, i, static_cast<std::size_t>(command.raw_bytes));
        const std::int64_t raw =
            command.raw_bytes == 4 ? static_cast<std::int32_t>(static_cast<std::uint32_t>(word)) : static_cast<std::int64_t>(word);
        output.put(i, numerics::from_integer(raw, static_cast<int>(command.x_exponent)));
      }
      return;
  }
}

void VectorArithmetic::max_reduce(const spec::Vector& command, std::span<const std::byte> x, Output& output) const {
  for (std::int64_t i = 0; i < command.count; ++i) {
    Unpacked largest = element(x, i * command.length, command.x_exponent);
    for (std::int64_t j = 1; j < command.length && !largest.is_nan(); ++j) {
      const Unpacked candidate = element(x, i * command.length + j, command.x_exponent);
      if (candidate.is_nan() || numerics::compare(candidate, largest) > 0) largest = candidate;
    }
    output.put(i, largest);
  }
}

void VectorArithmetic::mean_reduce(const spec::Vector& command, std::span<const std::byte> x, Output& output) const {
  const Unpacked divisor = numerics::from_integer(command.divisor, 0);
  numerics::WideInteger sum(kSumBits);
  for (std::int64_t i = 0; i < command.count; ++i) {
    sum.clear();
    // Infinities, NaN and signed zeros add as in IEEE 754; finite terms exactly.
    Unpacked outside = element(x, i * command.length, command.x_exponent);
    if (outside.is_finite()) outside = Unpacked{};
    for (std::int64_t j = 0; j < command.length; ++j) {
      Unpacked term = element(x, i * command.length + j, command.x_exponent);
      if (term.is_finite()) {
        sum.add(term.negative, term.significand, term.scale - 63 - kSumLsbExponent);
        term = Unpacked{};
      }
      outside = numerics::add(outside, term);
    }
    const Unpacked total = outside.is_zero() && !sum.is_zero() ? sum.to_unpacked(kSumLsbExponent) : outside;
    output.put(i, numerics::div(total, divisor));
  }
}

void VectorArithmetic::batch_norm(const spec::Vector& command, std::span<const std::byte> x, std::span<const std::byte> y,
                                  Output& output) const {
  std::vector<Unpacked> scale, shift;
  for (std::int64_t c = 0; c < command.channels; ++c) {
    scale.push_back(element(y, c, command.y_exponent));
    shift.push_back(element(y, command.channels + c, command.t_exponent));
  }
  for (std::int64_t i = 0; i < command.count; ++i) {
    const auto c = static_cast<std::size_t>((command.first + i) / command.inner % command.channels);
    output.put(i, numerics::fma(element(x, i, command.x_exponent), scale[c], shift[c]));
  }
}

}  // namespace binade::operations
