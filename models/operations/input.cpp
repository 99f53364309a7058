// SPDX-License-Identifier: Apache-2.0
// Inputs, views, and what many rows share.
#include <algorithm>

#include "models/operations/layer_error.h"
#include "models/operations/operation_rows.h"

namespace binade::operations {

std::string text(const Shape& s) {
  return std::to_string(s.channels) + "x" + std::to_string(s.height) + "x" + std::to_string(s.width);
}

std::int64_t row_length(const Shape& shape, int heads) { return (shape.sequence ? shape.width : shape.elements()) / heads; }

void refuse(const Layer& layer, const std::string& what) { throw LayerError(layer.name, what); }

VectorForm whole_output_form(const Call& call, spec::VectorOp op) {
  VectorForm form;
  form.record.op = static_cast<std::int64_t>(op);
  form.record.length = form.record.inner = form.record.channels = form.record.divisor = 1;
  form.record.relu = call.relu ? 1 : 0;
  form.x.walk = matrix_walk(1, 1);
  form.outputs = call.outputs();
  form.first = call.first_output();
  return form;
}

namespace operation_rows {

Shape SameShape::shape(const Layer& layer, Inputs in) { return in.empty() ? layer.out : in[0]; }

LayerParameters StoredParameters::fold(const Layer& layer, const Parameters& parameters) {
  const auto values = [&](const char* suffix) {
    const auto found = parameters.find(layer.name + suffix);
    return found == parameters.end() ? Reals() : found->second.reals();
  };
  return {.weight = values(".weight"), .bias = values(".bias"), .folded = {}};
}

std::int64_t ReadsAll::touched(const Call& call, std::size_t i) { return call.samples * call.in(i).elements(); }

void View::reference(const Call&, std::span<const Values> inputs, const Reals&, const Reals&, std::span<double> out) {
  std::copy(inputs[0].begin(), inputs[0].end(), out.begin());
}

void Input::reference(const Call&, std::span<const Values>, const Reals&, const Reals&, std::span<double>) {
  throw InvariantError("the input has no operation");
}

Shape Flatten::shape(const Layer&, Inputs in) { return {in[0].elements(), 1, 1}; }

Shape Reshape::shape(const Layer& layer, Inputs in) {
  if (layer.shape.elements() != in[0].elements()) refuse(layer, "cannot view " + text(in[0]) + " as " + text(layer.shape));
  return layer.shape;
}

}  // namespace operation_rows

}  // namespace binade::operations
