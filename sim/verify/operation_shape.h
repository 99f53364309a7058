// SPDX-License-Identifier: Apache-2.0
// Arithmetic units, whoever wrote them: add sub mul div fma sqrt convert compare, as pins, golden results and coverage classes.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "models/numerics/operation.h"
#include "sim/verify/codec_pins.h"
#include "sim/verify/pins.h"
#include "sim/verify/unit.h"

namespace binade::verify {

inline constexpr std::size_t kRoundings = 7;  ///< of numerics::Rounding, each the number that rounding_i has
/// Operands that are together as wide run through every code.
inline constexpr int kMostExhaustiveOperandBits = 24;

struct OperationShape {
  const numerics::ArithmeticRow* row = nullptr;  ///< null: compare
  numerics::FormatSpec from, to;
  numerics::Tininess tininess = numerics::Tininess::After;
  std::size_t operands = 2;

  std::array<std::size_t, numerics::kMostOperands> operand_pins{};
  std::size_t rounding = kNoPin, random = kNoPin;
  std::size_t result = 0, events = kNoPin, flags = 0;

  std::vector<numerics::Rounding> roundings;  ///< that vectors go through; a comparison has none

  std::size_t modes() const { return std::max<std::size_t>(roundings.size(), 1); }
  numerics::Rounding mode(std::uint64_t index) const { return roundings.empty() ? numerics::Rounding{} : roundings[index]; }
};

using OperandCodes = std::array<numerics::Code, numerics::kMostOperands>;

/// What a vector exercised.
enum class OperationClass : std::uint8_t {
  Unordered,
  Less,
  Equal,
  Greater,
  Zero,          ///< the exact result
  Special,       ///< NaN, NaR, infinity
  Cancellation,  ///< a sum that has lost half of its leading bits, and is not zero
  FarApart,      ///< a sum with a term below the result's last place
  Invalid,
  DivideByZero,
  Overflow,
  Underflow,
  FirstOfModes
};
/// Four of each mode: exact; inexact before, at and behind the point where rounding to nearest turns.
inline constexpr std::size_t kPlacesOfMode = 4;
inline std::size_t class_of_place(numerics::Rounding mode, std::size_t place) {
  return static_cast<std::size_t>(OperationClass::FirstOfModes) + static_cast<std::size_t>(mode) * kPlacesOfMode + place;
}
std::vector<std::string> operation_classes(const OperationShape& shape);

struct GoldenOperation {
  numerics::Code result = 0;
  numerics::Flags flags;
  numerics::Events events;
};
GoldenOperation golden(const OperationShape& shape, const OperandCodes& codes, numerics::Rounding rounding, std::uint32_t random);
/// The exact result before its rounding. Not of compare.
numerics::Unpacked exact_result(const OperationShape& shape, const OperandCodes& codes, numerics::Rounding rounding);
/// Indices into operation_classes() that the operation hits.
std::vector<std::size_t> classes_of(const OperationShape& shape, const OperandCodes& codes, numerics::Rounding rounding,
                                    const GoldenOperation& result);

/// Vectors of a corner run: every pair of corner codes (triples of fewer), and as many that lead to a corner of the result.
std::uint64_t corner_operations(const OperationShape& shape);
/// Zero where there are too many.
std::uint64_t exhaustive_operations(const OperationShape& shape);
std::unique_ptr<Stimulus> make_operation_stimulus(const OperationShape& shape, const Block& block);

}  // namespace binade::verify
