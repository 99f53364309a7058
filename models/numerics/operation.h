// SPDX-License-Identifier: Apache-2.0
// Operations on codes as an arithmetic unit does them: one rounding, counted events, and the five exceptions of IEEE 754-2019
// section 7 as flags, which formats that the standard does not know raise alike.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "models/numerics/arithmetic.h"
#include "models/numerics/codec.h"

namespace binade::numerics {

/// When a result counts as below the normal numbers of a float: its exact value is, or what it rounds to with an unbounded
/// exponent.
enum class Tininess : std::uint8_t { Before, After };
std::string_view to_string(Tininess tininess);
Tininess parse_tininess(std::string_view word);  ///< before after; throws InputError

/// Exceptions that one operation signals, as in `fflags` of RISC-V.
struct Flags {
  /// No operand is NaN or NaR and the result is; a signalling NaN is read; inf x 0 of an fma, NaN added to it or not; the target
  /// has no code for an infinity or a NaN that is to be converted to it, and for an infinite result.
  static constexpr std::uint8_t kInvalid = 16;
  static constexpr std::uint8_t kDivideByZero = 8;  ///< a finite number other than zero divided by zero
  static constexpr std::uint8_t kOverflow = 4;      ///< a finite result beyond the largest number, whatever it became
  /// Floats: tiny and inexact. Posits and fixed point: a result other than zero became zero, or was raised to minpos.
  static constexpr std::uint8_t kUnderflow = 2;
  static constexpr std::uint8_t kInexact = 1;

  std::uint8_t bits = 0;
  bool operator==(const Flags&) const = default;
};
/// {NV, DZ, OF, UF, NX}, the first in the highest bit.
inline constexpr std::string_view kFlagNames[] = {"NV", "DZ", "OF", "UF", "NX"};
inline constexpr int kFlagBits = 5;
/// "OF|NX"; "-" of none.
std::string to_string(Flags flags);

struct OperationResult {
  Code code = 0;
  Flags flags;
};

/// The row on operands of one format, rounded once to `to`. Where a format has a shared exponent that its word does not state,
/// codes are integers of LSB 2^how.lsb_exponent.
OperationResult operate(const ArithmeticRow& row, const FormatSpec& from, std::span<const Code> operands, const FormatSpec& to,
                        const Quantisation& how, Tininess tininess, Events& events);

enum class Relation : std::uint8_t { Unordered, Less, Equal, Greater };
inline constexpr std::string_view kRelationWords[] = {"unordered", "lt", "eq", "gt"};
struct Comparison {
  Relation relation = Relation::Unordered;
  Flags flags;  ///< invalid where a signalling NaN is compared
};
/// NaN is unordered with everything. NaR is equal to itself and less than everything else (Posit Standard 2022, 5.3).
Comparison compare_codes(const FormatSpec& format, Code a, Code b);

/// An IEEE NaN whose quiet bit, the fraction's first, is clear.
bool is_signalling(const FormatSpec& format, Code code);

}  // namespace binade::numerics
