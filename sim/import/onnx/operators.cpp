// SPDX-License-Identifier: Apache-2.0
#include "sim/import/onnx/operators.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <string_view>

namespace binade::sim::onnx_import {

Values map_node(const Node& node, Builder& builder) {
  using Mapping = Values (*)(const Node&, Builder&);
  static const std::map<std::string_view, Mapping> kOperators{
      {"Add", map_binary},
      {"AveragePool", map_pool},
      {"BatchNormalization", map_batch_norm},
      {"Cast", map_same},
      {"CastLike", map_same},
      {"Clip", map_clip},
      {"Concat", map_concat},
      {"Conv", map_conv},
      {"ConvTranspose", map_conv_transpose},
      {"Div", map_binary},
      {"Dropout", map_dropout},
      {"Expand", map_expand},
      {"Flatten", map_view},
      {"Gather", map_gather},
      {"Gelu", map_activation},
      {"Gemm", map_gemm},
      {"GlobalAveragePool", map_global_pool},
      {"GlobalMaxPool", map_global_pool},
      {"HardSigmoid", map_hard},
      {"HardSwish", map_hard},
      {"Identity", map_same},
      {"LayerNormalization", map_layer_norm},
      {"LeakyRelu", map_activation},
      {"LogSoftmax", map_softmax},
      {"MatMul", map_matmul},
      {"MaxPool", map_pool},
      {"Mul", map_binary},
      {"PRelu", map_activation},
      {"Pad", map_pad},
      {"ReduceMax", map_global_pool},
      {"ReduceMean", map_global_pool},
      {"Relu", map_activation},
      {"Reshape", map_view},
      {"Sigmoid", map_activation},
      {"Slice", map_slice},
      {"Softmax", map_softmax},
      {"Split", map_split},
      {"Squeeze", map_view},
      {"Sub", map_binary},
      {"Tanh", map_activation},
      {"Transpose", map_transpose},
      {"Unsqueeze", map_view},
  };
  const auto found = kOperators.find(node.op());
  if (found != kOperators.end()) return found->second(node, builder);
  std::vector<std::string_view> words;
  for (const auto& [word, mapping] : kOperators) words.push_back(word);
  node.refuse(fmt::format("an operator that no layer is; allowed: {}", fmt::join(words, " ")));
}

}  // namespace binade::sim::onnx_import
