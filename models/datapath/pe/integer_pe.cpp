// SPDX-License-Identifier: Apache-2.0
#include "models/datapath/pe/integer_pe.h"

#include "models/numerics/accumulators.h"
#include "models/numerics/arithmetic.h"
#include "models/numerics/round_magnitude.h"

namespace binade::datapath {

using numerics::Int128;
using numerics::Unpacked;

IntegerPe::IntegerPe(const CoreConfig& config) : formats_(config.format), rounding_(config.accumulate.rounding), stored_(config) {
  const int bits = numerics::accumulator_bits(config.format, config.accumulate);
  max_ = static_cast<std::int64_t>((Int128{1} << (bits - 1)) - 1);
  min_ = -max_ - 1;
}

void IntegerPe::begin(const CoreCommand& command) {
  // Raw sums leave in product LSBs; their exponent is applied by a later pass.
  product_shift_ = stored_.raw() ? 0 : command.product_shift;
  bias_offset_ = product_shift_ - command.bias_shift;
  const Int128 products = Int128{command.k_base} + command.k;
  fits_ = products << (formats_.a.bits + formats_.b.bits - 2) <= max_;
  stats_ = {};
}

std::uint64_t IntegerPe::finish_float(std::int64_t sum, const LaneInput& lane) {
  Unpacked value = numerics::from_integer(sum, -product_shift_);
  if (lane.bias) value = numerics::add(value, numerics::decode(formats_.out, lane.bias_code));
  return numerics::encode(formats_.out, numerics::rectified(value, lane.relu), {rounding_, 0, lane.random, false}, stats_.events);
}

std::uint64_t IntegerPe::finish(std::int64_t sum, const LaneInput& lane) {
  if (formats_.integers_to_float()) return finish_float(sum, lane);
  // A bias finer than a product LSB needs bits below the sum; the clamp acts on the bits above them.
  Unpacked finer;
  bool has_finer = false;
  bool clamped = false;
  if (lane.bias) {
    const std::int64_t bias = numerics::mantissa_of(formats_.out, lane.bias_code);
    // From 2^64 on any bias but zero takes any sum of at most 64 bits out of the accumulator: a farther offset changes nothing.
    constexpr int kOverflowingOffset = 64;
    if (bias_offset_ >= 0) {
      const Int128 exact = Int128{sum} + bias * (Int128{1} << std::min(bias_offset_, kOverflowingOffset));
      const Int128 limited = std::clamp<Int128>(exact, min_, max_);
      sum = static_cast<std::int64_t>(limited);
      clamped = limited != exact;
    } else if (bias != 0) {
      finer = numerics::add(numerics::from_integer(sum, 0), numerics::from_integer(bias, bias_offset_));
      has_finer = true;
      const Unpacked low = numerics::from_integer(min_, 0), high = numerics::from_integer(max_, 0);
      const bool above = !finer.negative && finer.is_finite() && finer.scale > high.scale;
      if (above || numerics::compare(finer, low) < 0 || (finer.scale == low.scale && finer.negative && finer.sticky)) {
        finer = above ? high : low;
        clamped = true;
      }
    }
    stats_.events.saturation += clamped;
  }
  if (stored_.raw()) {
    if (lane.relu) sum = std::max<std::int64_t>(sum, 0);
    return store(sum, clamped);
  }
  const bool negative = has_finer ? finer.negative : sum < 0;
  if (lane.relu && negative) return store(0, clamped);
  if (has_finer || product_shift_ < 0 || product_shift_ > 63) {
    Unpacked value = has_finer ? finer : numerics::from_integer(sum, 0);
    value.scale -= product_shift_;
    const std::uint64_t saturations = stats_.events.saturation;
    const numerics::Code code =
        numerics::encode(numerics::in_output_lsbs(formats_.out), value, {rounding_, 0, lane.random, false}, stats_.events);
    return store(numerics::mantissa_of(formats_.out, code), clamped || stats_.events.saturation != saturations);
  }
  const std::uint64_t magnitude = sum < 0 ? 0 - static_cast<std::uint64_t>(sum) : static_cast<std::uint64_t>(sum);
  const numerics::Cut cut = product_shift_ == 0
                                ? numerics::Cut{magnitude, 0, false}
                                : numerics::Cut{magnitude >> product_shift_, magnitude << (64 - product_shift_), false};
  const std::uint64_t kept = numerics::rounded(cut, rounding_, negative, lane.random);
  const auto limit = static_cast<std::uint64_t>(negative ? -formats_.out.min_mantissa() : formats_.out.max_mantissa());
  if (kept > limit) {
    ++stats_.events.saturation;
    ++stats_.events.inexact;
    return store(negative ? formats_.out.min_mantissa() : formats_.out.max_mantissa(), true);
  }
  if (!cut.exact()) {
    ++stats_.events.inexact;
    if (kept == 0) ++stats_.events.underflow;
  }
  const auto stored = static_cast<std::int64_t>(kept);
  return store(negative ? -stored : stored, clamped);
}

std::uint64_t IntegerPe::store(std::int64_t stored, bool clamped) {
  stored_.note(stored, clamped && formats_.out.family != numerics::Family::Flex, stats_);
  return stored_.raw() ? static_cast<std::uint64_t>(stored) : numerics::code_of_mantissa(formats_.out, stored);
}

}  // namespace binade::datapath
