// SPDX-License-Identifier: Apache-2.0
// What exporters write as several nodes where the opset had no operator for it: one node in their place.
#pragma once

#include <filesystem>

namespace onnx {
class GraphProto;
}

namespace binade::sim::onnx_import {

/// Gelu (of opset 20) from Div, Erf, Add and two Mul; LayerNormalization (of opset 17) from two ReduceMean, Sub, Pow, Add, Sqrt,
/// Div, and a Mul and an Add of constants behind them. Only where nothing else reads what lies between; the last node gives its
/// name.
void join_sequences(onnx::GraphProto& graph, const std::filesystem::path& folder);

}  // namespace binade::sim::onnx_import
