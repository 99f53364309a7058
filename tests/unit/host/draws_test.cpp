// SPDX-License-Identifier: Apache-2.0
// Draws by the machine's vector units against the same formulas on one number at a time.
#include "sim/host/draws.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstring>
#include <numbers>
#include <vector>

namespace binade::sim {
namespace {

std::uint64_t mix(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31);
}

double uniform(std::uint64_t stream, std::uint64_t index) {
  const std::uint64_t bits = mix(stream + (index + 1) * 0x9e3779b97f4a7c15U) >> 32;
  return (static_cast<double>(bits) + 0.5) * 0x1p-32;
}

template <std::size_t N>
double polynomial(const std::array<double, N>& coefficients, double x) {
  double value = 0;
  for (std::size_t i = N; i-- > 0;) value = value * x + coefficients[i];
  return value;
}

double natural_log(double x) {
  constexpr std::array kSeries{1.0,      1.0 / 3,  1.0 / 5,  1.0 / 7,  1.0 / 9,  1.0 / 11, 1.0 / 13,
                               1.0 / 15, 1.0 / 17, 1.0 / 19, 1.0 / 21, 1.0 / 23, 1.0 / 25};
  int exponent = 0;
  double fraction = std::frexp(x, &exponent);
  if (fraction < std::numbers::sqrt2 / 2) {
    fraction *= 2;
    --exponent;
  }
  const double s = (fraction - 1) / (fraction + 1);
  return exponent * std::numbers::ln2 + 2 * s * polynomial(kSeries, s * s);
}

// Algorithm AS 241, PPND16.
double normal_quantile(double p) {
  constexpr std::array kA{3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
                          4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3};
  constexpr std::array kB{1.0,
                          4.2313330701600911252e1,
                          6.8718700749205790830e2,
                          5.3941960214247511077e3,
                          2.1213794301586595867e4,
                          3.9307895800092710610e4,
                          2.8729085735721942674e4,
                          5.2264952788528545610e3};
  constexpr std::array kC{1.42343711074968357734e0,  4.63033784615654529590e0, 5.76949722146069140550e0,
                          3.64784832476320460504e0,  1.27045825245236838258e0, 2.41780725177450611770e-1,
                          2.27238449892691845833e-2, 7.74545014278341407640e-4};
  constexpr std::array kD{1.0,
                          2.05319162663775882187e0,
                          1.67638483018380384940e0,
                          6.89767334985100004550e-1,
                          1.48103976427480074590e-1,
                          1.51986665636164571966e-2,
                          5.47593808499534494600e-4,
                          1.05075007164441684324e-9};
  const double q = p - 0.5;
  if (std::abs(q) <= 0.425) {
    const double r = 0.180625 - q * q;
    return q * polynomial(kA, r) / polynomial(kB, r);
  }
  const double r = std::sqrt(-natural_log(q < 0 ? p : 1 - p)) - 1.6;
  const double magnitude = polynomial(kC, r) / polynomial(kD, r);
  return q < 0 ? -magnitude : magnitude;
}

// Bits, so that a zero's sign counts.
bool same(double a, double b) { return std::memcmp(&a, &b, sizeof a) == 0; }

TEST(Draws, VectorsDrawWhatTheFormulasSay) {
  std::size_t outer = 0;
  for (const std::int64_t first : {std::int64_t{0}, std::int64_t{3}, (std::int64_t{1} << 32) - 100})
    for (const std::size_t count : {std::size_t{1}, std::size_t{7}, std::size_t{512}, std::size_t{100'003}}) {
      const std::uint64_t stream = stream_of(11, "fc1.weight") + count;
      std::vector<double> uniforms(count), normals(count);
      draw_uniform(stream, first, uniforms);
      draw_normal(stream, first, normals);
      for (std::size_t i = 0; i < count; ++i) {
        const double p = uniform(stream, static_cast<std::uint64_t>(first) + i);
        ASSERT_TRUE(same(uniforms[i], p)) << first << " + " << i;
        ASSERT_TRUE(same(normals[i], normal_quantile(p))) << first << " + " << i;
        outer += std::abs(p - 0.5) > 0.425 ? 1 : 0;
      }
    }
  EXPECT_GT(outer, 40'000U);  // three in twenty
}

TEST(Draws, NamesAndSeedsTellStreamsApart) {
  EXPECT_EQ(stream_of(1, "a"), stream_of(1, "a"));
  EXPECT_NE(stream_of(1, "a"), stream_of(2, "a"));
  EXPECT_NE(stream_of(1, "a"), stream_of(1, "b"));
}

}  // namespace
}  // namespace binade::sim
