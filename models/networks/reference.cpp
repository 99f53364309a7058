// SPDX-License-Identifier: Apache-2.0
#include "models/networks/reference.h"

#include <algorithm>
#include <cmath>

#include "models/numerics/error.h"

namespace binade::networks {

LayerParameters layer_parameters(const Network& network, int index, const operations::Parameters& parameters) {
  const Layer& layer = network.layers.at(static_cast<std::size_t>(index));
  const auto values = [&](const char* suffix) -> std::span<const double> {
    const auto found = parameters.find(layer.name + suffix);
    if (found == parameters.end()) throw InvariantError("layer_parameters: no " + layer.name + suffix);
    return found->second.values;
  };
  LayerParameters result;
  switch (layer.op) {
    case Op::Conv2d:
    case Op::Linear:
      result.weight = values(".weight");
      if (layer.bias) result.bias = values(".bias");
      break;
    case Op::LayerNorm:
      result.weight = values(".weight");
      result.bias = values(".bias");
      break;
    case Op::BatchNorm: {
      const auto gamma = values(".weight"), beta = values(".bias"), mean = values(".running_mean"),
                 variance = values(".running_var");
      const std::size_t channels = gamma.size();
      result.folded.resize(2 * channels);
      for (std::size_t c = 0; c < channels; ++c) {
        result.folded[c] = gamma[c] / std::sqrt(variance[c] + layer.epsilon);
        result.folded[channels + c] = beta[c] - mean[c] * result.folded[c];
      }
      result.weight = std::span(result.folded).first(channels);
      result.bias = std::span(result.folded).last(channels);
      break;
    }
    default:
      break;
  }
  return result;
}

operations::ImageGeometry image_geometry(const Network& network, int index, std::int64_t samples) {
  const Layer& layer = network.layers.at(static_cast<std::size_t>(index));
  const Shape& in = network.layers[static_cast<std::size_t>(layer.inputs[0])].out;
  const Window& w = layer.window;
  return {.samples = samples,
          .in_channels = in.channels,
          .in_height = in.height,
          .in_width = in.width,
          .out_channels = layer.out.channels,
          .out_height = layer.out.height,
          .out_width = layer.out.width,
          .kernel_h = w.kernel_h,
          .kernel_w = w.kernel_w,
          .stride_h = w.stride_h,
          .stride_w = w.stride_w,
          .pad_h = w.pad_h,
          .pad_w = w.pad_w,
          .dilation_h = w.dilation_h,
          .dilation_w = w.dilation_w,
          .groups = layer.groups};
}

namespace {

void forward_matmul(const Network& network, const Layer& layer, std::int64_t samples,
                    const std::vector<std::span<const double>>& inputs, std::span<double> out) {
  const Shape& a = network.layers[static_cast<std::size_t>(layer.inputs[0])].out;
  const Shape& b = network.layers[static_cast<std::size_t>(layer.inputs[1])].out;
  const operations::HeadProduct product{.m = a.channels,
                                    .n = layer.out.width / layer.heads,
                                    .k = a.width / layer.heads,
                                    .heads = layer.heads,
                                    .transpose_b = layer.transpose_b,
                                    .scale = layer.scale};
  for (std::int64_t s = 0; s < samples; ++s) {
    const auto slice = [s](auto values, const Shape& shape) {
      return values.subspan(static_cast<std::size_t>(s * shape.elements()), static_cast<std::size_t>(shape.elements()));
    };
    operations::matmul(product, slice(inputs[0], a), slice(inputs[1], b), slice(out, layer.out));
  }
}

void forward_concat(const Network& network, const Layer& layer, std::int64_t samples,
                    const std::vector<std::span<const double>>& inputs, std::span<double> out) {
  auto to = out.begin();
  for (std::int64_t s = 0; s < samples; ++s)
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const std::int64_t n = network.layers[static_cast<std::size_t>(layer.inputs[i])].out.elements();
      to = std::copy_n(inputs[i].begin() + s * n, n, to);
    }
}

}  // namespace

std::vector<double> reference_forward(const Network& network, int index, std::int64_t samples,
                                      const std::vector<std::span<const double>>& inputs, std::span<const double> weight,
                                      std::span<const double> bias) {
  const Layer& layer = network.layers.at(static_cast<std::size_t>(index));
  std::vector<double> out(static_cast<std::size_t>(samples * layer.out.elements()));
  const Shape& in = network.layers[static_cast<std::size_t>(layer.inputs[0])].out;
  switch (layer.op) {
    case Op::Conv2d:
      operations::conv2d(image_geometry(network, index, samples), inputs[0], weight, bias, out);
      break;
    case Op::Linear: {
      const std::int64_t features = in.sequence() ? in.width : in.elements();
      operations::linear(samples * in.elements() / features, features, layer.out_features, inputs[0], weight, bias, out);
      break;
    }
    case Op::MatMul:
      forward_matmul(network, layer, samples, inputs, out);
      break;
    case Op::Relu:
      std::copy(inputs[0].begin(), inputs[0].end(), out.begin());
      operations::relu(out);
      break;
    case Op::MaxPool:
      operations::max_pool(image_geometry(network, index, samples), inputs[0], out);
      break;
    case Op::AvgPool:
      operations::avg_pool(image_geometry(network, index, samples), inputs[0], out);
      break;
    case Op::Subsample:
      operations::subsample(image_geometry(network, index, samples), inputs[0], out);
      break;
    case Op::Add:
      for (std::size_t i = 0; i < out.size(); ++i) out[i] = inputs[0][i] + inputs[1][i];
      break;
    case Op::BatchNorm:
      operations::scale_shift(in.height * in.width, weight, bias, inputs[0], out);
      break;
    case Op::Softmax:
      operations::softmax(row_length(in, layer.heads), inputs[0], out);
      break;
    case Op::LayerNorm:
      operations::layer_norm(layer.epsilon, weight, bias, inputs[0], out);
      break;
    case Op::Gelu:
      operations::gelu(inputs[0], out);
      break;
    case Op::Concat:
      forward_concat(network, layer, samples, inputs, out);
      break;
    case Op::Flatten:
      std::copy(inputs[0].begin(), inputs[0].end(), out.begin());
      break;
    case Op::Input:
      throw InvariantError("reference_forward: the input has no operation");
  }
  return out;
}

}  // namespace binade::networks
