// SPDX-License-Identifier: Apache-2.0
// Sums, differences and products of two tensors, of which the second may be smaller: each of its extents is the first's or 1, and
// those that are not 1 stand next to each other. Element e of the first then meets element (e / inner) % channels of the second,
// channels its element count.
#include <algorithm>

#include "models/operations/operation_rows.h"

namespace binade::operations::operation_rows {

namespace {

const Shape& second_of(const Layer& layer, Inputs in) { return in.size() > 1 ? in[1] : layer.shape; }

std::int64_t inner_of(const Shape& a, const Shape& b) {
  if (b.width != 1 || b.elements() == 1) return 1;
  return b.height != 1 ? a.width : a.height * a.width;
}

Shape checked(const Layer& layer, Inputs in, const std::string& verb) {
  const Shape &a = in[0], &b = second_of(layer, in);
  const auto fits = [](std::int64_t of_a, std::int64_t of_b) { return of_b == of_a || of_b == 1; };
  // Not 1 before and after an extent that is 1 but not the first's.
  const bool gap = b.channels != 1 && b.width != 1 && b.height == 1 && a.height != 1;
  const bool same_layout = in.size() < 2 || a.sequence == b.sequence;
  if (!fits(a.channels, b.channels) || !fits(a.height, b.height) || !fits(a.width, b.width) || gap || !same_layout)
    refuse(layer, "cannot " + verb + " " + text(a) + " and " + text(b));
  return a;
}

std::vector<Learned> constant_of(const Layer& layer, Inputs in) {
  if (in.size() > 1) return {};
  return {{"weight", {layer.shape.channels, layer.shape.height, layer.shape.width}}};
}

template <class Result>
void apply(const Call& call, std::span<const Values> inputs, const Reals& weight, std::span<double> out, Result result) {
  const bool constant = inputs.size() < 2;
  std::vector<double> room;
  const Values second = constant ? weight.all(room) : inputs[1];
  const Shape &a = call.in(0), &b = second_of(call.layer, call.inputs);
  const std::int64_t inner = inner_of(a, b), of_a = a.elements(), of_b = b.elements();
  for (std::int64_t i = 0; i < call.samples * of_a; ++i) {
    const std::int64_t block = constant ? 0 : i / of_a * of_b;
    const auto j = static_cast<std::size_t>(block + i % of_a / inner % of_b);
    const auto at = static_cast<std::size_t>(i);
    out[at] = result(inputs[0][at], second[j]);
  }
}

// One job for all samples where both operands have an element per output, or the second is a constant that is broadcast; else one a
// sample.
std::vector<VectorForm> jobs(const Call& call, spec::VectorOp op) {
  const bool constant = call.inputs.size() < 2;
  const Shape &a = call.in(0), &b = second_of(call.layer, call.inputs);
  const Place second = constant ? Place{.role = Role::Weight} : Place{.role = Role::Input, .input = 1};
  const bool broadcast = b.elements() != a.elements();
  VectorForm form = whole_output_form(call, op);
  if (broadcast) {
    form.record.broadcast = 1;
    form.record.inner = inner_of(a, b);
    form.record.channels = form.constants = b.elements();
    form.s = second;
  } else {
    form.y = second;
  }
  if (constant == broadcast || call.samples == 1) return {form};
  std::vector<VectorForm> list;
  for (std::int64_t sample = 0; sample < call.samples; ++sample) {
    VectorForm part = form;
    part.outputs = a.elements();
    part.out = part.x.at.element = sample * a.elements();
    part.first = form.first + part.out;
    if (broadcast) part.s->element = sample * b.elements();
    list.push_back(part);
  }
  return list;
}

const Magnitude& second_magnitude(const Call& call, const Magnitudes& operands) {
  return call.inputs.size() > 1 ? operands.inputs.at(1) : operands.weight;
}

ResultRange range_of_sum(const Call& call, const Magnitudes& operands) {
  const Magnitude &x = operands.inputs.at(0), &y = second_magnitude(call, operands);
  return {.bits = std::max(x.bits(), y.bits()) + 1, .lsb = std::min(x.exponent, y.exponent)};
}

}  // namespace

Shape Add::shape(const Layer& layer, Inputs in) { return checked(layer, in, "add"); }
std::vector<Learned> Add::parameters(const Layer& layer, Inputs in) { return constant_of(layer, in); }
void Add::reference(const Call& call, std::span<const Values> inputs, const Reals& weight, const Reals&, std::span<double> out) {
  apply(call, inputs, weight, out, [](double a, double b) { return a + b; });
}
std::vector<VectorForm> Add::vector(const Call& call) { return jobs(call, kVectorOp); }
ResultRange Add::range(const Call& call, const Magnitudes& operands) { return range_of_sum(call, operands); }

Shape Sub::shape(const Layer& layer, Inputs in) { return checked(layer, in, "subtract"); }
std::vector<Learned> Sub::parameters(const Layer& layer, Inputs in) { return constant_of(layer, in); }
void Sub::reference(const Call& call, std::span<const Values> inputs, const Reals& weight, const Reals&, std::span<double> out) {
  apply(call, inputs, weight, out, [](double a, double b) { return a - b; });
}
std::vector<VectorForm> Sub::vector(const Call& call) { return jobs(call, kVectorOp); }
ResultRange Sub::range(const Call& call, const Magnitudes& operands) { return range_of_sum(call, operands); }

Shape Mul::shape(const Layer& layer, Inputs in) { return checked(layer, in, "multiply"); }
std::vector<Learned> Mul::parameters(const Layer& layer, Inputs in) { return constant_of(layer, in); }
void Mul::reference(const Call& call, std::span<const Values> inputs, const Reals& weight, const Reals&, std::span<double> out) {
  apply(call, inputs, weight, out, [](double a, double b) { return a * b; });
}
std::vector<VectorForm> Mul::vector(const Call& call) { return jobs(call, kVectorOp); }
ResultRange Mul::range(const Call& call, const Magnitudes& operands) {
  const Magnitude &x = operands.inputs.at(0), &y = second_magnitude(call, operands);
  return {.bits = x.bits() + y.bits(), .lsb = x.exponent + y.exponent};
}

}  // namespace binade::operations::operation_rows
