// SPDX-License-Identifier: Apache-2.0
// The vector codecs against the codec of one element, on every SIMD target: bits and events.
#include "models/numerics/vector_codec.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "models/kernels/simd/target.h"
#include "models/numerics/encoded_tensor.h"
#include "models/numerics/vector_round.h"

namespace binade::numerics {
namespace {

constexpr Rounding kRoundings[] = {Rounding::Rne, Rounding::Rtz, Rounding::Rhu, Rounding::Rha, Rounding::Sr};
const std::vector<std::string> kReals = {"posit3",     "posit5es0",   "posit8",     "posit8es0", "posit16", "posit16es1",
                                         "posit21es3", "posit32",     "posit32es4", "posit3u",   "posit8u", "posit16es1u",
                                         "posit32u",   "posit32es4u", "e2m1",       "e4m10",     "e6m7",    "e8m23",
                                         "fp32",       "fp16",        "bf16",       "fp8e4m3",   "fp8e5m2"};
const std::vector<std::string> kIntegers = {"flex16+5", "flex32+8", "flex8+4",  "dfp3",      "dfp8",
                                            "sdfp8",    "dfp32",    "fixed9.3", "fixed32.20"};

/// Everything a rounding can meet: values of codes and their midpoints with their neighbours, every scale, subnormals and, where
/// wanted, infinities and NaN.
std::vector<double> stimulus(const FormatSpec& format, int lsb_exponent, bool specials, std::mt19937_64& random) {
  std::vector<double> values{0.0, -0.0, 0x1p-1074, -0x1.8p-1030, 0x1p-1022, std::numeric_limits<double>::max(), -0x1p1023};
  if (specials) {
    for (const double value : {std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()})
      values.push_back(value);
    values.push_back(std::numeric_limits<double>::quiet_NaN());
    values.push_back(-std::numeric_limits<double>::quiet_NaN());
  }
  const std::uint64_t codes = std::uint64_t{1} << format.bits;
  if (format.family == Family::Posit)
    for (const int scale : {format.zero_scale() - 1, format.zero_scale(), format.zero_scale() + 1, format.minpos_scale()})
      for (const double at : {std::ldexp(1.0, scale), -std::ldexp(1.0, scale)})
        for (const double near : {at, std::nextafter(at, 0.0), std::nextafter(at, 2 * at)}) values.push_back(near);
  for (int i = 0; i < 1500; ++i) {
    const auto code = static_cast<Code>(codes <= 1500 ? static_cast<std::uint64_t>(i) % codes : random() & (codes - 1));
    const double value = to_double(decode(format, code, lsb_exponent));
    const double next = to_double(decode(format, static_cast<Code>((code + 1) & (codes - 1)), lsb_exponent));
    const double middle = (value + next) / 2;
    for (const double near : {value, middle}) {
      if (!std::isfinite(near)) continue;
      values.push_back(near);
      values.push_back(std::nextafter(near, 2 * near));
      values.push_back(std::nextafter(near, 0.0));
    }
    const std::uint64_t bits = random();
    const auto any = std::bit_cast<double>(bits);
    values.push_back(std::isfinite(any) ? any : 0.0);
    values.push_back(std::ldexp(static_cast<double>(static_cast<std::int64_t>(random())), static_cast<int>(random() % 80) - 110));
  }
  return values;
}

void expect_encoded(const std::string& word, const Quantisation& how, std::span<const double> values,
                    std::span<const std::uint32_t> random) {
  const FormatSpec format = parse_format(word);
  std::vector<Code> expected(values.size()), codes(values.size());
  Events expected_events;
  for (std::size_t i = 0; i < values.size(); ++i) {
    Quantisation element = how;
    element.random = random[i];
    expected[i] = encode(format, from_double(values[i]), element, expected_events);
  }
  for (const std::string& target : kernels::simd_targets()) {
    kernels::force_simd_target(target);
    Events events;
    encode_values(format, how, values.data(), random.data(), values.size(), codes.data(), events);
    for (std::size_t i = 0; i < values.size(); ++i) {
      ASSERT_EQ(codes[i], expected[i]) << target << ' ' << word << ' ' << to_string(how.rounding) << ' ' << std::hexfloat
                                       << values[i];
    }
    EXPECT_EQ(events, expected_events) << target << ' ' << word << ' ' << to_string(how.rounding);
  }
  kernels::force_simd_target("");
}

TEST(VectorCodec, EncodesAsOneElementDoes) {
  std::mt19937_64 random(1);
  std::vector<std::string> words = kReals;
  words.insert(words.end(), kIntegers.begin(), kIntegers.end());
  for (const std::string& word : words) {
    const FormatSpec format = parse_format(word);
    for (const int lsb_exponent : {0, -7, -40, 30, -1060}) {
      if (lsb_exponent != 0 && (!format.shared_exponent() || format.family == Family::Fixed)) continue;
      for (const bool specials : {false, true}) {
        const auto values = stimulus(format, lsb_exponent, specials, random);
        std::vector<std::uint32_t> draws(values.size());
        for (auto& draw : draws) draw = random() % 8 == 0 ? 0xffffffffU : static_cast<std::uint32_t>(random());
        for (const Rounding rounding : kRoundings) {
          expect_encoded(word, {.rounding = rounding, .lsb_exponent = lsb_exponent}, values, draws);
          expect_encoded(word, {.rounding = rounding, .lsb_exponent = lsb_exponent, .saturate_specials = true}, values, draws);
        }
      }
    }
  }
}

TEST(VectorCodec, EveryLengthIsServed) {
  std::mt19937_64 random(2);
  const auto values = stimulus(parse_format("posit8"), 0, true, random);
  const std::vector<std::uint32_t> draws(values.size(), 0x80000000U);
  for (const std::string word : {"posit8", "e6m7", "fp8e4m3", "fixed9.3"}) {
    for (std::size_t length = 0; length < 20; ++length)
      expect_encoded(word, {.rounding = Rounding::Sr}, std::span(values).first(length), std::span(draws).first(length));
  }
}

TEST(VectorCodec, DecodesAsOneElementDoes) {
  std::mt19937_64 random(3);
  for (const std::string& word : kReals) {
    const FormatSpec format = parse_format(word);
    std::vector<Code> codes;
    for (std::uint64_t code = 0; code < std::uint64_t{1} << std::min(format.bits, 16); ++code)
      codes.push_back(static_cast<Code>(format.bits <= 16 ? code : random() & ((std::uint64_t{1} << format.bits) - 1)));
    for (const std::string& target : kernels::simd_targets()) {
      kernels::force_simd_target(target);
      std::vector<double> values(codes.size());
      decode_tensor({format, {}, codes}, values);
      for (std::size_t i = 0; i < codes.size(); ++i) {
        const double expected = to_double(decode(format, codes[i]));
        if (std::isnan(expected)) {
          ASSERT_TRUE(std::isnan(values[i])) << target << ' ' << word << ' ' << codes[i];
        } else {
          ASSERT_EQ(std::bit_cast<std::uint64_t>(values[i]), std::bit_cast<std::uint64_t>(expected))
              << target << ' ' << word << ' ' << codes[i];
        }
      }
    }
    kernels::force_simd_target("");
  }
}

/// Where runs, binades and the code space end: powers of two and their complements, with two neighbours a side.
std::vector<Code> corner_codes(int bits) {
  const std::uint64_t mask = (std::uint64_t{1} << bits) - 1;
  std::vector<Code> codes;
  for (int bit = 0; bit < bits; ++bit) {
    for (std::uint64_t offset = 0; offset < 5; ++offset) {
      const std::uint64_t code = (std::uint64_t{1} << bit) - 2 + offset;
      codes.push_back(static_cast<Code>(code & mask));
      codes.push_back(static_cast<Code>(~code & mask));
    }
  }
  return codes;
}

std::vector<FormatSpec> every_posit_and_float() {
  std::vector<FormatSpec> formats;
  for (int bits = 3; bits <= 32; ++bits)
    for (int es = 0; es <= 4; ++es) formats.push_back({Family::Posit, bits, es, 0, Specials::None});
  for (int e = 2; e <= 8; ++e)
    for (int m = 1; m <= 23; ++m) formats.push_back({Family::HillFloat, 1 + e + m, e, m, Specials::None});
  for (const char* word : {"fp32", "fp16", "bf16", "fp8e4m3", "fp8e5m2"}) formats.push_back(parse_format(word));
  return formats;
}

TEST(VectorCodec, MaxposOf32Bits) {
  const std::vector<Code> codes{0x7fffffff, 0x80000001};
  std::vector<double> values(codes.size());
  for (int es = 0; es <= 4; ++es) {
    decode_tensor({{Family::Posit, 32, es, 0, Specials::None}, {}, codes}, values);
    EXPECT_EQ(values, (std::vector<double>{std::ldexp(1.0, 30 << es), -std::ldexp(1.0, 30 << es)})) << es;
  }
}

TEST(VectorCodec, CornersOfEveryFormat) {
  for (const std::string& target : kernels::simd_targets()) {
    kernels::force_simd_target(target);
    for (const FormatSpec& format : every_posit_and_float()) {
      const std::vector<Code> codes = corner_codes(format.bits);
      std::vector<double> values(codes.size()), stimuli;
      decode_tensor({format, {}, codes}, values);
      for (std::size_t i = 0; i < codes.size(); ++i) {
        const double expected = to_double(decode(format, codes[i]));
        if (std::isnan(expected)) {
          ASSERT_TRUE(std::isnan(values[i])) << target << ' ' << to_string(format) << ' ' << codes[i];
          continue;
        }
        ASSERT_EQ(std::bit_cast<std::uint64_t>(values[i]), std::bit_cast<std::uint64_t>(expected))
            << target << ' ' << to_string(format) << ' ' << codes[i];
        // The value and the tie above it, with their neighbours.
        const double half_up = to_double(decode(format, (codes[i] + 1) & static_cast<Code>((std::uint64_t{1} << format.bits) - 1)));
        for (const double near : {expected, (expected + half_up) / 2})
          for (const double value : {near, std::nextafter(near, 0.0), std::nextafter(near, 2 * near)})
            if (std::isfinite(value)) stimuli.push_back(value);
      }
      for (const Rounding rounding : {Rounding::Rne, Rounding::Rtz, Rounding::Rhu, Rounding::Rha}) {
        const Quantisation how{.rounding = rounding};
        Events events, expected_events;
        std::vector<Code> encoded(stimuli.size());
        encode_values(format, how, stimuli.data(), nullptr, stimuli.size(), encoded.data(), events);
        for (std::size_t i = 0; i < stimuli.size(); ++i)
          ASSERT_EQ(encoded[i], encode(format, from_double(stimuli[i]), how, expected_events))
              << target << ' ' << to_string(format) << ' ' << to_string(rounding) << ' ' << std::hexfloat << stimuli[i];
        EXPECT_EQ(events, expected_events) << target << ' ' << to_string(format) << ' ' << to_string(rounding);
      }
    }
  }
  kernels::force_simd_target("");
}

TEST(VectorCodec, DecodesMantissasAsOneElementDoes) {
  std::mt19937_64 random(4);
  for (const std::string& word : kIntegers) {
    const FormatSpec format = parse_format(word);
    for (const int lsb_exponent : {0, -15, -1022, -1040, 991, 1000}) {
      std::vector<Code> codes(200);
      for (Code& code : codes) code = static_cast<Code>(random() & ((std::uint64_t{1} << format.bits) - 1));
      std::vector<double> values(codes.size());
      decode_tensor({format, shared_exponents(format, lsb_exponent), codes}, values);
      for (std::size_t i = 0; i < codes.size(); ++i)
        ASSERT_EQ(values[i], to_double(decode(format, codes[i], lsb_exponent))) << word << ' ' << lsb_exponent << ' ' << codes[i];
    }
  }
}

TEST(VectorCodec, DrawsAreThoseOfTheElements) {
  for (const std::string& target : kernels::simd_targets()) {
    kernels::force_simd_target(target);
    std::vector<std::uint32_t> draws(100);
    for (const std::uint64_t first : {std::uint64_t{0}, std::uint64_t{12345}, (std::uint64_t{3} << 32) - 41}) {
      random_run(7, 11, first, draws.size(), draws.data());
      for (std::size_t i = 0; i < draws.size(); ++i)
        ASSERT_EQ(draws[i], random_bits(7, 11, first + i)) << target << ' ' << first + i;
    }
  }
  kernels::force_simd_target("");
}

TEST(VectorCodec, LargestMagnitude) {
  for (const std::string& target : kernels::simd_targets()) {
    kernels::force_simd_target(target);
    for (std::size_t length = 0; length < 20; ++length) {
      std::vector<double> values(length, 0.5);
      for (std::size_t at = 0; at < length; ++at) {
        values[at] = -3.0;
        EXPECT_EQ(largest_magnitude(values.data(), length), 3.0) << target;
        values[at] = -std::numeric_limits<double>::quiet_NaN();
        EXPECT_TRUE(std::isnan(largest_magnitude(values.data(), length))) << target;
        values[at] = 0.5;
      }
    }
    EXPECT_EQ(largest_magnitude(nullptr, 0), 0.0);
  }
  kernels::force_simd_target("");
}

TEST(VectorCodec, RoundsAsEncodingAndDecodingDo) {
  std::mt19937_64 random(5);
  const std::vector<std::string> targets = kernels::simd_targets();  // before one is forced
  for (const std::string& word : kReals) {
    const FormatSpec format = parse_format(word);
    std::vector<double> values = stimulus(format, 0, true, random);
    if (values.size() % 2 == 0) values.push_back(1.7);  // a last, short vector
    for (const Rounding rounding : {Rounding::Rne, Rounding::Rtz, Rounding::Rhu, Rounding::Rha}) {
      for (const std::string& target : targets) {
        kernels::force_simd_target(target);
        std::vector<double> rounded = values;
        round_values(format, rounding, rounded.data(), rounded.size());
        for (std::size_t i = 0; i < values.size(); ++i) {
          const double expected = round_value(format, rounding, values[i]);
          // Of NaN neither sign nor payload counts.
          const bool same = std::isnan(expected)
                                ? std::isnan(rounded[i])
                                : std::bit_cast<std::uint64_t>(rounded[i]) == std::bit_cast<std::uint64_t>(expected);
          ASSERT_TRUE(same) << target << ' ' << word << ' ' << to_string(rounding) << ' ' << std::hexfloat << values[i] << " -> "
                            << rounded[i] << ", is " << expected;
        }
      }
    }
  }
  kernels::force_simd_target("");
}

}  // namespace
}  // namespace binade::numerics
