// SPDX-License-Identifier: Apache-2.0
#include "models/operations/operation_rows.h"

namespace binade::operations::operation_rows {

namespace {

std::int64_t features(const Shape& in) { return row_length(in, 1); }

}  // namespace

Shape Linear::shape(const Layer& layer, Inputs in) {
  return in[0].sequence ? Shape::tokens(in[0].channels, layer.out_features) : Shape{layer.out_features, 1, 1};
}

std::vector<Learned> Linear::parameters(const Layer& layer, Inputs in) {
  std::vector<Learned> list{{"weight", {layer.out_features, features(in[0])}}};
  if (layer.bias) list.push_back({"bias", {layer.out_features}});
  return list;
}

std::uint64_t Linear::macs(const Layer& layer, Inputs in) {
  return static_cast<std::uint64_t>(layer.out.elements() * features(in[0]));
}

void Linear::reference(const Call& call, std::span<const Values> inputs, const Reals& weight, const Reals& bias,
                       std::span<double> out) {
  const std::int64_t k = features(call.in(0));
  linear(call.samples * call.in(0).elements() / k, k, call.layer.out_features, inputs[0], weight, bias, out);
}

GemmForm Linear::gemm(const Call& call) {
  const std::int64_t k = features(call.in(0)), n = call.layer.out_features, rows = call.in(0).elements() / k;
  GemmForm form;
  form.shape = {.m = call.samples * rows, .n = n, .k = k, .bias = call.layer.bias};
  form.logical_cols = n;
  form.parts.push_back({.a = {{}, matrix_walk(k, 1)},
                        .b = {{.role = Role::Weight}, matrix_walk(k, 1)},
                        .bias = {.role = Role::Bias},
                        .out = {0, 1, n, 0, 1},
                        .m_base = call.first_sample * rows,
                        .n_base = 0});
  return form;
}

}  // namespace binade::operations::operation_rows
