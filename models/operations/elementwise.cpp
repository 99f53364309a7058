// SPDX-License-Identifier: Apache-2.0
// Functions of one element.
#include <algorithm>
#include <bit>
#include <cmath>

#include "models/operations/operation_rows.h"

namespace binade::operations::operation_rows {

namespace {

template <class Function>
void map(std::span<const Values> inputs, std::span<double> out, Function function) {
  std::transform(inputs[0].begin(), inputs[0].end(), out.begin(), function);
}

// Results within +-1.
constexpr ResultRange kUnit{.bits = 0, .lsb = {}};

}  // namespace

void Relu::reference(const Call&, std::span<const Values> inputs, const Reals&, const Reals&, std::span<double> out) {
  std::copy(inputs[0].begin(), inputs[0].end(), out.begin());
  relu(out);
}
std::vector<VectorForm> Relu::vector(const Call& call) {
  VectorForm form = whole_output_form(call, kVectorOp);
  form.record.relu = 1;
  return {form};
}

Shape LeakyRelu::shape(const Layer& layer, Inputs in) {
  if (!std::isfinite(layer.alpha)) refuse(layer, "alpha must be finite");
  return in[0];
}
void LeakyRelu::reference(const Call& call, std::span<const Values> inputs, const Reals&, const Reals&, std::span<double> out) {
  map(inputs, out, [slope = call.layer.alpha](double x) { return x > 0 ? x : x * slope; });
}
std::vector<VectorForm> LeakyRelu::vector(const Call& call) {
  VectorForm form = whole_output_form(call, kVectorOp);
  form.record.alpha = std::bit_cast<std::int64_t>(call.layer.alpha);
  return {form};
}
ResultRange LeakyRelu::range(const Call& call, const Magnitudes& operands) {
  const double slope = std::fabs(call.layer.alpha);
  return {.bits = input_bits(operands) + (slope > 1 ? std::ilogb(slope) + 1 : 0), .lsb = {}};
}

Shape Clip::shape(const Layer& layer, Inputs in) {
  if (!std::isfinite(layer.alpha) || !(layer.beta >= layer.alpha) || !std::isfinite(layer.beta))
    refuse(layer, "the bounds of clip must be finite, the upper not below the lower");
  return in[0];
}
void Clip::reference(const Call& call, std::span<const Values> inputs, const Reals&, const Reals&, std::span<double> out) {
  map(inputs, out, [&](double x) { return std::clamp(x, call.layer.alpha, call.layer.beta); });
}
std::vector<VectorForm> Clip::vector(const Call& call) {
  VectorForm form = whole_output_form(call, kVectorOp);
  form.record.alpha = std::bit_cast<std::int64_t>(call.layer.alpha);
  form.record.beta = std::bit_cast<std::int64_t>(call.layer.beta);
  return {form};
}

void Gelu::reference(const Call&, std::span<const Values> inputs, const Reals&, const Reals&, std::span<double> out) {
  gelu(inputs[0], out);
}
std::vector<VectorForm> Gelu::vector(const Call& call) { return {whole_output_form(call, kVectorOp)}; }
ResultRange Gelu::range(const Call&, const Magnitudes& operands) { return {.bits = input_bits(operands), .lsb = {}}; }

void Sigmoid::reference(const Call&, std::span<const Values> inputs, const Reals&, const Reals&, std::span<double> out) {
  map(inputs, out, [](double x) { return 1 / (1 + std::exp(-x)); });
}
std::vector<VectorForm> Sigmoid::vector(const Call& call) { return {whole_output_form(call, kVectorOp)}; }
ResultRange Sigmoid::range(const Call&, const Magnitudes&) { return kUnit; }

void Tanh::reference(const Call&, std::span<const Values> inputs, const Reals&, const Reals&, std::span<double> out) {
  map(inputs, out, [](double x) { return std::tanh(x); });
}
std::vector<VectorForm> Tanh::vector(const Call& call) { return {whole_output_form(call, kVectorOp)}; }
ResultRange Tanh::range(const Call&, const Magnitudes&) { return kUnit; }

}  // namespace binade::operations::operation_rows
