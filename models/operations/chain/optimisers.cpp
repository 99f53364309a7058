// SPDX-License-Identifier: Apache-2.0
#include "models/operations/chain/optimisers.h"

#include <cmath>

namespace binade::operations {
namespace {

using Value = ChainBuilder::Value;

Value with_decay(ChainBuilder& chain, const Value& weight, const Value& gradient, double weight_decay) {
  if (weight_decay == 0) return gradient;
  return chain.step(Primitive::Fma, {weight, chain.constant(weight_decay), gradient});
}

/// mean * keep + term * (1 - keep)
Value moving_mean(ChainBuilder& chain, const Value& mean, double keep, const Value& term) {
  return chain.step(Primitive::Fmma, {mean, chain.constant(keep), term, chain.constant(1 - keep)});
}

/// The velocity after the first step.
Value moved_velocity(ChainBuilder& chain, const Value& velocity, const Value& gradient, const SgdOptions& options) {
  const Value momentum = chain.constant(options.momentum);
  if (options.dampening == 0) return chain.step(Primitive::Fma, {velocity, momentum, gradient});
  const Value share = chain.constant(1 - options.dampening);
  if (!options.serial) return chain.step(Primitive::Fmma, {velocity, momentum, gradient, share});
  const Value kept = chain.step(Primitive::Mul, {velocity, momentum}), added = chain.step(Primitive::Mul, {gradient, share});
  return chain.step(Primitive::Add, {kept, added});
}

ChainForm with_copies(const ChainBuilder& chain, std::vector<Value> results, int copies) {
  results.insert(results.end(), static_cast<std::size_t>(copies), Value(results.front()));
  return chain.form(results);
}

}  // namespace

ChainForm sgd_chain(const ChainCall& call, const SgdOptions& options) {
  ChainBuilder chain(call);
  const Value weight = chain.input(0);
  Value direction = with_decay(chain, weight, chain.input(1), options.weight_decay);
  std::vector<Value> state;
  if (options.momentum != 0) {
    const Value momentum = chain.constant(options.momentum), gradient = direction;
    Value velocity = gradient;
    if (!options.first_step) {
      velocity = moved_velocity(chain, chain.input(2), gradient, options);
    }
    state.push_back(velocity);
    direction = options.nesterov ? chain.step(Primitive::Fma, {velocity, momentum, gradient}) : velocity;
  }
  std::vector<Value> results = {chain.step(Primitive::Fma, {direction, chain.constant(-options.rate), weight})};
  results.insert(results.end(), state.begin(), state.end());
  return with_copies(chain, std::move(results), options.copies);
}

ChainForm rmsprop_chain(const ChainCall& call, const RmsPropOptions& options) {
  ChainBuilder chain(call);
  const Value weight = chain.input(0);
  const Value gradient = with_decay(chain, weight, chain.input(1), options.weight_decay);
  const Value square = chain.step(Primitive::Mul, {gradient, gradient});
  const Value mean = moving_mean(chain, chain.input(2), options.decay, square);
  const Value deviation = chain.step(Primitive::Add, {chain.step(Primitive::Sqrt, {mean}), chain.constant(options.epsilon)});
  Value direction = chain.step(Primitive::Div, {gradient, deviation});
  std::vector<Value> state = {mean};
  if (options.momentum != 0) {
    direction = chain.step(Primitive::Fma, {chain.input(3), chain.constant(options.momentum), direction});
    state.push_back(direction);
  }
  std::vector<Value> results = {chain.step(Primitive::Fma, {direction, chain.constant(-options.rate), weight})};
  results.insert(results.end(), state.begin(), state.end());
  return with_copies(chain, std::move(results), options.copies);
}

ChainForm adam_chain(const ChainCall& call, const AdamOptions& options) {
  ChainBuilder chain(call);
  const auto step = static_cast<double>(options.step);
  const Value weight = chain.input(0);
  const Value gradient = with_decay(chain, weight, chain.input(1), options.weight_decay);
  const Value mean = moving_mean(chain, chain.input(2), options.beta1, gradient);
  const Value square = chain.step(Primitive::Mul, {gradient, gradient});
  const Value variance = moving_mean(chain, chain.input(3), options.beta2, square);
  const Value root = chain.step(
      Primitive::Div, {chain.step(Primitive::Sqrt, {variance}), chain.constant(std::sqrt(1 - std::pow(options.beta2, step)))});
  const Value deviation = chain.step(Primitive::Add, {root, chain.constant(options.epsilon)});
  const Value rate = chain.constant(-options.rate / (1 - std::pow(options.beta1, step)));
  const Value moved = chain.step(Primitive::Fma, {chain.step(Primitive::Div, {mean, deviation}), rate, weight});
  return with_copies(chain, {moved, mean, variance}, options.copies);
}

}  // namespace binade::operations
