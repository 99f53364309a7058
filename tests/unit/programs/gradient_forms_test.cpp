// SPDX-License-Identifier: Apache-2.0
// The forms of gradients, walked element by element, against the products that the forward definition gives: the same products in
// the same order for every element of the result, and every element written once.
#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "models/operations/gradients.h"
#include "models/operations/operation_table.h"
#include "tests/support/walk_rule.h"
#include "tests/unit/programs/gradient_cases.h"
#include "tests/unit/programs/gradient_definitions.h"

namespace binade::tests {
namespace {

using operations::Call;
using operations::GemmForm;
using operations::KOrder;

/// Without what multiplies padding.
Gradient inside(Gradient gradient) {
  for (Products& products : gradient)
    std::erase_if(products, [](const auto& product) { return product.first < 0 || product.second < 0; });
  return gradient;
}

Gradient walked(const GemmForm& form, std::size_t elements) {
  Gradient result(elements);
  std::vector<int> written(elements, 0);
  EXPECT_EQ(static_cast<std::int64_t>(form.parts.size()), form.shape.count);
  for (const operations::GemmPart& part : form.parts)
    for (std::int64_t i = 0; i < form.shape.m; ++i)
      for (std::int64_t j = 0; j < form.shape.n; ++j) {
        const operations::GemmTarget& to = part.out;
        const std::int64_t at = to.first + i / to.plane * to.outer_step + i % to.plane * to.inner_step + j * to.col_step;
        ++written.at(static_cast<std::size_t>(at));
        Products& products = result.at(static_cast<std::size_t>(at));
        for (std::int64_t k = 0; k < form.shape.k; ++k) {
          const auto a = element_of(part.a, i, k), b = element_of(part.b, j, k);
          products.emplace_back(a.value_or(-1), b.value_or(-1));
        }
      }
  EXPECT_EQ(written, std::vector<int>(elements, 1)) << "times that elements were written";
  return inside(result);
}

void expect_equal(const std::string& what, const GemmForm& form, const Gradient& defined) {
  const Gradient got = walked(form, defined.size()), want = inside(defined);
  for (std::size_t i = 0; i < want.size(); ++i) ASSERT_EQ(got[i], want[i]) << what << ", element " << i;
}

void expect_conv(const GradientCase& tested) {
  const Call call = tested.call();
  expect_equal(tested.name + ", data", conv_backward_data(call), conv_data_gradient(call));
  for (const KOrder order : {KOrder::SamplesOutermost, KOrder::SamplesInnermost}) {
    const GemmForm form = conv_backward_weight(call, order);
    expect_equal(tested.name + ", weight", form, conv_weight_gradient(call, order));
    EXPECT_EQ(form.block, order == KOrder::SamplesInnermost ? call.samples : 0);
    // Padding takes its steps: blocks close where the definition's do.
    EXPECT_EQ(form.shape.k, call.samples * call.out().height * call.out().width);
  }
}

TEST(GradientForms, OfSmallConvolutions) {
  for (const GradientCase& tested : GradientCases::small_convs()) {
    expect_conv(tested);
    if (HasFatalFailure()) return;
  }
}

TEST(GradientForms, OfRandomConvolutions) {
  GradientCases cases(1);
  for (int i = 0; i < 400; ++i) {
    expect_conv(cases.random_conv());
    if (HasFatalFailure()) return;
  }
}

TEST(GradientForms, OfTransposedConvolutionsAndTheirForwardPass) {
  GradientCases cases(6);
  for (int i = 0; i < 400; ++i) {
    const GradientCase tested = cases.random_conv_transpose();
    const Call call = tested.call();
    expect_equal(tested.name + ", forward", operations::row(call.layer).gemm(call),
                 transposed_products(call, KOrder::SamplesOutermost).forward);
    expect_equal(tested.name + ", data", conv_transpose_backward_data(call),
                 transposed_products(call, KOrder::SamplesOutermost).data);
    for (const KOrder order : {KOrder::SamplesOutermost, KOrder::SamplesInnermost})
      expect_equal(tested.name + ", weight", conv_transpose_backward_weight(call, order), transposed_products(call, order).weight);
    if (HasFatalFailure()) return;
  }
}

TEST(GradientForms, OfLinearLayers) {
  GradientCases cases(2);
  for (int i = 0; i < 200; ++i) {
    const GradientCase tested = cases.random_linear();
    const Call call = tested.call();
    expect_equal(tested.name + ", data", linear_backward_data(call), linear_gradients(call, KOrder::SamplesOutermost).data);
    for (const KOrder order : {KOrder::SamplesOutermost, KOrder::SamplesInnermost})
      expect_equal(tested.name + ", weight", linear_backward_weight(call, order), linear_gradients(call, order).weight);
    if (HasFatalFailure()) return;
  }
}

TEST(GradientForms, OfMatrixProducts) {
  GradientCases cases(3);
  for (int i = 0; i < 200; ++i) {
    const GradientCase tested = cases.random_matmul();
    const Call call = tested.call();
    for (const int operand : {0, 1}) {
      const GemmForm form = matmul_backward(call, operand);
      expect_equal(tested.name + ", operand " + std::to_string(operand), form, matmul_gradient(call, operand));
      EXPECT_EQ(form.scale_exponent, call.layer.scale == 1 ? 0 : -2);
    }
    if (HasFatalFailure()) return;
  }
}

TEST(GradientForms, OfSumsOverAxes) {
  for (std::int64_t samples = 1; samples <= 3; ++samples)
    for (std::int64_t channels = 1; channels <= 3; ++channels)
      for (std::int64_t pixels = 1; pixels <= 4; ++pixels)
        for (int axes = 1; axes < 8; ++axes)
          for (const KOrder order : {KOrder::SamplesOutermost, KOrder::SamplesInnermost}) {
            const operations::SummedAxes over{(axes & 1) != 0, (axes & 2) != 0, (axes & 4) != 0};
            expect_equal("sums", sums_over({{}, samples, channels, pixels}, over, order, {.input = 1}),
                         sums(samples, channels, pixels, over, order));
            if (HasFatalFailure()) return;
          }
}

TEST(GradientForms, OfBiases) {
  GradientCases cases(4);
  for (int i = 0; i < 60; ++i) {
    const GradientCase tested = i % 2 == 0 ? cases.random_conv() : cases.random_linear();
    const Call call = tested.call();
    const operations::Shape& out = call.out();
    const std::int64_t pixels = out.height * out.width, elements = out.sequence ? pixels : out.channels;
    const operations::SummedAxes shared{false, out.sequence, !out.sequence}, all{true, out.sequence, !out.sequence};
    for (const KOrder order : {KOrder::SamplesOutermost, KOrder::SamplesInnermost})
      expect_equal(tested.name, bias_gradient(call, order), sums(call.samples, out.channels, pixels, all, order));
    expect_equal(tested.name, bias_gradient_of_samples(call),
                 sums(call.samples, out.channels, pixels, shared, KOrder::SamplesOutermost));
    expect_equal(tested.name, bias_gradient_over_samples(call),
                 sums(call.samples, elements, 1, {.samples = true}, KOrder::SamplesOutermost));
    if (HasFatalFailure()) return;
  }
}

// Every element draws at a place of its own under stochastic rounding.
TEST(GradientForms, HaveALogicalPlaceForEveryElement) {
  GradientCases cases(5);
  const auto expect_distinct = [](const std::string& what, const GemmForm& form) {
    std::vector<std::int64_t> places;
    for (const operations::GemmPart& part : form.parts)
      for (std::int64_t i = 0; i < form.shape.m; ++i)
        for (std::int64_t j = 0; j < form.shape.n; ++j) {
          EXPECT_LT(part.n_base + j, form.logical_cols) << what;
          places.push_back((part.m_base + i) * form.logical_cols + part.n_base + j);
        }
    std::sort(places.begin(), places.end());
    EXPECT_EQ(std::adjacent_find(places.begin(), places.end()), places.end()) << what;
  };
  for (int i = 0; i < 60; ++i) {
    const GradientCase conv = cases.random_conv(), linear = cases.random_linear(), matmul = cases.random_matmul();
    expect_distinct(conv.name, conv_backward_data(conv.call()));
    expect_distinct(conv.name, conv_backward_weight(conv.call(), KOrder::SamplesOutermost));
    const GradientCase transposed = cases.random_conv_transpose();
    expect_distinct(transposed.name, conv_transpose_backward_data(transposed.call()));
    expect_distinct(transposed.name, conv_transpose_backward_weight(transposed.call(), KOrder::SamplesOutermost));
    expect_distinct(linear.name, linear_backward_data(linear.call()));
    expect_distinct(linear.name, linear_backward_weight(linear.call(), KOrder::SamplesOutermost));
    for (const int operand : {0, 1}) expect_distinct(matmul.name, matmul_backward(matmul.call(), operand));
  }
}

}  // namespace
}  // namespace binade::tests
