// SPDX-License-Identifier: Apache-2.0
#include "models/operations/vector_ops.h"

#include <bit>
#include <cmath>

#include "models/numerics/codec.h"
#include "models/operations/vector_literal.h"
#include "models/operations/vector_table.h"

namespace binade::operations {

using numerics::Code;
using spec::VectorOp;

VectorExtent vector_extent(const numerics::FormatSpec& format, const spec::Vector& command) {
  const VectorTraits& row = vector_row(op_of(command)).traits;
  const std::int64_t element = format.storage_bytes();
  const bool window = row.takes == Takes::Window;
  VectorExtent extent;
  extent.x_bytes = command.count * (row.raw_input ? command.raw_bytes : element) * (window ? command.length : 1);
  extent.o_bytes = command.count * (stores_raw(command) ? command.raw_bytes : element);
  extent.operations =
      static_cast<std::uint64_t>(command.count) * static_cast<std::uint64_t>((window ? command.length : 0) + row.operations);
  switch (row.second) {
    case Second::None:
      break;
    case Second::Operand:
      extent.y_bytes = (command.broadcast != 0 ? command.channels : command.count) * element;
      break;
    case Second::ChannelPair:
      extent.y_bytes = 2 * command.channels * element;
      break;
    case Second::RowPair:
      extent.y_bytes = 2 * command.length * element;
      break;
  }
  return extent;
}

int raw_result_bits(const numerics::FormatSpec& format, VectorOp op) {
  const VectorTraits& row = vector_row(op).traits;
  return row.raw_factor * format.bits + row.raw_more;
}

int raw_result_bytes(const numerics::FormatSpec& format, VectorOp op) {
  return raw_result_bits(format, op) <= raw_magnitude_bits(4) ? 4 : 8;
}

std::string vector_problem(const numerics::FormatSpec& format, const spec::Vector& d) {
  constexpr std::int64_t kMost = spec::kLargestCount;
  const auto within = [](std::int64_t value, std::int64_t low, std::int64_t high) { return value >= low && value <= high; };
  if (!within(d.op, 0, static_cast<std::int64_t>(vector_row_count()) - 1)) return "op is no VECTOR_OP";
  const VectorTraits& row = vector_row(op_of(d)).traits;
  const bool reduces = row.takes == Takes::Window, has_rows = row.takes == Takes::Row;
  if (!within(d.count, 1, kMost)) return "count is outside 1 .. 2^31";
  if ((reduces || has_rows) && !within(d.length, 1, kMost)) return "length is outside 1 .. 2^31";
  if (reduces && d.count * d.length > spec::kLargestAddress) return "count times length is above 2^48";
  if (has_rows && d.count % d.length != 0) return "count is not a multiple of length";
  if (op_of(d) == VectorOp::MeanReduce && !within(d.divisor, 1, kMost)) return "divisor is outside 1 .. 2^31";
  if (row.second == Second::Operand && !within(d.broadcast, 0, 1)) return "broadcast is neither 0 nor 1";
  const bool by_channel = row.second == Second::ChannelPair || (row.second == Second::Operand && d.broadcast == 1);
  if (by_channel && !(within(d.inner, 1, kMost) && within(d.channels, 1, kMost))) return "inner or channels is outside 1 .. 2^31";
  const double alpha = std::bit_cast<double>(d.alpha), beta = std::bit_cast<double>(d.beta);
  if (row.binary64 >= 1 && !std::isfinite(alpha)) return "alpha is not finite";
  if (row.binary64 >= 2 && !(std::isfinite(beta) && beta >= alpha)) return "beta is not finite, or below alpha";
  if (!within(d.first, 0, spec::kLargestAddress)) return "first is outside 0 .. 2^48";
  if (!within(d.relu, 0, 1)) return "relu is neither 0 nor 1";
  if (row.raw_input) {
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

VectorArithmetic::VectorArithmetic(const numerics::FormatSpec& format, numerics::Rounding rounding)
    : format_(format), rounding_(rounding), fast_(format, rounding) {
  if (format.shared_exponent() || format.bits > 16) return;
  table_.resize(std::size_t{1} << format.bits);
  for (std::size_t code = 0; code < table_.size(); ++code) table_[code] = numerics::decode(format, static_cast<Code>(code));
}

void VectorArithmetic::run(const spec::Vector& command, std::span<const std::byte> x, std::span<const std::byte> y,
                           std::span<std::byte> o, datapath::TileStats& stats) {
  if (!fast_.run(command, x, y, o, stats)) run_literally(command, x, y, o, stats);
}

void VectorArithmetic::run_literally(const spec::Vector& command, std::span<const std::byte> x, std::span<const std::byte> y,
                                     std::span<std::byte> o, datapath::TileStats& stats) const {
  LiteralVector unit(format_, rounding_, table_, command, x, y, o, stats);
  vector_row(op_of(command)).literal(unit);
}

}  // namespace binade::operations
