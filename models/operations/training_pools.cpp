// SPDX-License-Identifier: Apache-2.0
// Training of pools: a maximum keeps which element it is; gradients go back through the windows (window_forms.h).
#include "models/operations/chain/elementwise.h"
#include "models/operations/operation_rows.h"
#include "models/operations/training_builder.h"

namespace binade::operations::operation_rows {

namespace {

/// The sums of the windows, as a product with a one: `one` is input 1.
GemmForm window_sums(const Call& call, const Window& window) {
  VectorForm windows;
  read_windows(call, window, windows);
  GemmForm form;
  form.shape = {.m = call.outputs(), .n = 1, .k = std::int64_t{window.kernel_h} * window.kernel_w};
  form.parts.push_back({.a = windows.x, .b = {{.input = 1}, matrix_walk(0, 0)}, .bias = {}, .out = {0, 1, 1, 0, 1}});
  return form;
}

}  // namespace

void MaxPool::training(TrainingBuilder& builder) {
  if (!builder.training()) return builder.set_output(builder.forward());
  const TrainingBuilder::Maxima maxima =
      builder.maxima(output_of(builder.call()), max_pool_choice(builder.call()), builder.input(0, Pass::Forward));
  builder.keep("index", maxima.indices);
  builder.set_output(maxima.values);
}
void MaxPool::gradient(TrainingBuilder& builder) {
  if (!builder.wanted(0)) return;
  builder.set_delta(0, builder.windows(delta_of(builder.call(), 0), max_pool_gradient(builder.call()),
                                       {builder.delta(Pass::BackwardData), builder.kept("index")}));
}

// Stepwise the sum and the quotient are rounded each (docs/fidelity.md 2.4), where all windows count as many elements.
void AvgPool::training(TrainingBuilder& builder) {
  const Call& call = builder.call();
  const Window window = window_on(call.layer, call.in(0));
  const bool padded = window.pad_h != 0 || window.pad_w != 0 || window.below() != 0 || window.right() != 0 || window.ceil_mode;
  if (!builder.policy().stepwise || padded) return builder.set_output(builder.forward());
  const Made made = output_of(call);
  Made sums = made;
  sums.name = "sums";
  const Handle x = builder.input(0, Pass::Forward);
  const Handle sum = builder.total(sums, window_sums(call, window), x);
  const auto area = static_cast<double>(std::int64_t{window.kernel_h} * window.kernel_w);
  builder.set_output(builder.chain(made, divide_chain(builder.call_of(made), area), {sum}));
}
void AvgPool::gradient(TrainingBuilder& builder) {
  if (!builder.wanted(0)) return;
  builder.set_delta(
      0, builder.windows(delta_of(builder.call(), 0), avg_pool_gradient(builder.call()), {builder.delta(Pass::BackwardData)}));
}

}  // namespace binade::operations::operation_rows
