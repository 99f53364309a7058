// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "models/operations/operation_rows.h"

namespace binade::operations::operation_rows {

Shape MatMul::shape(const Layer& layer, Inputs in) {
  const Shape &a = in[0], &b = in[1];
  if (!a.sequence || !b.sequence) refuse(layer, "operands must be sequences, not images " + text(a) + " and " + text(b));
  if (layer.heads < 1 || a.width % layer.heads != 0 || b.width % layer.heads != 0)
    refuse(layer, "heads must divide the widths of " + text(a) + " and " + text(b));
  int exponent = 0;
  if (!(layer.scale > 0) || std::frexp(layer.scale, &exponent) != 0.5) refuse(layer, "scale must be a power of two");
  if (layer.transpose_b) {
    if (a.width != b.width) refuse(layer, "A (" + text(a) + ") and B transposed (" + text(b) + ") differ in features");
    return Shape::tokens(a.channels, layer.heads * b.channels);
  }
  if (a.width / layer.heads != b.channels) refuse(layer, "A (" + text(a) + ") has not one column per token of B (" + text(b) + ")");
  return Shape::tokens(a.channels, b.width);
}

std::uint64_t MatMul::macs(const Layer& layer, Inputs in) {
  return static_cast<std::uint64_t>(layer.out.elements() * (in[0].width / layer.heads));
}

void MatMul::reference(const Call& call, std::span<const Values> inputs, const Reals&, const Reals&, std::span<double> out) {
  const Shape &a = call.in(0), &b = call.in(1);
  const HeadProduct product{.m = a.channels,
                            .n = call.out().width / call.layer.heads,
                            .k = a.width / call.layer.heads,
                            .heads = call.layer.heads,
                            .transpose_b = call.layer.transpose_b,
                            .scale = call.layer.scale};
  for (std::int64_t s = 0; s < call.samples; ++s) {
    const auto slice = [s](auto values, const Shape& shape) {
      return values.subspan(static_cast<std::size_t>(s * shape.elements()), static_cast<std::size_t>(shape.elements()));
    };
    matmul(product, slice(inputs[0], a), slice(inputs[1], b), slice(out, call.out()));
  }
}

GemmForm MatMul::gemm(const Call& call) {
  const Shape &a = call.in(0), &b = call.in(1), &out = call.out();
  const std::int64_t heads = call.layer.heads;
  GemmForm form;
  form.shape = {.m = a.channels, .n = out.width / heads, .k = a.width / heads, .count = call.samples * heads};
  form.logical_cols = out.width;
  form.scale_exponent = std::ilogb(call.layer.scale);
  const GemmShape& s = form.shape;
  for (std::int64_t sample = 0; sample < call.samples; ++sample)
    for (std::int64_t head = 0; head < heads; ++head) {
      GemmPart part;
      part.a = {{.element = sample * a.elements() + head * s.k}, matrix_walk(a.width, 1)};
      const std::int64_t b_first = sample * b.elements();
      part.b.at = {.role = Role::Input, .input = 1, .element = b_first + head * (call.layer.transpose_b ? s.k : s.n)};
      part.b.walk = call.layer.transpose_b ? matrix_walk(b.width, 1) : matrix_walk(1, b.width);
      part.out = {sample * out.elements() + head * s.n, 1, out.width, 0, 1};
      part.m_base = (call.first_sample + sample) * s.m;
      part.n_base = head * s.n;
      form.parts.push_back(part);
    }
  return form;
}

}  // namespace binade::operations::operation_rows
