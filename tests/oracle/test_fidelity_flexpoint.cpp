// SPDX-License-Identifier: Apache-2.0
// docs/fidelity.md by test id: Autoflex and the truncating accumulator against the published vectors.
#include <gtest/gtest.h>

#include <cmath>

#include "models/exponent/autoflex.h"
#include "models/exponent/dfp.h"
#include "models/numerics/accumulator.h"
#include "tests/oracle/reference/shared_exponent.h"

namespace binade::oracle {
namespace {

using numerics::Accumulator;
using numerics::FormatSpec;
using numerics::Rounding;

const FormatSpec kFlex16 = numerics::parse_format("flex16+5");

struct Stored {
  std::int64_t mantissa = 0;
  int exponent = 0;
  bool operator==(const Stored&) const = default;
  double value() const { return std::ldexp(static_cast<double>(mantissa), exponent); }
};

std::ostream& operator<<(std::ostream& out, const Stored& stored) { return out << stored.mantissa << " @ 2^" << stored.exponent; }

std::int64_t write(double value, int exponent, Rounding rounding) {
  numerics::Events events;
  return numerics::mantissa_of(kFlex16,
                               numerics::encode(kFlex16, numerics::from_double(value), {rounding, exponent, 0, false}, events));
}

/// One scalar tensor of the public test suite: its exponent from get_scale (host operands) or Algorithm 1 (results) at the
/// first write, predicted by the ngraph preset afterwards.
class Scalar {
 public:
  Stored host_write(double value) { return store(value, Rounding::Rtz, exponent::flex_host_exponent(std::abs(value), 16)); }
  Stored kernel_write(double value) {
    const auto run = [&](int e) { return static_cast<std::uint64_t>(std::abs(write(value, e, Rounding::Rne))); };
    return store(value, Rounding::Rne, history_ ? 0 : exponent::autoflex_initialise(16, -8, run).lsb_exponent);
  }

 private:
  Stored store(double value, Rounding rounding, int first_exponent) {
    if (!history_) {
      history_.emplace(exponent::autoflex_preset("ngraph", 16), first_exponent);
    } else {
      history_->predict();
    }
    const int e = history_->lsb_exponent();
    const std::int64_t mantissa = write(value, e, rounding);
    history_->record(static_cast<std::uint64_t>(std::abs(mantissa)));
    return {mantissa, e};
  }
  std::optional<exponent::Autoflex> history_;
};

TEST(Flexpoint, T_FLX_1_Assign) {
  Scalar out;
  EXPECT_EQ(out.host_write(1), (Stored{16384, -14}));
  EXPECT_EQ(out.host_write(5), (Stored{32767, -14}));
  EXPECT_EQ(out.host_write(10), (Stored{32767, -12}));
  EXPECT_EQ(out.host_write(-32768), (Stored{-32768, -10}));
}

TEST(Flexpoint, T_FLX_1_AddConstant) {
  Scalar x;
  Scalar constant;
  Scalar out;
  const double addend = constant.host_write(1.5).value();
  const auto result = [&](double value) { return out.kernel_write(static_cast<float>(x.host_write(value).value() + addend)); };
  EXPECT_EQ(result(0), (Stored{24576, -14}));
  EXPECT_EQ(result(1), (Stored{32767, -14}));
  EXPECT_EQ(result(2), (Stored{14336, -12}));
  EXPECT_EQ(result(3), (Stored{18432, -12}));
}

TEST(Flexpoint, T_FLX_1_MultiplyByConstant) {
  Scalar x;
  Scalar constant;
  Scalar out;
  const double factor = constant.host_write(10.1).value();
  const auto result = [&](double value) { return out.kernel_write(static_cast<float>(x.host_write(value).value() * factor)); };
  EXPECT_EQ(result(1), (Stored{20684, -11}));
  EXPECT_EQ(result(1000), (Stored{32767, -11}));
  EXPECT_EQ(result(2), (Stored{10342, -9}));
  EXPECT_EQ(result(-1000), (Stored{-32768, -9}));
  EXPECT_EQ(result(0.4), (Stored{516, -7}));
}

struct Row {
  double maximum;
  int exponent;
  std::int64_t gamma;
  int next;
};
constexpr Row kPaperTable[] = {{0.5, -14, 8192, -14}, {0.6, -14, 9830, -14},  {0.7, -14, 11469, -14}, {0.9, -14, 14746, -13},
                               {1.0, -13, 8192, -13}, {1.3, -13, 10650, -12}, {2.0, -12, 8192, -12},  {4.5, -12, 18432, -10}};

TEST(Flexpoint, T_FLX_2_PaperPreset) {
  for (const auto arithmetic : {exponent::AutoflexArithmetic::Published, exponent::AutoflexArithmetic::Integer}) {
    exponent::Autoflex tensor(exponent::autoflex_preset("paper", 16), -14, arithmetic);
    Autoflex reference{16, 2, -14};
    for (const Row& row : kPaperTable) {
      EXPECT_EQ(tensor.lsb_exponent(), row.exponent) << row.maximum;
      EXPECT_EQ(write(row.maximum, tensor.lsb_exponent(), Rounding::Rne), row.gamma) << row.maximum;
      tensor.record(static_cast<std::uint64_t>(row.gamma));
      EXPECT_EQ(tensor.predict(), row.next) << row.maximum;
      reference.update(row.gamma);
      reference.predict();
      EXPECT_EQ(reference.exponent, row.next) << row.maximum;
    }
  }
}

TEST(Flexpoint, T_FLX_3_Initialisation) {
  const auto initialise = [](double x) {
    return exponent::autoflex_initialise(16, -8,
                                         [&](int e) { return static_cast<std::uint64_t>(std::abs(write(x, e, Rounding::Rne))); });
  };
  const auto one = initialise(1);
  EXPECT_EQ(one.trace, (std::vector<exponent::AutoflexTry>{{-8, 257}}));
  EXPECT_EQ(one.lsb_exponent, -14);
  const auto large = initialise(300);
  EXPECT_EQ(large.trace, (std::vector<exponent::AutoflexTry>{{-8, 32768}, {-1, 601}}));
  EXPECT_EQ(large.lsb_exponent, -6);
  const auto zero = initialise(0);
  EXPECT_EQ(zero.trace.size(), 11u);
  EXPECT_EQ(zero.lsb_exponent, 0);
}

/// Sum of all-ones products over `steps` steps with a total of `numerator` / 4 output LSBs a block.
std::int64_t blocked_sum(int steps, int block, int numerator) {
  const auto accumulator = numerics::make_accumulator(kFlex16, {numerics::Accumulate::Blocked, 0, block, Rounding::Rne}, 2, 0);
  for (int k = 0; k < steps; ++k) accumulator->mac(k % 32 == 0 ? numerics::code_of_mantissa(kFlex16, numerator) : 0, 1);
  return numerics::mantissa_of(kFlex16, accumulator->result(false, 0));
}

TEST(Flexpoint, T_FLX_5_Truncation) {
  EXPECT_EQ(blocked_sum(96, 32, 3), 3);
  EXPECT_EQ(blocked_sum(96, 96, 3), 2);
  EXPECT_EQ(blocked_sum(32, 32, 2), 1);
  EXPECT_EQ(blocked_sum(32, 32, -2), 0);
  EXPECT_EQ(blocked_sum(32, 32, 6), 2);
}

/// Random histories with drifts, jumps and zeros through both the model and the oracle.
void compare_histories(exponent::AutoflexArithmetic arithmetic, int bits) {
  const std::int64_t top = (std::int64_t{1} << (bits - 1)) - 1;
  for (const char* preset : {"paper", "ngraph"}) {
    for (std::uint64_t seed = 0; seed < 80; ++seed) {
      exponent::AutoflexParameters parameters = exponent::autoflex_preset(preset, bits);
      parameters.infrequent_rule = false;
      exponent::Autoflex tensor(parameters, -8, arithmetic);
      Autoflex reference{bits, std::string(preset) == "paper" ? 2 : 1, -8};
      std::uint64_t state = seed * 1'000'003;
      double level = 1;
      for (int touch = 0; touch < 60; ++touch) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        level *= std::exp2(static_cast<double>(state >> 40) / (1 << 24) * 4 - 2);
        if (touch % 29 == 28) level = 0x1p-40;
        const double stored = std::min(static_cast<double>(top), std::nearbyint(std::ldexp(level, -reference.exponent)));
        tensor.record(static_cast<std::uint64_t>(stored));
        reference.update(static_cast<std::int64_t>(stored));
        if (arithmetic == exponent::AutoflexArithmetic::Published) {
          reference.predict();
        } else {
          reference.exponent = reference.exact_prediction();
        }
        ASSERT_EQ(tensor.predict(), reference.exponent) << preset << " seed " << seed << " touch " << touch;
      }
    }
  }
}

TEST(Flexpoint, Section_1_5_PublishedArithmetic) {
  for (const int bits : {8, 12, 16}) compare_histories(exponent::AutoflexArithmetic::Published, bits);
}

TEST(Flexpoint, Section_1_5_ExponentUnitIsExact) {
  for (const int bits : {8, 12, 16}) compare_histories(exponent::AutoflexArithmetic::Integer, bits);
}

TEST(Flexpoint, Section_1_6_ZeroTensorShrinksToTheClamp) {
  for (const auto& [preset, octaves] : {std::pair{"ngraph", 8}, {"paper", 7}}) {
    exponent::Autoflex tensor(exponent::autoflex_preset(preset, 16), -1);
    for (int expected = -1 - octaves; expected > -32; expected -= octaves) {
      tensor.record(0);
      // gamma kappa = 100 kappa: floor(log2 100) = 6 or, doubled, 7, less N - 2 = 14.
      EXPECT_EQ(tensor.predict(), expected) << preset;
    }
    for (int touch = 0; touch < 5; ++touch) {
      tensor.record(0);
      tensor.predict();
    }
    EXPECT_EQ(tensor.lsb_exponent(), -32) << preset;
  }
}

TEST(Flexpoint, Section_1_5_ConsecutiveOverflowsGrow) {
  // x4 a step; with alpha = 2, x8 a step after each clear.
  for (const auto& [preset, octaves] : {std::pair{"ngraph", 2}, {"paper", 3}}) {
    exponent::Autoflex tensor(exponent::autoflex_preset(preset, 16), -30);
    for (int touch = 1; touch <= 4; ++touch) {
      tensor.record(32767);
      EXPECT_EQ(tensor.predict(), -30 + octaves * touch) << preset;
      EXPECT_EQ(tensor.overflows(), static_cast<std::uint64_t>(touch));
    }
  }
}

}  // namespace
}  // namespace binade::oracle
