// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>
#include <cmath>

#include "models/numerics/bound.h"
#include "models/numerics/hash.h"
#include "models/numerics/vector_codec.h"
#include "models/numerics/vector_round.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/numerics/vector_encode.cpp"
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
using VU = hn::Vec<DU>;
using VI = hn::Vec<DI>;
using MU = hn::Mask<DU>;
constexpr std::size_t kLanes = hn::MaxLanes(D());

constexpr int kFractionBits = 52;
constexpr std::int64_t kBias = 1023;
constexpr std::uint64_t kSign = std::uint64_t{1} << 63;
constexpr std::uint64_t kHidden = std::uint64_t{1} << kFractionBits;
constexpr std::uint64_t kInfinity = std::uint64_t{0x7ff} << kFractionBits;

HWY_INLINE VU set(std::uint64_t value) { return hn::Set(DU(), value); }
HWY_INLINE VI set_signed(std::int64_t value) { return hn::Set(DI(), value); }
HWY_INLINE VI to_signed(VU value) { return hn::BitCast(DI(), value); }
HWY_INLINE VU to_unsigned(VI value) { return hn::BitCast(DU(), value); }
HWY_INLINE MU less(VI a, VI b) { return hn::RebindMask(DU(), a < b); }

/// What to add to a magnitude so that dropping its low `drop` bits, 1 to 62, rounds. `negative` is 0 or 1.
template <Rounding kRounding>
HWY_INLINE VU addend(VU magnitude, VU drop, VU negative, VU random) {
  if constexpr (kRounding == Rounding::Rtz) return hn::Zero(DU());
  // Up iff the top 32 discarded bits and the draw carry; the draw's bits below the last discarded one decide nothing.
  if constexpr (kRounding == Rounding::Sr) return hn::ShiftLeft<32>(random) >> (set(64) - drop);
  const VU half = set(1) << (drop - set(1));
  if constexpr (kRounding == Rounding::Rne) return half - set(1) + hn::And(magnitude >> drop, set(1));
  if constexpr (kRounding == Rounding::Rhu) return half - negative;
  return half;
}

/// A vector of binary64 in pieces.
struct Parts {
  HWY_INLINE explicit Parts(const double* values) : value(hn::LoadU(D(), values)) {
    const VU bits = hn::BitCast(DU(), value);
    magnitude = hn::AndNot(set(kSign), bits);
    negative = hn::ShiftRight<63>(bits);
  }
  HWY_INLINE MU special() const { return less(set_signed(static_cast<std::int64_t>(kInfinity) - 1), to_signed(magnitude)); }
  hn::Vec<D> value;
  VU magnitude, negative;
};

/// A finite magnitude in units of 2^(scale - 52), cut `drop` bits above that.
template <Rounding kRounding>
struct RoundedInteger {
  HWY_INLINE RoundedInteger(VU significand, VI drop, VU negative, VU random) {
    constexpr std::int64_t kFarthest = 62;
    // Of what lies further down only the top 32 discarded bits matter, and only to Sr.
    const VU beyond = to_unsigned(hn::Min(hn::Max(drop - set_signed(kFarthest), hn::Zero(DI())), set_signed(63)));
    const VU places = to_unsigned(hn::Min(hn::Max(drop, set_signed(1)), set_signed(kFarthest)));
    const VU top = significand >> beyond;
    kept = (top + addend<kRounding>(top, places, negative, random)) >> places;
    const VU lost = hn::Or(hn::And(top, (set(1) << places) - set(1)), hn::Xor(significand, top << beyond));
    inexact = lost != hn::Zero(DU());
  }
  VU kept;
  MU inexact;
};

/// The binary64 significand and the exponent of its unit's 2^52 multiple: subnormals share the lowest one.
struct Significand {
  HWY_INLINE explicit Significand(VU magnitude) {
    const VU exponent = hn::ShiftRight<kFractionBits>(magnitude);
    const VU fraction = hn::And(magnitude, set(kHidden - 1));
    const auto subnormal = exponent == hn::Zero(DU());
    value = hn::Or(fraction, hn::IfThenZeroElse(subnormal, set(kHidden)));
    scale = to_signed(hn::IfThenElse(subnormal, set(1), exponent)) - set_signed(kBias);
  }
  VU value;
  VI scale;
};

/// encode_integer() where 2^lsb_exponent is a normal binary64.
template <Rounding kRounding>
class IntegerEncoder {
 public:
  IntegerEncoder(const FormatSpec& format, const Quantisation& how)
      : bits_(format.bits),
        lsb_exponent_(format.family == Family::Fixed ? -format.fraction_bits : how.lsb_exponent),
        highest_(static_cast<std::uint64_t>(format.max_mantissa())),
        lower_(format.family == Family::Flex ? 1 : 0) {}
  static bool serves(const FormatSpec& format, const Quantisation& how) {
    constexpr int kLeast = -900;
    return format.family == Family::Fixed || how.lsb_exponent >= kLeast;
  }
  static constexpr bool kSpecials = false;

  HWY_INLINE VU encode(const Parts& parts, VU random, Events& events) const {
    const Significand significand(parts.magnitude);
    const VI drop = set_signed(kFractionBits + std::int64_t{lsb_exponent_}) - significand.scale;
    const RoundedInteger<kRounding> integer(significand.value, drop, parts.negative, random);
    const VU limit = set(highest_) + (lower_ != 0 ? parts.negative : hn::Zero(DU()));
    const MU saturated = hn::Or(less(drop, set_signed(kFractionBits + 1 - bits_)), less(to_signed(limit), to_signed(integer.kept)));
    const MU inexact = hn::AndNot(saturated, integer.inexact);
    events.saturation += hn::CountTrue(DU(), saturated);
    events.inexact += hn::CountTrue(DU(), hn::Or(saturated, inexact));
    events.underflow += hn::CountTrue(DU(), hn::And(inexact, integer.kept == hn::Zero(DU())));
    const VU magnitude = hn::IfThenElse(saturated, limit, integer.kept);
    const VU sign = hn::Zero(DU()) - parts.negative;
    return hn::And(hn::Xor(magnitude, sign) + parts.negative, set((std::uint64_t{1} << bits_) - 1));
  }

 private:
  int bits_, lsb_exponent_;
  std::uint64_t highest_, lower_;
};

/// encode_hill() and encode_ieee(): (scale - lowest scale) * 2^M and the rounded integer, whose carry moves on by itself.
template <Rounding kRounding>
class FloatEncoder {
 public:
  FloatEncoder(const FormatSpec& format, const Quantisation& how)
      : fraction_bits_(format.fraction_bits),
        lowest_(1 - format.bias()),
        sign_place_(format.bits - 1),
        hill_(format.family == Family::HillFloat),
        saturates_(hill_ || kRounding == Rounding::Rtz || how.saturate_specials || format.saturates) {
    const std::uint64_t all_ones = (std::uint64_t{1} << sign_place_) - 1, lsb = std::uint64_t{1} << fraction_bits_;
    largest_ = all_ones - (format.specials == Specials::InfNan ? lsb : format.specials == Specials::NanOnly ? 1 : 0);
    beyond_ = saturates_ ? largest_ : largest_ + 1;  // infinity, or the only NaN
    nan_ = !saturates_ && format.specials == Specials::NanOnly;
  }
  static bool serves(const FormatSpec&, const Quantisation&) { return true; }
  static constexpr bool kSpecials = false;

  HWY_INLINE VU encode(const Parts& parts, VU random, Events& events) const {
    const Significand significand(parts.magnitude);
    const VI lowest = set_signed(lowest_);
    const VI binade = hill_ ? significand.scale : hn::Max(significand.scale, lowest);
    const VI drop = set_signed(kFractionBits - fraction_bits_) + (binade - significand.scale);
    const RoundedInteger<kRounding> integer(significand.value, drop, parts.negative, random);
    const VI magnitude = hn::ShiftLeftSame(binade - lowest, fraction_bits_) + to_signed(integer.kept);
    const MU over = less(set_signed(static_cast<std::int64_t>(largest_)), magnitude);
    const MU zero = parts.magnitude == hn::Zero(DU());
    VU kept = hn::IfThenElse(over, set(beyond_), to_unsigned(magnitude));
    VU sign = parts.negative << set(static_cast<std::uint64_t>(sign_place_));
    MU inexact = hn::Or(over, integer.inexact);
    const auto overs = hn::CountTrue(DU(), over);
    (saturates_ ? events.saturation : events.overflow) += overs;
    if (hill_) {
      const MU small = less(magnitude, set_signed(std::int64_t{1} << fraction_bits_));
      const MU under = hn::AndNot(zero, small);
      inexact = hn::Or(inexact, under);
      events.underflow += hn::CountTrue(DU(), under);
      kept = hn::IfThenZeroElse(small, kept);
      sign = hn::IfThenZeroElse(small, sign);
    } else {
      events.underflow += hn::CountTrue(DU(), hn::And(integer.inexact, to_unsigned(magnitude) == hn::Zero(DU())));
      if (nan_) {
        events.nar += overs;
        sign = hn::IfThenZeroElse(over, sign);
      }
    }
    events.inexact += hn::CountTrue(DU(), inexact);
    return hn::Or(kept, sign);
  }

 private:
  int fraction_bits_, lowest_, sign_place_;
  bool hill_;
  bool saturates_;  ///< a finite value beyond the largest becomes the largest
  std::uint64_t largest_, beyond_;
  bool nan_;
};

/// encode_posit() on a 64-bit string: a regime run comes from shifting the bits 10 (with ones) or 01 (with zeros) down.
template <Rounding kRounding>
class PositEncoder {
 public:
  PositEncoder(const FormatSpec& format, const Quantisation&)
      : bits_(format.bits),
        es_(format.exponent_bits),
        drop_(65 - bits_),
        becomes_zero_(format.underflows ? static_cast<std::uint64_t>(kBias + format.zero_scale()) << kFractionBits : 0) {}
  static bool serves(const FormatSpec&, const Quantisation&) { return true; }
  static constexpr bool kSpecials = true;

  HWY_INLINE VU encode(const Parts& parts, VU random, Events& events) const {
    constexpr std::int64_t kOffset = 1024;  // keeps exponents positive where they are shifted
    const std::int64_t limit = bits_ - 2;   // regimes of -limit .. limit - 1 have a code of their own
    const std::uint64_t maxpos = (std::uint64_t{1} << (bits_ - 1)) - 1;
    const DU du;
    const DI di;
    const VU scale = hn::ShiftRight<kFractionBits>(parts.magnitude) + set(static_cast<std::uint64_t>((kOffset << es_) - kBias));
    const VI regime = to_signed(hn::ShiftRightSame(scale, es_)) - set_signed(kOffset);
    const auto falls = regime < hn::Zero(di);
    const VU exponent = hn::ShiftLeft<kFractionBits>(hn::And(scale, set((std::uint64_t{1} << es_) - 1)));
    const VU body = hn::ShiftLeftSame(hn::Or(exponent, hn::And(parts.magnitude, set(kHidden - 1))), 10 - es_);
    const VU ones = to_unsigned(hn::Not(hn::VecFromMask(di, falls)));
    const VI one_zero = hn::IfThenElse(falls, set_signed(std::int64_t{1} << 62), set_signed(static_cast<std::int64_t>(kSign)));
    const VU word = hn::Or(body, to_unsigned(one_zero));
    const VU places = to_unsigned(hn::Min(hn::IfThenElse(falls, hn::Not(regime), regime), set_signed(63)));
    const VU shifted = hn::Xor(hn::Xor(word, ones) >> places, ones);
    const VU lost = hn::And(word, (set(1) << places) - set(1));
    const VU string = hn::Or(shifted, hn::IfThenZeroElse(lost == hn::Zero(du), set(1)));
    const VU drop = set(static_cast<std::uint64_t>(drop_));
    const VU rounded = (string + addend<kRounding>(string, drop, parts.negative, random)) >> drop;
    const MU cut = hn::And(string, set((std::uint64_t{1} << drop_) - 1)) != hn::Zero(du);
    const VU maxpos_bits = set(static_cast<std::uint64_t>(kBias + (std::int64_t{bits_ - 2} << es_)) << kFractionBits);

    const MU beyond = less(set_signed(limit - 1), regime), below = less(regime, set_signed(-limit));
    const MU zero = parts.magnitude == hn::Zero(du), special = parts.special();
    const MU finite = hn::Not(hn::Or(zero, special));
    const MU saturated = hn::And(hn::And(finite, beyond), parts.magnitude != maxpos_bits);
    const MU underflowed = hn::And(finite, below);
    const MU inexact = hn::Or(hn::Or(saturated, underflowed), hn::And(hn::And(finite, cut), hn::Not(hn::Or(beyond, below))));
    events.inexact += hn::CountTrue(du, inexact);
    events.saturation += hn::CountTrue(du, saturated);
    events.underflow += hn::CountTrue(du, underflowed);
    events.nar += hn::CountTrue(du, special);

    const VU tiny = hn::ShiftRight<63>(set(becomes_zero_) - parts.magnitude);  // 1 above becomes_zero_, else 0
    const VU kept = hn::IfThenElse(beyond, set(maxpos), hn::IfThenElse(below, tiny, rounded));
    const VU sign = hn::Zero(du) - parts.negative;
    const VU code = hn::And(hn::Xor(kept, sign) + parts.negative, set(maxpos * 2 + 1));
    return hn::IfThenElse(special, set(maxpos + 1), hn::IfThenZeroElse(zero, code));
  }

 private:
  int bits_, es_, drop_;
  std::uint64_t becomes_zero_;  ///< the largest magnitude that does, as bits, which order like magnitudes
};

/// Element by element.
void encode_literally(const FormatSpec& format, const Quantisation& how, const double* values, const std::uint32_t* random,
                      std::size_t count, Code* codes, Events& events) {
  Quantisation element = how;
  for (std::size_t i = 0; i < count; ++i) {
    if (how.rounding == Rounding::Sr) element.random = random[i];
    codes[i] = numerics::encode(format, from_double(values[i]), element, events);
  }
}

template <Rounding kRounding, template <Rounding> class Encoder>
void encode_loop(const FormatSpec& format, const Quantisation& how, const double* HWY_RESTRICT values,
                 const std::uint32_t* HWY_RESTRICT random, std::size_t count, Code* HWY_RESTRICT codes, Events& events) {
  if (!Encoder<kRounding>::serves(format, how)) {
    encode_literally(format, how, values, random, count, codes, events);
    return;
  }
  const Encoder<kRounding> encoder(format, how);
  const hn::Rebind<std::uint32_t, DU> narrow;
  Events counted;  // in registers
  const auto encode_vector = [&](const double* from, const std::uint32_t* draws, Code* to) HWY_ATTR {
    const Parts parts(from);
    if constexpr (!Encoder<kRounding>::kSpecials) {
      if (HWY_UNLIKELY(!hn::AllFalse(DU(), parts.special()))) {
        encode_literally(format, how, from, draws, kLanes, to, counted);
        return;
      }
    }
    VU draw = hn::Zero(DU());
    if constexpr (kRounding == Rounding::Sr) draw = hn::PromoteTo(DU(), hn::LoadU(narrow, draws));
    hn::StoreU(hn::TruncateTo(narrow, encoder.encode(parts, draw, counted)), narrow, to);
  };
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) encode_vector(values + i, random + i, codes + i);
  if (i < count) {  // fewer than kLanes are left; the zeros behind count nothing
    BINADE_BOUND(count - i < kLanes);
    double last[kLanes] = {};
    std::uint32_t draws[kLanes] = {};
    Code out[kLanes];
    std::copy(values + i, values + count, last);
    if (kRounding == Rounding::Sr) std::copy(random + i, random + count, draws);
    encode_vector(last, draws, out);
    std::copy_n(out, count - i, codes + i);
  }
  events += counted;
}

/// IntegerEncoder to nearest even in fewer steps: the processor's own rounding of values in LSBs, which a power of two scales
/// without error unless what it makes is subnormal, and so rounds to zero as well. Whether a value was whole shows when it is
/// scaled back.
template <Rounding kRounding>
class NearestInteger {
 public:
  NearestInteger(const FormatSpec& format, const Quantisation& how) : bits_(format.bits) {
    const int lsb = format.family == Family::Fixed ? -format.fraction_bits : how.lsb_exponent;
    unit_ = std::ldexp(1.0, lsb);
    per_unit_ = std::ldexp(1.0, -lsb);
    highest_ = static_cast<double>(format.max_mantissa());
    lowest_ = -highest_ - (format.family == Family::Flex ? 1 : 0);
  }
  static bool serves(const FormatSpec& format, const Quantisation& how) {
    constexpr int kFarthest = 900;  // both powers are normal, and so is a whole number of LSBs
    return format.family == Family::Fixed || (how.lsb_exponent >= -kFarthest && how.lsb_exponent <= kFarthest);
  }
  static constexpr bool kSpecials = false;

  HWY_INLINE VU encode(const Parts& parts, VU /*random*/, Events& events) const {
    const D d;
    const auto whole = hn::Round(parts.value * hn::Set(d, per_unit_));
    const auto stored = hn::Min(hn::Max(whole, hn::Set(d, lowest_)), hn::Set(d, highest_));
    const auto inexact = stored * hn::Set(d, unit_) != parts.value;
    events.saturation += hn::CountTrue(d, stored != whole);
    events.inexact += hn::CountTrue(d, inexact);
    events.underflow += hn::CountTrue(d, hn::And(inexact, stored == hn::Zero(d)));
    // The low bits of the sum are those of the whole number, two's complement.
    const VU word = hn::BitCast(DU(), stored + hn::Set(d, 0x1.8p52));
    return hn::And(word, set((std::uint64_t{1} << bits_) - 1));
  }

 private:
  int bits_;
  double unit_, per_unit_, lowest_, highest_;
};

template <Rounding kRounding>
void encode_rounding(const FormatSpec& format, const Quantisation& how, const double* values, const std::uint32_t* random,
                     std::size_t count, Code* codes, Events& events) {
  if constexpr (kRounding == Rounding::Rne) {
    if (format.shared_exponent() && NearestInteger<kRounding>::serves(format, how))
      return encode_loop<kRounding, NearestInteger>(format, how, values, random, count, codes, events);
  }
  if (format.shared_exponent()) return encode_loop<kRounding, IntegerEncoder>(format, how, values, random, count, codes, events);
  if (format.family == Family::Posit)
    return encode_loop<kRounding, PositEncoder>(format, how, values, random, count, codes, events);
  return encode_loop<kRounding, FloatEncoder>(format, how, values, random, count, codes, events);
}

void encode_values(const FormatSpec& format, const Quantisation& how, const double* values, const std::uint32_t* random,
                   std::size_t count, Code* codes, Events& events) {
  switch (how.rounding) {
    case Rounding::Rne:
      return encode_rounding<Rounding::Rne>(format, how, values, random, count, codes, events);
    case Rounding::Rtz:
      return encode_rounding<Rounding::Rtz>(format, how, values, random, count, codes, events);
    case Rounding::Rhu:
      return encode_rounding<Rounding::Rhu>(format, how, values, random, count, codes, events);
    case Rounding::Rha:
      return encode_rounding<Rounding::Rha>(format, how, values, random, count, codes, events);
    case Rounding::Sr:
      return encode_rounding<Rounding::Sr>(format, how, values, random, count, codes, events);
    case Rounding::Rdn:
    case Rounding::Rup:
      return encode_literally(format, how, values, random, count, codes, events);
  }
}

// A plain loop that the compiler vectorises for each target.
void random_words(std::uint32_t key, std::uint32_t first, std::size_t count, std::uint32_t* HWY_RESTRICT random) {
  for (std::size_t i = 0; i < count; ++i) random[i] = lowbias32(key ^ (first + static_cast<std::uint32_t>(i)));
}

double largest_magnitude(const double* values, std::size_t count) {
  VI largest = hn::Zero(DI());  // as bits, which order like magnitudes
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) largest = hn::Max(largest, to_signed(Parts(values + i).magnitude));
  BINADE_BOUND(count - i < kLanes);
  double rest[kLanes] = {};
  std::copy(values + i, values + count, rest);
  largest = hn::Max(largest, to_signed(Parts(rest).magnitude));
  return std::bit_cast<double>(hn::GetLane(hn::MaxOfLanes(DI(), largest)));
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace binade::numerics
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace binade::numerics {

HWY_EXPORT(encode_values);
HWY_EXPORT(random_words);
HWY_EXPORT(largest_magnitude);

void encode_values(const FormatSpec& format, const Quantisation& how, const double* values, const std::uint32_t* random,
                   std::size_t count, Code* codes, Events& events) {
  static_assert(sizeof *codes == sizeof(float));
  if (is_binary32(format, how.rounding) && !how.saturate_specials)  // the processor's own rounding
    return encode_binary32(values, count, reinterpret_cast<std::byte*>(codes), nullptr, events);
  HWY_DYNAMIC_DISPATCH(encode_values)(format, how, values, random, count, codes, events);
}

void random_run(std::uint32_t seed, std::uint32_t tensor, std::uint64_t first, std::size_t count, std::uint32_t* random) {
  while (count > 0) {  // in pieces with one upper half of the index
    const auto low = static_cast<std::uint32_t>(first);
    const auto piece = std::min<std::uint64_t>(count, (std::uint64_t{1} << 32) - low);
    HWY_DYNAMIC_DISPATCH(random_words)(element_key(tensor_key(seed, tensor), first), low, piece, random);
    random += piece;
    first += piece;
    count -= piece;
  }
}

double largest_magnitude(const double* values, std::size_t count) { return HWY_DYNAMIC_DISPATCH(largest_magnitude)(values, count); }

}  // namespace binade::numerics
#endif
