// SPDX-License-Identifier: Apache-2.0
// RapidCheck generators of formats, codes and values.
#pragma once

#include <rapidcheck.h>

#include <cmath>
#include <string>

#include "models/numerics/codec.h"

namespace binade::properties {

using numerics::Code;
using numerics::Events;
using numerics::Family;
using numerics::FormatSpec;
using numerics::Rounding;
using numerics::Unpacked;

/// A canonical word of any family, every width in range equally likely.
inline rc::Gen<std::string> any_word() {
  return rc::gen::exec([] {
    const auto number = [](const char* prefix, int low, int high) {
      return std::string(prefix).append(std::to_string(*rc::gen::inRange(low, high + 1)));
    };
    switch (*rc::gen::inRange(0, 7)) {
      case 0:
        return number("posit", 3, 32);
      case 1: {
        const std::string es = number("es", 0, 4);
        return number("posit", 3, 32).append(es == "es2" ? "" : es);
      }
      case 2:
        return number("e", 2, 8).append(number("m", 1, 23));
      case 3:
        return *rc::gen::element<std::string>("fp32", "fp16", "bf16", "fp8e4m3", "fp8e5m2", "fp8e4m3sat", "ieee6.9", "ieee3.2");
      case 4:
        return number("flex", 4, 24).append(number("+", 4, 6));
      case 5:
        return number(*rc::gen::element("dfp", "sdfp"), 4, 24);
      default: {
        const int width = *rc::gen::inRange(4, 33);
        return std::string("fixed").append(std::to_string(width)).append(number(".", 0, width));
      }
    }
  });
}

inline rc::Gen<Code> any_code(const FormatSpec& format) {
  return rc::gen::map(rc::gen::arbitrary<std::uint32_t>(), [bits = format.bits](std::uint32_t draw) {
    return static_cast<Code>(draw & ((std::uint64_t{1} << bits) - 1));
  });
}

/// Finite binary64 values spread over the exponents that formats of up to 32 bits care about.
inline rc::Gen<double> any_value() {
  return rc::gen::map(
      rc::gen::pair(rc::gen::arbitrary<std::int64_t>(), rc::gen::inRange(-140, 141)),
      [](const std::pair<std::int64_t, int>& draw) { return std::ldexp(static_cast<double>(draw.first), draw.second - 62); });
}

inline rc::Gen<Rounding> deterministic_rounding() {
  return rc::gen::element(Rounding::Rne, Rounding::Rtz, Rounding::Rhu, Rounding::Rha);
}

inline double rounded(const FormatSpec& format, double value, Rounding rounding) {
  Events events;
  return numerics::to_double(
      numerics::decode(format, numerics::encode(format, numerics::from_double(value), {rounding, 0, 0, false}, events)));
}

}  // namespace binade::properties
