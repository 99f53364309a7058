// SPDX-License-Identifier: Apache-2.0
#include "models/numerics/codec.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "models/numerics/error.h"
#include "models/numerics/family_codecs.h"
#include "models/numerics/round_magnitude.h"
#include "models/numerics/vector_codec.h"

namespace binade::numerics {
namespace {

int lsb_exponent_of(const FormatSpec& format, int lsb_exponent) {
  return format.family == Family::Fixed ? -format.fraction_bits : lsb_exponent;
}

void require_equal(std::size_t a, std::size_t b) {
  if (a != b) throw InvariantError("codec: a tensor's codes and values differ in length");
}

}  // namespace

Code encode_integer(const FormatSpec& format, const Unpacked& value, const Quantisation& how, Events& events) {
  if (value.is_zero()) return 0;
  if (value.is_nan()) {
    ++events.nar;
    return 0;
  }
  const std::int64_t limit = value.negative ? format.min_mantissa() : format.max_mantissa();
  const int lsb_exponent = lsb_exponent_of(format, how.lsb_exponent);
  if (!value.is_finite() || value.scale - lsb_exponent >= format.bits) {
    ++events.saturation;
    if (value.is_finite()) ++events.inexact;
    return code_of_mantissa(format, limit);
  }
  const Cut cut = cut_at(value, lsb_exponent);
  const auto magnitude = static_cast<std::int64_t>(rounded(cut, how.rounding, value.negative, how.random));
  if (magnitude > (value.negative ? -limit : limit)) {
    ++events.saturation;
    ++events.inexact;
    return code_of_mantissa(format, limit);
  }
  if (!cut.exact()) {
    ++events.inexact;
    if (magnitude == 0) ++events.underflow;
  }
  return code_of_mantissa(format, value.negative ? -magnitude : magnitude);
}

Unpacked decode(const FormatSpec& format, Code code, int lsb_exponent) {
  switch (format.family) {
    case Family::Posit:
      return decode_posit(format, code);
    case Family::HillFloat:
      return decode_hill(format, code);
    case Family::IeeeFloat:
      return decode_ieee(format, code);
    case Family::Flex:
    case Family::Dfp:
    case Family::Sdfp:
    case Family::Fixed:
      return from_integer(mantissa_of(format, code), lsb_exponent_of(format, lsb_exponent));
  }
  throw InvariantError("codec: unknown family");
}

Code encode(const FormatSpec& format, const Unpacked& value, const Quantisation& how, Events& events) {
  switch (format.family) {
    case Family::Posit:
      return encode_posit(format, value, how, events);
    case Family::HillFloat:
      return encode_hill(format, value, how, events);
    case Family::IeeeFloat:
      return encode_ieee(format, value, how, events);
    case Family::Flex:
    case Family::Dfp:
    case Family::Sdfp:
    case Family::Fixed:
      return encode_integer(format, value, how, events);
  }
  throw InvariantError("codec: unknown family");
}

void encode_tensor(const FormatSpec& format, const Quantisation& how, std::uint32_t seed, std::uint32_t tensor,
                   std::span<const double> values, std::span<Code> codes, Events& events, std::uint64_t first) {
  require_equal(codes.size(), values.size());
  constexpr std::size_t kChunk = 1024;
  std::array<std::uint32_t, kChunk> random;
  for (std::size_t done = 0; done < values.size(); done += kChunk) {
    const std::size_t count = std::min(kChunk, values.size() - done);
    if (how.rounding == Rounding::Sr) random_run(seed, tensor, first + done, count, random.data());
    encode_values(format, how, values.data() + done, random.data(), count, codes.data() + done, events);
  }
}

}  // namespace binade::numerics
