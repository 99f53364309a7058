// SPDX-License-Identifier: Apache-2.0
// The vector unit's arithmetic against statements in exact binary64 or integers, over formats x operations x ReLU x outputs.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "models/numerics/arithmetic.h"
#include "models/numerics/codec.h"
#include "tests/support/instance_name.h"
#include "tests/unit/operations/vector_harness.h"

namespace binade::operations::test {
namespace {

using numerics::Family;

const char* const kFormats[] = {"posit8", "posit16", "e6m7", "fp16", "bf16", "fp8e4m3", "flex16+5", "dfp8", "sdfp8", "fixed12.6"};

class VectorOps : public testing::TestWithParam<const char*> {
 protected:
  const FormatSpec format = numerics::parse_format(GetParam());
  const int x_exponent = format.shared_exponent() ? (format.family == Family::Fixed ? -format.fraction_bits : -6) : 0;
  std::mt19937_64 random{99};

  /// Codes of values of moderate size, so that sums and products are exact in binary64.
  std::vector<Code> draw(std::size_t count) {
    std::vector<Code> codes(count);
    numerics::Events events;
    for (Code& code : codes) {
      const double value = static_cast<double>(static_cast<int>(random() % 1025) - 512) / 256.0;
      code = encode(value, x_exponent, events);
    }
    return codes;
  }
  Code encode(double value, int lsb_exponent, numerics::Events& events) const {
    numerics::Quantisation how;
    how.rounding = format.default_rounding();
    how.lsb_exponent = lsb_exponent;
    return numerics::encode(format, numerics::from_double(value), how, events);
  }
  double real(Code code) const { return numerics::to_double(numerics::decode(format, code, x_exponent)); }
  std::vector<double> reals(const std::vector<Code>& codes) const {
    std::vector<double> values;
    for (const Code code : codes) values.push_back(real(code));
    return values;
  }
  spec::Vector make(VectorOp op, std::int64_t count) const {
    spec::Vector d = command(op, count);
    d.x_exponent = d.y_exponent = d.t_exponent = x_exponent;
    d.o_exponent = format.family == Family::Fixed ? x_exponent : x_exponent + 1;
    return d;
  }
  /// Codes and events must be those of `exact` values encoded once.
  void expect(const spec::Vector& d, const Result& result, std::vector<double> exact) const {
    ASSERT_EQ(result.codes.size(), exact.size());
    numerics::Events events;
    for (std::size_t i = 0; i < exact.size(); ++i) {
      if (d.relu && (exact[i] < 0 || (exact[i] == 0 && std::signbit(exact[i])))) exact[i] = 0;
      EXPECT_EQ(result.codes[i], encode(exact[i], static_cast<int>(d.o_exponent), events)) << i << ": " << exact[i];
    }
    EXPECT_EQ(result.stats.events, events);
  }
};

TEST_P(VectorOps, CopyAndAddRoundOnce) {
  for (const int relu : {0, 1}) {
    const auto x = draw(200), y = draw(200);
    spec::Vector d = make(VectorOp::Copy, 200);
    d.relu = relu;
    expect(d, run(format, d, x), reals(x));
    d = make(VectorOp::Add, 200);
    d.relu = relu;
    std::vector<double> sum;
    for (std::size_t i = 0; i < x.size(); ++i) sum.push_back(real(x[i]) + real(y[i]));
    expect(d, run(format, d, x, y), sum);
  }
}

TEST_P(VectorOps, SubMulAndBroadcastRoundOnce) {
  const std::int64_t channels = 5, inner = 3, first = 7;
  const auto x = draw(200), each = draw(200), few = draw(channels);
  for (const VectorOp op : {VectorOp::Add, VectorOp::Sub, VectorOp::Mul})
    for (const bool broadcast : {false, true})
      for (const int relu : {0, 1}) {
        spec::Vector d = make(op, 200);
        d.relu = relu;
        d.broadcast = broadcast ? 1 : 0;
        d.channels = channels, d.inner = inner, d.first = first;
        std::vector<double> exact;
        for (std::int64_t i = 0; i < 200; ++i) {
          const double a = real(x[static_cast<std::size_t>(i)]);
          const double b =
              real(broadcast ? few[static_cast<std::size_t>((first + i) / inner % channels)] : each[static_cast<std::size_t>(i)]);
          exact.push_back(op == VectorOp::Add ? a + b : op == VectorOp::Sub ? a - b : a * b);
        }
        expect(d, run(format, d, x, broadcast ? few : each), exact);
      }
}

TEST_P(VectorOps, ActivationsRoundOnce) {
  const auto x = draw(200);
  const auto all = [&](spec::Vector d, auto function) {
    std::vector<double> exact;
    for (const double value : reals(x)) exact.push_back(function(value));
    expect(d, run(format, d, x), exact);
  };
  for (const double slope : {0.25, 0.0, -2.0}) {  // products exact in binary64
    spec::Vector d = make(VectorOp::LeakyRelu, 200);
    d.alpha = std::bit_cast<std::int64_t>(slope);
    all(d, [slope](double v) { return v > 0 ? v : v * slope; });
  }
  for (const double most : {0.5, 6.0, 0.3}) {
    spec::Vector d = make(VectorOp::Clip, 200);
    d.alpha = std::bit_cast<std::int64_t>(-0.7);
    d.beta = std::bit_cast<std::int64_t>(most);
    all(d, [most](double v) { return std::clamp(v, -0.7, most); });
  }
  all(make(VectorOp::Sigmoid, 200), [](double v) { return 1 / (1 + std::exp(-v)); });
  all(make(VectorOp::Tanh, 200), [](double v) { return std::tanh(v); });
}

TEST_P(VectorOps, MaxReduceFindsTheLargest) {
  for (const std::int64_t length : {1, 2, 9}) {
    const auto x = draw(static_cast<std::size_t>(20 * length));
    spec::Vector d = make(VectorOp::MaxReduce, 20);
    d.length = length;
    std::vector<double> largest;
    for (std::int64_t i = 0; i < 20; ++i) {
      double most = real(x[static_cast<std::size_t>(i * length)]);
      for (std::int64_t j = 1; j < length; ++j) most = std::max(most, real(x[static_cast<std::size_t>(i * length + j)]));
      largest.push_back(most);
    }
    expect(d, run(format, d, x), largest);
    EXPECT_EQ(vector_extent(format, d).operations, static_cast<std::uint64_t>(20 * length));
  }
}

TEST_P(VectorOps, MeanReduceRoundsTheExactQuotientOnce) {
  for (const std::int64_t length : {1, 3, 4, 49}) {
    const auto x = draw(static_cast<std::size_t>(10 * length));
    spec::Vector d = make(VectorOp::MeanReduce, 10);
    d.length = length;
    d.divisor = length + 2;  // padding may count or not
    const Result result = run(format, d, x);
    numerics::Events events;
    for (std::int64_t i = 0; i < 10; ++i) {
      double sum = 0;
      for (std::int64_t j = 0; j < length; ++j) sum += real(x[static_cast<std::size_t>(i * length + j)]);
      numerics::Quantisation how;
      how.rounding = format.default_rounding();
      how.lsb_exponent = static_cast<int>(d.o_exponent);
      const auto mean = numerics::div(numerics::from_double(sum), numerics::from_integer(d.divisor, 0));
      EXPECT_EQ(result.codes[static_cast<std::size_t>(i)], numerics::encode(format, mean, how, events));
    }
    EXPECT_EQ(result.stats.events, events);
  }
}

TEST_P(VectorOps, BatchNormIsOneFusedMultiplyAdd) {
  const std::int64_t channels = 5, inner = 3, first = 7;
  const auto x = draw(64), y = draw(2 * channels);
  spec::Vector d = make(VectorOp::BatchNorm, 64);
  d.channels = channels;
  d.inner = inner;
  d.first = first;
  d.relu = 1;
  std::vector<double> exact;
  for (std::int64_t i = 0; i < 64; ++i) {
    const auto c = static_cast<std::size_t>((first + i) / inner % channels);
    exact.push_back(real(x[static_cast<std::size_t>(i)]) * real(y[c]) + real(y[channels + c]));
  }
  expect(d, run(format, d, x, y), exact);
}

TEST_P(VectorOps, RowOperationsAreBinary64InIndexOrder) {
  const std::int64_t length = 11;
  const auto x = draw(33), y = draw(2 * length);
  const auto values = reals(x);
  spec::Vector d = make(VectorOp::Softmax, 33);
  d.length = length;
  std::vector<double> soft, log_soft, norm, gelu;
  for (std::size_t row = 0; row < 33; row += 11) {
    const double largest = *std::max_element(values.begin() + static_cast<std::ptrdiff_t>(row),
                                             values.begin() + static_cast<std::ptrdiff_t>(row + 11));
    double sum = 0, total = 0, squares = 0;
    for (std::size_t j = row; j < row + 11; ++j) sum += std::exp(values[j] - largest), total += values[j];
    const double mean = total / 11;
    for (std::size_t j = row; j < row + 11; ++j) squares += (values[j] - mean) * (values[j] - mean);
    for (std::size_t j = row; j < row + 11; ++j) {
      soft.push_back(std::exp(values[j] - largest) / sum);
      log_soft.push_back((values[j] - largest) - std::log(sum));
      norm.push_back((values[j] - mean) / std::sqrt(squares / 11 + 1e-5) * real(y[j - row]) + real(y[11 + j - row]));
      gelu.push_back(0.5 * values[j] * (1.0 + std::erf(values[j] / std::sqrt(2.0))));
    }
  }
  expect(d, run(format, d, x), soft);
  d.op = static_cast<std::int64_t>(VectorOp::LogSoftmax);
  expect(d, run(format, d, x), log_soft);
  d = make(VectorOp::LayerNorm, 33);
  d.length = length;
  d.eps = std::bit_cast<std::int64_t>(1e-5);
  expect(d, run(format, d, x, y), norm);
  d = make(VectorOp::Gelu, 33);
  expect(d, run(format, d, x), gelu);
}

// Raw integers of 4 bytes are those of 8 where they fit, with the same events, and the nearest limit elsewhere.
TEST_P(VectorOps, RawWidthsAgree) {
  if (!format.shared_exponent()) return;
  for (const VectorOp op : {VectorOp::Copy, VectorOp::Add, VectorOp::MaxReduce, VectorOp::MeanReduce, VectorOp::BatchNorm,
                            VectorOp::Softmax, VectorOp::LogSoftmax, VectorOp::LayerNorm, VectorOp::Gelu, VectorOp::Sub,
                            VectorOp::Mul, VectorOp::LeakyRelu, VectorOp::Clip, VectorOp::Sigmoid, VectorOp::Tanh})
    for (const int o_exponent : {-32, -14, -6, 0}) {
      spec::Vector d = make(op, 90);
      d.length = d.divisor = 3;
      d.channels = 5, d.inner = 4;
      d.eps = std::bit_cast<std::int64_t>(1e-3);
      d.alpha = std::bit_cast<std::int64_t>(0.3), d.beta = std::bit_cast<std::int64_t>(1.1);
      d.y_exponent = -7, d.t_exponent = -13;
      d.o_exponent = o_exponent;
      const bool reduces = op == VectorOp::MaxReduce || op == VectorOp::MeanReduce;
      const auto x = draw(reduces ? 270 : 90);
      const auto y = draw(static_cast<std::size_t>(vector_extent(format, d).y_bytes / format.storage_bytes()));
      d.raw_bytes = 8;
      const Result wide = run(format, d, x, y);
      d.raw_bytes = 4;
      const Result narrow = run(format, d, x, y);
      ASSERT_EQ(narrow.bytes.size() * 2, wide.bytes.size());
      bool clamped = false;
      for (std::size_t i = 0; i < 90; ++i) {
        std::int64_t of_wide = 0;
        std::int32_t of_narrow = 0;
        std::memcpy(&of_wide, wide.bytes.data() + 8 * i, 8);
        std::memcpy(&of_narrow, narrow.bytes.data() + 4 * i, 4);
        constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
        EXPECT_EQ(of_narrow, std::clamp(of_wide, -kMost, kMost)) << d.op << ' ' << o_exponent;
        clamped = clamped || std::abs(of_wide) > kMost;
      }
      if (!clamped) {
        EXPECT_EQ(narrow.stats, wide.stats);
      } else {
        EXPECT_GT(narrow.stats.events.saturation, 0U);
      }
    }
}

TEST_P(VectorOps, RawOutputsAreNearestEvenIntegersWithStatistics) {
  const auto x = draw(100);
  spec::Vector d = make(VectorOp::Copy, 100);
  d.raw_bytes = 8;
  d.o_exponent = -5;  // coarser than x: ties occur
  const Result result = run(format, d, x);
  std::uint64_t max_abs = 0;
  std::array<std::uint64_t, 64> histogram{};
  for (std::size_t i = 0; i < x.size(); ++i) {
    std::int64_t stored = 0;
    std::memcpy(&stored, result.bytes.data() + 8 * i, 8);
    const double scaled = std::nearbyint(real(x[i]) * 32);
    EXPECT_EQ(stored, static_cast<std::int64_t>(scaled));
    const auto magnitude = static_cast<std::uint64_t>(std::fabs(scaled));
    max_abs = std::max(max_abs, magnitude);
    if (magnitude > 0) ++histogram[static_cast<std::size_t>(std::ilogb(scaled))];
  }
  EXPECT_EQ(result.stats.max_abs, max_abs);
  EXPECT_EQ(result.stats.leading_bit, histogram);
  EXPECT_EQ(result.stats.mantissa_overflows, 0u);

  d.o_exponent = -200;  // everything but zero is beyond 2^63
  const Result clamped = run(format, d, x);
  std::uint64_t non_zero = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    std::int64_t stored = 0;
    std::memcpy(&stored, clamped.bytes.data() + 8 * i, 8);
    const double value = real(x[i]);
    EXPECT_EQ(stored, value == 0 ? 0 : value > 0 ? INT64_MAX : -INT64_MAX);
    non_zero += value != 0;
  }
  EXPECT_EQ(clamped.stats.mantissa_overflows, non_zero);
  EXPECT_EQ(clamped.stats.events.saturation, non_zero);
}

INSTANTIATE_TEST_SUITE_P(Formats, VectorOps, testing::ValuesIn(kFormats),
                         [](const auto& tested) { return tests::instance_name(tested.param); });

}  // namespace
}  // namespace binade::operations::test
