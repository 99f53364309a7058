// SPDX-License-Identifier: Apache-2.0
#include "models/operations/conv_sides.h"
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
  GemmForm form = image_to_windows(sides_of_conv(call), {}, {.role = Role::Weight});
  form.shape.bias = call.layer.bias;
  return form;
}

}  // namespace binade::operations::operation_rows
