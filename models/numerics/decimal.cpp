// SPDX-License-Identifier: Apache-2.0
#include "models/numerics/decimal.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <string>
#include <vector>

#include "models/numerics/error.h"
#include "models/numerics/uint128.h"

namespace binade::numerics {
namespace {

constexpr std::int32_t kFarthestScale = 1 << 14;
/// A number whose first digit stands for this power of ten or more is above 2^kFarthestScale (10^5000 > 2^16600), and below
/// 2^-kFarthestScale where it stands for its reciprocal or less. Bounds the length of the integers here, too.
constexpr std::int64_t kFarthestDecimal = 5000;
/// Where written exponents are cut off: far beyond what kMostDigits digits make up for.
constexpr std::int64_t kFarthestWritten = 1'000'000'000'000;

[[noreturn]] void refuse(std::string_view text, std::string_view why) {
  constexpr std::size_t kShown = 40;
  const bool long_text = text.size() > kShown;
  throw InputError("'" + std::string(text.substr(0, kShown)) + (long_text ? "..." : "") + "' " + std::string(why));
}
[[noreturn]] void refuse_number(std::string_view text) {
  refuse(text, "is not a number; decimal, C hexfloat, inf, nan and NaR are allowed");
}

/// A natural number in 64-bit limbs, least significant first, without zeros at the top.
class Natural {
 public:
  explicit Natural(std::uint64_t value = 0) {
    if (value != 0) limbs_.push_back(value);
  }
  /// this = this * factor + term.
  void multiply_add(std::uint64_t factor, std::uint64_t term) {
    Uint128 carry = term;
    for (std::uint64_t& limb : limbs_) {
      carry += static_cast<Uint128>(limb) * factor;
      limb = static_cast<std::uint64_t>(carry);
      carry >>= 64;
    }
    if (carry != 0) limbs_.push_back(static_cast<std::uint64_t>(carry));
  }
  void multiply_by_power_of_ten(std::int64_t exponent) {
    constexpr std::uint64_t kStep = 10'000'000'000'000'000'000ULL;  // 10^19
    for (; exponent >= 19; exponent -= 19) multiply_add(kStep, 0);
    std::uint64_t rest = 1;
    for (; exponent > 0; --exponent) rest *= 10;
    multiply_add(rest, 0);
  }
  bool is_zero() const { return limbs_.empty(); }
  std::int64_t bits() const {
    return is_zero() ? 0 : static_cast<std::int64_t>(limbs_.size()) * 64 - std::countl_zero(limbs_.back());
  }
  bool bit(std::int64_t place) const { return place >= 0 && (limb(place / 64) >> (place % 64) & 1) != 0; }
  /// The 64 bits from `place` on; places below 0 are zeros.
  std::uint64_t word(std::int64_t place) const {
    const std::int64_t first = place >= 0 ? place / 64 : -((-place + 63) / 64);
    const auto shift = static_cast<int>(place - first * 64);
    const std::uint64_t low = limb(first);
    return shift == 0 ? low : low >> shift | limb(first + 1) << (64 - shift);
  }
  /// Whether a bit below `place` is set.
  bool any_below(std::int64_t place) const {
    for (std::int64_t i = 0; i < place / 64 && i < static_cast<std::int64_t>(limbs_.size()); ++i)
      if (limb(i) != 0) return true;
    return place > 0 && place % 64 != 0 && limb(place / 64) << (64 - place % 64) != 0;
  }
  /// This times 2^places, rounded down.
  Natural shifted(std::int64_t places) const {
    Natural result;
    for (std::int64_t at = 0; at < bits() + places; at += 64) result.limbs_.push_back(word(at - places));
    return result;
  }
  void double_and_add(bool one) {
    std::uint64_t carry = one ? 1 : 0;
    for (std::uint64_t& limb : limbs_) {
      const std::uint64_t top = limb >> 63;
      limb = limb << 1 | carry;
      carry = top;
    }
    if (carry != 0) limbs_.push_back(carry);
  }
  bool operator>=(const Natural& other) const {
    if (limbs_.size() != other.limbs_.size()) return limbs_.size() > other.limbs_.size();
    return !std::lexicographical_compare(limbs_.rbegin(), limbs_.rend(), other.limbs_.rbegin(), other.limbs_.rend());
  }
  /// Precondition: *this >= other.
  void subtract(const Natural& other) {
    std::uint64_t borrow = 0;
    for (std::size_t i = 0; i < limbs_.size(); ++i) {
      const std::uint64_t less = i < other.limbs_.size() ? other.limbs_[i] : 0;
      const std::uint64_t was = limbs_[i];
      limbs_[i] = was - less - borrow;
      borrow = was < less || (borrow != 0 && was == less) ? 1 : 0;
    }
    while (!limbs_.empty() && limbs_.back() == 0) limbs_.pop_back();
  }

 private:
  std::uint64_t limb(std::int64_t index) const {
    return index < 0 || index >= static_cast<std::int64_t>(limbs_.size()) ? 0 : limbs_[static_cast<std::size_t>(index)];
  }

  std::vector<std::uint64_t> limbs_;
};

/// `significand` has its top bit set and stands for significand * 2^(scale - 63).
Unpacked finite(bool negative, std::uint64_t significand, std::int64_t scale, bool sticky) {
  if (scale >= kFarthestScale) return {NumberClass::Finite, negative, true, kFarthestScale, std::uint64_t{1} << 63};
  if (scale <= -kFarthestScale) return {NumberClass::Finite, negative, true, -kFarthestScale, std::uint64_t{1} << 63};
  return {NumberClass::Finite, negative, sticky, static_cast<std::int32_t>(scale), significand};
}

/// number * 2^exponent.
Unpacked from_natural(bool negative, const Natural& number, std::int64_t exponent) {
  const std::int64_t below = number.bits() - 64;
  return finite(negative, number.word(below), number.bits() - 1 + exponent, number.any_below(below));
}

/// number / divisor by long division, a bit at a time: the first 64 bits of the quotient, and whether anything is left.
Unpacked from_quotient(bool negative, const Natural& number, const Natural& divisor) {
  const std::int64_t lead = divisor.bits() - 1 - number.bits();  // so many bits of the number cannot hold the divisor yet
  Natural rest = number.shifted(lead);
  std::uint64_t quotient = 0;
  std::int64_t place = -lead;  // weight of the last bit of the number taken; those below 0 are zeros
  while (quotient >> 63 == 0) {
    --place;
    rest.double_and_add(number.bit(place));
    const bool one = rest >= divisor;
    if (one) rest.subtract(divisor);
    quotient = quotient << 1 | (one ? 1 : 0);
  }
  return finite(negative, quotient, place + 63, !rest.is_zero() || number.any_below(place));
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equals(std::string_view text, std::string_view word) {
  return std::equal(text.begin(), text.end(), word.begin(), word.end(), [](char a, char b) { return lower(a) == b; });
}

int digit_of(char c, int base) {
  const char l = lower(c);
  if (l >= '0' && l <= '9') return l - '0';
  return base == 16 && l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

/// Digits with a point, and the exponent behind them.
struct Written {
  std::string digits{};  ///< as values, without zeros in front
  std::int64_t after_point = 0;
  std::int64_t exponent = 0;
};

std::int64_t read_exponent(std::string_view text, std::string_view rest) {
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  if (rest.empty()) refuse_number(text);
  std::int64_t exponent = 0;
  for (const char c : rest) {
    if (c < '0' || c > '9') refuse_number(text);
    exponent = std::min(exponent * 10 + (c - '0'), kFarthestWritten);
  }
  return negative ? -exponent : exponent;
}

Written read(std::string_view text, std::string_view rest, int base) {
  Written written;
  bool point = false, any = false;
  std::size_t i = 0;
  for (; i < rest.size(); ++i) {
    if (rest[i] == '.' && !point) {
      point = true;
      continue;
    }
    const int digit = digit_of(rest[i], base);
    if (digit < 0) break;
    any = true;
    if (digit != 0 || !written.digits.empty()) written.digits.push_back(static_cast<char>(digit));
    written.after_point += point ? 1 : 0;
  }
  if (!any) refuse_number(text);
  if (written.digits.size() > kMostDigits)
    refuse(text,
           "has " + std::to_string(written.digits.size()) + " digits; at most " + std::to_string(kMostDigits) + " are allowed");
  if (i == rest.size()) return written;
  if (lower(rest[i]) != (base == 16 ? 'p' : 'e')) refuse_number(text);
  written.exponent = read_exponent(text, rest.substr(i + 1));
  return written;
}

Unpacked zero(bool negative) { return {NumberClass::Zero, negative, false, 0, 0}; }

Unpacked read_hexadecimal(std::string_view text, std::string_view rest, bool negative) {
  const Written written = read(text, rest, 16);
  if (written.digits.empty()) return zero(negative);
  Natural number;
  for (const char digit : written.digits) number.multiply_add(16, static_cast<std::uint64_t>(digit));
  return from_natural(negative, number, written.exponent - 4 * written.after_point);
}

Unpacked read_decimal(std::string_view text, std::string_view rest, bool negative) {
  const Written written = read(text, rest, 10);
  if (written.digits.empty()) return zero(negative);
  const std::int64_t exponent = written.exponent - written.after_point;
  const std::int64_t leading = exponent + static_cast<std::int64_t>(written.digits.size()) - 1;
  if (leading >= kFarthestDecimal) return finite(negative, 0, kFarthestScale, true);
  if (leading <= -kFarthestDecimal) return finite(negative, 0, -kFarthestScale, true);
  Natural number;
  std::uint64_t chunk = 0, weight = 1;
  const auto take = [&] {
    number.multiply_add(weight, chunk);
    chunk = 0;
    weight = 1;
  };
  constexpr std::uint64_t kFullWeight = 1'000'000'000'000'000'000ULL;
  for (const char digit : written.digits) {
    chunk = chunk * 10 + static_cast<std::uint64_t>(digit);
    weight *= 10;
    if (weight == kFullWeight) take();
  }
  if (weight > 1) take();
  if (exponent >= 0) {
    number.multiply_by_power_of_ten(exponent);
    return from_natural(negative, number, 0);
  }
  Natural divisor(1);
  divisor.multiply_by_power_of_ten(-exponent);
  return from_quotient(negative, number, divisor);
}

}  // namespace

Unpacked parse_number(std::string_view text) {
  std::string_view rest = text;
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  if (equals(rest, "inf") || equals(rest, "infinity")) return {NumberClass::Inf, negative, false, 0, 0};
  if (equals(rest, "nan") || equals(rest, "nar")) return {NumberClass::Nan, false, false, 0, 0};
  if (rest.starts_with("0x") || rest.starts_with("0X")) return read_hexadecimal(text, rest.substr(2), negative);
  return read_decimal(text, rest, negative);
}

}  // namespace binade::numerics
