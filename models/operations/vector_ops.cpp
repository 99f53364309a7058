// SPDX-License-Identifier: Apache-2.0
#include "models/operations/vector_ops.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "models/numerics/codec.h"
#include "models/operations/vector_literal.h"
#include "models/operations/vector_table.h"

namespace binade::operations {

using numerics::Code;
using spec::VectorOp;

VectorExtent vector_extent(const VectorFormats& formats, const spec::Vector& command) {
  const VectorTraits& row = vector_row(op_of(command)).traits;
  const std::int64_t y_element = formats.y.storage_bytes();
  const bool window = row.takes == Takes::Window;
  VectorExtent extent;
  extent.x_bytes = command.count * (row.raw_input ? command.raw_bytes : formats.x.storage_bytes()) * (window ? command.length : 1);
  extent.o_bytes = command.count * (stores_raw(command) ? command.raw_bytes : formats.out.storage_bytes());
  extent.operations =
      static_cast<std::uint64_t>(command.count) * static_cast<std::uint64_t>((window ? command.length : 0) + row.operations);
  switch (row.second) {
    case Second::None:
      break;
    case Second::Operand:
      extent.y_bytes = (command.broadcast != 0 ? command.channels : command.count) * y_element;
      break;
    case Second::ChannelPair:
      extent.y_bytes = 2 * command.channels * y_element;
      break;
    case Second::RowPair:
      extent.y_bytes = 2 * command.length * y_element;
      break;
  }
  return extent;
}

int raw_result_bits(const VectorFormats& formats, VectorOp op) {
  const VectorTraits& row = vector_row(op).traits;
  // What floats and posits reach is beyond any word: 8 bytes.
  const auto bits = [](const numerics::FormatSpec& operand) {
    return operand.shared_exponent() ? operand.bits : raw_magnitude_bits(8);
  };
  const int x = bits(formats.x), y = bits(formats.y);
  const bool two = row.second == Second::Operand || row.second == Second::ChannelPair;
  if (row.raw_factor == 1) return (two ? std::max(x, y) : x) + row.raw_more;
  return x + (two ? y : formats.out.bits) + row.raw_more;
}

int raw_result_bytes(const VectorFormats& formats, VectorOp op) {
  return raw_result_bits(formats, op) <= raw_magnitude_bits(4) ? 4 : 8;
}

std::string vector_problem(const VectorFormats& formats, const spec::Vector& d) {
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
    if (!formats.out.shared_exponent()) return "Requantise needs a format with a shared exponent";
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

std::span<const numerics::Unpacked> VectorArithmetic::table_of(const numerics::FormatSpec& format) {
  if (format.shared_exponent() || format.bits > 16) return {};
  const auto known = std::find_if(tables_.begin(), tables_.end(), [&](const Table& table) { return table.format == format; });
  if (known != tables_.end()) return known->values;
  Table& table = tables_.emplace_back(Table{format, std::vector<numerics::Unpacked>(std::size_t{1} << format.bits)});
  for (std::size_t code = 0; code < table.values.size(); ++code)
    table.values[code] = numerics::decode(format, static_cast<Code>(code));
  return table.values;
}

void VectorArithmetic::run(const VectorFormats& formats, const spec::Vector& command, std::span<const std::byte> x,
                           std::span<const std::byte> y, std::span<std::byte> o, datapath::TileStats& stats) {
  if (!fast_.run(formats, command, x, y, o, stats)) run_literally(formats, command, x, y, o, stats);
}

void VectorArithmetic::run_literally(const VectorFormats& formats, const spec::Vector& command, std::span<const std::byte> x,
                                     std::span<const std::byte> y, std::span<std::byte> o, datapath::TileStats& stats) {
  const VectorRow& row = vector_row(op_of(command));
  const auto read = [&](const numerics::FormatSpec& format, bool is_read, std::span<const std::byte> bytes) {
    return LiteralVector::Operand{format, is_read ? table_of(format) : std::span<const numerics::Unpacked>(), bytes};
  };
  LiteralVector unit(command, read(formats.x, !row.traits.raw_input, x), read(formats.y, row.traits.second != Second::None, y),
                     formats.out, formats.rounding, o, stats);
  row.literal(unit);
}

}  // namespace binade::operations
