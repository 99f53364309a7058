// SPDX-License-Identifier: Apache-2.0
#include "sim/import/layer_table.h"

#include <nlohmann/json.hpp>

#include "models/operations/operation_table.h"

namespace binade::sim {

std::vector<LayerRow> layer_table(const networks::Network& network) {
  std::vector<LayerRow> rows;
  for (int i = 0; i < static_cast<int>(network.layers.size()); ++i) {
    const auto& layer = network.layers[static_cast<std::size_t>(i)];
    LayerRow row{.name = layer.name, .op = std::string(to_string(layer.op)), .inputs = {}, .out = layer.out};
    for (const int input : layer.inputs) row.inputs.push_back(network.layers[static_cast<std::size_t>(input)].name);
    if (operations::is_gemm(layer.op)) {
      const operations::GemmShape shape = operations::row(layer).gemm(call_of(network, i)).shape;
      row.m = shape.m;
      row.n = shape.n;
      row.k = shape.k;
      row.count = shape.count;
    }
    row.macs = macs(network, i);
    for (const auto& parameter : parameter_shapes(network, i)) {
      if (parameter.name.ends_with(".running_mean") || parameter.name.ends_with(".running_var")) continue;
      std::uint64_t elements = 1;
      for (const auto extent : parameter.shape) elements *= static_cast<std::uint64_t>(extent);
      row.parameters += elements;
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

nlohmann::ordered_json layer_table_json(const networks::Network& network) {
  nlohmann::ordered_json json{{"network", network.name}, {"source", network.source}, {"classes", network.classes}};
  auto& layers = json["layers"] = nlohmann::ordered_json::array();
  for (const auto& row : layer_table(network))
    layers.push_back({{"name", row.name},
                      {"op", row.op},
                      {"inputs", row.inputs},
                      {"output", {row.out.channels, row.out.height, row.out.width}},
                      {"m", row.m},
                      {"n", row.n},
                      {"k", row.k},
                      {"groups", row.count},
                      {"macs", row.macs},
                      {"parameters", row.parameters}});
  return json;
}

}  // namespace binade::sim
