// SPDX-License-Identifier: Apache-2.0
// Vector descriptors whose results binary64 holds, exactly or rounded to odd: bits, events and statistics of the literal arithmetic
// (vector_ops.h), in vectors.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "models/datapath/core.h"
#include "models/spec/isa.h"

namespace binade::operations {

class FastVectorArithmetic {
 public:
  FastVectorArithmetic(const numerics::FormatSpec& format, numerics::Rounding rounding) : format_(format), rounding_(rounding) {}

  /// False, with nothing done, where that cannot be shown.
  bool run(const spec::Vector& command, std::span<const std::byte> x, std::span<const std::byte> y, std::span<std::byte> o,
           datapath::TileStats& stats);

 private:
  struct Operand {
    std::span<const std::byte> bytes;
    std::int64_t exponent;
  };

  bool serves(const spec::Vector& command) const;
  bool raw_is_exact(const spec::Vector& command) const;
  void read_codes(const Operand& operand, std::int64_t first, std::size_t count);
  /// Element i is code i * stride of those read.
  void decode(const Operand& operand, std::int64_t offset, std::int64_t stride, std::size_t count, double* values) const;
  void read(const Operand& operand, std::int64_t first, std::size_t count, std::vector<double>& values);
  void results_of(const spec::Vector& command, const Operand& x, const Operand& y, std::int64_t first, std::size_t count);
  void batch_norm(const spec::Vector& command, std::int64_t first, std::size_t count);
  void requantise(const spec::Vector& command, const Operand& x, std::int64_t first, std::size_t count);
  bool means(const spec::Vector& command, const Operand& x);
  void store(const spec::Vector& command, std::int64_t first, std::size_t count, std::span<std::byte> o,
             datapath::TileStats& stats);
  void store_raw(const spec::Vector& command, std::size_t count, std::byte* o, datapath::TileStats& stats) const;

  const numerics::FormatSpec format_;
  const numerics::Rounding rounding_;
  std::vector<numerics::Code> codes_;
  std::vector<double> results_, one_, two_, scale_, shift_;
  std::vector<std::uint32_t> random_;
};

}  // namespace binade::operations
