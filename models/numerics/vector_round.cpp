// SPDX-License-Identifier: Apache-2.0
#include "models/numerics/vector_round.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>

#include "models/numerics/vector_codec.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/numerics/vector_round.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace binade::numerics {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<double>;
using DU = hn::RebindToUnsigned<D>;
using DI = hn::RebindToSigned<D>;
using V = hn::Vec<D>;
using VU = hn::Vec<DU>;
using VI = hn::Vec<DI>;
constexpr std::size_t kLanes = hn::MaxLanes(D());

constexpr int kFractionBits = 52;
constexpr std::int64_t kBias = 1023;
constexpr std::uint64_t kSign = std::uint64_t{1} << 63;
constexpr std::uint64_t kInfinity = std::uint64_t{0x7ff} << kFractionBits;

HWY_INLINE VU set(std::uint64_t value) { return hn::Set(DU(), value); }
HWY_INLINE VI set_signed(std::int64_t value) { return hn::Set(DI(), value); }
HWY_INLINE VI to_signed(VU value) { return hn::BitCast(DI(), value); }
HWY_INLINE VU to_unsigned(VI value) { return hn::BitCast(DU(), value); }
HWY_INLINE VU bits_of(V value) { return hn::BitCast(DU(), value); }
HWY_INLINE V value_of(VU bits) { return hn::BitCast(D(), bits); }
std::uint64_t power_bits(std::int64_t exponent) { return static_cast<std::uint64_t>(kBias + exponent) << kFractionBits; }

/// encode_posit() to nearest even on the bits of a binary64: one added to its exponent field, whose bias is then a multiple of
/// 2^es, they end in the posit's string behind the regime. What of them fits behind that is kept; a carry makes the next regime by
/// itself.
class PositRounder {
 public:
  explicit PositRounder(const FormatSpec& format)
      : es_(format.exponent_bits),
        regimes_(format.bits - 2),
        largest_(power_bits(regimes_ << es_)),
        smallest_(power_bits(-(regimes_ << es_))),
        becomes_zero_(format.underflows ? power_bits(format.zero_scale()) : 0) {}

  HWY_INLINE V operator()(V value) const {
    const DU du;
    const DI di;
    constexpr std::int64_t kOffset = 1024;
    const VU bits = bits_of(value), magnitude = hn::AndNot(set(kSign), bits);
    const VU string = magnitude + set(std::uint64_t{1} << kFractionBits);
    const int tail_bits = kFractionBits + es_;
    const VI regime = to_signed(hn::ShiftRightSame(string, tail_bits)) - set_signed(kOffset >> es_);
    const auto falls = regime < hn::Zero(di);
    const VI run = hn::IfThenElse(falls, hn::Not(regime), regime);  // of the regime's bits, less one
    // Of the tail, n - 1 - (run + 2) bits are kept; where none are, the regime's last bit says what is even: 0 ends ones, 1 zeros.
    const std::int64_t whole = tail_bits - (regimes_ - 1);
    const VI drop_signed = hn::Min(set_signed(whole) + run, set_signed(tail_bits));
    const VU drop = to_unsigned(drop_signed);
    const VU last = hn::And(string >> drop, set(1));
    const VU ends = hn::IfThenElse(hn::RebindMask(du, falls), set(1), hn::Zero(du));
    const VU odd = hn::IfThenElse(hn::RebindMask(du, drop_signed == set_signed(tail_bits)), ends, last);
    const VU half = set(1) << (drop - set(1));
    const VU rounded = (((string + half - set(1) + odd) >> drop) << drop) - set(std::uint64_t{1} << kFractionBits);
    const auto beyond = hn::RebindMask(du, regime > set_signed(regimes_ - 1));
    const auto below = hn::RebindMask(du, regime < set_signed(-regimes_));
    const auto zero = hn::Not(hn::RebindMask(du, to_signed(magnitude) > set_signed(static_cast<std::int64_t>(becomes_zero_))));
    const auto special = hn::RebindMask(du, to_signed(magnitude) > set_signed(static_cast<std::int64_t>(kInfinity) - 1));
    const VU kept = hn::IfThenElse(beyond, set(largest_), hn::IfThenElse(below, set(smallest_), rounded));
    const VU signed_kept = hn::Or(kept, hn::And(bits, set(kSign)));
    const VU number = hn::IfThenZeroElse(zero, signed_kept);
    return value_of(hn::IfThenElse(special, set(kInfinity | kInfinity >> 1), number));
  }

 private:
  int es_;
  std::int64_t regimes_;  ///< -regimes_ .. regimes_ - 1 have a tail or an end of their own; regimes_ is maxpos alone
  std::uint64_t largest_, smallest_, becomes_zero_;
};

/// encode_ieee() and encode_hill() to nearest even or toward zero: added to 1.5 times the power of two whose last place is the
/// value's last one in the format, a magnitude rounds there. Of Hill's floats, which have no subnormals, what is below the smallest
/// number rounds in the binade below it and then is zero, or has become the smallest.
class FloatRounder {
 public:
  FloatRounder(const FormatSpec& format, Rounding rounding)
      : hill_(format.family == Family::HillFloat),
        down_(rounding == Rounding::Rtz),
        places_(kFractionBits - format.fraction_bits),
        lowest_(kBias + 1 - format.bias() - (hill_ ? 1 : 0)),
        least_(value_of_power(1 - format.bias())) {
    const bool saturates = hill_ || format.saturates;
    const Code all_ones = (Code{1} << (format.bits - 1)) - 1, lsb = Code{1} << format.fraction_bits;
    const Code top = all_ones - (format.specials == Specials::InfNan ? lsb : format.specials == Specials::NanOnly ? 1 : 0);
    largest_ = numerics::to_double(numerics::decode(format, top));
    constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
    infinite_ = saturates ? largest_ : format.specials == Specials::InfNan ? std::numeric_limits<double>::infinity() : kNan;
    beyond_ = down_ ? largest_ : infinite_;
  }
  static bool serves(const FormatSpec& format, Rounding rounding) {
    return (rounding == Rounding::Rne || rounding == Rounding::Rtz) &&
           (format.family == Family::HillFloat || format.specials != Specials::None);
  }

  HWY_INLINE V operator()(V value) const {
    const D d;
    const VU magnitude_bits = hn::AndNot(set(kSign), bits_of(value));
    const V magnitude = value_of(magnitude_bits);
    // Beyond any format's values it does not matter where they are rounded.
    const VI exponent =
        hn::Min(hn::Max(to_signed(hn::ShiftRight<kFractionBits>(magnitude_bits)), set_signed(lowest_)), set_signed(kBias + 400));
    const VU half = set(std::uint64_t{1} << (kFractionBits - 1));
    const V shifter = value_of(hn::Or(hn::ShiftLeft<kFractionBits>(to_unsigned(exponent + set_signed(places_))), half));
    V rounded = (magnitude + shifter) - shifter;
    if (down_) {
      const V place = value_of(hn::ShiftLeft<kFractionBits>(to_unsigned(exponent + set_signed(places_ - kFractionBits))));
      rounded = hn::IfThenElse(rounded > magnitude, rounded - place, rounded);
    }
    rounded = hn::IfThenElse(rounded > hn::Set(d, largest_), hn::Set(d, beyond_), rounded);
    rounded = hn::IfThenElse(magnitude > hn::Set(d, std::numeric_limits<double>::max()), hn::Set(d, infinite_), rounded);
    const auto nan = hn::IsNaN(magnitude);
    if (hill_) {
      rounded = hn::IfThenZeroElse(hn::Or(rounded < hn::Set(d, least_), nan), rounded);
      return value_of(
          hn::IfThenZeroElse(bits_of(rounded) == hn::Zero(DU()), hn::Or(bits_of(rounded), hn::And(bits_of(value), set(kSign)))));
    }
    return hn::IfThenElse(nan, value, value_of(hn::Or(bits_of(rounded), hn::And(bits_of(value), set(kSign)))));
  }

 private:
  static double value_of_power(int exponent) { return std::bit_cast<double>(power_bits(exponent)); }

  bool hill_, down_;
  std::int64_t places_, lowest_;
  double least_, largest_ = 0, infinite_ = 0, beyond_ = 0;
};

template <class Rounder>
HWY_INLINE void round_all(const Rounder& rounder, double* HWY_RESTRICT values, std::size_t count) {
  const D d;
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) hn::StoreU(rounder(hn::LoadU(d, values + i)), d, values + i);
  if (i == count) return;
  double last[kLanes] = {};
  std::copy(values + i, values + count, last);
  hn::StoreU(rounder(hn::LoadU(d, last)), d, last);
  std::copy_n(last, count - i, values + i);
}

void round_values(const FormatSpec& format, Rounding rounding, double* values, std::size_t count) {
  if (is_binary32(format, rounding)) {
    for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<float>(values[i]);
  } else if (format.family == Family::Posit && rounding == Rounding::Rne) {
    round_all(PositRounder(format), values, count);
  } else if (FloatRounder::serves(format, rounding) && format.family != Family::Posit) {
    round_all(FloatRounder(format, rounding), values, count);
  } else {
    constexpr std::size_t kChunk = 256;
    std::array<Code, kChunk> codes;
    Events ignored;
    for (std::size_t done = 0; done < count; done += kChunk) {
      const std::size_t size = std::min(kChunk, count - done);
      encode_values(format, {.rounding = rounding}, values + done, nullptr, size, codes.data(), ignored);
      decode_reals(format, codes.data(), 1, static_cast<std::int64_t>(size), values + done);
    }
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace binade::numerics
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace binade::numerics {

HWY_EXPORT(round_values);

void round_values(const FormatSpec& format, Rounding rounding, double* values, std::size_t count) {
  HWY_DYNAMIC_DISPATCH(round_values)(format, rounding, values, count);
}

double round_value(const FormatSpec& format, Rounding rounding, double value) {
  Events ignored;
  return to_double(decode(format, encode(format, from_double(value), {.rounding = rounding}, ignored)));
}

}  // namespace binade::numerics
#endif
