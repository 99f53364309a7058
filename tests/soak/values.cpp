// SPDX-License-Identifier: Apache-2.0
#include "tests/soak/values.h"

#include <algorithm>
#include <cmath>

namespace binade::soak {
namespace {

using numerics::Code;
using numerics::Family;
using numerics::FormatSpec;
using numerics::Specials;

Code mask_of(const FormatSpec& format) { return static_cast<Code>((std::uint64_t{1} << format.bits) - 1); }

/// Exponents between which the magnitudes of a format lie.
struct Reach {
  int low, high;
};
Reach reach_of(const FormatSpec& format) {
  if (format.shared_exponent()) return {0, format.bits - 1};
  if (format.family == Family::Posit) {
    const int scale = (format.bits - 2) << format.exponent_bits;
    return {-scale, scale};
  }
  const int subnormal = format.family == Family::IeeeFloat ? format.fraction_bits : 0;
  return {1 - format.bias() - subnormal, (1 << format.exponent_bits) - 1 - format.bias()};
}

/// Of a value; of a number of LSBs where the exponent is shared.
Code code_of(const FormatSpec& format, double value) {
  numerics::Events ignored;
  FormatSpec target = format;
  if (target.family == Family::Fixed) target = {Family::Dfp, format.bits, 0, 0, Specials::None};
  return numerics::encode(target, numerics::from_double(value), {}, ignored);
}

Code largest_finite(const FormatSpec& format) {
  const Code positive = mask_of(format) >> 1;
  if (format.specials == Specials::InfNan && format.family == Family::IeeeFloat)
    return positive - (Code{1} << format.fraction_bits);
  return format.specials == Specials::NanOnly && format.family == Family::IeeeFloat ? positive - 1 : positive;
}

Code signed_code(Random& random, const FormatSpec& format, Code code) { return (random() & 1) != 0 ? negated(format, code) : code; }

Code special(Random& random, const FormatSpec& format) {
  const Code sign = Code{1} << (format.bits - 1);
  if (format.family != Family::IeeeFloat) return sign;  // NaR, -0, or the most negative integer
  if (format.specials == Specials::NanOnly) return mask_of(format);
  const Code infinity = largest_finite(format) + 1;
  const Code fraction = random() % 3 == 0 ? 1 + static_cast<Code>(random() % ((1U << format.fraction_bits) - 1)) : 0;
  return infinity | fraction | ((random() & 1) != 0 ? sign : 0);
}

Code near(Random& random, Code code, bool above) {
  const Code distance = static_cast<Code>(random() % 4);
  return above ? code + distance : code - std::min(distance, code);
}

Code draw_code(Random& random, const FormatSpec& format, const Draw& draw) {
  const auto normal = [&] { return std::normal_distribution<double>(0, std::ldexp(1.0, draw.high))(random); };
  switch (draw.values) {
    case Values::Codes:
      return static_cast<Code>(random()) & mask_of(format);
    case Values::Normal:
      return code_of(format, normal());
    case Values::HalfNormal:
      return code_of(format, std::fabs(normal()));
    case Values::Outliers: {
      const Code least = near(random, 1, true) & (mask_of(format) >> 1), most = near(random, largest_finite(format), false);
      return signed_code(random, format, random() % 12 == 0 ? most : least);
    }
    case Values::Spread:
      return signed_code(random, format, code_of(format, std::ldexp(1.0, static_cast<int>(pick(random, draw.low, draw.high)))));
    case Values::Window:
    case Values::WideLine: {
      const double significand = 1 + static_cast<double>(random() >> 12) * 0x1p-52;
      return signed_code(random, format,
                         code_of(format, std::ldexp(significand, static_cast<int>(pick(random, draw.low, draw.high)))));
    }
    case Values::Extremes: {
      const Code codes[] = {largest_finite(format),       1,
                            code_of(format, 1),           0,
                            Code{1} << (format.bits - 1), near(random, largest_finite(format), false)};
      return signed_code(random, format, codes[random() % std::size(codes)]);
    }
    case Values::Specials:
      return random() % 16 == 0 ? special(random, format) : code_of(format, normal());
    case Values::Zeros:
    case Values::OneLive:
      break;
  }
  return 0;
}

}  // namespace

std::int64_t pick(Random& random, std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(high - low + 1));
}

std::string to_string(Values values) {
  static const char* const kWords[kValues] = {"codes",    "normal",   "half_normal", "outliers", "spread",   "window",
                                              "extremes", "specials", "zeros",       "one_live", "wide_line"};
  return kWords[static_cast<std::size_t>(values)];
}

int reach_bits(const FormatSpec& format) { return reach_of(format).high - reach_of(format).low; }

Draw window_of(Random& random, const FormatSpec& format, int width) {
  const Reach reach = reach_of(format);
  Draw draw{Values::Window};
  draw.low = static_cast<int>(pick(random, reach.low, std::max(reach.low, reach.high - width)));
  draw.high = std::min(draw.low + width, reach.high);
  return draw;
}

Draw random_draw(Random& random, const FormatSpec& format) {
  Draw draw;
  // Ordinary values most often.
  draw.values = random() % 3 == 0 ? Values::Normal : static_cast<Values>(random() % kValues);
  const Reach reach = reach_of(format);
  const bool window = draw.values == Values::Spread || draw.values == Values::Window || draw.values == Values::WideLine;
  if (window) {
    const Values values = draw.values;
    // Widths on both sides of what int16, binary64 and a row of slices hold, or any.
    static constexpr int kWidths[] = {14, 52, 125};
    const int width = random() % 3 == 0 ? static_cast<int>(pick(random, 0, reach.high - reach.low))
                                        : std::max<int>(kWidths[random() % 3] - static_cast<int>(random() % 36), 0);
    draw = window_of(random, format, width);
    draw.values = values;
  } else if (!format.shared_exponent() && random() % 3 != 0) {
    draw.low = draw.high = static_cast<int>(pick(random, -24, 24));
  } else {
    draw.low = draw.high = static_cast<int>(pick(random, reach.low, reach.high));
  }
  return draw;
}

std::vector<Code> draw_lines(Random& random, const FormatSpec& format, const Draw& draw, std::int64_t lines, std::int64_t k) {
  std::vector<Code> codes(static_cast<std::size_t>(lines * k));
  for (Code& code : codes) code = draw_code(random, format, draw);
  if (draw.values == Values::OneLive) codes[random() % codes.size()] = draw_code(random, format, {Values::Codes});
  if (draw.values == Values::WideLine) {
    const auto line = static_cast<std::ptrdiff_t>(random() % static_cast<std::uint64_t>(lines) * static_cast<std::uint64_t>(k));
    for (std::int64_t i = 0; i < k; ++i) codes[static_cast<std::size_t>(line + i)] = draw_code(random, format, {Values::Codes});
  }
  return codes;
}

Code negated(const FormatSpec& format, Code code) {
  const bool sign_and_magnitude = format.family == Family::HillFloat || format.family == Family::IeeeFloat;
  return sign_and_magnitude ? code ^ (Code{1} << (format.bits - 1)) : (0 - code) & mask_of(format);
}

}  // namespace binade::soak
