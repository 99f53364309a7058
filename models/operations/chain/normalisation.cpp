// SPDX-License-Identifier: Apache-2.0
#include "models/operations/chain/normalisation.h"

namespace binade::operations {
namespace {

using Value = ChainBuilder::Value;

/// (x - mean) * inverse, x the input of that number and the statistics those behind it.
Value normalised(ChainBuilder& chain, std::size_t x, const NormSpread& spread) {
  const Value value = chain.input(x), mean = chain.input(x + 1, spread.statistics), inverse = chain.input(x + 2, spread.statistics);
  return chain.step(Primitive::Mul, {chain.step(Primitive::Sub, {value, mean}), inverse});
}

/// (delta - a) - n * b, the last product and difference with one rounding.
Value centred(ChainBuilder& chain, const Value& delta, const Value& n, const Value& a, const Value& b) {
  const Value against = chain.step(Primitive::Negate, {n});
  return chain.step(Primitive::Fma, {against, b, chain.step(Primitive::Sub, {delta, a})});
}

}  // namespace

ChainForm deviation_square_chain(const ChainCall& call, const NormSpread& spread) {
  ChainBuilder chain(call);
  const Value x = chain.input(0), mean = chain.input(1, spread.statistics);
  const Value deviation = chain.step(Primitive::Sub, {x, mean});
  return chain.form({chain.step(Primitive::Mul, {deviation, deviation})});
}

ChainForm statistics_chain(const ChainCall& call, double count, double epsilon) {
  ChainBuilder chain(call);
  const Value variance = chain.step(Primitive::Div, {chain.input(0), chain.constant(count)});
  const Value inverse = chain.step(Primitive::Rsqrt, {chain.step(Primitive::Add, {variance, chain.constant(epsilon)})});
  return chain.form({variance, inverse});
}

ChainForm running_chain(const ChainCall& call, double momentum, double count) {
  ChainBuilder chain(call);
  const Value old_mean = chain.input(0), mean = chain.input(1), old_variance = chain.input(2);
  Value variance = chain.input(3);
  const Value keep = chain.constant(1 - momentum), take = chain.constant(momentum);
  if (count > 1) variance = chain.step(Primitive::Mul, {variance, chain.constant(count / (count - 1))});
  return chain.form({chain.step(Primitive::Fmma, {old_mean, keep, mean, take}),
                     chain.step(Primitive::Fmma, {old_variance, keep, variance, take})});
}

ChainForm normalise_chain(const ChainCall& call, const NormSpread& spread, const NormaliseOptions& options) {
  ChainBuilder chain(call);
  const Value n = normalised(chain, 0, spread);
  const Value gamma = chain.input(3, spread.affine), beta = chain.input(4, spread.affine);
  const Value y = chain.step(Primitive::Fma, {n, gamma, beta});
  return chain.form({options.relu ? chain.step(Primitive::Max, {chain.constant(0), y}) : y});
}

ChainForm normalised_product_chain(const ChainCall& call, const NormSpread& spread) {
  ChainBuilder chain(call);
  const Value delta = chain.input(0);
  return chain.form({chain.step(Primitive::Mul, {delta, normalised(chain, 1, spread)})});
}

ChainForm batch_norm_gradient_chain(const ChainCall& call, const NormSpread& spread) {
  ChainBuilder chain(call);
  const Value delta = chain.input(0), n = normalised(chain, 1, spread);
  const Value inverse = chain.input(3, spread.statistics), gamma = chain.input(4, spread.affine);
  const Value a = chain.input(5, spread.statistics), b = chain.input(6, spread.statistics);
  const Value scale = chain.step(Primitive::Mul, {inverse, gamma});
  return chain.form({chain.step(Primitive::Mul, {scale, centred(chain, delta, n, a, b)})});
}

ChainForm layer_norm_products_chain(const ChainCall& call, const NormSpread& spread) {
  ChainBuilder chain(call);
  const Value scaled = chain.step(Primitive::Mul, {chain.input(0), chain.input(4, spread.affine)});
  return chain.form({scaled, chain.step(Primitive::Mul, {scaled, normalised(chain, 1, spread)})});
}

ChainForm layer_norm_gradient_chain(const ChainCall& call, const NormSpread& spread) {
  ChainBuilder chain(call);
  const Value scaled = chain.step(Primitive::Mul, {chain.input(0), chain.input(4, spread.affine)});
  const Value n = normalised(chain, 1, spread), inverse = chain.input(3, spread.statistics);
  const Value a = chain.input(5, spread.statistics), b = chain.input(6, spread.statistics);
  return chain.form({chain.step(Primitive::Mul, {inverse, centred(chain, scaled, n, a, b)})});
}

}  // namespace binade::operations
