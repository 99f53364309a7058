// SPDX-License-Identifier: Apache-2.0
// The branch-free posit rounding against the codec: value and events, at the products, sums and midpoints of codes and far outside
// the range.
#include "models/datapath/pe/posit_step.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "models/datapath/pe/float_step.h"
#include "models/numerics/accumulators.h"

namespace binade::datapath::test {
namespace {

using numerics::Code;
using numerics::Rounding;

TEST(PositStep, EqualsTheCodec) {
  std::mt19937_64 random(47);
  numerics::Events met;
  for (const char* word : {"posit3", "posit3es4", "posit5es0", "posit8", "posit10es1", "posit12es4", "posit16", "posit28es0",
                           "posit3es1u", "posit8u", "posit16es1u"}) {
    const numerics::FormatSpec format = numerics::parse_format(word);
    ASSERT_TRUE(PositStep::serves(format, format)) << word;
    numerics::FormatSpec finer = format;  // its odd codes are where the format's roundings tie
    ++finer.bits;
    const Code mask = (Code{1} << format.bits) - 1;
    const auto draw = [&] { return numerics::to_double(numerics::decode(format, static_cast<Code>(random()) & mask)); };
    for (const Rounding rounding : {Rounding::Rne, Rounding::Rtz, Rounding::Rhu, Rounding::Rha}) {
      const PositStep step(format, rounding);
      for (int i = 0; i < 8000; ++i) {
        const Code odd = (static_cast<Code>(random()) & mask) << 1 | 1;
        const double a = draw(), b = draw();
        const double any_exponent = std::ldexp(a, static_cast<int>(random() % 1600) - 800);
        for (const double value : {a * b, add_to_odd(a, b), numerics::to_double(numerics::decode(finer, odd)), any_exponent}) {
          numerics::Events counted, expected;
          const double rounded = step(value, counted);
          const Code code = numerics::encode_step(format, numerics::from_double(value), {rounding, 0, 0, false}, expected);
          const double want = numerics::to_double(numerics::decode(format, code));
          ASSERT_TRUE(rounded == want || (std::isnan(rounded) && std::isnan(want))) << word << ' ' << value << ' ' << rounded;
          ASSERT_EQ(counted, expected) << word << ' ' << value;
          met += counted;
        }
      }
    }
  }
  EXPECT_GT(met.saturation, 0U);
  EXPECT_GT(met.underflow, 0U);
  EXPECT_GT(met.nar, 0U);
}

}  // namespace
}  // namespace binade::datapath::test
