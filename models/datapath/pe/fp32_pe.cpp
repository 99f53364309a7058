// SPDX-License-Identifier: Apache-2.0
#include "models/datapath/pe/fp32_pe.h"

#include <limits>

#include "models/numerics/accumulators.h"
#include "models/numerics/arithmetic.h"

namespace binade::datapath {
namespace {

using numerics::Family;
using numerics::Unpacked;

/// Significand bits, of two factors together, whose product binary64 holds.
constexpr int kProductBits = 53;

/// Of a factor's magnitude.
int magnitude_bits(const numerics::FormatSpec& format) {
  return numerics::significand_bits(format) - (format.shared_exponent() ? 1 : 0);
}

Unpacked unpacked(double value) { return std::isnan(value) ? Unpacked{numerics::NumberClass::Nan} : numerics::from_double(value); }

}  // namespace

Fp32Pe::Fp32Pe(const CoreConfig& config)
    : formats_(config.format),
      rounding_(config.accumulate.rounding),
      stored_(config),
      wide_products_(magnitude_bits(config.format.a) + magnitude_bits(config.format.b) > kProductBits),
      a_(formats_.a, [this](numerics::Code code) { return value_of(formats_.a, code); }),
      b_(formats_.b, [this](numerics::Code code) { return value_of(formats_.b, code); }) {}

void Fp32Pe::begin(const CoreCommand& command) {
  product_shift_ = formats_.integers() && !stored_.raw() ? command.product_shift : 0;
  bias_shift_ = formats_.out.shared_exponent() ? command.bias_shift : 0;
  stats_ = {};
}

double Fp32Pe::value_of(const numerics::FormatSpec& format, numerics::Code code) {
  return numerics::to_double(numerics::decode(numerics::in_output_lsbs(format), code));
}

void Fp32Pe::count_special(double value, float result) {
  if (std::isnan(result)) {
    ++stats_.events.nar;
  } else if (std::isinf(result)) {
    stats_.events.overflow += !std::isinf(value);
  } else {
    stats_.events.underflow += value != 0.0;
  }
}

float Fp32Pe::add_term(float sum, const Unpacked& term) {
  const Unpacked exact = numerics::add(unpacked(static_cast<double>(sum)), term);
  const numerics::Code code = numerics::encode_step(numerics::kBinary32, exact, {}, stats_.events);
  return std::bit_cast<float>(code);
}

float Fp32Pe::wide_mac(float sum, double a, double b) { return add_term(sum, numerics::mul(unpacked(a), unpacked(b))); }

float Fp32Pe::add_integer(float sum, std::int64_t term) {
  constexpr std::int64_t kDirect = std::int64_t{1} << 53;  // below it binary64 holds the term
  if (term > -kDirect && term < kDirect) return add(sum, static_cast<double>(term));
  return add_term(sum, numerics::from_integer(term, 0));
}

float Fp32Pe::add_bias(float sum, numerics::Code bias) {
  return add_term(sum, numerics::scaled(unpacked(value_of(formats_.out, bias)), product_shift_ - bias_shift_));
}

std::uint64_t Fp32Pe::finish(float sum, const LaneInput& lane) {
  if (lane.bias) sum = add_bias(sum, lane.bias_code);
  if (stored_.raw()) {
    if (lane.relu && sum < 0.0F) sum = 0.0F;
    constexpr float kLimit = 0x1p63F;
    const bool clamped = std::abs(sum) >= kLimit;
    constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
    const std::int64_t stored = !clamped ? static_cast<std::int64_t>(sum) : sum < 0.0F ? -kMax : kMax;
    if (clamped) ++stats_.events.saturation;
    stored_.note(stored, clamped, stats_);
    return static_cast<std::uint64_t>(stored);
  }
  const Unpacked value = numerics::rectified(numerics::scaled(unpacked(static_cast<double>(sum)), -product_shift_), lane.relu);
  const std::uint64_t saturations = stats_.events.saturation;
  const numerics::Code code =
      numerics::encode(numerics::in_output_lsbs(formats_.out), value, {rounding_, 0, lane.random, false}, stats_.events);
  if (formats_.out.shared_exponent()) {
    const bool clamped = stats_.events.saturation != saturations && formats_.out.family != Family::Flex;
    stored_.note(numerics::mantissa_of(formats_.out, code), clamped, stats_);
  }
  return code;
}

}  // namespace binade::datapath
