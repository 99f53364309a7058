// SPDX-License-Identifier: Apache-2.0
// What a Windows record (isa.def) computes, byte for byte, without its time: windows over planes, whose results the vector unit's
// arithmetic rounds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "models/datapath/core.h"
#include "models/operations/vector_ops.h"
#include "models/operations/window_record.h"

namespace binade::operations {

/// The bytes that a record reads and writes, as many as window_extent() says.
struct WindowBytes {
  std::span<const std::byte> x;
  std::span<const std::byte> indices;  ///< ToChosen: read
  std::span<std::byte> out;
  std::span<std::byte> places;  ///< Maximum: the indices, written
};

/// Some planes of a record, which are a record, and their bytes.
struct WindowPlanes {
  spec::Windows record;
  WindowBytes bytes;
};
/// Planes `first` to `first` + `count` - 1: what the whole record computes of them, statistics included, which add up.
WindowPlanes planes_of(const VectorFormats& formats, const spec::Windows& record, const WindowBytes& bytes, std::int64_t first,
                       std::int64_t count);

class WindowArithmetic {
 public:
  /// Statistics of the output, as of a Vector. An index that says no pixel of its window gives its element to none: returns how
  /// many there were. Precondition: the record has no problem.
  std::int64_t run(const VectorFormats& formats, const spec::Windows& record, const WindowBytes& bytes, datapath::TileStats& stats);
  /// The same element by element, as the definition reads: what run() is held to.
  static std::int64_t run_literally(const VectorFormats& formats, const spec::Windows& record, const WindowBytes& bytes,
                                    datapath::TileStats& stats);

 private:
  void maxima(const VectorFormats& formats, const spec::Windows& record, const WindowBytes& bytes, datapath::TileStats& stats);
  /// Where every pixel gets from one window at most, and all divisors are alike.
  std::int64_t apart(const VectorFormats& formats, const spec::Windows& record, const WindowBytes& bytes,
                     datapath::TileStats& stats);

  /// Where pixels get from several windows: some planes at a time.
  std::int64_t together(const VectorFormats& formats, const spec::Windows& record, const WindowBytes& bytes,
                        datapath::TileStats& stats);

  VectorArithmetic vector_;
  std::vector<numerics::Code> codes_, to_, positions_;
  std::vector<double> values_;
  std::vector<std::byte> stored_;
};

}  // namespace binade::operations
