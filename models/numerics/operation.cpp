// SPDX-License-Identifier: Apache-2.0
#include "models/numerics/operation.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "models/numerics/error.h"
#include "models/numerics/round_magnitude.h"

namespace binade::numerics {
namespace {

constexpr std::array<std::string_view, 2> kTininessWords{"before", "after"};

bool is_float(const FormatSpec& format) { return format.family == Family::IeeeFloat || format.family == Family::HillFloat; }
bool has_nan(const FormatSpec& format) {
  return format.family == Family::Posit || (format.family == Family::IeeeFloat && format.specials != Specials::None);
}
bool has_infinity(const FormatSpec& format, const Quantisation& how) {
  return format.family == Family::IeeeFloat && format.specials == Specials::InfNan && !format.saturates && !how.saturate_specials;
}

/// Whether a finite result lies below the normal numbers of a float format.
bool is_tiny(const FormatSpec& format, const Unpacked& exact, const Quantisation& how, Tininess tininess) {
  const int least = 1 - format.bias();
  if (exact.scale >= least) return false;
  if (tininess == Tininess::Before || exact.scale < least - 1) return true;
  const std::uint64_t integer =
      rounded(cut_at(exact, exact.scale - format.fraction_bits), how.rounding, exact.negative, how.random);
  return integer >> (format.fraction_bits + 1) == 0;
}

std::uint8_t flag(bool raised, std::uint8_t bit) { return raised ? bit : 0; }

/// Of the one rounding of a finite result, which counted `events`.
std::uint8_t rounding_flags(const FormatSpec& to, const Unpacked& exact, const Quantisation& how, Tininess tininess,
                            const Events& events) {
  const bool inexact = events.inexact != 0;
  const bool underflow = is_float(to) ? inexact && is_tiny(to, exact, how, tininess) : events.underflow != 0;
  return flag(inexact, Flags::kInexact) | flag(underflow, Flags::kUnderflow) |
         flag(events.overflow != 0 || events.saturation != 0, Flags::kOverflow);
}

}  // namespace

std::string_view to_string(Tininess tininess) { return kTininessWords[static_cast<std::size_t>(tininess)]; }

Tininess parse_tininess(std::string_view word) {
  const auto found = std::find(kTininessWords.begin(), kTininessWords.end(), word);
  if (found == kTininessWords.end()) throw InputError("tininess: unknown word '" + std::string(word) + "'; allowed: before after");
  return static_cast<Tininess>(found - kTininessWords.begin());
}

std::string to_string(Flags flags) {
  std::string text;
  for (int i = 0; i < kFlagBits; ++i)
    if ((flags.bits >> (kFlagBits - 1 - i) & 1) != 0) text.append(text.empty() ? "" : "|").append(kFlagNames[i]);
  return text.empty() ? "-" : text;
}

bool is_signalling(const FormatSpec& format, Code code) {
  if (format.family != Family::IeeeFloat || format.specials != Specials::InfNan) return false;
  return decode(format, code).is_nan() && (code >> (format.fraction_bits - 1) & 1) == 0;
}

OperationResult operate(const ArithmeticRow& row, const FormatSpec& from, std::span<const Code> operands, const FormatSpec& to,
                        const Quantisation& how, Tininess tininess, Events& events) {
  if (operands.size() != row.operands) throw InvariantError("operate: operands of another operation");
  std::array<Unpacked, kMostOperands> decoded;
  const std::span<const Unpacked> x = std::span(decoded).first(operands.size());
  bool nan = false, signalling = false;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    decoded[i] = decode(from, operands[i], how.lsb_exponent);
    nan = nan || decoded[i].is_nan();
    signalling = signalling || is_signalling(from, operands[i]);
  }
  const Unpacked exact = evaluate(row, x, how.rounding);
  Events own;
  OperationResult result{encode(to, exact, how, own), {}};
  events += own;
  if (exact.is_finite()) {
    result.flags.bits = rounding_flags(to, exact, how, tininess, own);
  } else if (!exact.is_zero()) {
    const bool by_zero = row.divides && x[0].is_finite() && x[1].is_zero();
    const bool lacking = exact.is_nan() ? !has_nan(to) : !by_zero && !has_infinity(to, how);
    // The product of an fma before the NaN is added.
    const bool product = row.operands == kMostOperands && !x[0].is_nan() && !x[1].is_nan() && mul(x[0], x[1]).is_nan();
    result.flags.bits = flag((exact.is_nan() && !nan) || product || lacking, Flags::kInvalid) | flag(by_zero, Flags::kDivideByZero);
  }
  result.flags.bits |= flag(signalling, Flags::kInvalid);
  return result;
}

Comparison compare_codes(const FormatSpec& format, Code a, Code b) {
  const Flags flags{flag(is_signalling(format, a) || is_signalling(format, b), Flags::kInvalid)};
  const Unpacked x = decode(format, a), y = decode(format, b);
  int order = 0;
  if (x.is_nan() || y.is_nan()) {
    if (format.family != Family::Posit) return {Relation::Unordered, flags};
    order = static_cast<int>(y.is_nan()) - static_cast<int>(x.is_nan());
  } else {
    order = compare(x, y);
  }
  return {order < 0 ? Relation::Less : order > 0 ? Relation::Greater : Relation::Equal, flags};
}

}  // namespace binade::numerics
