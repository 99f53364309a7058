// SPDX-License-Identifier: Apache-2.0
// Training of softmax as a layer: its gradient needs a sum of each row.
#include "models/operations/chain/elementwise.h"
#include "models/operations/chain/losses.h"
#include "models/operations/operation_rows.h"
#include "models/operations/training_builder.h"

namespace binade::operations::operation_rows {

namespace {

constexpr Pass kPass = Pass::BackwardData;

/// Sums of the rows of a tensor of the output's extents.
Handle sums_of_rows(TrainingBuilder& builder, const char* name, std::int64_t length, Handle tensor) {
  const std::int64_t rows = builder.call().outputs() / length;
  const Made made{.name = name, .pass = kPass, .tensor_class = TensorClass::Delta, .shape = {rows}};
  return builder.sum(made, row_sums({}, rows, length, {.input = 1}), tensor);
}

std::int64_t length_of(const Call& call) { return row_length(call.in(0), call.layer.heads); }

}  // namespace

void Softmax::gradient(TrainingBuilder& builder) {
  if (!builder.wanted(0)) return;
  const std::int64_t length = length_of(builder.call());
  const Handle delta = builder.delta(kPass), softmax = builder.output(kPass);
  const Made made = delta_of(builder.call(), 0);
  Made products = made;
  products.name = "deltas";
  const Handle product = builder.chain(products, binary_chain(builder.call_of(products), Primitive::Mul), {delta, softmax});
  const Handle sums = sums_of_rows(builder, "deltas.sum", length, product);
  builder.set_delta(0, builder.chain(made, softmax_gradient_chain(builder.call_of(made), length), {delta, softmax, sums}));
}

void LogSoftmax::gradient(TrainingBuilder& builder) {
  if (!builder.wanted(0)) return;
  const std::int64_t length = length_of(builder.call());
  const Handle delta = builder.delta(kPass);
  const Made made = delta_of(builder.call(), 0);
  const Handle sums = sums_of_rows(builder, "deltas.sum", length, delta);
  builder.set_delta(
      0, builder.chain(made, log_softmax_gradient_chain(builder.call_of(made), length), {delta, builder.output(kPass), sums}));
}

}  // namespace binade::operations::operation_rows
