// SPDX-License-Identifier: Apache-2.0
// One layer of a network through the reference, against the operations spelt out.
#include "models/networks/reference.h"

#include <gtest/gtest.h>

#include <cmath>

#include "models/networks/builder.h"
#include "tests/support/random_values.h"

namespace binade::networks {
namespace {

using tests::random_values;

TEST(Reference, BatchNormFoldsItsStatistics) {
  Builder b("n", "s", {2, 1, 3});
  b.batch_norm("bn", 0, 0.25);
  const Network network = b.finish(0);
  const operations::Parameters parameters{{"bn.weight", {{2}, {2, 3}}},
                                          {"bn.bias", {{2}, {1, -1}}},
                                          {"bn.running_mean", {{2}, {0.5, 4}}},
                                          {"bn.running_var", {{2}, {0.75, 8.75}}}};
  const LayerParameters folded = layer_parameters(network, 1, parameters);
  const std::vector<double> x{0, 1, 2, 3, 4, 5};
  const auto y = reference_forward(network, 1, 1, {x}, folded.weight, folded.bias);
  const std::vector<double> expected{0, 2, 4, -2, -1, 0};  // (x - mean) / sqrt(var + eps) * gamma + beta with sqrt = 1 and 3
  EXPECT_EQ(y, expected);
}

TEST(Reference, MatMulWorksHeadByHeadAndSampleBySample) {
  constexpr int kTokens = 3, kHeads = 2, kDepth = 4, kSamples = 2;
  for (const bool transpose : {false, true}) {
    Builder b("n", "s", Shape::tokens(kTokens, transpose ? kHeads * kDepth : kHeads * kTokens));
    const int m = b.append("m", Op::MatMul, {0, 0});
    b.layer(m).transpose_b = transpose;
    b.layer(m).heads = kHeads;
    b.layer(m).scale = 0.5;
    const Network network = b.finish(0);
    const std::int64_t width = network.layers[0].out.width, out = network.layers[1].out.width;
    const auto x = random_values(kSamples * kTokens * width, 7);
    const auto y = reference_forward(network, m, kSamples, {x, x}, {}, {});
    const auto at = [&](int s, std::int64_t row, std::int64_t col) {
      return x[static_cast<std::size_t>((s * kTokens + row) * width + col)];
    };
    for (int s = 0; s < kSamples; ++s)
      for (int head = 0; head < kHeads; ++head)
        for (std::int64_t i = 0; i < kTokens; ++i)
          for (std::int64_t j = 0; j < out / kHeads; ++j) {
            double sum = 0;
            const std::int64_t depth = width / kHeads;
            for (std::int64_t k = 0; k < depth; ++k)
              sum += at(s, i, head * depth + k) * (transpose ? at(s, j, head * depth + k) : at(s, k, head * (out / kHeads) + j));
            EXPECT_NEAR(y[static_cast<std::size_t>((s * kTokens + i) * out + head * (out / kHeads) + j)], 0.5 * sum, 1e-12);
          }
  }
}

TEST(Reference, ConcatAndSubsampleMoveWholeChannels) {
  Builder b("n", "s", {1, 2, 2});
  const int sub = b.append("sub", Op::Subsample, {0});
  b.layer(sub).window.stride_h = b.layer(sub).window.stride_w = 2;
  b.layer(sub).out_features = 3;
  const int cat = b.append("cat", Op::Concat, {0, 0});
  const Network network = b.finish(0);
  const std::vector<double> x{1, 2, 3, 4, 5, 6, 7, 8};  // two samples
  EXPECT_EQ(reference_forward(network, sub, 2, {x}, {}, {}), (std::vector<double>{0, 1, 0, 0, 5, 0}));
  EXPECT_EQ(reference_forward(network, cat, 2, {x, x}, {}, {}),
            (std::vector<double>{1, 2, 3, 4, 1, 2, 3, 4, 5, 6, 7, 8, 5, 6, 7, 8}));
}

TEST(Reference, LinearWorksOnElementsOrOnTheFeaturesOfASequence) {
  for (const bool sequence : {false, true}) {
    Builder b("n", "s", sequence ? Shape::tokens(3, 4) : Shape{3, 2, 2});
    const int fc = b.linear("fc", 0, 5);
    const Network network = b.finish(0);
    const std::int64_t in = sequence ? 4 : 12, rows = sequence ? 3 : 1;
    const auto x = random_values(12, 1), w = random_values(5 * in, 2), bias = random_values(5, 3);
    const auto y = reference_forward(network, fc, 1, {x}, w, bias);
    ASSERT_EQ(y.size(), static_cast<std::size_t>(rows * 5));
    for (std::int64_t r = 0; r < rows; ++r)
      for (std::int64_t o = 0; o < 5; ++o) {
        double sum = bias[static_cast<std::size_t>(o)];
        for (std::int64_t k = 0; k < in; ++k)
          sum += x[static_cast<std::size_t>(r * in + k)] * w[static_cast<std::size_t>(o * in + k)];
        EXPECT_NEAR(y[static_cast<std::size_t>(r * 5 + o)], sum, 1e-12);
      }
  }
}

/// The numbers of a vector, as a source that is asked for them.
class Asked final : public numerics::RealSource {
 public:
  explicit Asked(std::vector<double> numbers) : numbers_(std::move(numbers)) {}
  void read(std::int64_t first, std::span<double> out) const override {
    std::copy_n(numbers_.begin() + first, out.size(), out.begin());
    ++requests_;
  }
  int requests() const { return requests_; }
  const std::vector<double>& numbers() const { return numbers_; }

 private:
  const std::vector<double> numbers_;
  mutable int requests_ = 0;
};

// To the last bit, whatever the shape leaves for the last block.
TEST(Reference, WeightsThatComeInBlocksGiveTheSameProducts) {
  struct Product {
    Shape in;
    std::int64_t out = 0;
    int groups = 0;  // 0: fully connected
    std::int64_t samples = 1;
  };
  const Product products[] = {{.in = {3000, 1, 1}, .out = 3001},
                              {.in = {1000, 1, 1}, .out = 9007, .samples = 3},
                              {.in = Shape::tokens(2, 200'000), .out = 47},
                              {.in = {3001, 2, 2}, .out = 2900, .groups = 1},
                              {.in = {12'000, 1, 2}, .out = 3012, .groups = 4, .samples = 2}};
  for (const Product& product : products) {
    Builder b("n", "s", product.in);
    const int layer = product.groups == 0 ? b.linear("fc", 0, product.out) : b.append("conv", Op::Conv2d, {0});
    if (product.groups != 0) {
      b.layer(layer).groups = product.groups;
      b.layer(layer).out_features = product.out;
    }
    const Network network = b.finish(0);
    const ParameterShape weight = parameter_shapes(network, layer).front();
    const Asked asked(random_values(weight.shape[0] * weight.shape[1], 3));
    const auto x = random_values(product.samples * product.in.elements(), 4), bias = random_values(product.out, 5);
    const auto whole = reference_forward(network, layer, product.samples, {x}, asked.numbers(), bias);
    const numerics::Reals by_blocks(asked, static_cast<std::int64_t>(asked.numbers().size()));
    EXPECT_EQ(reference_forward(network, layer, product.samples, {x}, by_blocks, bias), whole) << product.out;
    EXPECT_GT(asked.requests(), 1) << product.out;
  }
}

}  // namespace
}  // namespace binade::networks
