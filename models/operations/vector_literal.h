// SPDX-License-Identifier: Apache-2.0
// One Vector descriptor carried out element by element: how rows of the table read operands and put results.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "models/datapath/core.h"
#include "models/numerics/codec.h"
#include "models/spec/isa.h"

namespace binade::operations {

class LiteralVector {
 public:
  /// The elements of an operand's scratchpad. `table`: decoded codes of the format, or empty.
  struct Operand {
    const numerics::FormatSpec& format;
    std::span<const numerics::Unpacked> table;
    std::span<const std::byte> bytes;
  };
  LiteralVector(const spec::Vector& command, const Operand& x, const Operand& y, const numerics::FormatSpec& format,
                numerics::Rounding rounding, std::span<std::byte> o, datapath::TileStats& stats);

  const spec::Vector& command() const { return command_; }
  numerics::Unpacked x(std::int64_t index) const { return element(x_, index, command_.x_exponent); }
  /// Element of scratchpad B at the exponent of y or s, or of t.
  numerics::Unpacked y(std::int64_t index) const { return element(y_, index, command_.y_exponent); }
  numerics::Unpacked t(std::int64_t index) const { return element(y_, index, command_.t_exponent); }
  /// The second operand of output `index`.
  numerics::Unpacked operand(std::int64_t index) const { return y(command_.broadcast != 0 ? channel(index) : index); }
  std::int64_t channel(std::int64_t index) const { return (command_.first + index) / command_.inner % command_.channels; }
  /// Raw integer `index` of x.
  std::int64_t raw_x(std::int64_t index) const;
  /// Elements of x, and of s and t in binary64.
  std::vector<double> x_reals() const;
  std::vector<double> s_reals(std::int64_t count) const;
  std::vector<double> t_reals(std::int64_t count) const;

  /// ReLU, the one rounding, the stored word and what the exponent unit learns from it.
  void put(std::int64_t index, numerics::Unpacked value);

 private:
  static numerics::Unpacked element(const Operand& operand, std::int64_t index, std::int64_t lsb_exponent);
  std::int64_t raw_integer(const numerics::Unpacked& value);
  std::int64_t clamp(bool finite, std::int64_t limit);
  void learn_raw(std::int64_t stored);
  void learn_mantissa(numerics::Code code, bool clamped);

  const spec::Vector& command_;
  const Operand x_, y_;
  const numerics::FormatSpec& format_;  ///< of the output
  const bool raw_;
  const std::span<std::byte> bytes_;
  datapath::TileStats& stats_;
  numerics::Quantisation how_;
};

}  // namespace binade::operations
