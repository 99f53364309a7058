// SPDX-License-Identifier: Apache-2.0
// One side of a matrix product as a kernel reads it: rows of A, or columns of B, of K elements each, in the form that the kernel
// computes with. Who holds the tensor decides how it is kept, as codes or decoded once, and how its rows lie in it.
#pragma once

#include <cstdint>

#include "models/numerics/format_spec.h"

namespace binade::kernels {

/// What a kernel reads of its operands; whatever it reads, it may ask for codes as well.
enum class OperandForm : std::uint8_t {
  Codes,
  Mantissas,  ///< integers of at most 16 bits
  Values      ///< binary64; of formats with a shared exponent, integers in LSBs
};

/// Rows are counted from the tile's first; threads may read side by side.
class OperandRows {
 public:
  virtual ~OperandRows() = default;
  /// The codes of a row: in the operand's own memory, or copied to `buffer`, which has room for them.
  virtual const numerics::Code* codes(std::int64_t row, numerics::Code* buffer) const = 0;
  virtual void mantissas(std::int64_t row, std::int16_t* to) const = 0;
  virtual void values(std::int64_t row, double* to) const = 0;
  /// The same of a format that fits_binary32().
  virtual void values(std::int64_t row, float* to) const = 0;
};

/// Codes in memory.
class CodeRows final : public OperandRows {
 public:
  /// Element j of row first + i is codes[i * row_step + j * k_step], j < k.
  CodeRows(const numerics::FormatSpec& format, const numerics::Code* codes, std::int64_t first, std::int64_t k,
           std::int64_t row_step, std::int64_t k_step)
      : format_(format), codes_(codes), first_(first), k_(k), row_step_(row_step), k_step_(k_step) {}
  /// Rows of k codes, one after another.
  CodeRows(const numerics::FormatSpec& format, const numerics::Code* codes, std::int64_t first, std::int64_t k)
      : CodeRows(format, codes, first, k, k, 1) {}

  const numerics::Code* codes(std::int64_t row, numerics::Code* buffer) const override;
  void mantissas(std::int64_t row, std::int16_t* to) const override;
  void values(std::int64_t row, double* to) const override;
  void values(std::int64_t row, float* to) const override;

 private:
  const numerics::Code* at(std::int64_t row) const { return codes_ + (row - first_) * row_step_; }

  numerics::FormatSpec format_;
  const numerics::Code* codes_;
  std::int64_t first_, k_, row_step_, k_step_;
};

/// The decoded forms of codes[i * step], i < count.
void decode_mantissas(const numerics::FormatSpec& format, const numerics::Code* codes, std::int64_t step, std::int64_t count,
                      std::int16_t* mantissas);
void decode_values(const numerics::FormatSpec& format, const numerics::Code* codes, std::int64_t step, std::int64_t count,
                   double* values);
/// Of a format that fits_binary32().
void decode_values(const numerics::FormatSpec& format, const numerics::Code* codes, std::int64_t step, std::int64_t count,
                   float* values);

/// Whether binary32 holds every value, or integer in LSBs, of the format.
bool fits_binary32(const numerics::FormatSpec& format);

}  // namespace binade::kernels
