// SPDX-License-Identifier: Apache-2.0
// Training of the operations that are matrix products: their gradients are products too (gradients.h).
#include "models/operations/operation_rows.h"
#include "models/operations/training_builder.h"

namespace binade::operations::operation_rows {

namespace {

Made gradient_of(const char* suffix, std::vector<std::int64_t> shape, const char* what = "grad.{}.") {
  return {.name = what + std::string(suffix),
          .pass = Pass::BackwardWeight,
          .tensor_class = TensorClass::Gradient,
          .shape = std::move(shape)};
}

using WeightForm = GemmForm (*)(const Call& call, KOrder order);
using DataForm = GemmForm (*)(const Call& call);

/// Of a layer with a weight, and a bias where it has one. `image`: sums over a bias's pixels may be a sum of their own.
void weighted_gradient(TrainingBuilder& builder, DataForm data, WeightForm weight, bool image) {
  const Call& call = builder.call();
  const KOrder order = builder.policy().weight_order;
  for (const Learned& learned : row(call.layer).parameters(call.layer, call.inputs)) {
    const Handle delta = builder.delta(Pass::BackwardWeight);
    const Made made = gradient_of(learned.suffix, learned.shape);
    if (std::string_view(learned.suffix) == "weight") {
      builder.set_gradient("weight", builder.product(made, weight(call, order), delta, builder.input(0, Pass::BackwardWeight)));
      continue;
    }
    if (image && builder.policy().bias_per_sample && call.samples > 1) {
      const Made apart = gradient_of(learned.suffix, {call.samples, learned.shape[0]}, "sums.{}.");
      const Handle sums = builder.sum(apart, bias_gradient_of_samples(call), delta);
      builder.set_gradient("bias", builder.sum(made, bias_gradient_over_samples(call), sums));
    } else {
      builder.set_gradient("bias", builder.sum(made, bias_gradient(call, order), delta));
    }
  }
  if (!builder.wanted(0)) return;
  builder.set_delta(0, builder.product(delta_of(call, 0), data(call), builder.delta(Pass::BackwardData),
                                       builder.parameter("weight", Pass::BackwardData)));
}

}  // namespace

void Conv2d::gradient(TrainingBuilder& builder) { weighted_gradient(builder, conv_backward_data, conv_backward_weight, true); }
void ConvTranspose2d::gradient(TrainingBuilder& builder) {
  weighted_gradient(builder, conv_transpose_backward_data, conv_transpose_backward_weight, true);
}
void Linear::gradient(TrainingBuilder& builder) { weighted_gradient(builder, linear_backward_data, linear_backward_weight, false); }

void MatMul::gradient(TrainingBuilder& builder) {
  const Call& call = builder.call();
  for (std::size_t i = 0; i < 2; ++i)
    if (builder.wanted(i))
      builder.set_delta(i, builder.product(delta_of(call, i), matmul_backward(call, static_cast<int>(i)),
                                           builder.delta(Pass::BackwardData), builder.input(1 - i, Pass::BackwardData)));
}

}  // namespace binade::operations::operation_rows
