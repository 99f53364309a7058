// SPDX-License-Identifier: Apache-2.0
// MobileNetV2: inverted residuals with linear bottlenecks (Sandler et al. 2018, table 2), torchvision's names.
#include <array>
#include <string>

#include "models/networks/builder.h"

namespace binade::networks {

namespace {

// Convolution, batch norm, ReLU6: torchvision's Conv2dNormActivation, modules 0, 1 and 2 of `prefix`.
int conv_norm_relu6(Builder& b, const std::string& prefix, int input, std::int64_t channels, int kernel, int stride, int groups) {
  const int conv = b.conv(prefix + "0", input, channels, kernel, {.stride = stride, .pad = kernel / 2, .bias = false});
  b.layer(conv).groups = groups;
  const int clip = b.append(prefix + "2", Op::Clip, {b.batch_norm(prefix + "1", conv)});
  b.layer(clip).beta = 6;
  return clip;
}

struct Block {
  std::int64_t in, out;
  int expansion, stride;
};

int append_block(Builder& b, const std::string& prefix, const Block& block, int input) {
  const std::int64_t hidden = block.in * block.expansion;
  int x = input, module = 0;
  const auto next = [&] { return prefix + "conv." + std::to_string(module++); };
  if (block.expansion != 1) x = conv_norm_relu6(b, next() + ".", x, hidden, 1, 1, 1);
  x = conv_norm_relu6(b, next() + ".", x, hidden, 3, block.stride, static_cast<int>(hidden));
  x = b.conv(next(), x, block.out, 1, {.bias = false});
  x = b.batch_norm(next(), x);
  return block.stride == 1 && block.in == block.out ? b.add(prefix + "add", x, input) : x;
}

}  // namespace

Network mobilenetv2() {
  struct Row {
    int expansion;
    std::int64_t channels;
    int repeats, stride;
  };
  constexpr std::array<Row, 7> kRows{
      {{1, 16, 1, 1}, {6, 24, 2, 2}, {6, 32, 3, 2}, {6, 64, 4, 2}, {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}}};
  Builder b("mobilenetv2", "Sandler et al. 2018 (arXiv 1801.04381), torchvision mobilenet_v2", {3, 224, 224});
  std::int64_t channels = 32;
  int x = conv_norm_relu6(b, "features.0.", 0, channels, 3, 2, 1), feature = 1;
  for (const Row& row : kRows)
    for (int i = 0; i < row.repeats; ++i) {
      const Block block{channels, row.channels, row.expansion, i == 0 ? row.stride : 1};
      x = append_block(b, "features." + std::to_string(feature++) + ".", block, x);
      channels = row.channels;
    }
  x = conv_norm_relu6(b, "features." + std::to_string(feature) + ".", x, 1280, 1, 1, 1);
  x = b.flatten("flatten", b.global_average("avgpool", x, 7));
  b.linear("classifier.1", x, 1000);
  return b.finish(1000);
}

}  // namespace binade::networks
