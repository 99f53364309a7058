// SPDX-License-Identifier: Apache-2.0
// The table of the vector unit: one row per VECTOR_OP of isa.def, with what it reads and costs and its two evaluations. An
// operation of the list without its struct and functions in vector_rows.h does not compile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "models/operations/vector_formats.h"
#include "models/spec/isa.h"

namespace binade::operations {

class LiteralVector;
class FastVector;

/// What of x one output is made from: its own element, `length` elements of its own, or the row of `length` that it is in.
enum class Takes : std::uint8_t { Element, Window, Row };
/// What lies in scratchpad B: nothing, a second operand (an element per output, or broadcast), or s and t with an element per
/// channel or per position in a row.
enum class Second : std::uint8_t { None, Operand, ChannelPair, RowPair };

/// What a row says of itself.
struct VectorTraits {
  Takes takes = Takes::Element;
  Second second = Second::None;
  int operations = 1;  ///< of one output element; of a window beside one for each of its elements
  int binary64 = 0;    ///< constants of the record that it uses: alpha, beta
  /// Bits of the exact result on mantissas of equal LSBs, or what it is to have where it has no end: of factor 1 the wider
  /// operand's, of factor 2 those of both operands, or of x and as many as the output has below; and `more`.
  int raw_factor = 2, raw_more = 0;
  bool raw_input = false;  ///< x is raw integers of raw_bytes, in formats with a shared exponent
  bool at_once = false;    ///< fast() makes all outputs in one call, or none
};

struct VectorRow {
  std::string_view name;
  VectorTraits traits;
  /// Element by element: the meaning of the operation.
  void (*literal)(LiteralVector& unit);
  /// Whether the fast results, in binary64, are exact or rounded to odd with bits to spare for the stored word.
  bool (*in_binary64)(const VectorFormats& formats, const spec::Vector& command);
  /// Results [first, first + count) in binary64; false: only the literal evaluation serves.
  bool (*fast)(FastVector& unit, std::int64_t first, std::size_t count);
};

std::size_t vector_row_count();
/// Precondition: the code is one of VECTOR_OP's.
const VectorRow& vector_row(spec::VectorOp op);

}  // namespace binade::operations
