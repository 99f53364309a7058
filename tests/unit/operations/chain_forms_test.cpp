// SPDX-License-Identifier: Apache-2.0
// The ready-made chains: on real numbers against their mathematics (gradients against differences, optimisers against loops written
// from their definitions), in posits against nested roundings in the stated order.
#include <cmath>
#include <functional>
#include <numeric>
#include <random>

#include "models/numerics/arithmetic.h"
#include "models/operations/chain/activations.h"
#include "models/operations/chain/elementwise.h"
#include "models/operations/chain/losses.h"
#include "models/operations/chain/normalisation.h"
#include "models/operations/chain/optimisers.h"
#include "tests/support/random_values.h"
#include "tests/unit/operations/chain_harness.h"

namespace binade::operations::test {
namespace {

using Reals = std::vector<double>;

constexpr Activation kActivations[] = {Activation::Relu, Activation::LeakyRelu, Activation::Tanh, Activation::Sigmoid,
                                       Activation::Gelu};

void expect_near(const Reals& got, const Reals& want, double tolerance) {
  ASSERT_EQ(got.size(), want.size());
  for (std::size_t i = 0; i < got.size(); ++i)
    EXPECT_NEAR(got[i], want[i], tolerance * std::max(1.0, std::fabs(want[i]))) << "element " << i;
}

/// Gradient of `loss` at x by central differences.
Reals differences(Reals x, const std::function<double(const Reals&)>& loss) {
  constexpr double kStep = 1e-6;
  Reals gradient;
  for (double& value : x) {
    const double kept = value;
    value = kept + kStep;
    const double above = loss(x);
    value = kept - kStep;
    gradient.push_back((above - loss(x)) / (2 * kStep));
    value = kept;
  }
  return gradient;
}

double weighted_sum(const Reals& values, const Reals& weights) {
  return std::inner_product(values.begin(), values.end(), weights.begin(), 0.0);
}

TEST(ChainForms, ActivationsAndTheirGradients) {
  Reals x = tests::random_values(40, 7);
  for (double& value : x) value *= 4;
  const Reals delta = tests::random_values(40, 8);
  const ChainCall call{.to = format("fp32"), .outputs = 40};
  for (const Activation activation : kActivations) {
    const ActivationOptions composite{activation, Evaluation::Composite, 0.1}, stepwise{activation, Evaluation::Stepwise, 0.1};
    const Reals y = run_real(activation_chain(call, composite), {x})[0];
    expect_near(run_real(activation_chain(call, stepwise), {x})[0], y, 1e-14);
    const auto loss = [&](const Reals& at) { return weighted_sum(run_real(activation_chain(call, composite), {at})[0], delta); };
    const bool of_output = activation == Activation::Tanh || activation == Activation::Sigmoid;
    for (const ActivationOptions& options : {composite, stepwise})
      expect_near(run_real(activation_gradient_chain(call, options), {delta, of_output ? y : x})[0], differences(x, loss), 1e-8);
  }
  EXPECT_EQ(run_real(clip_gradient_chain({.to = call.to, .outputs = 5}, 0, 6), {{1, 2, 3, 4, 5}, {-1, 0, 2.5, 6, 7}})[0],
            (Reals{0, 0, 3, 0, 0}));
  const Reals zeros = {0.0, -0.0};
  EXPECT_EQ(run_real(activation_gradient_chain({.to = call.to, .outputs = 2}, {}), {{1, 1}, zeros})[0], (Reals{0, 0}));
}

/// Arithmetic in one posit format, a rounding at a time.
struct Posits {
  numerics::FormatSpec format;
  numerics::Unpacked value(Code code) const { return numerics::decode(format, code); }
  Code round(const numerics::Unpacked& exact) const {
    numerics::Events ignored;
    return numerics::encode(format, exact, {}, ignored);
  }
  Code add(Code a, Code b) const { return round(numerics::add(value(a), value(b))); }
  Code sub(Code a, Code b) const { return round(numerics::sub(value(a), value(b))); }
  Code mul(Code a, Code b) const { return round(numerics::mul(value(a), value(b))); }
  Code div(Code a, Code b) const { return round(numerics::div(value(a), value(b))); }
  Code minus(Code a) const { return round(numerics::negate(value(a))); }
  Code exp(Code a) const {
    const double result = std::exp(numerics::to_double(value(a)));
    return result == 0 ? 1 : round(numerics::from_double(result));
  }
};

TEST(ChainForms, StepwiseActivationsRoundAsPositNN) {
  for (const char* word : {"posit8", "posit12", "posit16es1"}) {
    const ElementFormat to = format(word);
    const Posits posits{to.format};
    const std::int64_t count = std::int64_t{1} << to.format.bits;
    std::vector<Code> all(static_cast<std::size_t>(count));
    std::iota(all.begin(), all.end(), 0U);
    const ChainCall call{.to = to, .outputs = count};
    const Code one = posits.round(numerics::from_double(1));
    const auto tanh = run_chain(activation_chain(call, {Activation::Tanh}), {Stored(to.format, all)}, {to})[0];
    const auto sigmoid = run_chain(activation_chain(call, {Activation::Sigmoid}), {Stored(to.format, all)}, {to})[0];
    const auto slope = run_chain(activation_gradient_chain(call, {Activation::Tanh}),
                                 {Stored(to.format, std::vector(all.size(), one)), Stored(to.format, all)}, {to})[0];
    for (const Code x : all) {
      const Code plus = posits.exp(x), minus = posits.exp(posits.minus(x));
      ASSERT_EQ(tanh[x], posits.div(posits.sub(plus, minus), posits.add(plus, minus))) << word << ' ' << x;
      ASSERT_EQ(sigmoid[x], posits.div(one, posits.add(one, minus))) << word << ' ' << x;
      const numerics::Unpacked y = posits.value(x);
      ASSERT_EQ(slope[x], posits.round(numerics::fma(y, numerics::negate(y), numerics::from_double(1)))) << word << ' ' << x;
    }
  }
}

TEST(ChainForms, CrossEntropyAndItsGradient) {
  constexpr std::int64_t kRows = 5, kClasses = 4;
  const ChainCall call{.to = format("fp32"), .outputs = kRows * kClasses};
  const Reals logits = tests::random_values(call.outputs, 3);
  Reals label(logits.size());
  for (std::size_t row = 0; row < kRows; ++row) label[row * kClasses + row % kClasses] = 1;
  struct Pieces {
    Reals largest, exponentials, sums;
  };
  const auto pieces = [&](const Reals& z) {
    Pieces made;
    for (std::int64_t row = 0; row < kRows; ++row)
      made.largest.push_back(*std::max_element(z.begin() + row * kClasses, z.begin() + (row + 1) * kClasses));
    made.exponentials = run_real(softmax_exponential_chain(call, kClasses), {z, made.largest})[0];
    for (std::int64_t row = 0; row < kRows; ++row)
      made.sums.push_back(
          std::accumulate(made.exponentials.begin() + row * kClasses, made.exponentials.begin() + (row + 1) * kClasses, 0.0));
    return made;
  };
  const auto loss = [&](const Reals& z) {
    const Pieces of = pieces(z);
    return -weighted_sum(run_real(log_probability_chain(call, kClasses), {z, of.largest, of.sums})[0], label) / kRows;
  };
  EXPECT_NEAR(loss(Reals(logits.size(), 0.0)), std::log(4.0), 1e-15);
  const Pieces of = pieces(logits);
  for (const CrossEntropyOrder order : {CrossEntropyOrder::Fam, CrossEntropyOrder::Subtract})
    expect_near(run_real(cross_entropy_gradient_chain(call, kClasses, {.order = order, .divisor = kRows}),
                         {of.exponentials, of.sums, label})[0],
                differences(logits, loss), 1e-8);
}

TEST(ChainForms, SquaredError) {
  const ChainCall call{.to = format("fp32"), .outputs = 6};
  const Reals z = tests::random_values(6, 1), t = tests::random_values(6, 2);
  const auto made = run_real(squared_error_chain(call, {.divisor = 6}), {z, t});
  const auto loss = [&](const Reals& at) {
    return weighted_sum(run_real(squared_error_chain(call, {}), {at, t})[0], Reals(6, 1.0 / 6));
  };
  expect_near(made[1], differences(z, loss), 1e-8);
}

/// Means of products over the elements that share a statistic.
Reals means(const Reals& values, const Spread& of) {
  Reals sums(static_cast<std::size_t>(of.size));
  for (std::size_t e = 0; e < values.size(); ++e)
    sums[e / static_cast<std::size_t>(of.inner) % static_cast<std::size_t>(of.size)] += values[e];
  for (double& sum : sums) sum /= static_cast<double>(values.size()) / static_cast<double>(of.size);
  return sums;
}

struct Normalised {
  Reals mean, variance, inverse, y;
};

Normalised normalise(const ChainCall& call, const NormSpread& spread, const Reals& x, const Reals& gamma, const Reals& beta) {
  Normalised made;
  const auto groups = static_cast<double>(spread.statistics.size), count = static_cast<double>(call.outputs) / groups;
  const ChainCall statistics{.to = call.to, .outputs = spread.statistics.size};
  made.mean = means(x, spread.statistics);
  Reals sums = means(run_real(deviation_square_chain(call, spread), {x, made.mean})[0], spread.statistics);
  for (double& sum : sums) sum *= count;
  const auto made_statistics = run_real(statistics_chain(statistics, count, 1e-5), {sums});
  made.variance = made_statistics[0];
  made.inverse = made_statistics[1];
  made.y = run_real(normalise_chain(call, spread), {x, made.mean, made.inverse, gamma, beta})[0];
  return made;
}

TEST(ChainForms, NormalisationsAndTheirGradients) {
  constexpr std::int64_t kSamples = 3, kChannels = 4, kPixels = 5;
  const ChainCall call{.to = format("fp32"), .outputs = kSamples * kChannels * kPixels};
  const Reals x = tests::random_values(call.outputs, 4), delta = tests::random_values(call.outputs, 5);
  const NormSpread batch{{kPixels, kChannels}, {kPixels, kChannels}}, layer{{kPixels, kSamples * kChannels}, {1, kPixels}};
  for (const NormSpread& spread : {batch, layer}) {
    const Reals gamma = tests::random_values(spread.affine.size, 6), beta = tests::random_values(spread.affine.size, 9);
    const auto loss = [&](const Reals& at) { return weighted_sum(normalise(call, spread, at, gamma, beta).y, delta); };
    const Normalised of = normalise(call, spread, x, gamma, beta);
    const auto at = [&](const Reals& values, std::int64_t group) { return values[static_cast<std::size_t>(group)]; };
    EXPECT_NEAR(at(of.inverse, 1), 1 / std::sqrt(at(of.variance, 1) + 1e-5), 1e-12);
    Reals gradient;
    if (spread.affine.inner == kPixels) {
      const Reals product = run_real(normalised_product_chain(call, spread), {delta, x, of.mean, of.inverse})[0];
      gradient =
          run_real(batch_norm_gradient_chain(call, spread),
                   {delta, x, of.mean, of.inverse, gamma, means(delta, spread.statistics), means(product, spread.statistics)})[0];
    } else {
      const auto products = run_real(layer_norm_products_chain(call, spread), {delta, x, of.mean, of.inverse, gamma});
      gradient = run_real(
          layer_norm_gradient_chain(call, spread),
          {delta, x, of.mean, of.inverse, gamma, means(products[0], spread.statistics), means(products[1], spread.statistics)})[0];
    }
    expect_near(gradient, differences(x, loss), 1e-7);
    const auto rectified = run_real(normalise_chain(call, spread, {.relu = true}), {x, of.mean, of.inverse, gamma, beta})[0];
    for (std::size_t i = 0; i < rectified.size(); ++i) EXPECT_EQ(rectified[i], std::max(of.y[i], 0.0));
  }
  const auto running = run_real(running_chain({.to = call.to, .outputs = 1}, 0.1, 5), {{2}, {3}, {4}, {8}});
  EXPECT_NEAR(running[0][0], 0.9 * 2 + 0.1 * 3, 1e-15);
  EXPECT_NEAR(running[1][0], 0.9 * 4 + 0.1 * 10, 1e-15);
}

/// Minimises a quadratic for some steps; `step` gives new weights from weights and gradient.
Reals descend(const std::function<void(std::int64_t step, double& w, double g)>& step) {
  double w = 0.7;
  Reals path;
  for (std::int64_t t = 1; t <= 6; ++t) {
    step(t, w, 3 * (w - 0.2));
    path.push_back(w);
  }
  return path;
}

TEST(ChainForms, SgdOfItsDefinition) {
  for (const double momentum : {0.0, 0.9})
    for (const double dampening : {0.0, 0.3})
      for (const double decay : {0.0, 0.01})
        for (const bool nesterov : {false, true}) {
          if (nesterov && (momentum == 0 || dampening != 0)) continue;
          double v = 0, stored = 0;
          const Reals want = descend([&](std::int64_t t, double& w, double g) {
            g += decay * w;
            v = t == 1 ? g : momentum * v + (1 - dampening) * g;
            w -= 0.05 * (momentum == 0 ? g : nesterov ? g + momentum * v : v);
          });
          const Reals got = descend([&](std::int64_t t, double& w, double g) {
            const SgdOptions options{.rate = 0.05,
                                     .momentum = momentum,
                                     .dampening = dampening,
                                     .weight_decay = decay,
                                     .nesterov = nesterov,
                                     .first_step = t == 1};
            const auto made = run_real(sgd_chain({.to = format("fp32"), .outputs = 1}, options), {{w}, {g}, {stored}});
            w = made[0][0];
            if (momentum != 0) stored = made[1][0];
          });
          expect_near(got, want, 1e-14);
        }
}

TEST(ChainForms, RmsPropAndAdamOfTheirDefinitions) {
  for (const double momentum : {0.0, 0.9}) {
    double s = 0, v = 0, stored_s = 0, stored_v = 0;
    const Reals want = descend([&](std::int64_t, double& w, double g) {
      g += 0.01 * w;
      s = 0.95 * s + 0.05 * g * g;
      v = momentum * v + g / (std::sqrt(s) + 1e-8);
      w -= 0.05 * v;
    });
    const Reals got = descend([&](std::int64_t, double& w, double g) {
      const RmsPropOptions options{.rate = 0.05, .decay = 0.95, .momentum = momentum, .weight_decay = 0.01};
      const auto made = run_real(rmsprop_chain({.to = format("fp32"), .outputs = 1}, options), {{w}, {g}, {stored_s}, {stored_v}});
      w = made[0][0];
      stored_s = made[1][0];
      if (momentum != 0) stored_v = made[2][0];
    });
    expect_near(got, want, 1e-13);
  }
  double m = 0, v = 0, stored_m = 0, stored_v = 0;
  const Reals want = descend([&](std::int64_t t, double& w, double g) {
    g += 0.01 * w;
    m = 0.9 * m + 0.1 * g;
    v = 0.99 * v + 0.01 * g * g;
    const auto step = static_cast<double>(t);
    w -= 0.05 * (m / (1 - std::pow(0.9, step))) / (std::sqrt(v / (1 - std::pow(0.99, step))) + 1e-8);
  });
  const Reals got = descend([&](std::int64_t t, double& w, double g) {
    const AdamOptions options{.rate = 0.05, .beta1 = 0.9, .beta2 = 0.99, .weight_decay = 0.01, .step = t};
    const auto made = run_real(adam_chain({.to = format("fp32"), .outputs = 1}, options), {{w}, {g}, {stored_m}, {stored_v}});
    w = made[0][0];
    stored_m = made[1][0];
    stored_v = made[2][0];
  });
  expect_near(got, want, 1e-12);
}

TEST(ChainForms, ElementwiseOnes) {
  const ChainCall call{.to = format("fp32"), .outputs = 4};
  const Reals x = {1, -2, 3, -4};
  EXPECT_EQ(run_real(binary_chain(call, Primitive::Mul, {2, 2}), {x, {10, 100}})[0], (Reals{10, -20, 300, -400}));
  EXPECT_EQ(run_real(scale_chain(call, 0.5), {x})[0], (Reals{0.5, -1, 1.5, -2}));
  EXPECT_EQ(run_real(divide_chain(call, 4), {x})[0], (Reals{0.25, -0.5, 0.75, -1}));
  EXPECT_EQ(run_real(negate_chain(call), {x})[0], (Reals{-1, 2, -3, 4}));
  EXPECT_EQ(run_real(dropout_chain(call, 0.5), {x, {1, 0, 0, 1}})[0], (Reals{2, 0, 0, -8}));
}

// 33 is no posit8: a division by it is one by 32.
TEST(ChainForms, ConstantsAreRoundedToTheSteps) {
  const ElementFormat posit8 = format("posit8");
  const ChainCall call{.to = posit8, .outputs = 1};
  EXPECT_EQ(run_chain(divide_chain(call, 33), {Stored(posit8.format, {0x64})}, {posit8})[0][0], 0x40U);
}

// The same twice, as inputs of other formats are rounded before they are used, and not otherwise.
TEST(ChainForms, RoundInputs) {
  const ElementFormat posit8 = format("posit8"), fp32 = format("fp32");
  const Stored x(fp32.format, {0x3f8fffff});  // just below 1.125
  ChainCall call{.to = posit8, .outputs = 1, .round_inputs = true};
  EXPECT_EQ(run_chain(negate_chain(call), {x}, {fp32})[0][0], 0xbf900000U);
  EXPECT_EQ(negate_chain(call).operations(), 2U);
  call.round_inputs = false;
  EXPECT_EQ(negate_chain(call).operations(), 1U);
}

}  // namespace
}  // namespace binade::operations::test
