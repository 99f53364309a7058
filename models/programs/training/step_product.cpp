// SPDX-License-Identifier: Apache-2.0
#include "models/programs/training/step_product.h"

#include <algorithm>

#include "models/datapath/check_command.h"
#include "models/numerics/uint128.h"

namespace binade::programs {

using numerics::Code;
using numerics::FormatSpec;
using numerics::Int128;
using operations::Axis;
using operations::Extent;
using operations::GemmPart;
using operations::Source;
using operations::Walk;

namespace {

/// The largest extent of anything: with it no sum of steps within a row leaves 64 bits.
constexpr std::int64_t kMost = std::int64_t{1} << 30;
bool counts(std::int64_t value) { return value >= 1 && value <= kMost; }
bool moves(std::int64_t value) { return value >= -kMost && value <= kMost; }

struct Reach {
  Int128 least = 0, most = 0;
  void add(std::int64_t count, std::int64_t step) {
    const Int128 end = Int128{count - 1} * step;
    (end < 0 ? least : most) += end;
  }
};

/// Of `rows` rows of `k` elements. What lies outside of the image is padding; planes are the walk's own.
std::string walk_problem(const Source& source, std::int64_t rows, std::int64_t k, std::int64_t elements) {
  const Walk& walk = source.walk;
  const std::int64_t first = source.at.element;
  for (const Axis& axis : {walk.x1, walk.x2, walk.k1, walk.k2})
    if (!counts(axis.size)) return "an axis has a size of " + std::to_string(axis.size);
  for (const Axis& axis : {walk.x0, walk.x1, walk.x2, walk.k0, walk.k1, walk.k2})
    if (!moves(axis.plane) || !moves(axis.h) || !moves(axis.w)) return "a step is out of range";
  for (const Extent& side : {walk.height, walk.width})
    if (!counts(side.size) || !counts(side.divisor) || !moves(side.offset)) return "a side of its image is out of range";
  const std::int64_t pixels = walk.x1.size * walk.x2.size, window = walk.k1.size * walk.k2.size;
  if (walk.x1.size > kMost / walk.x2.size || walk.k1.size > kMost / walk.k2.size) return "its axes are too long";
  if (k % window != 0) return "k is no multiple of its window";
  Reach planes;
  planes.add((rows + pixels - 1) / pixels, walk.x0.plane);
  planes.add(walk.x1.size, walk.x1.plane);
  planes.add(walk.x2.size, walk.x2.plane);
  planes.add(k / window, walk.k0.plane);
  planes.add(walk.k1.size, walk.k1.plane);
  planes.add(walk.k2.size, walk.k2.plane);
  const Int128 image = Int128{walk.height.size} * walk.width.size;
  if (first + planes.least < 0 || first + planes.most + image > elements) return "it leaves the tensor";
  return {};
}

/// Of the commands that make its first and its last element: all others lie between them.
std::string command_problem(const StepProduct& product, const GemmPart& part) {
  datapath::CoreConfig core;
  core.format = product.mode.format;
  core.accumulate = product.mode.accumulate;
  const operations::GemmShape& shape = product.form.shape;
  datapath::CoreCommand command{.m = 1,
                                .n = 1,
                                .k = shape.k,
                                .bias = shape.bias,
                                .product_shift = product.shifts.product,
                                .bias_shift = product.shifts.bias,
                                .m_base = part.m_base,
                                .n_base = part.n_base,
                                .logical_cols = product.form.logical_cols};
  if (auto problem = datapath::command_problem(core, command); !problem.empty()) return problem;
  command.m_base += shape.m - 1;
  command.n_base += shape.n - 1;
  return datapath::command_problem(core, command);
}

}  // namespace

std::string product_problem(const StepProduct& product, const NamedTensors& tensors) {
  const operations::GemmShape& shape = product.form.shape;
  if (!counts(shape.m) || !counts(shape.n) || !counts(shape.k)) return "m, n or k is out of range";
  if (product.form.parts.empty()) return "it has no parts";
  const auto operand_problem = [&](const char* what, const std::string& name, const FormatSpec& format) -> std::string {
    const auto found = tensors.find(name);
    if (found == tensors.end()) return std::string(what) + ": no tensor '" + name + "'";
    if (found->second.format == format) return {};
    return std::string(what) + ": " + name + " is in " + numerics::to_string(found->second.format) + ", its operand in " +
           numerics::to_string(format);
  };
  if (auto problem = operand_problem("a", product.a, product.mode.format.a); !problem.empty()) return problem;
  if (auto problem = operand_problem("b", product.b, product.mode.format.b); !problem.empty()) return problem;
  if (shape.bias)
    if (auto problem = operand_problem("bias", product.bias, product.mode.format.out); !problem.empty()) return problem;
  const auto elements = [&](const std::string& name) { return static_cast<std::int64_t>(tensors.at(name).codes.size()); };
  for (const GemmPart& part : product.form.parts) {
    if (auto problem = walk_problem(part.a, shape.m, shape.k, elements(product.a)); !problem.empty()) return "a: " + problem;
    if (auto problem = walk_problem(part.b, shape.n, shape.k, elements(product.b)); !problem.empty()) return "b: " + problem;
    if (shape.bias && (part.bias.element < 0 || part.bias.element > elements(product.bias) - shape.n))
      return "bias: it leaves the tensor";
    if (auto problem = command_problem(product, part); !problem.empty()) return problem;
  }
  return {};
}

ProductOperands::ProductOperands(const StepProduct& product, const NamedTensors& tensors)
    : product_(product),
      a_(tensors.at(product.a).codes.data()),
      b_(tensors.at(product.b).codes.data()),
      bias_(product.form.shape.bias ? tensors.at(product.bias).codes.data() : nullptr) {
  const std::int64_t k = product.form.shape.k;
  for (const GemmPart& part : product.form.parts) parts_.push_back({RowGather(part.a, k), RowGather(part.b, k)});
}

void ProductOperands::a_row(std::int64_t part, std::int64_t row, Code* to) const {
  parts_[static_cast<std::size_t>(part)].a.row(a_, Code{0}, row, to);
}
void ProductOperands::b_row(std::int64_t part, std::int64_t column, Code* to) const {
  parts_[static_cast<std::size_t>(part)].b.row(b_, Code{0}, column, to);
}
Code ProductOperands::bias(std::int64_t part, std::int64_t column) const {
  return bias_[product_.form.parts[static_cast<std::size_t>(part)].bias.element + column];
}

}  // namespace binade::programs
