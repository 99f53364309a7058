// SPDX-License-Identifier: Apache-2.0
#include "sim/import/attributes.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <type_traits>
#include <utility>

#include "sim/import/limits.h"

namespace binade::sim {
namespace {

using networks::Layer;
using networks::Op;
using networks::Window;
using Values = std::vector<double>;
using Kind = AttributeKind;

constexpr double kExtent = static_cast<double>(kLargestExtent), kWindow = static_cast<double>(kLargestWindow);
constexpr double kLeastReal = std::numeric_limits<double>::denorm_min(), kMostReal = 1;

constexpr double kMostSlope = 0x1p60;
constexpr double kMostRate = 1 - 0x1p-53;  // the largest binary64 below 1: a rate of 1 leaves nothing to divide by

Values shape_values(const networks::Shape& s) {
  if (s.sequence) return {static_cast<double>(s.channels), static_cast<double>(s.width)};
  return {static_cast<double>(s.channels), static_cast<double>(s.height), static_cast<double>(s.width)};
}
networks::Shape shape_of(const Values& v) {
  const auto at = [&](std::size_t i) { return static_cast<std::int64_t>(v[i]); };
  if (v.size() == 2) return networks::Shape::tokens(at(0), at(1));
  return {at(0), v.size() == 3 ? at(1) : 1, v.size() == 3 ? at(2) : 1};
}

int to_int(double value) { return static_cast<int>(value); }

/// The field that a path of members leads to.
template <auto... Path>
auto& at(auto& layer) {
  return (layer.*....*Path);
}
template <auto... Path>
Values get_one(const Layer& layer) {
  return {static_cast<double>(at<Path...>(layer))};
}
template <auto... Path>
void set_one(Layer& layer, const Values& values) {
  auto& field = at<Path...>(layer);
  field = static_cast<std::remove_reference_t<decltype(field)>>(values[0]);
}

template <auto... Path>
Attribute count(std::string_view key, std::vector<Op> ops, bool required, double least, std::string_view meaning) {
  return {key, std::move(ops), Kind::Count, required, least, kExtent, get_one<Path...>, set_one<Path...>, meaning};
}
template <auto... Path>
Attribute flag(std::string_view key, std::vector<Op> ops, std::string_view meaning) {
  return {key, std::move(ops), Kind::Flag, false, 0, 1, get_one<Path...>, set_one<Path...>, meaning};
}
template <auto... Path>
Attribute real(std::string_view key, std::vector<Op> ops, bool required, double least, double most, std::string_view meaning) {
  return {key, std::move(ops), Kind::Real, required, least, most, get_one<Path...>, set_one<Path...>, meaning};
}

}  // namespace

const std::vector<Attribute>& attributes() {
  static const std::vector<Attribute> table{
      count<&Layer::out_features>("channels", {Op::Conv2d, Op::ConvTranspose2d, Op::Subsample, Op::Slice}, true, 1,
                                  "output channels"),
      count<&Layer::out_features>("features", {Op::Linear}, true, 1, "output features"),
      {"kernel",
       {Op::Conv2d, Op::ConvTranspose2d, Op::MaxPool, Op::AvgPool},
       Kind::Pair,
       false,
       1,
       kExtent,
       [](const Layer& l) {
         return Values{static_cast<double>(l.window.kernel_h), static_cast<double>(l.window.kernel_w)};
       },
       [](Layer& l, const Values& v) {
         l.window.kernel_h = to_int(v[0]);
         l.window.kernel_w = to_int(v[1]);
         if (l.op == Op::Conv2d || l.op == Op::ConvTranspose2d) return;
         l.window.stride_h = l.window.kernel_h;
         l.window.stride_w = l.window.kernel_w;
       },
       "height and width of the window; default: 1"},
      {"stride",
       {Op::Conv2d, Op::ConvTranspose2d, Op::MaxPool, Op::AvgPool, Op::Subsample},
       Kind::Pair,
       false,
       1,
       kWindow,
       [](const Layer& l) {
         return Values{static_cast<double>(l.window.stride_h), static_cast<double>(l.window.stride_w)};
       },
       [](Layer& l, const Values& v) {
         l.window.stride_h = to_int(v[0]);
         l.window.stride_w = to_int(v[1]);
       },
       "distance of windows; default: 1, of pools the window"},
      {"pad",
       {Op::Conv2d, Op::ConvTranspose2d, Op::MaxPool, Op::AvgPool, Op::Pad},
       Kind::Sides,
       false,
       0,
       kWindow,
       [](const Layer& l) {
         const auto& w = l.window;
         return Values{static_cast<double>(w.pad_h), static_cast<double>(w.pad_w), static_cast<double>(w.below()),
                       static_cast<double>(w.right())};
       },
       [](Layer& l, const Values& v) {
         l.window.pad_h = to_int(v[0]);
         l.window.pad_w = to_int(v[1]);
         l.window.pad_h_end = l.window.pad_w_end = std::nullopt;
         if (v[2] != v[0]) l.window.pad_h_end = to_int(v[2]);
         if (v[3] != v[1]) l.window.pad_w_end = to_int(v[3]);
       },
       "around the image; default: 0"},
      {"dilation",
       {Op::Conv2d, Op::ConvTranspose2d, Op::MaxPool},
       Kind::Pair,
       false,
       1,
       kWindow,
       [](const Layer& l) {
         return Values{static_cast<double>(l.window.dilation_h), static_cast<double>(l.window.dilation_w)};
       },
       [](Layer& l, const Values& v) {
         l.window.dilation_h = to_int(v[0]);
         l.window.dilation_w = to_int(v[1]);
       },
       "distance of a window's elements; default: 1"},
      {"output_pad",
       {Op::ConvTranspose2d},
       Kind::Pair,
       false,
       0,
       kWindow,
       [](const Layer& l) {
         return Values{static_cast<double>(l.window.output_pad_h), static_cast<double>(l.window.output_pad_w)};
       },
       [](Layer& l, const Values& v) {
         l.window.output_pad_h = to_int(v[0]);
         l.window.output_pad_w = to_int(v[1]);
       },
       "rows and columns added below and right; default: 0"},
      flag<&Layer::window, &Window::ceil_mode>("ceil_mode", {Op::MaxPool, Op::AvgPool},
                                               "PyTorch's: a last window partly in the padding counts; default: false"),
      count<&Layer::groups>("groups", {Op::Conv2d, Op::ConvTranspose2d}, false, 1, "independent parts of the channels; default: 1"),
      flag<&Layer::bias>("bias", {Op::Conv2d, Op::ConvTranspose2d, Op::Linear}, "default: true"),
      flag<&Layer::transpose_b>("transpose_b", {Op::MatMul}, "multiply with the second input's transpose; default: false"),
      count<&Layer::heads>("heads", {Op::MatMul, Op::Softmax, Op::LogSoftmax}, false, 1,
                           "equal slices of the features, each on its own; default: 1"),
      flag<&Layer::window, &Window::whole>("whole", {Op::MaxPool, Op::AvgPool}, "the window is the image; default: false"),
      flag<&Layer::window, &Window::count_include_pad>("count_include_pad", {Op::AvgPool},
                                                       "padding counts as zeros of the average; default: true"),
      count<&Layer::first_channel>("first", {Op::Slice}, false, 0, "first channel that is kept; default: 0"),
      real<&Layer::alpha>("slope", {Op::LeakyRelu}, true, -kMostSlope, kMostSlope, "of negative values"),
      real<&Layer::alpha>("least", {Op::Clip}, true, -kMostSlope, kMostSlope, "smaller values become this"),
      real<&Layer::beta>("most", {Op::Clip}, true, -kMostSlope, kMostSlope, "larger values become this"),
      real<&Layer::rate>("rate", {Op::Dropout}, false, 0, kMostRate, "of elements that training sets to zero; default: 0.5"),
      {"shape",
       {Op::Reshape},
       Kind::Extents,
       true,
       1,
       kExtent,
       [](const Layer& l) { return shape_values(l.shape); },
       [](Layer& l, const Values& v) { l.shape = shape_of(v); },
       "of the result, as an input's"},
      {"constant",
       {Op::Add, Op::Sub, Op::Mul},
       Kind::Extents,
       false,
       1,
       kExtent,
       [](const Layer& l) { return shape_values(l.shape); },
       [](Layer& l, const Values& v) { l.shape = shape_of(v); },
       "the shape of the parameter that is its second operand"},
      real<&Layer::scale>("scale", {Op::MatMul}, false, kLeastReal, 0x1p20, "of the result, a power of two; default: 1"),
      real<&Layer::epsilon>("epsilon", {Op::BatchNorm, Op::LayerNorm}, false, kLeastReal, kMostReal,
                            "added to the variance; default: 1e-05"),
  };
  return table;
}

std::vector<const Attribute*> attributes_of(networks::Op op) {
  std::vector<const Attribute*> found;
  for (const Attribute& attribute : attributes())
    if (std::find(attribute.ops.begin(), attribute.ops.end(), op) != attribute.ops.end()) found.push_back(&attribute);
  return found;
}

networks::Layer default_layer(networks::Op op) {
  Layer layer;
  layer.op = op;
  layer.bias = op == Op::Conv2d || op == Op::ConvTranspose2d || op == Op::Linear;
  return layer;
}

std::string allowed_values(const Attribute& attribute) {
  switch (attribute.kind) {
    case Kind::Count:
      return fmt::format("a whole number from {} to {}", attribute.least, attribute.most);
    case Kind::Pair:
      return fmt::format("a whole number from {} to {}, or two in brackets, vertical first", attribute.least, attribute.most);
    case Kind::Sides:
      return fmt::format(
          "a whole number from {} to {}, or two (vertical, horizontal) or four (above, left, below, right) in brackets",
          attribute.least, attribute.most);
    case Kind::Extents:
      return "[features], [tokens, features] or [channels, height, width]";
    case Kind::Flag:
      return "true or false";
    case Kind::Real:
      return fmt::format("a number from {} to {}", attribute.least, attribute.most);
  }
  return "";
}

std::vector<std::string> operation_words() {
  std::vector<std::string> words;
#define OPERATION(name, word) words.emplace_back(word);
#include "models/operations/operations.def"
  words.erase(words.begin());
  return words;
}

std::optional<networks::Op> operation_called(std::string_view word) {
  if (word == to_string(Op::Input)) return std::nullopt;
#define OPERATION(name, spelt) \
  if (word == spelt) return Op::name;
#include "models/operations/operations.def"
  return std::nullopt;
}

}  // namespace binade::sim
