// SPDX-License-Identifier: Apache-2.0
// The rows of the vector unit's table (vector_table.h): a struct per VECTOR_OP, named as it is.
#pragma once

#include "models/operations/vector_table.h"

namespace binade::operations::vector_rows {

/// Of rows whose fast results are binary64 numbers that need no proof: exact, or defined in binary64.
struct AlwaysInBinary64 {
  static bool in_binary64(const VectorFormats&, const spec::Vector&) { return true; }
};

struct Copy : AlwaysInBinary64 {
  static constexpr VectorTraits kTraits{};
  static void literal(LiteralVector& unit);
  static bool fast(FastVector& unit, std::int64_t first, std::size_t count);
};
struct Add {
  static constexpr VectorTraits kTraits{.second = Second::Operand, .raw_factor = 1, .raw_more = 1};
  static void literal(LiteralVector& unit);
  static bool in_binary64(const VectorFormats& formats, const spec::Vector& command);
  static bool fast(FastVector& unit, std::int64_t first, std::size_t count);
};
struct Sub {
  static constexpr VectorTraits kTraits = Add::kTraits;
  static void literal(LiteralVector& unit);
  static bool in_binary64(const VectorFormats& formats, const spec::Vector& command);
  static bool fast(FastVector& unit, std::int64_t first, std::size_t count);
};
struct Mul {
  static constexpr VectorTraits kTraits{.second = Second::Operand};
  static void literal(LiteralVector& unit);
  static bool in_binary64(const VectorFormats& formats, const spec::Vector& command);
  static bool fast(FastVector& unit, std::int64_t first, std::size_t count);
};
/// One multiply-add.
struct BatchNorm {
  static constexpr VectorTraits kTraits{.second = Second::ChannelPair, .raw_more = 1};
  static void literal(LiteralVector& unit);
  static bool in_binary64(const VectorFormats& formats, const spec::Vector& command);
  static bool fast(FastVector& unit, std::int64_t first, std::size_t count);
};
struct LeakyRelu {
  static constexpr VectorTraits kTraits{.binary64 = 1};
  static void literal(LiteralVector& unit);
  static bool in_binary64(const VectorFormats& formats, const spec::Vector& command);
  static bool fast(FastVector& unit, std::int64_t first, std::size_t count);
};
/// Two comparisons.
struct Clip : AlwaysInBinary64 {
  static constexpr VectorTraits kTraits{.operations = 2, .binary64 = 2};
  static void literal(LiteralVector& unit);
  static bool fast(FastVector& unit, std::int64_t first, std::size_t count);
};
struct Requantise : AlwaysInBinary64 {
  static constexpr VectorTraits kTraits{.raw_input = true};
  static void literal(LiteralVector& unit);
  static bool fast(FastVector& unit, std::int64_t first, std::size_t count);
};

struct MaxReduce : AlwaysInBinary64 {
  static constexpr VectorTraits kTraits{.takes = Takes::Window, .operations = 0};
  static void literal(LiteralVector& unit);
  static bool fast(FastVector& unit, std::int64_t first, std::size_t count);
};
struct MeanReduce {
  static constexpr VectorTraits kTraits{.takes = Takes::Window, .operations = 1, .at_once = true};
  static void literal(LiteralVector& unit);
  static bool in_binary64(const VectorFormats& formats, const spec::Vector& command);
  static bool fast(FastVector& unit, std::int64_t first, std::size_t count);
};

/// Maximum, exponential, sum, quotient.
struct Softmax : AlwaysInBinary64 {
  static constexpr VectorTraits kTraits{.takes = Takes::Row, .operations = 4};
  static void literal(LiteralVector& unit);
  static bool fast(FastVector& unit, std::int64_t first, std::size_t count);
};
/// Maximum, exponential, sum, difference.
struct LogSoftmax : AlwaysInBinary64 {
  static constexpr VectorTraits kTraits{.takes = Takes::Row, .operations = 4};
  static void literal(LiteralVector& unit);
  static bool fast(FastVector& unit, std::int64_t first, std::size_t count);
};
/// Sum, sum of squares, subtract, two products, add.
struct LayerNorm : AlwaysInBinary64 {
  static constexpr VectorTraits kTraits{.takes = Takes::Row, .second = Second::RowPair, .operations = 6};
  static void literal(LiteralVector& unit);
  static bool fast(FastVector& unit, std::int64_t first, std::size_t count);
};
/// Scale, erf, add, product.
struct Gelu : AlwaysInBinary64 {
  static constexpr VectorTraits kTraits{.operations = 4};
  static void literal(LiteralVector& unit);
  static bool fast(FastVector& unit, std::int64_t first, std::size_t count);
};
/// Exponential, add, quotient.
struct Sigmoid : AlwaysInBinary64 {
  static constexpr VectorTraits kTraits{.operations = 3};
  static void literal(LiteralVector& unit);
  static bool fast(FastVector& unit, std::int64_t first, std::size_t count);
};
/// Exponential, add, subtract, quotient.
struct Tanh : AlwaysInBinary64 {
  static constexpr VectorTraits kTraits{.operations = 4};
  static void literal(LiteralVector& unit);
  static bool fast(FastVector& unit, std::int64_t first, std::size_t count);
};

}  // namespace binade::operations::vector_rows
