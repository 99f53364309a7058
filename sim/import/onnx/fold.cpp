// SPDX-License-Identifier: Apache-2.0
// Operators on constants: what exporters emit to compute pads, extents of reshapes and transposed weights.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <string_view>

#include "models/numerics/error.h"
#include "sim/import/onnx/node.h"
#include "sim/import/onnx/proto.h"
#include "sim/import/onnx/reshape.h"

namespace binade::sim::onnx_import {
namespace {

/// Row-major distances; 0 for extents of 1 when broadcast to `dims`.
std::vector<std::int64_t> steps(const Dims& from, const Dims& dims) {
  std::vector<std::int64_t> result(dims.size(), 0);
  std::int64_t step = 1;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const std::size_t at = from.size() - 1 - i;
    if (from[at] != 1) result[dims.size() - 1 - i] = step;
    step *= from[at];
  }
  return result;
}

class Folder {
 public:
  Folder(const Node& node, std::int64_t& budget) : node_(node), budget_(budget) {}

  /// Elements `at(index)` of `source`, index running over `dims`.
  Constant pick(const Constant& source, const Dims& dims, const std::function<std::int64_t(const Dims&)>& at) {
    Constant result = empty(source.integer, dims);
    const auto count = spend(dims);
    Dims index(dims.size(), 0);
    for (std::int64_t i = 0; i < count; ++i) {
      const auto from = static_cast<std::size_t>(at(index));
      source.integer ? result.ints.push_back(source.ints[from]) : result.reals.push_back(source.reals[from]);
      advance(index, dims);
    }
    return result;
  }

  Constant shape() {
    Dims dims = dims_of(0);
    const auto rank = static_cast<std::int64_t>(dims.size());
    const auto bound = [&](std::int64_t value) { return std::clamp<std::int64_t>(value < 0 ? value + rank : value, 0, rank); };
    const auto first = bound(node_.integer("start", 0)), last = bound(node_.integer("end", rank));
    return integers(Dims(dims.begin() + first, dims.begin() + std::max(first, last)));
  }

  Constant literal() {
    if (node_.attribute("value") != nullptr) return node_.tensor("value");
    if (node_.attribute("value_int") != nullptr)
      return {.dims = {}, .integer = true, .ints = {node_.integer("value_int", 0)}, .reals = {}};
    if (node_.attribute("value_float") != nullptr)
      return {.dims = {}, .integer = false, .ints = {}, .reals = {node_.real("value_float", 0)}};
    if (node_.attribute("value_ints") != nullptr) return integers(*node_.list("value_ints"));
    if (const auto* floats = node_.attribute("value_floats"))
      return {.dims = {floats->floats_size()},
              .integer = false,
              .ints = {},
              .reals = {floats->floats().begin(), floats->floats().end()}};
    node_.refuse("a constant of a kind that no layer takes; allowed: value, value_int, value_ints, value_float, value_floats");
  }

  Constant filled() {
    const Constant& extents = node_.constant(0);
    if (!extents.integer) node_.refuse("extents are no integers");
    Constant value{.dims = {1}, .integer = false, .ints = {}, .reals = {0}};
    if (node_.attribute("value") != nullptr) value = node_.tensor("value");
    if (value.size() != 1) node_.refuse("the value is not one element");
    return pick(value, extents.ints, [](const Dims&) { return 0; });
  }

  Constant gather() {
    const Constant &data = node_.constant(0), &at = node_.constant(1);
    if (data.dims.empty() || !at.integer) node_.refuse("needs a tensor with an axis, and integer indices");
    const auto axis = node_.axis(node_.integer("axis", 0), data.dims.size());
    Dims dims(data.dims.begin(), data.dims.begin() + static_cast<std::ptrdiff_t>(axis));
    dims.insert(dims.end(), at.dims.begin(), at.dims.end());
    dims.insert(dims.end(), data.dims.begin() + static_cast<std::ptrdiff_t>(axis) + 1, data.dims.end());
    for (const auto index : at.ints) node_.axis(index, static_cast<std::size_t>(data.dims[axis]));
    const auto step = steps_all(data.dims), at_step = steps_all(at.dims);
    return pick(data, dims, [&](const Dims& index) {
      std::int64_t from = 0, which = 0;
      for (std::size_t i = 0; i < axis; ++i) from += index[i] * step[i];
      for (std::size_t i = 0; i < at.dims.size(); ++i) which += index[axis + i] * at_step[i];
      for (std::size_t i = axis + 1; i < data.dims.size(); ++i) from += index[i + at.dims.size() - 1] * step[i];
      const auto chosen = at.ints[static_cast<std::size_t>(which)];
      return from + (chosen < 0 ? chosen + data.dims[axis] : chosen) * step[axis];
    });
  }

  Constant concat() {
    const Constant& first = node_.constant(0);
    const auto axis = node_.axis(node_.integer("axis", 0), first.dims.size());
    Constant result = empty(first.integer, first.dims);
    result.dims[axis] = 0;
    std::vector<std::int64_t> block;  // elements of each operand per index of the axes before
    std::int64_t outer = 1;
    for (std::size_t i = 0; i < node_.operands(); ++i) {
      const Constant& part = node_.constant(i);
      bool fits = part.integer == first.integer && part.dims.size() == first.dims.size();
      for (std::size_t d = 0; fits && d < first.dims.size(); ++d) fits = d == axis || part.dims[d] == first.dims[d];
      if (!fits) node_.refuse(fmt::format("cannot join {} and {}", text(first.dims), text(part.dims)));
      result.dims[axis] += part.dims[axis];
      block.push_back(std::accumulate(part.dims.begin() + static_cast<std::ptrdiff_t>(axis), part.dims.end(), std::int64_t{1},
                                      std::multiplies<>()));
    }
    for (std::size_t d = 0; d < axis; ++d) outer *= first.dims[d];
    spend(result.dims);
    for (std::int64_t o = 0; o < outer; ++o)
      for (std::size_t i = 0; i < node_.operands(); ++i) {
        const Constant& part = node_.constant(i);
        const auto from = o * block[i], to = from + block[i];
        if (part.integer)
          result.ints.insert(result.ints.end(), part.ints.begin() + from, part.ints.begin() + to);
        else
          result.reals.insert(result.reals.end(), part.reals.begin() + from, part.reals.begin() + to);
      }
    return result;
  }

  Constant slice() {
    const Constant& data = node_.constant(0);
    Dims dims = data.dims, first(dims.size(), 0), stride(dims.size(), 1);
    for (const auto& range : slice_ranges(node_, data.dims)) {
      first[range.axis] = range.first;
      stride[range.axis] = range.step;
      dims[range.axis] = range.count;
    }
    const auto step = steps_all(data.dims);
    return pick(data, dims, [&](const Dims& index) {
      std::int64_t from = 0;
      for (std::size_t i = 0; i < dims.size(); ++i) from += (first[i] + index[i] * stride[i]) * step[i];
      return from;
    });
  }

  Constant transpose() {
    const Constant& data = node_.constant(0);
    const auto order = permutation(node_, data.dims.size());
    const auto step = steps_all(data.dims);
    Dims dims;
    for (const auto axis : order) dims.push_back(data.dims[axis]);
    return pick(data, dims, [&](const Dims& index) {
      std::int64_t from = 0;
      for (std::size_t i = 0; i < order.size(); ++i) from += index[i] * step[order[i]];
      return from;
    });
  }

  Constant cast() {
    switch (node_.integer("to", 0)) {
      case onnx::TensorProto::FLOAT:
      case onnx::TensorProto::DOUBLE:
      case onnx::TensorProto::FLOAT16:
      case onnx::TensorProto::BFLOAT16:
        return as(false);
      case onnx::TensorProto::INT64:
      case onnx::TensorProto::INT32:
        return as(true);
      default:
        node_.refuse("casts a constant to a type that is not computed; allowed: float kinds, int32, int64");
    }
  }

  Constant as(bool integer) {
    const Constant& data = node_.constant(0);
    spend(data.dims);
    Constant result = empty(integer, data.dims);
    for (std::size_t i = 0; i < data.size(); ++i)
      if (integer)
        result.ints.push_back(data.integer ? data.ints[i] : whole(data.reals[i]));
      else
        result.reals.push_back(data.real(i));
    return result;
  }

  Constant expand() {
    const Constant& data = node_.constant(0);
    const Dims dims = expanded(node_, data.dims);
    const auto step = steps(data.dims, dims);
    return pick(data, dims,
                [&](const Dims& index) { return std::inner_product(index.begin(), index.end(), step.begin(), std::int64_t{0}); });
  }

  Constant view(const Dims& dims) {
    Constant result = node_.constant(0);
    result.dims = dims;
    spend(dims);
    return result;
  }

  Constant binary() {
    const Constant &a = node_.constant(0), &b = node_.constant(1);
    if (a.integer != b.integer) node_.refuse("operands of two kinds");
    Dims dims(std::max(a.dims.size(), b.dims.size()), 1);
    const auto extent = [&](const Constant& c, std::size_t i) {
      return i + c.dims.size() < dims.size() ? 1 : c.dims[i + c.dims.size() - dims.size()];
    };
    for (std::size_t i = 0; i < dims.size(); ++i) {
      const auto of_a = extent(a, i), of_b = extent(b, i);
      if (of_a != of_b && of_a != 1 && of_b != 1) node_.refuse(fmt::format("{} and {} do not fit", text(a.dims), text(b.dims)));
      dims[i] = of_a == 1 ? of_b : of_a;
    }
    Constant result = empty(a.integer, dims);
    const auto count = spend(dims);
    const auto of_a = steps(a.dims, dims), of_b = steps(b.dims, dims);
    Dims index(dims.size(), 0);
    for (std::int64_t i = 0; i < count; ++i) {
      const auto at = [&](const std::vector<std::int64_t>& step) {
        return static_cast<std::size_t>(std::inner_product(index.begin(), index.end(), step.begin(), std::int64_t{0}));
      };
      if (a.integer)
        result.ints.push_back(apply(a.ints[at(of_a)], b.ints[at(of_b)]));
      else
        result.reals.push_back(apply(a.reals[at(of_a)], b.reals[at(of_b)]));
      advance(index, dims);
    }
    return result;
  }

 private:
  static Constant empty(bool integer, const Dims& dims) { return {.dims = dims, .integer = integer, .ints = {}, .reals = {}}; }
  static std::vector<std::int64_t> steps_all(const Dims& dims) {
    std::vector<std::int64_t> result(dims.size(), 1);
    for (std::size_t i = dims.size(); i-- > 1;) result[i - 1] = result[i] * dims[i];
    return result;
  }
  static void advance(Dims& index, const Dims& dims) {
    for (std::size_t i = index.size(); i-- > 0;) {
      if (++index[i] < dims[i]) return;
      index[i] = 0;
    }
  }

  Dims dims_of(std::size_t i) const {
    const Value& value = node_.operand(i);
    return value.constant ? value.constant->dims : value.dims;
  }

  std::int64_t spend(const Dims& dims) {
    const auto count = elements_of(dims, node_.where());
    if (count > budget_) node_.refuse("constants that are computed hold more than 2^28 elements");
    budget_ -= count;
    return count;
  }

  std::int64_t whole(double value) const {
    if (!(value > -0x1p63 && value < 0x1p63)) node_.refuse(fmt::format("{} is no integer of 64 bits", value));
    return static_cast<std::int64_t>(value);
  }
  std::int64_t apply(std::int64_t a, std::int64_t b) const {
    std::int64_t result = 0;
    const auto op = node_.op();
    bool overflow = false;
    if (op == "Add") overflow = __builtin_add_overflow(a, b, &result);
    if (op == "Sub") overflow = __builtin_sub_overflow(a, b, &result);
    if (op == "Mul") overflow = __builtin_mul_overflow(a, b, &result);
    if (op == "Div") {
      if (b == 0 || (b == -1 && a == std::numeric_limits<std::int64_t>::min())) node_.refuse(fmt::format("{} / {}", a, b));
      result = a / b;
    }
    if (overflow) node_.refuse(fmt::format("the result on {} and {} is beyond 64 bits", a, b));
    return result;
  }
  double apply(double a, double b) const {
    if (node_.op() == "Add") return a + b;
    if (node_.op() == "Sub") return a - b;
    return node_.op() == "Mul" ? a * b : a / b;
  }

  const Node& node_;
  std::int64_t& budget_;
};

}  // namespace

std::optional<std::vector<Constant>> fold(const Node& node, std::int64_t& budget) {
  Folder folder(node, budget);
  const std::string_view op = node.op();
  if (op == "Shape") return {{folder.shape()}};
  if (op == "Constant") return {{folder.literal()}};
  if (node.operands() == 0) return std::nullopt;
  // Of its second operand only the type counts: what the network computes is a kind of float.
  if (op == "CastLike" && node.has(0) && node.operand(0).constant)
    return {{folder.as(node.operand(1).constant && node.constant(1).integer)}};
  for (std::size_t i = 0; i < node.operands(); ++i)
    if (node.has(i) && !node.operand(i).constant) return std::nullopt;
  if (op == "ConstantOfShape") return {{folder.filled()}};
  if (op == "Gather") return {{folder.gather()}};
  if (op == "Concat") return {{folder.concat()}};
  if (op == "Slice") return {{folder.slice()}};
  if (op == "Transpose") return {{folder.transpose()}};
  if (op == "Cast") return {{folder.cast()}};
  if (op == "Expand") return {{folder.expand()}};
  if (op == "Identity") return {{folder.view(node.constant(0).dims)}};
  if (op == "Add" || op == "Sub" || op == "Mul" || op == "Div") return {{folder.binary()}};
  if (reshapes(node)) return {{folder.view(reshaped(node, node.constant(0).dims))}};
  return std::nullopt;
}

}  // namespace binade::sim::onnx_import
