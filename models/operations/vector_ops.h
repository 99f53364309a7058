// SPDX-License-Identifier: Apache-2.0
// The vector unit's arithmetic (isa.def, VECTOR_OP): what one Vector descriptor computes, byte for byte, without its time.
// The operations themselves are rows of a table (vector_table.h).
//
// Softmax, LogSoftmax, LayerNorm, Gelu, Sigmoid and Tanh are evaluated in binary64 in index order and rounded once; all others are
// exact with one rounding at the end. ReLU acts before the rounding: negative results and -0 become +0. NaN and NaR propagate, also
// through MaxReduce; in formats without them they become 0, counted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "models/datapath/core.h"
#include "models/operations/vector_fast.h"
#include "models/spec/isa.h"

namespace binade::operations {

/// What a Vector record touches and costs; `operations` of one output element as in vector_rows.h.
struct VectorExtent {
  std::int64_t x_bytes = 0, y_bytes = 0, o_bytes = 0;
  std::uint64_t operations = 0;
};
/// Precondition: vector_problem() is empty.
VectorExtent vector_extent(const VectorFormats& formats, const spec::Vector& command);
/// Where an operation's first pass stores raw integers (formats whose exponent follows from the finished tensor): how many bits its
/// exact result has at equal LSBs, or is to have before the second rounding where it has no end. Of mantissas of Nx, Ny and No bits
/// (a float or a posit counts as 60: its reach is beyond any word): Add and Sub max(Nx, Ny) + 1, Mul Nx + Ny, BatchNorm
/// Nx + Ny + 1 (a product and an addend of the product's LSB), all others Nx + No (as many below as the output has).
int raw_result_bits(const VectorFormats& formats, spec::VectorOp op);
/// The width in which they are stored, from the operation and the formats alone: 4 bytes where raw_magnitude_bits(4) hold the
/// result, else 8. The writer of a record keeps magnitudes within raw_magnitude_bits() of the width by a coarser LSB where it must.
int raw_result_bytes(const VectorFormats& formats, spec::VectorOp op);
constexpr int raw_magnitude_bits(int raw_bytes) { return raw_bytes == 4 ? 30 : 60; }
/// What is wrong with a record's own fields, in words; empty when it can be carried out.
std::string vector_problem(const VectorFormats& formats, const spec::Vector& command);

class VectorArithmetic {
 public:
  /// Carries out `command` on operand bytes laid out as in the scratchpads: operands decode by their own formats, the result is
  /// rounded once to its own. `stats` receives events and, for stored integers,
  /// max |m|, overflows (flex: |m| >= 2^(N-1)-1; otherwise clamped) and, for raw outputs, the leading-bit histogram.
  void run(const VectorFormats& formats, const spec::Vector& command, std::span<const std::byte> x, std::span<const std::byte> y,
           std::span<std::byte> o, datapath::TileStats& stats);
  /// The same element by element: what run() is held to.
  void run_literally(const VectorFormats& formats, const spec::Vector& command, std::span<const std::byte> x,
                     std::span<const std::byte> y, std::span<std::byte> o, datapath::TileStats& stats);

 private:
  std::span<const numerics::Unpacked> table_of(const numerics::FormatSpec& format);

  FastVector fast_;
  /// Decoded codes of the formats that were read literally, of those with an exponent of their own and up to 16 bits.
  struct Table {
    numerics::FormatSpec format;
    std::vector<numerics::Unpacked> values;
  };
  std::deque<Table> tables_;
};

}  // namespace binade::operations
