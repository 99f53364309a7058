// SPDX-License-Identifier: Apache-2.0
// Which bytes of its inputs a layer reads: what the bytes it moves are compared with.
#include <set>

#include "sim/host/layer_program.h"

namespace binade::sim {

using networks::Op;
using networks::Shape;
using networks::Window;

std::int64_t touched_input_bytes(const LayerRun& run, int element_bytes) {
  const networks::Layer& layer = run.row();
  const bool windows = layer.op == Op::Conv2d || layer.op == Op::MaxPool || layer.op == Op::AvgPool || layer.op == Op::Subsample;
  if (!windows) {
    std::int64_t bytes = 0;
    const std::set<int> distinct(layer.inputs.begin(), layer.inputs.end());
    for (const int input : distinct)
      bytes += run.network.layers[static_cast<std::size_t>(input)].out.elements() * run.samples * element_bytes;
    return bytes;
  }
  const auto touched = [](std::int64_t size, std::int64_t out, int kernel, int stride, int pad, int dilation) {
    std::set<std::int64_t> positions;
    for (std::int64_t o = 0; o < out; ++o)
      for (int k = 0; k < kernel; ++k) {
        const std::int64_t at = o * stride + std::int64_t{k} * dilation - pad;
        if (at >= 0 && at < size) positions.insert(at);
      }
    return static_cast<std::int64_t>(positions.size());
  };
  const Shape &in = run.in(0), &out = layer.out;
  const Window& w = layer.window;
  return run.samples * in.channels * touched(in.height, out.height, w.kernel_h, w.stride_h, w.pad_h, w.dilation_h) *
         touched(in.width, out.width, w.kernel_w, w.stride_w, w.pad_w, w.dilation_w) * element_bytes;
}

}  // namespace binade::sim
