// SPDX-License-Identifier: Apache-2.0
#include "sim/verify/codes.h"

#include <algorithm>
#include <cstdlib>

#include "sim/verify/pins.h"

namespace binade::verify {

using numerics::Code;
using numerics::Family;
using numerics::FormatSpec;

namespace {

Code mask_of(const FormatSpec& format) { return static_cast<Code>(low_bits(format.bits)); }

/// Floats: the ends of the binades at which something changes, with either sign.
template <class Put>
void put_binades(const FormatSpec& format, Put put) {
  const std::uint64_t top = low_bits(format.exponent_bits), bias = low_bits(format.exponent_bits - 1);
  const std::uint64_t fractions = low_bits(format.fraction_bits), quiet = std::uint64_t{1} << (format.fraction_bits - 1);
  for (const std::uint64_t exponent : {std::uint64_t{0}, std::uint64_t{1}, bias - 1, bias, bias + 1, top - 1, top})
    for (const std::uint64_t fraction : {std::uint64_t{0}, std::uint64_t{1}, quiet, fractions})
      for (const std::uint64_t sign : {0, 1}) put((sign << format.exponent_bits | exponent) << format.fraction_bits | fraction);
}

}  // namespace

std::vector<Code> corner_codes(const FormatSpec& format) {
  std::vector<Code> codes;
  const auto put = [&](std::uint64_t code) { codes.push_back(static_cast<Code>(code) & mask_of(format)); };
  for (std::uint64_t near = 0; near < 3; ++near) {
    put(near);
    put(~near);
    for (int bit = 1; bit < format.bits; ++bit) {
      put((std::uint64_t{1} << bit) + near - 1);
      put(~((std::uint64_t{1} << bit) + near - 1));
    }
  }
  if (format.exponent_bits != 0 && format.fraction_bits != 0) put_binades(format, put);
  std::sort(codes.begin(), codes.end());
  codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
  return codes;
}

std::uint64_t all_pairs(const FormatSpec& a, const FormatSpec& b) {
  constexpr int kMostBits = 8;
  return std::max(a.bits, b.bits) <= kMostBits ? std::uint64_t{1} << (a.bits + b.bits) : 0;
}

std::uint64_t corner_pairs(const FormatSpec& a, const FormatSpec& b) { return corner_codes(a).size() * corner_codes(b).size(); }

CodeSource::CodeSource(const FormatSpec& format)
    : format_(format), mask_(mask_of(format)), bits_(format.bits), corners_(corner_codes(format)) {}

Code CodeSource::draw(Draw& draw) {
  if (format_.family != Family::IeeeFloat && format_.family != Family::HillFloat) return last_ = draw_any(draw);
  constexpr std::uint64_t kSpecialOneIn = 64, kExtremeOneIn = 8;
  constexpr int kFewExponents = 3;  // the range is too short to have a middle
  // Products of two values between 2^-middle and 2^middle are within the range.
  const int middle = (1 << (format_.exponent_bits - 1)) / 2 - 2;
  while (true) {
    const Code code = draw_any(draw);
    const numerics::Unpacked value = numerics::decode(format_, code);
    const bool extreme = value.is_finite() && format_.exponent_bits > kFewExponents && std::abs(value.scale) > middle;
    if (!value.is_finite() && !value.is_zero() && !draw.one_in(kSpecialOneIn)) continue;
    if (extreme && !draw.one_in(kExtremeOneIn)) continue;
    return last_ = code;
  }
}

Code CodeSource::draw_any(Draw& draw) const {
  switch (draw.below(3)) {
    case 0:
      return corners_[draw.below(corners_.size())];
    case 1:  // near the last one, or its negative: sums that cancel
      return ((draw.one_in(2) ? last_ : ~last_ + 1) ^ (static_cast<Code>(draw.bits()) & mask_ >> (bits_ / 2))) & mask_;
    default:
      return static_cast<Code>(draw.bits()) & mask_;
  }
}

CodeClass class_of(const FormatSpec& format, Code code) {
  const numerics::Unpacked value = numerics::decode(format, code);
  if (value.is_zero()) return CodeClass::Zero;
  if (!value.is_finite()) return CodeClass::Special;
  const Code sign = Code{1} << (format.bits - 1);
  const bool complement = format.family == Family::Posit || format.shared_exponent();
  const Code magnitude = (!value.negative ? code : complement ? ~code + 1 : code ^ sign) & mask_of(format);
  const auto magnitude_class = [&](Code probe) {
    const numerics::Unpacked other = numerics::decode(format, probe & mask_of(format));
    return other.is_finite() && (probe & sign) == 0;
  };
  // The magnitude's neighbours in the code order: the ends have none.
  if (!magnitude_class(magnitude - 1)) return CodeClass::Smallest;
  if (!magnitude_class(magnitude + 1)) return CodeClass::Largest;
  return value.negative ? CodeClass::Negative : CodeClass::Positive;
}

bool has_class(const FormatSpec& format, CodeClass code_class) {
  if (code_class != CodeClass::Special) return true;
  return format.family == Family::Posit || (format.family == Family::IeeeFloat && format.specials != numerics::Specials::None);
}

namespace {

/// Plus or minus a few powers of two: ties, and what lies one LSB beside them.
void draw_sparse(Draw& draw, int bits, std::uint64_t* words) {
  constexpr int kNear = 34;
  const auto set = [&](int bit) { words[static_cast<std::size_t>(bit / 64)] |= std::uint64_t{1} << (bit % 64); };
  const int top = static_cast<int>(draw.below(static_cast<std::uint64_t>(bits - 1)));
  if (draw.one_in(4)) {
    for (int bit = 0; bit < top; ++bit) set(bit);  // 2^top - 1
  } else {
    set(top);
  }
  if (top > 0 && !draw.one_in(4)) set(top - 1 - static_cast<int>(draw.below(static_cast<std::uint64_t>(std::min(top, kNear)))));
  if (top > 0 && draw.one_in(2)) set(draw.one_in(2) ? 0 : static_cast<int>(draw.below(static_cast<std::uint64_t>(top))));
  if (draw.one_in(2)) return;
  // -x: the bits above its lowest one turn.
  bool seen = false;
  for (int bit = 0; bit < bits; ++bit) {
    std::uint64_t& word = words[static_cast<std::size_t>(bit / 64)];
    const std::uint64_t one = std::uint64_t{1} << (bit % 64);
    if (seen) word ^= one;
    seen = seen || (word & one) != 0;
  }
}

}  // namespace

void draw_integer(Draw& draw, int bits, std::uint64_t* words) {
  const auto count = static_cast<std::size_t>(bits + 63) / 64;
  std::fill_n(words, count, 0);
  // A length of its own for each draw, then the sign extended over the rest; now and then an end of the range, or near it.
  const auto kind = draw.below(8);
  if (kind == 2 && bits > 2) return draw_sparse(draw, bits, words);
  const int length = kind == 0 ? 0 : kind == 1 ? bits : 1 + static_cast<int>(draw.below(static_cast<std::uint64_t>(bits)));
  const bool negative = draw.one_in(2);
  for (int bit = 0; bit < bits; ++bit) {
    const bool inside = bit + 1 < length;
    const bool one = kind == 1 ? (bit == bits - 1) == negative : inside ? draw.one_in(2) : negative && kind != 0;
    if (one) words[static_cast<std::size_t>(bit / 64)] |= std::uint64_t{1} << (bit % 64);
  }
  // One bit off an end of the range.
  if (kind == 1 && draw.one_in(2)) {
    const auto bit = draw.below(static_cast<std::uint64_t>(bits));
    words[bit / 64] ^= std::uint64_t{1} << (bit % 64);
  }
}

}  // namespace binade::verify
