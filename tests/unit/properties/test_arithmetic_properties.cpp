// SPDX-License-Identifier: Apache-2.0
// Laws of exact arithmetic and of exact accumulation.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "models/numerics/accumulator.h"
#include "models/numerics/arithmetic.h"
#include "tests/unit/properties/generators.h"

namespace binade::properties {
namespace {

using numerics::Accumulate;
using numerics::AccumulateSpec;

Code encoded(const FormatSpec& format, const Unpacked& value) {
  Events events;
  return numerics::encode(format, value, {Rounding::Rne, 0, 0, false}, events);
}

RC_GTEST_PROP(Arithmetic, AddAndMulCommute, ()) {
  const FormatSpec format = numerics::parse_format(*any_word());
  const Unpacked a = numerics::decode(format, *any_code(format));
  const Unpacked b = numerics::decode(format, *any_code(format));
  RC_ASSERT(encoded(format, numerics::add(a, b)) == encoded(format, numerics::add(b, a)));
  RC_ASSERT(encoded(format, numerics::mul(a, b)) == encoded(format, numerics::mul(b, a)));
}

RC_GTEST_PROP(Arithmetic, SubtractionIsAdditionOfTheNegative, ()) {
  const FormatSpec format = numerics::parse_format(*any_word());
  const Unpacked a = numerics::decode(format, *any_code(format));
  const Unpacked b = numerics::decode(format, *any_code(format));
  RC_ASSERT(encoded(format, numerics::sub(a, b)) == encoded(format, numerics::add(a, numerics::negate(b))));
}

RC_GTEST_PROP(Arithmetic, FmaOfOneIsAddAndOfZeroIsMul, ()) {
  const FormatSpec format = numerics::parse_format(*any_word());
  const Unpacked a = numerics::decode(format, *any_code(format));
  const Unpacked b = numerics::decode(format, *any_code(format));
  const Unpacked one = numerics::from_integer(1, 0);
  RC_ASSERT(encoded(format, numerics::fma(a, one, b)) == encoded(format, numerics::add(a, b)));
  Unpacked zero;  // of the product's sign, so that a zero product keeps it
  zero.negative = a.negative != b.negative;
  RC_ASSERT(encoded(format, numerics::fma(a, b, zero)) == encoded(format, numerics::mul(a, b)));
}

RC_GTEST_PROP(Arithmetic, SquareRootOfASquareIsTheMagnitude, ()) {
  const FormatSpec format = numerics::parse_format(*any_word());
  Unpacked a = numerics::decode(format, *any_code(format));
  RC_PRE(a.is_finite());
  const Unpacked root = numerics::sqrt(numerics::mul(a, a));
  a.negative = false;
  RC_ASSERT(numerics::compare(root, a) == 0);
  RC_ASSERT(!root.sticky);
}

struct Terms {
  std::vector<Code> a;
  std::vector<Code> b;
};

Terms random_terms(const FormatSpec& format) {
  Terms terms;
  const int length = *rc::gen::inRange(1, 40);
  for (int k = 0; k < length; ++k) {
    terms.a.push_back(*any_code(format));
    terms.b.push_back(*any_code(format));
  }
  return terms;
}

Code sum_of(const FormatSpec& format, const Terms& terms, int shift) {
  Events events;
  return numerics::dot(format, {Accumulate::Exact, 0, 32, Rounding::Rne}, terms.a, terms.b, shift, 0, events);
}

RC_GTEST_PROP(Quire, ResultDoesNotDependOnTheOrder, ()) {
  const FormatSpec format = numerics::parse_format(*rc::gen::element<std::string>(
      "posit8", "posit16", "posit32", "posit8es0", "posit12es3", "dfp8", "dfp16", "flex16+5", "e6m7", "fp16", "bf16", "fp8e4m3"));
  const int shift = format.shared_exponent() ? *rc::gen::inRange(0, 20) : 0;
  const Terms terms = random_terms(format);
  std::vector<std::size_t> order(terms.a.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  const std::uint32_t seed = *rc::gen::arbitrary<std::uint32_t>();
  std::sort(order.begin(), order.end(),
            [&](std::size_t x, std::size_t y) { return numerics::random_bits(seed, 0, x) < numerics::random_bits(seed, 0, y); });
  Terms shuffled;
  for (const std::size_t i : order) {
    shuffled.a.push_back(terms.a[i]);
    shuffled.b.push_back(terms.b[i]);
  }
  RC_ASSERT(sum_of(format, terms, shift) == sum_of(format, shuffled, shift));
}

RC_GTEST_PROP(Quire, ASumAndItsNegativeCancelExactly, ()) {
  const FormatSpec format = numerics::parse_format("posit" + std::to_string(*rc::gen::inRange(3, 33)));
  Terms terms = random_terms(format);
  for (Code& code : terms.a) {
    if (numerics::decode(format, code).is_nan()) code = 1;
  }
  for (Code& code : terms.b) {
    if (numerics::decode(format, code).is_nan()) code = 1;
  }
  const Code mask = static_cast<Code>((std::uint64_t{1} << format.bits) - 1);
  const std::size_t length = terms.a.size();
  for (std::size_t k = 0; k < length; ++k) {
    terms.a.push_back((~terms.a[k] + 1) & mask);
    terms.b.push_back(terms.b[k]);
  }
  RC_ASSERT(sum_of(format, terms, 0) == 0);
}

}  // namespace
}  // namespace binade::properties
