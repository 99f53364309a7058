// SPDX-License-Identifier: Apache-2.0
#include "models/operations/training_builder.h"

namespace binade::operations {

Made output_of(const Call& call) {
  const Shape& out = call.out();
  return {.name = "act",
          .pass = Pass::Forward,
          .tensor_class = TensorClass::Activation,
          .shape = {call.samples, out.channels, out.height, out.width}};
}

VectorForm elementwise_form(spec::VectorOp op, std::int64_t outputs) {
  VectorForm form;
  form.record.op = static_cast<std::int64_t>(op);
  form.record.length = form.record.inner = form.record.channels = form.record.divisor = 1;
  form.x.walk = matrix_walk(1, 1);
  form.outputs = outputs;
  return form;
}

Made delta_of(const Call& call, std::size_t input) {
  const Shape& in = call.in(input);
  return {.name = "delta.{}_in" + (input == 0 ? std::string() : std::to_string(input)),
          .pass = Pass::BackwardData,
          .tensor_class = TensorClass::Delta,
          .shape = {call.samples, in.channels, in.height, in.width}};
}

}  // namespace binade::operations
