// SPDX-License-Identifier: Apache-2.0
#include "models/operations/chain/elementwise.h"

namespace binade::operations {

ChainForm convert_chain(const ChainCall& call) {
  ChainBuilder chain(call);
  return chain.form({chain.step(Primitive::Convert, {chain.operand({})})});
}

ChainForm binary_chain(const ChainCall& call, Primitive what, const Spread& y) {
  ChainBuilder chain(call);
  const auto left = chain.input(0), right = chain.input(1, y);
  return chain.form({chain.step(what, {left, right})});
}

ChainForm scale_chain(const ChainCall& call, double factor) {
  ChainBuilder chain(call);
  return chain.form({chain.step(Primitive::Mul, {chain.input(0), chain.constant(factor)})});
}

ChainForm divide_chain(const ChainCall& call, double divisor) {
  ChainBuilder chain(call);
  return chain.form({chain.step(Primitive::Div, {chain.input(0), chain.constant(divisor)})});
}

ChainForm negate_chain(const ChainCall& call) {
  ChainBuilder chain(call);
  return chain.form({chain.step(Primitive::Negate, {chain.input(0)})});
}

ChainForm dropout_chain(const ChainCall& call, double p) {
  ChainBuilder chain(call);
  const auto x = chain.input(0), mask = chain.operand({.at = {.input = 1}});
  const auto scaled = chain.step(Primitive::Mul, {x, chain.constant(1 / (1 - p))});
  return chain.form({chain.step(Primitive::IfPositive, {mask, scaled, chain.constant(0)})});
}

}  // namespace binade::operations
