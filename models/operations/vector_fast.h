// SPDX-License-Identifier: Apache-2.0
// Vector descriptors whose results binary64 holds, exactly or rounded to odd: bits, events and statistics of the literal arithmetic
// (vector_literal.h), in vectors. How: a block of outputs at a time, the row's fast() reads operands and leaves results in
// `results`; store() rectifies, rounds and writes them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "models/datapath/core.h"
#include "models/operations/vector_formats.h"
#include "models/spec/isa.h"

namespace binade::operations {

inline constexpr int kDoubleBits = 53;
/// Of integers in a record: `fixed` has its own, whatever the record says.
inline std::int64_t lsb_exponent(const numerics::FormatSpec& format, std::int64_t given) {
  return format.family == numerics::Family::Fixed ? -format.fraction_bits : given;
}

class FastVector {
 public:
  /// Outputs, or operand elements of reductions, at a time: they stay in the first-level cache.
  static constexpr std::int64_t kBlock = 2048;

  /// False, with nothing done, where that cannot be shown.
  bool run(const VectorFormats& formats, const spec::Vector& command, std::span<const std::byte> x, std::span<const std::byte> y,
           std::span<std::byte> o, datapath::TileStats& stats);

  // What rows work with.
  const spec::Vector& command() const { return *command_; }
  std::span<const std::byte> x_bytes() const { return x_.bytes; }
  void read_x(std::int64_t first, std::size_t count, std::vector<double>& values) { read(x_, first, count, values); }
  /// Elements of the second operand for outputs from `first` on; blocks come in order.
  void read_operand(std::int64_t first, std::size_t count, std::vector<double>& values);
  /// `scale` and `shift` from the `count` elements of s and of t.
  void read_pair(std::int64_t count);
  void read_x_codes(std::int64_t first, std::size_t count) { read_codes(x_, first, count); }
  /// Element i is code offset + i * stride of those read.
  void decode_x(std::int64_t offset, std::int64_t stride, std::size_t count, double* values) const {
    decode(x_, offset, stride, count, values);
  }
  /// visit(begin, count, channel) for the runs of one channel among outputs [first, first + count); begin counts from `first`.
  template <class Visit>
  void each_channel(std::int64_t first, std::size_t count, Visit visit) const {
    const spec::Vector& d = *command_;
    for (std::size_t done = 0; done < count;) {
      const std::int64_t element = d.first + first + static_cast<std::int64_t>(done);
      const auto run = std::min(count - done, static_cast<std::size_t>(d.inner - element % d.inner));
      visit(done, run, static_cast<std::size_t>(element / d.inner % d.channels));
      done += run;
    }
  }

  std::vector<double> results;       ///< of the block
  std::vector<double> one, two;      ///< room for operands
  std::vector<double> scale, shift;  ///< what stays for all blocks

 private:
  struct Operand {
    std::span<const std::byte> bytes;
    numerics::FormatSpec format;
    std::int64_t exponent = 0;
  };

  /// Copies and sums that binary32 holds; false, with nothing done, for all else.
  bool run_in_binary32(const VectorFormats& formats, const spec::Vector& command, std::span<std::byte> o,
                       datapath::TileStats& stats);
  void read_codes(const Operand& operand, std::int64_t first, std::size_t count);
  void decode(const Operand& operand, std::int64_t offset, std::int64_t stride, std::size_t count, double* values) const;
  void read(const Operand& operand, std::int64_t first, std::size_t count, std::vector<double>& values);
  void store(const VectorFormats& formats, const spec::Vector& command, std::int64_t first, std::size_t count,
             std::span<std::byte> o, datapath::TileStats& stats);
  void store_raw(const spec::Vector& command, std::size_t count, std::byte* o, datapath::TileStats& stats) const;

  const spec::Vector* command_ = nullptr;  ///< of the run in progress
  Operand x_, y_, t_;
  std::vector<numerics::Code> codes_;
  std::vector<std::uint32_t> random_;
  std::vector<float> narrow_, narrow_second_;
};

}  // namespace binade::operations
