// SPDX-License-Identifier: Apache-2.0
// What each operator becomes: one function a family, which returns the node's outputs.
#pragma once

#include <vector>

#include "sim/import/onnx/builder.h"

namespace binade::sim::onnx_import {

using Values = std::vector<Value>;

/// Of a node with an operand that the network computes. Refuses operators that no layer is.
Values map_node(const Node& node, Builder& builder);

Values map_conv(const Node& node, Builder& builder);
Values map_conv_transpose(const Node& node, Builder& builder);
Values map_pool(const Node& node, Builder& builder);         ///< MaxPool, AveragePool
Values map_global_pool(const Node& node, Builder& builder);  ///< GlobalAveragePool, GlobalMaxPool, ReduceMean, ReduceMax
Values map_pad(const Node& node, Builder& builder);
Values map_gemm(const Node& node, Builder& builder);
Values map_matmul(const Node& node, Builder& builder);
Values map_binary(const Node& node, Builder& builder);      ///< Add, Sub, Mul, Div
Values map_activation(const Node& node, Builder& builder);  ///< Relu, LeakyRelu, PRelu, Sigmoid, Tanh, Gelu
Values map_clip(const Node& node, Builder& builder);
Values map_hard(const Node& node, Builder& builder);     ///< HardSigmoid, HardSwish
Values map_softmax(const Node& node, Builder& builder);  ///< Softmax, LogSoftmax
Values map_batch_norm(const Node& node, Builder& builder);
Values map_layer_norm(const Node& node, Builder& builder);
Values map_view(const Node& node, Builder& builder);  ///< Reshape, Flatten, Squeeze, Unsqueeze
Values map_transpose(const Node& node, Builder& builder);
Values map_slice(const Node& node, Builder& builder);
Values map_gather(const Node& node, Builder& builder);
Values map_expand(const Node& node, Builder& builder);
Values map_split(const Node& node, Builder& builder);
Values map_concat(const Node& node, Builder& builder);
Values map_dropout(const Node& node, Builder& builder);
Values map_same(const Node& node, Builder& builder);  ///< Identity, Cast, CastLike

}  // namespace binade::sim::onnx_import
