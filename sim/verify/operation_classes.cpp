// SPDX-License-Identifier: Apache-2.0
// Golden results of arithmetic units, and the classes that a vector hits. A class that no operands of the formats can reach has no
// name and is not reported.
#include <fmt/format.h>

#include <algorithm>

#include "sim/verify/boundaries.h"
#include "sim/verify/codes.h"
#include "sim/verify/operation_shape.h"

namespace binade::verify {

using numerics::Family;
using numerics::FormatSpec;
using numerics::Rounding;
using numerics::Unpacked;

namespace {

constexpr std::array<std::string_view, static_cast<std::size_t>(OperationClass::FirstOfModes)> kNames{
    "unordered", "less", "equal", "greater", "exact zero", "special", "cancellation", "terms far apart", "NV", "DZ", "OF", "UF"};
constexpr std::array<std::string_view, kPlacesOfMode> kPlaces{"exact", "below the boundary", "tie", "above the boundary"};

std::size_t index_of(OperationClass one) { return static_cast<std::size_t>(one); }

struct Exact {
  std::array<Unpacked, numerics::kMostOperands> x;
  Unpacked result;
};
Exact exact_of(const OperationShape& shape, const OperandCodes& codes, Rounding rounding) {
  Exact exact;
  for (std::size_t i = 0; i < shape.operands; ++i) exact.x[i] = numerics::decode(shape.from, codes[i]);
  exact.result = numerics::evaluate(*shape.row, std::span(exact.x).first(shape.operands), rounding);
  return exact;
}

/// Where a finite result lies between two codes: an index of kPlaces; nothing outside the range.
std::optional<std::size_t> place_of(const FormatSpec& to, const Unpacked& exact, const GoldenOperation& golden) {
  if (golden.events.inexact == 0) return 0;
  if (golden.events.saturation != 0 || golden.events.overflow != 0 || golden.events.underflow != 0) return std::nullopt;
  Unpacked magnitude = exact;
  magnitude.negative = false;
  numerics::Events ignored;
  const numerics::Code low = numerics::encode(to, magnitude, {Rounding::Rtz, 0, 0, false}, ignored);
  Unpacked turn = boundary_above(to, low);
  if (to.shared_exponent()) {
    turn = numerics::from_integer(2 * numerics::mantissa_of(to, low) + 1, -1);
    if (to.family == Family::Fixed) turn.scale -= to.fraction_bits;
  }
  return static_cast<std::size_t>(numerics::compare(magnitude, turn) + 2);
}

/// Terms of a sum; nothing of other operations.
std::optional<std::pair<Unpacked, Unpacked>> terms_of(const OperationShape& shape, const Exact& exact) {
  if (!shape.row->sums) return std::nullopt;
  const bool product = shape.operands == numerics::kMostOperands;
  return std::pair{product ? numerics::mul(exact.x[0], exact.x[1]) : exact.x[0], exact.x[shape.operands - 1]};
}

int precision_of(const FormatSpec& format) {
  return format.family == Family::Posit ? std::max(format.bits - 3 - format.exponent_bits, 1)
         : format.shared_exponent()     ? format.bits - 1
                                        : format.fraction_bits + 1;
}

/// The classes of a conversion are those that its codes reach: all of up to 16 bits, else the corners and what lies between codes
/// of the target.
std::vector<bool> reached_by_conversion(const OperationShape& shape) {
  std::vector<bool> reached(index_of(OperationClass::FirstOfModes) + kRoundings * kPlacesOfMode);
  const auto note = [&](numerics::Code code) {
    for (std::size_t mode = 0; mode < kRoundings; ++mode) {
      const auto rounding = static_cast<Rounding>(mode);
      for (const std::size_t hit : classes_of(shape, {code}, rounding, golden(shape, {code}, rounding, 0))) reached[hit] = true;
    }
  };
  if (shape.from.bits <= kMostExhaustiveBits) {
    for (std::uint64_t code = 0; code <= low_bits(shape.from.bits); ++code) note(static_cast<numerics::Code>(code));
    return reached;
  }
  numerics::Events ignored;
  for (const auto code : corner_codes(shape.from)) note(code);
  for (const auto code : corner_codes(shape.to)) {
    for (const auto& value : {numerics::decode(shape.to, code), boundary_above(shape.to, code)}) {
      const auto near = numerics::encode(shape.from, value, {}, ignored);
      for (const numerics::Code step : {0U, 1U, ~0U}) note((near + step) & static_cast<numerics::Code>(low_bits(shape.from.bits)));
    }
  }
  return reached;
}

/// Whether an operation on operands of one format can reach a class.
bool reaches(const OperationShape& shape, OperationClass one) {
  const FormatSpec& format = shape.from;
  const std::string_view word = shape.row->word;
  const bool fixed = format.shared_exponent(), whole = fixed && format.fraction_bits == 0;
  const bool infinite = format.family == Family::IeeeFloat && format.specials == numerics::Specials::InfNan;
  const bool sum = word == "add" || word == "sub", root = word == "sqrt", quotient = word == "div";
  switch (one) {
    case OperationClass::Zero:
      return true;
    case OperationClass::Special:
      return has_class(format, CodeClass::Special) || quotient || root;
    case OperationClass::Cancellation:
    case OperationClass::FarApart:
      return shape.row->sums && (!fixed || (one == OperationClass::Cancellation));
    case OperationClass::Invalid:
      return infinite || quotient || root;
    case OperationClass::DivideByZero:
      return quotient;
    case OperationClass::Overflow:
      return !root;
    case OperationClass::Underflow:
      return !root && !(sum && format.family != Family::HillFloat) && !(whole && !quotient);
    default:
      return false;
  }
}
bool rounds(const OperationShape& shape) {
  const std::string_view word = shape.row->word;
  if (!shape.from.shared_exponent()) return true;
  return word == "div" || word == "sqrt" || (shape.from.fraction_bits > 0 && (word == "mul" || word == "fma"));
}

}  // namespace

std::vector<std::string> operation_classes(const OperationShape& shape) {
  std::vector<std::string> names(kNames.begin(), kNames.end());
  if (shape.row == nullptr) {
    const bool nan = has_class(shape.from, CodeClass::Special) && shape.from.family != Family::Posit;
    for (std::size_t i = 0; i < names.size(); ++i)
      if (i > index_of(OperationClass::Greater) || (i == 0 && !nan)) names[i].clear();
    return names;
  }
  for (std::size_t mode = 0; mode < kRoundings; ++mode)
    for (const auto place : kPlaces) names.push_back(fmt::format("{} {}", to_string(static_cast<Rounding>(mode)), place));
  if (shape.row->word == "convert") {
    const auto reached = reached_by_conversion(shape);
    for (std::size_t i = 0; i < names.size(); ++i)
      if (!reached[i]) names[i].clear();
    return names;
  }
  for (std::size_t i = 0; i < index_of(OperationClass::FirstOfModes); ++i)
    if (!reaches(shape, static_cast<OperationClass>(i))) names[i].clear();
  const bool ties = shape.row->word != "div" && shape.row->word != "sqrt";
  for (std::size_t mode = 0; mode < kRoundings; ++mode)
    for (std::size_t place = 1; place < kPlacesOfMode; ++place)
      if (!rounds(shape) || (place == 2 && !ties)) names[class_of_place(static_cast<Rounding>(mode), place)].clear();
  return names;
}

GoldenOperation golden(const OperationShape& shape, const OperandCodes& codes, Rounding rounding, std::uint32_t random) {
  GoldenOperation golden;
  if (shape.row == nullptr) {
    const auto comparison = numerics::compare_codes(shape.from, codes[0], codes[1]);
    golden.result = 8U >> static_cast<unsigned>(comparison.relation);  // {unordered, lt, eq, gt}
    golden.flags = comparison.flags;
    return golden;
  }
  const auto result = numerics::operate(*shape.row, shape.from, std::span(codes).first(shape.operands), shape.to,
                                        {rounding, 0, random, false}, shape.tininess, golden.events);
  golden.result = result.code;
  golden.flags = result.flags;
  return golden;
}

Unpacked exact_result(const OperationShape& shape, const OperandCodes& codes, Rounding rounding) {
  return exact_of(shape, codes, rounding).result;
}

std::vector<std::size_t> classes_of(const OperationShape& shape, const OperandCodes& codes, Rounding rounding,
                                    const GoldenOperation& result) {
  std::vector<std::size_t> hits;
  const auto hit = [&](OperationClass one) { hits.push_back(index_of(one)); };
  if (shape.row == nullptr) {
    hits.push_back(static_cast<std::size_t>(numerics::compare_codes(shape.from, codes[0], codes[1]).relation));
    return hits;
  }
  const auto raised = [&](std::uint8_t flag) { return (result.flags.bits & flag) != 0; };
  if (raised(numerics::Flags::kInvalid)) hit(OperationClass::Invalid);
  if (raised(numerics::Flags::kDivideByZero)) hit(OperationClass::DivideByZero);
  if (raised(numerics::Flags::kOverflow)) hit(OperationClass::Overflow);
  if (raised(numerics::Flags::kUnderflow)) hit(OperationClass::Underflow);
  const Exact exact = exact_of(shape, codes, rounding);
  if (exact.result.is_zero()) hit(OperationClass::Zero);
  if (!exact.result.is_zero() && !exact.result.is_finite()) hit(OperationClass::Special);
  if (!exact.result.is_finite()) return hits;
  if (const auto place = place_of(shape.to, exact.result, result)) hits.push_back(class_of_place(rounding, *place));
  const auto terms = terms_of(shape, exact);
  if (terms && terms->first.is_finite() && terms->second.is_finite()) {
    const int largest = std::max(terms->first.scale, terms->second.scale),
              least = std::min(terms->first.scale, terms->second.scale);
    const int precision = precision_of(shape.from);
    if (exact.result.scale <= largest - std::max(precision / 2, 1)) hit(OperationClass::Cancellation);
    if (least < exact.result.scale - precision) hit(OperationClass::FarApart);
  }
  return hits;
}

}  // namespace binade::verify
