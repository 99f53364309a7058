// SPDX-License-Identifier: Apache-2.0
// Layers whose gradients are tested, each with its shapes: every small geometry of one axis, and random ones of everything.
#pragma once

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "models/networks/builder.h"
#include "models/numerics/error.h"
#include "models/operations/gradients.h"
#include "models/operations/operation_table.h"

namespace binade::tests {

struct GradientCase {
  std::string name;
  std::shared_ptr<const networks::Network> network;
  int layer = 0;
  std::int64_t samples = 1;
  operations::Call call() const { return networks::call_of(*network, layer, samples); }
};

/// One product of a layer's gradients, with the elements of its operands and of its result.
struct GradientProduct {
  std::string name;
  operations::GemmForm form;
  std::int64_t a, b, outputs;
};
/// All of the layer's: by its inputs, its weight and its bias, in either order of k.
inline std::vector<GradientProduct> gradient_products(const GradientCase& tested) {
  using operations::KOrder;
  const operations::Call call = tested.call();
  const operations::Op op = call.layer.op;
  const std::int64_t x = call.samples * call.in(0).elements(), y = call.outputs();
  std::vector<GradientProduct> all;
  if (op == operations::Op::MatMul) {
    for (const std::size_t operand : {0U, 1U})
      all.push_back({tested.name + ", operand " + std::to_string(operand), matmul_backward(call, static_cast<int>(operand)), y,
                     call.samples * call.in(1 - operand).elements(), call.samples * call.in(operand).elements()});
    return all;
  }
  std::int64_t weights = 1;
  const std::vector<operations::Learned> learned = operations::row(op).parameters(call.layer, call.inputs);
  for (const std::int64_t extent : learned.front().shape) weights *= extent;
  const bool linear = op == operations::Op::Linear, conv = op == operations::Op::Conv2d;
  all.push_back({tested.name + ", data",
                 linear ? linear_backward_data(call)
                 : conv ? conv_backward_data(call)
                        : conv_transpose_backward_data(call),
                 y, weights, x});
  for (const KOrder order : {KOrder::SamplesOutermost, KOrder::SamplesInnermost}) {
    all.push_back({tested.name + ", weight",
                   linear ? linear_backward_weight(call, order)
                   : conv ? conv_backward_weight(call, order)
                          : conv_transpose_backward_weight(call, order),
                   y, x, weights});
    all.push_back({tested.name + ", bias", bias_gradient(call, order), y, 1, call.layer.out_features});
  }
  all.push_back({tested.name + ", bias of samples", bias_gradient_of_samples(call), y, 1, call.samples * call.layer.out_features});
  return all;
}

class GradientCases {
 public:
  explicit GradientCases(unsigned seed) : random_(seed) {}

  int pick(int low, int high) { return low + static_cast<int>(random_() % static_cast<unsigned>(high - low + 1)); }

  /// A convolution of `window` on a channels x height x width image; null where it does not fit.
  static std::vector<GradientCase> conv(std::int64_t channels, std::int64_t height, std::int64_t width, std::int64_t outputs,
                                        int groups, const operations::Window& window, std::int64_t samples) {
    if (height + window.pad_h + window.below() <= window.dilation_h * (window.kernel_h - 1)) return {};
    if (width + window.pad_w + window.right() <= window.dilation_w * (window.kernel_w - 1)) return {};
    networks::Builder b("n", "s", {channels, height, width});
    const int layer = b.conv("conv", 0, outputs, 1, {.bias = true});
    b.layer(layer).window = window;
    b.layer(layer).groups = groups;
    return {{"conv " + std::to_string(height) + 'x' + std::to_string(width) + " kernel " + std::to_string(window.kernel_h) + 'x' +
                 std::to_string(window.kernel_w) + " stride " + std::to_string(window.stride_h) + ' ' +
                 std::to_string(window.stride_w) + " pads " + std::to_string(window.pad_h) + ' ' + std::to_string(window.below()) +
                 ' ' + std::to_string(window.pad_w) + ' ' + std::to_string(window.right()) + " dilation " +
                 std::to_string(window.dilation_h) + ' ' + std::to_string(window.dilation_w) + " groups " + std::to_string(groups),
             std::make_shared<networks::Network>(b.finish(0)), layer, samples}};
  }

  /// Every geometry of one axis up to a few pixels, on either axis.
  static std::vector<GradientCase> small_convs() {
    std::vector<GradientCase> all;
    for (int size = 1; size <= 6; ++size)
      for (int kernel = 1; kernel <= 3; ++kernel)
        for (int stride = 1; stride <= 3; ++stride)
          for (int before = 0; before <= 2; ++before)
            for (int after = 0; after <= 2; ++after)
              for (int dilation = 1; dilation <= (kernel > 1 ? 2 : 1); ++dilation)
                for (const bool vertical : {true, false}) {
                  operations::Window w;
                  (vertical ? w.kernel_h : w.kernel_w) = kernel;
                  (vertical ? w.stride_h : w.stride_w) = stride;
                  (vertical ? w.dilation_h : w.dilation_w) = dilation;
                  (vertical ? w.pad_h : w.pad_w) = before;
                  (vertical ? w.pad_h_end : w.pad_w_end) = after;
                  for (auto& one : conv(1, vertical ? size : 1, vertical ? 1 : size, 2, 1, w, 2)) all.push_back(std::move(one));
                }
    return all;
  }

  GradientCase random_conv() {
    for (;;) {
      const int groups = pick(1, 3);
      operations::Window w{.kernel_h = pick(1, 4), .kernel_w = pick(1, 4)};
      w.stride_h = pick(1, 3), w.stride_w = pick(1, 3);
      w.pad_h = pick(0, 3), w.pad_w = pick(0, 3);
      w.dilation_h = pick(1, 2), w.dilation_w = pick(1, 3);
      if (pick(0, 1) == 0) w.pad_h_end = pick(0, 3);
      if (pick(0, 1) == 0) w.pad_w_end = pick(0, 3);
      const int wide = pick(0, 3) == 0 ? 20 : 7;  // long lines too
      auto found = conv(groups * pick(1, 3), pick(1, 7), pick(1, wide), groups * pick(1, 3), groups, w, pick(1, 3));
      if (!found.empty()) return found.front();
    }
  }

  GradientCase random_conv_transpose() {
    for (;;) {
      const int groups = pick(1, 3);
      operations::Window w{.kernel_h = pick(1, 4), .kernel_w = pick(1, 4)};
      w.stride_h = pick(1, 3), w.stride_w = pick(1, 3);
      w.pad_h = pick(0, 3), w.pad_w = pick(0, 3);
      w.dilation_h = pick(1, 2), w.dilation_w = pick(1, 3);
      if (pick(0, 1) == 0) w.pad_h_end = pick(0, 3);
      if (pick(0, 1) == 0) w.pad_w_end = pick(0, 3);
      w.output_pad_h = pick(0, std::max(w.stride_h, w.dilation_h) - 1);
      w.output_pad_w = pick(0, std::max(w.stride_w, w.dilation_w) - 1);
      networks::Builder b("n", "s", {groups * pick(1, 3), pick(1, 6), pick(1, 6)});
      const int layer = b.append("transposed", operations::Op::ConvTranspose2d, {0});
      b.layer(layer).window = w;
      b.layer(layer).groups = groups;
      b.layer(layer).out_features = groups * pick(1, 3);
      b.layer(layer).bias = true;
      try {
        return {"transposed convolution", std::make_shared<networks::Network>(b.finish(0)), layer, pick(1, 3)};
      } catch (const InputError&) {  // no output
      }
    }
  }

  GradientCase random_linear() {
    const bool sequence = pick(0, 1) == 1;
    networks::Builder b(
        "n", "s",
        sequence ? operations::Shape::tokens(pick(1, 4), pick(1, 6)) : operations::Shape{pick(1, 3), pick(1, 3), pick(1, 3)});
    const int layer = b.linear("linear", 0, pick(1, 7));
    return {sequence ? "linear on a sequence" : "linear", std::make_shared<networks::Network>(b.finish(0)), layer, pick(1, 5)};
  }

  GradientCase random_matmul() {
    const int tokens = pick(1, 5), heads = pick(1, 3), depth = pick(1, 4), others = pick(1, 5);
    const bool transposed = pick(0, 1) == 1;
    networks::Builder b("n", "s", operations::Shape::tokens(tokens, heads * depth));
    const int second = b.input(
        "second", transposed ? operations::Shape::tokens(others, heads * depth) : operations::Shape::tokens(depth, heads * others));
    const int layer = b.append("matmul", operations::Op::MatMul, {0, second});
    b.layer(layer).heads = heads;
    b.layer(layer).transpose_b = transposed;
    b.layer(layer).scale = pick(0, 1) == 0 ? 1 : 0.25;
    return {transposed ? "matmul, transposed" : "matmul", std::make_shared<networks::Network>(b.finish(0)), layer, pick(1, 3)};
  }

 private:
  std::mt19937 random_;
};

}  // namespace binade::tests
