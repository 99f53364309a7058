// SPDX-License-Identifier: Apache-2.0
#include "models/operations/operation_rows.h"

namespace binade::operations::operation_rows {

Shape Conv2d::shape(const Layer& layer, Inputs in) {
  if (layer.groups < 1 || in[0].channels % layer.groups != 0 || layer.out_features % layer.groups != 0)
    refuse(layer, "groups must divide the " + std::to_string(in[0].channels) + " input and " + std::to_string(layer.out_features) +
                      " output channels");
  if (layer.window.ceil_mode || layer.window.whole) refuse(layer, "ceil_mode and whole windows belong to pooling");
  return windowed(layer, in[0], layer.window, layer.out_features);
}

std::vector<Learned> Conv2d::parameters(const Layer& layer, Inputs in) {
  std::vector<Learned> list{
      {"weight", {layer.out_features, in[0].channels / layer.groups, layer.window.kernel_h, layer.window.kernel_w}}};
  if (layer.bias) list.push_back({"bias", {layer.out_features}});
  return list;
}

std::uint64_t Conv2d::macs(const Layer& layer, Inputs in) {
  return static_cast<std::uint64_t>(layer.out.elements() * (in[0].channels / layer.groups) * layer.window.kernel_h *
                                    layer.window.kernel_w);
}

void Conv2d::reference(const Call& call, std::span<const Values> inputs, const Reals& weight, const Reals& bias,
                       std::span<double> out) {
  conv2d(image_geometry(call), inputs[0], weight, bias, out);
}

GemmForm Conv2d::gemm(const Call& call) {
  const Layer& layer = call.layer;
  const Shape &in = call.in(0), &out = call.out();
  const Window& w = layer.window;
  const std::int64_t plane = out.height * out.width, in_group = in.channels / layer.groups;
  GemmForm form;
  form.shape = {.m = call.samples * plane,
                .n = out.channels / layer.groups,
                .k = in_group * w.kernel_h * w.kernel_w,
                .count = layer.groups,
                .bias = layer.bias,
                .source = {.image = true,
                           .out_width = out.width,
                           .out_plane = plane,
                           .in_height = in.height,
                           .in_width = in.width,
                           .kernel_area = std::int64_t{w.kernel_h} * w.kernel_w,
                           .stride_h = w.stride_h,
                           .reach_h = w.dilation_h * (w.kernel_h - 1) + 1}};
  form.logical_cols = out.channels;
  for (std::int64_t g = 0; g < layer.groups; ++g) {
    GemmPart part;
    part.a = {{.element = g * in_group * in.height * in.width}, image_walk(call, w)};
    part.b = {{.role = Role::Weight, .element = g * form.shape.n * form.shape.k}, matrix_walk(form.shape.k, 1)};
    part.bias = {.role = Role::Bias, .element = g * form.shape.n};
    part.out = {g * form.shape.n * plane, plane, out.elements(), 1, plane};
    part.m_base = call.first_sample * plane;
    part.n_base = g * form.shape.n;
    form.parts.push_back(part);
  }
  return form;
}

}  // namespace binade::operations::operation_rows
