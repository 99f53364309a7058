// SPDX-License-Identifier: Apache-2.0
// Residual networks: the ImageNet family with projection shortcuts (torchvision names) and the CIFAR family with
// parameter-free shortcuts (option A of He et al. 2016, section 4.2).
#include <array>
#include <string>

#include "models/networks/builder.h"
#include "models/numerics/error.h"

namespace binade::networks {

namespace {

struct ImageNetBlock {
  std::string prefix;
  std::int64_t width;
  std::int64_t out_channels;
  int stride;
  bool bottleneck;
  bool project;
};

// torchvision puts the stride of a bottleneck on its 3 x 3 convolution ("v1.5").
int append_block(Builder& b, const ImageNetBlock& block, int input) {
  const auto name = [&](const std::string& part) { return block.prefix + part; };
  int x = input;
  if (block.bottleneck) {
    x = b.conv(name("conv1"), x, block.width, 1, {.bias = false});
    x = b.relu(name("relu1"), b.batch_norm(name("bn1"), x));
    x = b.conv(name("conv2"), x, block.width, 3, {.stride = block.stride, .pad = 1, .bias = false});
    x = b.relu(name("relu2"), b.batch_norm(name("bn2"), x));
    x = b.conv(name("conv3"), x, block.out_channels, 1, {.bias = false});
    x = b.batch_norm(name("bn3"), x);
  } else {
    x = b.conv(name("conv1"), x, block.width, 3, {.stride = block.stride, .pad = 1, .bias = false});
    x = b.relu(name("relu1"), b.batch_norm(name("bn1"), x));
    x = b.conv(name("conv2"), x, block.out_channels, 3, {.pad = 1, .bias = false});
    x = b.batch_norm(name("bn2"), x);
  }
  int shortcut = input;
  if (block.project) {
    shortcut = b.conv(name("downsample.0"), input, block.out_channels, 1, {.stride = block.stride, .bias = false});
    shortcut = b.batch_norm(name("downsample.1"), shortcut);
  }
  return b.relu(name("relu"), b.add(name("add"), x, shortcut));
}

}  // namespace

Network resnet(int depth) {
  struct Variant {
    int depth;
    bool bottleneck;
    std::array<int, 4> blocks;
  };
  constexpr std::array<Variant, 5> kVariants{{{18, false, {2, 2, 2, 2}},
                                              {34, false, {3, 4, 6, 3}},
                                              {50, true, {3, 4, 6, 3}},
                                              {101, true, {3, 4, 23, 3}},
                                              {152, true, {3, 8, 36, 3}}}};
  const Variant* variant = nullptr;
  for (const Variant& candidate : kVariants)
    if (candidate.depth == depth) variant = &candidate;
  if (variant == nullptr) throw InvariantError("resnet: no table of depth " + std::to_string(depth));

  Builder b("resnet" + std::to_string(depth),
            "He et al. 2016 (arXiv 1512.03385) table 1, torchvision.models.resnet" + std::to_string(depth), {3, 224, 224});
  int x = b.conv("conv1", 0, 64, 7, {.stride = 2, .pad = 3, .bias = false});
  x = b.relu("relu", b.batch_norm("bn1", x));
  x = b.max_pool("maxpool", x, 3, 2, 1);
  const int expansion = variant->bottleneck ? 4 : 1;
  std::int64_t channels = 64;
  for (int stage = 0; stage < 4; ++stage) {
    const std::int64_t width = std::int64_t{64} << stage;
    for (int i = 0; i < variant->blocks[static_cast<std::size_t>(stage)]; ++i) {
      const int stride = stage > 0 && i == 0 ? 2 : 1;
      const std::int64_t out = width * expansion;
      x = append_block(b,
                       {.prefix = "layer" + std::to_string(stage + 1) + "." + std::to_string(i) + ".",
                        .width = width,
                        .out_channels = out,
                        .stride = stride,
                        .bottleneck = variant->bottleneck,
                        .project = stride != 1 || channels != out},
                       x);
      channels = out;
    }
  }
  x = b.global_average("avgpool", x, 7);
  b.linear("fc", b.flatten("flatten", x), 1000);
  return b.finish(1000);
}

Network resnet_cifar(int depth) {
  const int blocks = (depth - 2) / 6;  // depth = 6n + 2: 2n convolutions in each of 3 stages, the first and the classifier
  Builder b("resnet" + std::to_string(depth) + "-cifar", "He et al. 2016 (arXiv 1512.03385) section 4.2, option A shortcuts",
            {3, 32, 32});
  int x = b.conv("conv", 0, 16, 3, {.pad = 1, .bias = false});
  x = b.relu("relu", b.batch_norm("bn", x));
  for (int index = 0; index < 3 * blocks; ++index) {
    const int stage = index / blocks;
    const std::int64_t width = std::int64_t{16} << stage;
    const int stride = stage > 0 && index % blocks == 0 ? 2 : 1;
    const std::string prefix = "layers." + std::to_string(index) + ".";
    int shortcut = x;
    if (stride != 1) {
      shortcut = b.append(prefix + "shortcut", Op::Subsample, {x});
      b.layer(shortcut).window.stride_h = b.layer(shortcut).window.stride_w = stride;
      b.layer(shortcut).out_features = width;
    }
    int y = b.conv(prefix + "conv1", x, width, 3, {.stride = stride, .pad = 1, .bias = false});
    y = b.relu(prefix + "relu1", b.batch_norm(prefix + "bn1", y));
    y = b.conv(prefix + "conv2", y, width, 3, {.pad = 1, .bias = false});
    y = b.batch_norm(prefix + "bn2", y);
    x = b.relu(prefix + "relu", b.add(prefix + "add", y, shortcut));
  }
  x = b.global_average("avgpool", x, 8);
  b.linear("fc", b.flatten("flatten", x), 10);
  return b.finish(10);
}

}  // namespace binade::networks
