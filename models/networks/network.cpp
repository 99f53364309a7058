// SPDX-License-Identifier: Apache-2.0
#include "models/networks/network.h"

#include <array>
#include <utility>

#include "models/networks/builder.h"
#include "models/numerics/error.h"
#include "models/numerics/nearest.h"
#include "models/operations/operation_table.h"

namespace binade::networks {

namespace {

using Maker = Network (*)();
constexpr std::array<std::pair<std::string_view, Maker>, 16> kNetworks{{
    {"mlp", mlp},
    {"lenet5", lenet5},
    {"cifarnet", cifarnet},
    {"alexnet-cifar", alexnet_cifar},
    {"alexnet", alexnet},
    {"vgg16", vgg16},
    {"googlenet", googlenet},
    {"mobilenetv2", mobilenetv2},
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

std::vector<Shape> input_shapes(const Network& network, const Layer& layer) {
  std::vector<Shape> shapes;
  for (const int input : layer.inputs) shapes.push_back(network.layers.at(static_cast<std::size_t>(input)).out);
  return shapes;
}

operations::Call call_of(const Network& network, int index, std::int64_t samples, std::int64_t first_sample, bool relu) {
  const Layer& layer = network.layers.at(static_cast<std::size_t>(index));
  return {.layer = layer, .inputs = input_shapes(network, layer), .samples = samples, .first_sample = first_sample, .relu = relu};
}

std::vector<int> input_layers(const Network& network) {
  std::vector<int> indices;
  for (std::size_t i = 0; i < network.layers.size(); ++i)
    if (network.layers[i].op == Op::Input) indices.push_back(static_cast<int>(i));
  return indices;
}

std::uint64_t macs(const Network& network, int index) {
  const Layer& layer = network.layers.at(static_cast<std::size_t>(index));
  return operations::row(layer).macs(layer, input_shapes(network, layer));
}

std::vector<ParameterShape> parameter_shapes(const Network& network, int index) {
  const Layer& layer = network.layers.at(static_cast<std::size_t>(index));
  std::vector<ParameterShape> shapes;
  for (operations::Learned& learned : operations::row(layer).parameters(layer, input_shapes(network, layer)))
    shapes.push_back({layer.name + "." + learned.suffix, std::move(learned.shape)});
  return shapes;
}

}  // namespace binade::networks
