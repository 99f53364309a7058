// SPDX-License-Identifier: Apache-2.0
#include "models/operations/chain/losses.h"

namespace binade::operations {
namespace {

using Value = ChainBuilder::Value;

/// One element a row.
Spread of_row(const ChainCall& call, std::int64_t classes) { return {.inner = classes, .size = call.outputs / classes}; }

Value divided(ChainBuilder& chain, const Value& value, double divisor) {
  return divisor == 0 ? value : chain.step(Primitive::Div, {value, chain.constant(divisor)});
}

}  // namespace

ChainForm softmax_exponential_chain(const ChainCall& call, std::int64_t classes) {
  ChainBuilder chain(call);
  const Value logit = chain.input(0), largest = chain.input(1, of_row(call, classes));
  return chain.form({chain.step(Primitive::Exp, {chain.step(Primitive::Sub, {logit, largest})})});
}

ChainForm log_probability_chain(const ChainCall& call, std::int64_t classes) {
  ChainBuilder chain(call);
  const Spread row = of_row(call, classes);
  const Value logit = chain.input(0), largest = chain.input(1, row), sum = chain.input(2, row);
  const Value distance = chain.step(Primitive::Sub, {logit, largest});
  return chain.form({chain.step(Primitive::Sub, {distance, chain.step(Primitive::Log, {sum})})});
}

ChainForm softmax_gradient_chain(const ChainCall& call, std::int64_t length) {
  ChainBuilder chain(call);
  const Value delta = chain.input(0), softmax = chain.input(1), sum = chain.input(2, of_row(call, length));
  return chain.form({chain.step(Primitive::Mul, {softmax, chain.step(Primitive::Sub, {delta, sum})})});
}

ChainForm log_softmax_gradient_chain(const ChainCall& call, std::int64_t length) {
  ChainBuilder chain(call);
  const Value delta = chain.input(0), logarithm = chain.input(1), sum = chain.input(2, of_row(call, length));
  const Value probability = chain.step(Primitive::Exp, {logarithm});
  return chain.form({chain.step(Primitive::Fma, {chain.step(Primitive::Negate, {probability}), sum, delta})});
}

ChainForm cross_entropy_gradient_chain(const ChainCall& call, std::int64_t classes, const CrossEntropyOptions& options) {
  ChainBuilder chain(call);
  const Value exponential = chain.input(0), sum = chain.input(1, of_row(call, classes));
  const Value label = chain.operand({.at = {.input = 2}});
  const Value probability = chain.step(Primitive::Div, {exponential, sum});
  if (options.order == CrossEntropyOrder::Subtract)
    return chain.form({divided(chain, chain.step(Primitive::Sub, {probability, label}), options.divisor)});
  const Value inverse = chain.step(Primitive::Div, {chain.constant(1), sum});
  const Value of_label = chain.step(Primitive::Fam, {exponential, chain.step(Primitive::Negate, {sum}), inverse});
  return chain.form({divided(chain, chain.step(Primitive::IfPositive, {label, of_label, probability}), options.divisor)});
}

ChainForm squared_error_chain(const ChainCall& call, const SquaredErrorOptions& options) {
  ChainBuilder chain(call);
  const Value error = chain.step(Primitive::Sub, {chain.input(0), chain.input(1)});
  const Value square = chain.step(Primitive::Mul, {error, error});
  return chain.form({square, divided(chain, chain.step(Primitive::Mul, {error, chain.constant(2)}), options.divisor)});
}

}  // namespace binade::operations
