// SPDX-License-Identifier: Apache-2.0
// Runs of elements of a Windows record rounded by the vector unit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "models/operations/vector_ops.h"
#include "models/operations/window_record.h"

namespace binade::operations {

class WindowRounding {
 public:
  /// All outlive it.
  WindowRounding(VectorArithmetic& vector, const VectorFormats& formats, const spec::Windows& record, datapath::TileStats& stats)
      : vector_(vector), formats_(formats), record_(record), stats_(stats) {}

  ElementFormat result() const { return {formats_.out, formats_.rounding}; }

  struct Operand {
    numerics::FormatSpec format;
    std::int64_t exponent = 0;
    std::span<const std::byte> bytes;
  };
  Operand x(std::span<const std::byte> codes) const { return {formats_.x, record_.x_exponent, codes}; }

  /// Elements from `first` of the record's outputs on, each `length` of x over a divisor, to `to`.
  void mean(std::int64_t length, std::int64_t divisor, const Operand& x, const ElementFormat& to, std::int64_t first,
            std::int64_t count, std::span<std::byte> out) {
    const bool copy = length == 1 && divisor == 1;
    spec::Vector vector = of(copy ? spec::VectorOp::Copy : spec::VectorOp::MeanReduce, to, first, count);
    vector.length = length;
    vector.divisor = divisor;
    vector.x_exponent = x.exponent;
    vector_.run({x.format, x.format, to}, vector, x.bytes, {}, out, stats_);
  }
  /// x + y, all in format `to`, which has no shared exponent.
  void add(std::span<const std::byte> x, std::span<const std::byte> y, const ElementFormat& to, std::int64_t first,
           std::int64_t count, std::span<std::byte> out) {
    vector_.run({to.format, to.format, to}, of(spec::VectorOp::Add, to, first, count), x, y, out, stats_);
  }
  /// What the record says of every rounding to `to`.
  spec::Vector of(spec::VectorOp op, const ElementFormat& to, std::int64_t first, std::int64_t count) const {
    spec::Vector vector;
    vector.op = static_cast<std::int64_t>(op);
    vector.count = count;
    vector.length = vector.divisor = vector.inner = vector.channels = 1;
    vector.first = record_.first + first;
    vector.o_exponent = to.format.shared_exponent() ? record_.o_exponent : 0;
    vector.raw_bytes = record_.raw_bytes;
    vector.seed = record_.seed;
    vector.tensor = record_.tensor;
    return vector;
  }
  datapath::TileStats& stats() const { return stats_; }
  const spec::Windows& record() const { return record_; }
  const VectorFormats& formats() const { return formats_; }

 private:
  VectorArithmetic& vector_;
  const VectorFormats& formats_;
  const spec::Windows& record_;
  datapath::TileStats& stats_;
};

}  // namespace binade::operations
