// SPDX-License-Identifier: Apache-2.0
// Whole-tensor codecs and what hangs on the element's index: equal to the oracle element by element, events included.
#include <gtest/gtest.h>

#include <cmath>

#include "models/numerics/encoded_tensor.h"
#include "tests/oracle/compare.h"
#include "tests/oracle/words.h"

namespace binade::oracle {
namespace {

/// C. Wellons, "Prospecting for Hash Functions", 2018.
std::uint32_t lowbias32(std::uint32_t x) {
  x ^= x >> 16;
  x *= 0x7feb352du;
  x ^= x >> 15;
  x *= 0x846ca68bu;
  x ^= x >> 16;
  return x;
}

TEST(Tensor, RandomBitsAreChainedLowbias32) {
  for (std::uint64_t i = 0; i < 5000; ++i) {
    const std::uint32_t seed = static_cast<std::uint32_t>(mix(i));
    const std::uint32_t tensor = static_cast<std::uint32_t>(mix(i) >> 32) % 100;
    const std::uint64_t index = mix(i + 77) >> (i % 64);
    const std::uint32_t key = lowbias32(lowbias32(seed + 0x9e3779b9u) ^ tensor);
    const std::uint32_t expected =
        lowbias32(lowbias32(key ^ static_cast<std::uint32_t>(index >> 32)) ^ static_cast<std::uint32_t>(index));
    ASSERT_EQ(numerics::random_bits(seed, tensor, index), expected);
  }
}

class TensorCodec : public testing::TestWithParam<std::string> {};

TEST_P(TensorCodec, DecodesEveryCode) {
  const Format format = parse(GetParam());
  const numerics::FormatSpec spec = numerics::parse_format(GetParam());
  const int exponent = format.integer() && !format.static_exponent ? -5 : 0;
  std::vector<Code> codes;
  const std::uint64_t stride = format.bits <= 16 ? 1 : 999'983;
  for (std::uint64_t code = 0; code <= format.code_count_minus_one(); code += stride) codes.push_back(static_cast<Code>(code));
  std::vector<double> values(codes.size());
  numerics::decode_tensor({spec, numerics::shared_exponents(spec, exponent), codes}, values);
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const Value expected = decode(format, codes[i], exponent);
    if (expected.is_nan()) {
      ASSERT_TRUE(std::isnan(values[i])) << codes[i];
    } else if (expected.is_inf()) {
      ASSERT_EQ(values[i], expected.negative ? -INFINITY : INFINITY) << codes[i];
    } else {
      ASSERT_EQ(mpq_class(values[i]), expected.signed_value()) << codes[i];
      ASSERT_EQ(std::signbit(values[i]), expected.negative) << codes[i];
    }
  }
}

TEST_P(TensorCodec, EncodesLikeItsElements) {
  const Format format = parse(GetParam());
  const numerics::FormatSpec spec = numerics::parse_format(GetParam());
  const int exponent = format.integer() && !format.static_exponent ? -5 : 0;
  std::vector<double> values{0.0, -0.0, 1e-300, -1e300, 5e-324};
  for (std::uint64_t i = 0; i < 4000; ++i) {
    values.push_back(
        std::ldexp(static_cast<double>(static_cast<std::int64_t>(mix(i)) >> (i % 50)), -60 + static_cast<int>(mix(i + 9) % 40)));
  }
  for (const Mode mode : kModes) {
    std::vector<Code> codes(values.size());
    numerics::Events actual;
    numerics::encode_tensor(spec, {rounding(mode), exponent, 0, false}, 42, 3, values, codes, actual);
    Events expected;
    for (std::size_t i = 0; i < values.size(); ++i) {
      ASSERT_EQ(codes[i], encode(format, from_double(values[i]), mode, exponent, numerics::random_bits(42, 3, i), expected))
          << values[i];
    }
    EXPECT_TRUE(same(expected, actual)) << text(expected) << text(actual);
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, TensorCodec,
                         testing::Values("posit8", "posit16", "posit32", "posit8es0", "posit8u", "e6m7", "e8m23", "fp32", "fp16",
                                         "bf16", "fp8e4m3", "fp8e5m2", "fp8e4m3sat", "fp8e5m2sat", "ieee6.9", "ieee8.10",
                                         "flex16+5", "dfp8", "dfp16", "sdfp8", "fixed8.4", "fixed17.8"),
                         NameOfWord());

TEST(Codec, SaturatingOcpMode) {
  for (const char* word : {"fp8e4m3", "fp8e5m2"}) {
    const Format format = parse(word);
    const numerics::FormatSpec spec = numerics::parse_format(word);
    for (const Mode mode : kModes) {
      for (const Value& value : {infinity(false), infinity(true), number(449), number(480), number(-465), number(61440),
                                 number(-70000), number(57345), number(1), not_a_number()}) {
        Events expected;
        numerics::Events actual;
        EXPECT_EQ(numerics::encode(spec, unpacked(value), {rounding(mode), 0, 7, true}, actual),
                  encode(format, value, mode, 0, 7, expected, true));
        EXPECT_TRUE(same(expected, actual)) << word << text(expected) << text(actual);
      }
    }
  }
}

}  // namespace
}  // namespace binade::oracle
