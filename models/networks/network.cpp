// SPDX-License-Identifier: Apache-2.0
#include "models/networks/network.h"

#include <array>
#include <utility>

#include "models/networks/builder.h"
#include "models/numerics/error.h"
#include "models/numerics/nearest.h"

namespace binade::networks {

namespace {

using Maker = Network (*)();
constexpr std::array<std::pair<std::string_view, Maker>, 13> kNetworks{{
    {"lenet5", lenet5},
    {"cifarnet", cifarnet},
    {"alexnet", alexnet},
    {"vgg16", vgg16},
    {"googlenet", googlenet},
    {"resnet18", [] { return resnet(18); }},
    {"resnet34", [] { return resnet(34); }},
    {"resnet50", [] { return resnet(50); }},
    {"resnet101", [] { return resnet(101); }},
    {"resnet152", [] { return resnet(152); }},
    {"resnet20-cifar", [] { return resnet_cifar(20); }},
    {"resnet110-cifar", [] { return resnet_cifar(110); }},
    {"bert-base", bert_base},
}};

}  // namespace

std::string_view to_string(Op op) {
  constexpr std::array<std::string_view, 15> kWords{"input",     "conv",    "linear", "matmul",    "relu",
                                                    "maxpool",   "avgpool", "add",    "batchnorm", "softmax",
                                                    "layernorm", "gelu",    "concat", "flatten",   "subsample"};
  return kWords.at(static_cast<std::size_t>(op));
}

std::vector<std::string> network_names() {
  std::vector<std::string> names;
  for (const auto& [name, make] : kNetworks) names.emplace_back(name);
  return names;
}

Network make_network(std::string_view name) {
  for (const auto& [known, make] : kNetworks)
    if (known == name) return make();
  std::string message =
      "network: unknown name '" + std::string(name) + "', the nearest is '" + nearest_word(name, network_names()) + "'; allowed:";
  for (const auto& [known, make] : kNetworks) message.append(" ").append(known);
  throw InputError(message);
}

std::int64_t row_length(const Shape& shape, int heads) {
  const std::int64_t features = shape.sequence() ? shape.width : shape.elements();
  return features / heads;
}

std::vector<int> input_layers(const Network& network) {
  std::vector<int> indices;
  for (std::size_t i = 0; i < network.layers.size(); ++i)
    if (network.layers[i].op == Op::Input) indices.push_back(static_cast<int>(i));
  return indices;
}

std::uint64_t macs(const Network& network, int index) {
  const Layer& layer = network.layers.at(static_cast<std::size_t>(index));
  const auto input = [&](std::size_t i) -> const Shape& { return network.layers[static_cast<std::size_t>(layer.inputs[i])].out; };
  const std::int64_t outputs = layer.out.elements();
  switch (layer.op) {
    case Op::Conv2d:
      return static_cast<std::uint64_t>(outputs * (input(0).channels / layer.groups) * layer.window.kernel_h *
                                        layer.window.kernel_w);
    case Op::Linear:
      return static_cast<std::uint64_t>(outputs * (input(0).sequence() ? input(0).width : input(0).elements()));
    case Op::MatMul:
      return static_cast<std::uint64_t>(outputs * (input(0).width / layer.heads));
    default:
      return 0;
  }
}

std::vector<ParameterShape> parameter_shapes(const Network& network, int index) {
  const Layer& layer = network.layers.at(static_cast<std::size_t>(index));
  if (layer.inputs.empty()) return {};
  const Shape& in = network.layers[static_cast<std::size_t>(layer.inputs[0])].out;
  std::vector<ParameterShape> shapes;
  const auto add = [&](const char* suffix, std::vector<std::int64_t> shape) {
    shapes.push_back({layer.name + suffix, std::move(shape)});
  };
  switch (layer.op) {
    case Op::Conv2d:
      add(".weight", {layer.out_features, in.channels / layer.groups, layer.window.kernel_h, layer.window.kernel_w});
      break;
    case Op::Linear:
      add(".weight", {layer.out_features, in.sequence() ? in.width : in.elements()});
      break;
    case Op::BatchNorm:
      for (const char* suffix : {".weight", ".bias", ".running_mean", ".running_var"}) add(suffix, {in.channels});
      return shapes;
    case Op::LayerNorm:
      for (const char* suffix : {".weight", ".bias"}) add(suffix, {row_length(in, 1)});
      return shapes;
    default:
      return {};
  }
  if (layer.bias) add(".bias", {layer.out_features});
  return shapes;
}

}  // namespace binade::networks
