// SPDX-License-Identifier: Apache-2.0
// GoogLeNet with batch normalisation as torchvision has it: branch3 uses 3 x 3 kernels where the paper has 5 x 5, no
// auxiliary classifiers (they exist in training only).
#include <array>
#include <string>

#include "models/networks/builder.h"

namespace binade::networks {

namespace {

constexpr double kEpsilon = 0.001;  // BasicConv2d

int basic_conv(Builder& b, const std::string& prefix, int input, std::int64_t channels, int kernel, int stride = 1, int pad = 0) {
  const int x = b.conv(prefix + ".conv", input, channels, kernel, {.stride = stride, .pad = pad, .bias = false});
  return b.relu(prefix + ".relu", b.batch_norm(prefix + ".bn", x, kEpsilon));
}

// Channels of table 1: #1x1, #3x3 reduce, #3x3, #5x5 reduce, #5x5, pool proj.
struct Inception {
  const char* name;
  std::array<std::int64_t, 6> channels;
};

int append_inception(Builder& b, const Inception& inception, int input) {
  const std::string prefix = std::string("inception") + inception.name;
  const auto& c = inception.channels;
  const int branch1 = basic_conv(b, prefix + ".branch1", input, c[0], 1);
  int branch2 = basic_conv(b, prefix + ".branch2.0", input, c[1], 1);
  branch2 = basic_conv(b, prefix + ".branch2.1", branch2, c[2], 3, 1, 1);
  int branch3 = basic_conv(b, prefix + ".branch3.0", input, c[3], 1);
  branch3 = basic_conv(b, prefix + ".branch3.1", branch3, c[4], 3, 1, 1);
  int branch4 = b.max_pool(prefix + ".branch4.0", input, 3, 1, 1, true);
  branch4 = basic_conv(b, prefix + ".branch4.1", branch4, c[5], 1);
  return b.append(prefix, Op::Concat, {branch1, branch2, branch3, branch4});
}

}  // namespace

Network googlenet() {
  Builder b("googlenet", "Szegedy et al. 2015 (arXiv 1409.4842) table 1, torchvision.models.googlenet", {3, 224, 224});
  int x = basic_conv(b, "conv1", 0, 64, 7, 2, 3);
  x = b.max_pool("maxpool1", x, 3, 2, 0, true);
  x = basic_conv(b, "conv2", x, 64, 1);
  x = basic_conv(b, "conv3", x, 192, 3, 1, 1);
  x = b.max_pool("maxpool2", x, 3, 2, 0, true);
  x = append_inception(b, {"3a", {64, 96, 128, 16, 32, 32}}, x);
  x = append_inception(b, {"3b", {128, 128, 192, 32, 96, 64}}, x);
  x = b.max_pool("maxpool3", x, 3, 2, 0, true);
  x = append_inception(b, {"4a", {192, 96, 208, 16, 48, 64}}, x);
  x = append_inception(b, {"4b", {160, 112, 224, 24, 64, 64}}, x);
  x = append_inception(b, {"4c", {128, 128, 256, 24, 64, 64}}, x);
  x = append_inception(b, {"4d", {112, 144, 288, 32, 64, 64}}, x);
  x = append_inception(b, {"4e", {256, 160, 320, 32, 128, 128}}, x);
  x = b.max_pool("maxpool4", x, 2, 2, 0, true);
  x = append_inception(b, {"5a", {256, 160, 320, 32, 128, 128}}, x);
  x = append_inception(b, {"5b", {384, 192, 384, 48, 128, 128}}, x);
  x = b.global_average("avgpool", x, 7);
  b.linear("fc", b.flatten("flatten", x), 1000);
  return b.finish(1000);
}

}  // namespace binade::networks
