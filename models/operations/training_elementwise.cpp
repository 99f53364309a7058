// SPDX-License-Identifier: Apache-2.0
// Training of elementwise operations.
#include "models/operations/chain/activations.h"
#include "models/operations/chain/elementwise.h"
#include "models/operations/operation_rows.h"
#include "models/operations/training_builder.h"

namespace binade::operations::operation_rows {

namespace {

/// The gradient with respect to an input by a chain of the delta and `operands`.
template <class Chain>
void delta_by(TrainingBuilder& builder, std::size_t input, const std::vector<Handle>& operands, Chain chain) {
  if (!builder.wanted(input)) return;
  const Made made = delta_of(builder.call(), input);
  std::vector<Handle> all{builder.delta(Pass::BackwardData)};
  all.insert(all.end(), operands.begin(), operands.end());
  builder.set_delta(input, builder.chain(made, chain(builder.call_of(made)), all));
}

/// Sigmoid and its like: the recipe says whether each operation rounds, in the forward pass and back.
ActivationOptions options_of(const TrainingBuilder& builder, Activation activation) {
  return {.activation = activation,
          .evaluation = builder.policy().stepwise ? Evaluation::Stepwise : Evaluation::Composite,
          .slope = builder.call().layer.alpha};
}
void activation(TrainingBuilder& builder, Activation activation) {
  const Made made = output_of(builder.call());
  const ChainForm form = activation_chain(builder.call_of(made), options_of(builder, activation));
  builder.set_output(builder.chain(made, form, {builder.input(0, Pass::Forward)}));
}
void activation_gradient(TrainingBuilder& builder, Activation activation, Handle with) {
  delta_by(builder, 0, {with},
           [&](const ChainCall& call) { return activation_gradient_chain(call, options_of(builder, activation)); });
}

void check_alike(const Call& call) {
  if (call.inputs.size() != 2 || call.in(0) != call.in(1))
    refuse(call.layer, "has a gradient only where it has two inputs of the same extents");
}

}  // namespace

void Relu::gradient(TrainingBuilder& builder) {
  activation_gradient(builder, Activation::Relu, builder.output(Pass::BackwardData));
}
void LeakyRelu::training(TrainingBuilder& builder) { activation(builder, Activation::LeakyRelu); }
void LeakyRelu::gradient(TrainingBuilder& builder) {
  activation_gradient(builder, Activation::LeakyRelu, builder.input(0, Pass::BackwardData));
}
void Clip::gradient(TrainingBuilder& builder) {
  const Layer& layer = builder.call().layer;
  delta_by(builder, 0, {builder.input(0, Pass::BackwardData)},
           [&layer](const ChainCall& call) { return clip_gradient_chain(call, layer.alpha, layer.beta); });
}
void Tanh::training(TrainingBuilder& builder) { activation(builder, Activation::Tanh); }
void Tanh::gradient(TrainingBuilder& builder) {
  activation_gradient(builder, Activation::Tanh, builder.output(Pass::BackwardData));
}
void Sigmoid::training(TrainingBuilder& builder) { activation(builder, Activation::Sigmoid); }
void Sigmoid::gradient(TrainingBuilder& builder) {
  activation_gradient(builder, Activation::Sigmoid, builder.output(Pass::BackwardData));
}
void Gelu::training(TrainingBuilder& builder) { activation(builder, Activation::Gelu); }
void Gelu::gradient(TrainingBuilder& builder) {
  activation_gradient(builder, Activation::Gelu, builder.input(0, Pass::BackwardData));
}

void Add::gradient(TrainingBuilder& builder) {
  check_alike(builder.call());
  for (std::size_t i = 0; i < 2; ++i)
    if (builder.wanted(i)) builder.set_delta(i, builder.delta(Pass::BackwardData));
}
void Sub::gradient(TrainingBuilder& builder) {
  check_alike(builder.call());
  if (builder.wanted(0)) builder.set_delta(0, builder.delta(Pass::BackwardData));
  delta_by(builder, 1, {}, negate_chain);
}
void Mul::gradient(TrainingBuilder& builder) {
  check_alike(builder.call());
  for (std::size_t i = 0; i < 2; ++i)
    delta_by(builder, i, {builder.input(1 - i, Pass::BackwardData)},
             [](const ChainCall& call) { return binary_chain(call, Primitive::Mul); });
}

// What is kept is divided by the probability of being kept: its expectation stays.
void Dropout::training(TrainingBuilder& builder) {
  const double rate = builder.call().layer.rate;
  const Made made = output_of(builder.call());
  builder.keep("mask", builder.mask(rate));
  const ChainForm form = dropout_chain(builder.call_of(made), rate);
  builder.set_output(builder.chain(made, form, {builder.input(0, Pass::Forward), builder.kept("mask")}));
}
void Dropout::gradient(TrainingBuilder& builder) {
  const double rate = builder.call().layer.rate;
  delta_by(builder, 0, {builder.kept("mask")}, [rate](const ChainCall& call) { return dropout_chain(call, rate); });
}

}  // namespace binade::operations::operation_rows
