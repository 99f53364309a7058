// SPDX-License-Identifier: Apache-2.0
// The implementations behind make_accumulator(), one per policy, and what they share.
#pragma once

#include "models/numerics/accumulator.h"
#include "models/numerics/bound.h"
#include "models/numerics/uint128.h"

namespace binade::numerics {

/// The format with its mantissas as values: a shared-exponent format in units of its LSBs.
inline FormatSpec in_output_lsbs(FormatSpec format) {
  if (format.family == Family::Fixed) format = {Family::Dfp, format.bits, 0, 0, Specials::None};
  return format;
}

/// The factors likewise; the output too, which is then counted in output LSBs.
inline OperandFormats in_lsbs(const OperandFormats& f) { return {in_output_lsbs(f.a), in_output_lsbs(f.b), in_output_lsbs(f.out)}; }

/// A finite value times 2^exponent.
inline Unpacked scaled(Unpacked value, int exponent) {
  value.scale += exponent;
  return value;
}

/// `relu` of Accumulator::result: what has a negative sign, -0 and -Inf included, becomes +0.
inline Unpacked rectified(const Unpacked& value, bool relu) { return relu && value.negative ? Unpacked{} : value; }

/// A rounding that is not the output's: `inexact` is not counted.
inline Code encode_step(const FormatSpec& format, const Unpacked& value, const Quantisation& how, Events& events) {
  const std::uint64_t inexact = events.inexact;
  const Code code = encode(format, value, how, events);
  events.inexact = inexact;
  return code;
}

/// Bits [first, first + width) of a state, width <= 128.
inline void put_bits(std::span<std::uint64_t> words, int first, int width, Int128 value) {
  BINADE_BOUND(width <= 128 && static_cast<std::size_t>(first + width + 63) / 64 <= words.size());
  for (int bit = 0; bit < width; ++bit) {
    if ((value >> bit & 1) != 0) words[static_cast<std::size_t>((first + bit) / 64)] |= std::uint64_t{1} << ((first + bit) % 64);
  }
}
/// The same bits as a two's-complement integer.
inline Int128 signed_bits(std::span<const std::uint64_t> words, int first, int width) {
  BINADE_BOUND(width >= 1 && width <= 128 && static_cast<std::size_t>(first + width + 63) / 64 <= words.size());
  const auto bit_at = [&](int bit) { return words[static_cast<std::size_t>(bit / 64)] >> (bit % 64) & 1; };
  Int128 value = bit_at(first + width - 1) != 0 ? -1 : 0;
  for (int bit = first + width - 1; bit >= first; --bit) value = value * 2 + static_cast<int>(bit_at(bit));
  return value;
}

/// Weight of the accumulator's LSB (value; product LSBs where the exponent is shared) and full width of the `exact` policy.
struct ExactRegister {
  int lsb_exponent = 0;
  int full_bits = 0;
};
ExactRegister exact_register(const OperandFormats& formats);
/// Where a bias may be: the weight of its least bit, and the exponent of a power of two above every magnitude. Not of integers.
struct ValueSpan {
  int lsb_exponent = 0;
  int top_exponent = 0;
};
ValueSpan value_span(const FormatSpec& format);
/// Bits of the significands of a format's values, the hidden one included, or of its mantissas; of the longest, where they differ.
int significand_bits(const FormatSpec& format);
/// Bits that `exact` keeps below the register for a bias of the output's format that is finer than every product. Not of integers.
int bias_fraction_bits(const OperandFormats& formats);

std::unique_ptr<Accumulator> make_exact(const OperandFormats& formats, const AccumulateSpec& spec, int product_shift,
                                        int bias_shift);
std::unique_ptr<Accumulator> make_blocked(const OperandFormats& formats, const AccumulateSpec& spec, int product_shift,
                                          int bias_shift);
std::unique_ptr<Accumulator> make_serial(const OperandFormats& formats, const AccumulateSpec& spec, int product_shift,
                                         int bias_shift);
std::unique_ptr<Accumulator> make_fp32(const OperandFormats& formats, const AccumulateSpec& spec, int product_shift,
                                       int bias_shift);
std::unique_ptr<Accumulator> make_chained(const OperandFormats& formats, const AccumulateSpec& spec, int product_shift,
                                          int bias_shift);

}  // namespace binade::numerics
