// SPDX-License-Identifier: Apache-2.0
// Shape inference against PyTorch's formulas stated a second time by enumeration, and its refusals.
#include <gtest/gtest.h>

#include <functional>

#include "models/networks/builder.h"
#include "models/numerics/error.h"

namespace binade::networks {
namespace {

Shape shape_of(const Network& network, const std::string& name) {
  for (const Layer& layer : network.layers)
    if (layer.name == name) return layer.out;
  return {};
}

TEST(Shapes, NamedPointsOfTheLiterature) {
  EXPECT_EQ(shape_of(make_network("lenet5"), "conv3"), (Shape{120, 1, 1}));
  EXPECT_EQ(shape_of(make_network("alexnet"), "features.12"), (Shape{256, 6, 6}));
  EXPECT_EQ(shape_of(make_network("googlenet"), "maxpool1"), (Shape{64, 56, 56}));
  EXPECT_EQ(shape_of(make_network("googlenet"), "inception5b"), (Shape{1024, 7, 7}));
  EXPECT_EQ(shape_of(make_network("resnet50"), "layer4.2.conv3"), (Shape{2048, 7, 7}));
  EXPECT_EQ(shape_of(make_network("bert-base"), "encoder.layer.3.attention.self.scores"), Shape::tokens(128, 12 * 128));
  EXPECT_EQ(shape_of(make_network("resnet20-cifar"), "layers.3.shortcut"), (Shape{32, 16, 16}));
}

// The number of windows by walking: starts at -pad, steps by the stride, ends when the window leaves the padded image
// (ceil_mode: when it starts beyond the image and its left padding).
std::int64_t walk(std::int64_t size, int kernel, int stride, int pad, int dilation, bool ceil_mode) {
  std::int64_t count = 0;
  for (std::int64_t start = -pad;; start += stride) {
    const std::int64_t last = start + std::int64_t{dilation} * (kernel - 1);
    const bool inside = last <= size - 1 + pad;
    const bool partial = ceil_mode && start < size;
    if (!inside && !(partial && last - (size - 1 + pad) < stride)) return count;
    if (ceil_mode && start >= size) return count;
    ++count;
  }
}

TEST(Shapes, WindowsEqualAWalkOverTheAxis) {
  for (const bool ceil_mode : {false, true})
    for (int size = 5; size <= 12; ++size)
      for (int kernel = 2; kernel <= 4; ++kernel)
        for (int stride = 1; stride <= 3; ++stride)
          for (int pad = 0; pad <= kernel / 2; ++pad) {
            Builder b("n", "s", {3, size, size + 1});
            b.max_pool("p", 0, kernel, stride, pad, ceil_mode);
            const Shape out = b.finish(0).layers[1].out;
            EXPECT_EQ(out.height, walk(size, kernel, stride, pad, 1, ceil_mode))
                << size << ' ' << kernel << ' ' << stride << ' ' << pad;
            EXPECT_EQ(out.width, walk(size + 1, kernel, stride, pad, 1, ceil_mode));
          }
}

void expect_refused(const char* what, const std::function<void(Builder&)>& build) {
  Builder b("n", "s", {4, 8, 8});
  build(b);
  try {
    b.finish(0);
    FAIL() << what;
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find(what), std::string::npos) << error.what();
  }
}

TEST(Shapes, RefusesWhatDoesNotFit) {
  expect_refused("larger than the padded input", [](Builder& b) { b.conv("c", 0, 3, 9); });
  expect_refused("groups must divide", [](Builder& b) { b.layer(b.conv("c", 0, 6, 3)).groups = 4; });
  expect_refused("cannot add", [](Builder& b) { b.add("a", 0, b.conv("c", 0, 4, 3)); });
  expect_refused("cannot join", [](Builder& b) { b.append("a", Op::Concat, {0, b.conv("c", 0, 4, 3)}); });
  expect_refused("a window holds no pixel", [](Builder& b) { b.max_pool("p", 0, 2, 2, 2); });
  expect_refused("a window holds no pixel", [](Builder& b) {
    const int pool = b.append("p", Op::AvgPool, {0});
    b.layer(pool).window = {.kernel_h = 2, .kernel_w = 2, .pad_w_end = 2, .count_include_pad = false};
  });
  expect_refused("used twice", [](Builder& b) { b.relu("r", b.relu("r", 0)); });
  expect_refused("earlier layers", [](Builder& b) { b.relu("r", 1); });
  expect_refused("extents must be", [](Builder& b) { b.linear("l", 0, 0); });
  expect_refused("at least 1", [](Builder& b) { b.conv("c", 0, 3, 3, {.stride = 0}); });
  expect_refused("must be sequences", [](Builder& b) { b.append("m", Op::MatMul, {0, 0}); });
}

TEST(Shapes, MatMulScaleIsAPowerOfTwo) {
  Builder b("n", "s", Shape::tokens(4, 8));
  const int m = b.append("m", Op::MatMul, {0, 0});
  b.layer(m).transpose_b = true;
  b.layer(m).scale = 0.3;
  EXPECT_THROW(b.finish(0), InputError);
}

}  // namespace
}  // namespace binade::networks
