// SPDX-License-Identifier: Apache-2.0
#include "models/operations/chain/activations.h"

#include <numbers>

#include "models/numerics/error.h"

namespace binade::operations {
namespace {

using Value = ChainBuilder::Value;

constexpr double kInverseRootOfTwo = 1 / std::numbers::sqrt2;
constexpr double kInverseRootOfTwoPi = std::numbers::inv_sqrtpi / std::numbers::sqrt2;

Value tanh_steps(ChainBuilder& chain, const Value& x) {
  const Value plus = chain.step(Primitive::Exp, {x});
  const Value minus = chain.step(Primitive::Exp, {chain.step(Primitive::Negate, {x})});
  return chain.step(Primitive::Div, {chain.step(Primitive::Sub, {plus, minus}), chain.step(Primitive::Add, {plus, minus})});
}

Value sigmoid_steps(ChainBuilder& chain, const Value& x) {
  const Value one = chain.constant(1);
  const Value exponential = chain.step(Primitive::Exp, {chain.step(Primitive::Negate, {x})});
  return chain.step(Primitive::Div, {one, chain.step(Primitive::Add, {one, exponential})});
}

/// 1 + erf(x / sqrt 2)
Value twice_the_cumulative(ChainBuilder& chain, const Value& x) {
  const Value erf = chain.step(Primitive::Erf, {chain.step(Primitive::Mul, {x, chain.constant(kInverseRootOfTwo)})});
  return chain.step(Primitive::Add, {chain.constant(1), erf});
}

Value gelu_steps(ChainBuilder& chain, const Value& x) {
  return chain.step(Primitive::Mul, {chain.step(Primitive::Mul, {x, chain.constant(0.5)}), twice_the_cumulative(chain, x)});
}

Value gelu_gradient_steps(ChainBuilder& chain, const Value& x, const Value& delta) {
  const Value cumulative = chain.step(Primitive::Mul, {twice_the_cumulative(chain, x), chain.constant(0.5)});
  const Value power = chain.step(Primitive::Mul, {chain.step(Primitive::Mul, {x, chain.constant(-0.5)}), x});
  const Value weighted = chain.step(Primitive::Mul, {x, chain.step(Primitive::Exp, {power})});
  return chain.step(Primitive::Mul,
                    {chain.step(Primitive::Fma, {weighted, chain.constant(kInverseRootOfTwoPi), cumulative}), delta});
}

/// A value that depends on which kind a switch did not name.
[[noreturn]] void unknown() { throw InvariantError("chain: no Activation"); }

}  // namespace

ChainForm activation_chain(const ChainCall& call, const ActivationOptions& options) {
  ChainBuilder chain(call);
  const Value x = chain.input(0);
  const bool composite = options.evaluation == Evaluation::Composite;
  switch (options.activation) {
    case Activation::Relu:  // 0 of equals: -0 becomes +0, and NaN stays
      return chain.form({chain.step(Primitive::Max, {chain.constant(0), x})});
    case Activation::LeakyRelu:
      return chain.form(
          {chain.step(Primitive::IfPositive, {x, x, chain.step(Primitive::Mul, {x, chain.constant(options.slope)})})});
    case Activation::Tanh:
      return chain.form({composite ? chain.step(Primitive::Tanh, {x}) : tanh_steps(chain, x)});
    case Activation::Sigmoid:
      return chain.form({composite ? chain.step(Primitive::Sigmoid, {x}) : sigmoid_steps(chain, x)});
    case Activation::Gelu:
      return chain.form({composite ? chain.step(Primitive::Gelu, {x}) : gelu_steps(chain, x)});
  }
  unknown();
}

ChainForm activation_gradient_chain(const ChainCall& call, const ActivationOptions& options) {
  ChainBuilder chain(call);
  const Value delta = chain.input(0), x = chain.input(1);
  const bool composite = options.evaluation == Evaluation::Composite;
  switch (options.activation) {
    case Activation::Relu:
      return chain.form({chain.step(Primitive::IfPositive, {x, delta, chain.constant(0)})});
    case Activation::LeakyRelu:
      return chain.form(
          {chain.step(Primitive::IfPositive, {x, delta, chain.step(Primitive::Mul, {delta, chain.constant(options.slope)})})});
    case Activation::Tanh: {
      if (composite) return chain.form({chain.step(Primitive::TanhGradient, {x, delta})});
      const Value slope = chain.step(Primitive::Fma, {x, chain.step(Primitive::Negate, {x}), chain.constant(1)});
      return chain.form({chain.step(Primitive::Mul, {slope, delta})});
    }
    case Activation::Sigmoid: {
      if (composite) return chain.form({chain.step(Primitive::SigmoidGradient, {x, delta})});
      const Value slope = chain.step(Primitive::Fam, {chain.constant(1), chain.step(Primitive::Negate, {x}), x});
      return chain.form({chain.step(Primitive::Mul, {slope, delta})});
    }
    case Activation::Gelu:
      return chain.form({composite ? chain.step(Primitive::GeluGradient, {x, delta}) : gelu_gradient_steps(chain, x, delta)});
  }
  unknown();
}

ChainForm clip_gradient_chain(const ChainCall& call, double least, double most) {
  ChainBuilder chain(call);
  const Value delta = chain.input(0), x = chain.input(1), zero = chain.constant(0);
  const Value below = chain.step(Primitive::IfPositive, {chain.step(Primitive::Sub, {chain.constant(most), x}), delta, zero});
  return chain.form({chain.step(Primitive::IfPositive, {chain.step(Primitive::Sub, {x, chain.constant(least)}), below, zero})});
}

}  // namespace binade::operations
