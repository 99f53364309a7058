// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "models/operations/operation_rows.h"

namespace binade::operations {
namespace {

/// What the windows of one axis hold of the stretch, window by window.
std::vector<std::int64_t> held(const WindowAxis& axis, Stretch stretch) {
  std::vector<std::int64_t> counts;
  for (std::int64_t i = 0; i < axis.windows; ++i) counts.push_back(axis.within(i, stretch).count());
  return counts;
}

}  // namespace

Stretch counted_rows(const Window& w, const Shape& in, bool padding) {
  if (!padding) return {0, in.height};
  return {-std::int64_t{w.pad_h}, in.height + w.below()};
}
Stretch counted_columns(const Window& w, const Shape& in, bool padding) {
  if (!padding) return {0, in.width};
  return {-std::int64_t{w.pad_w}, in.width + w.right()};
}

WindowSizes window_sizes(const Window& w, const Shape& in, const Shape& out, bool padding) {
  const WindowAxis rows{in.height, out.height, w.kernel_h, w.stride_h, w.dilation_h, w.pad_h};
  const WindowAxis columns{in.width, out.width, w.kernel_w, w.stride_w, w.dilation_w, w.pad_w};
  return {held(rows, counted_rows(w, in, padding)), held(columns, counted_columns(w, in, padding))};
}

namespace operation_rows {
namespace {

Shape pooled(const Layer& layer, const Shape& in, bool padding) {
  const Window w = window_on(layer, in);
  const Shape out = windowed(layer, in, w, in.channels);
  const WindowSizes counts = window_sizes(w, in, out, padding);
  for (const auto& axis : {counts.rows, counts.columns})
    if (std::find(axis.begin(), axis.end(), 0) != axis.end()) refuse(layer, "pads so far that a window holds no pixel");
  return out;
}

VectorForm window_form(const Call& call, spec::VectorOp op) {
  const Window w = window_on(call.layer, call.in(0));
  VectorForm form = whole_output_form(call, op);
  read_windows(call, w, form);
  form.window = form.record.length = form.record.divisor = std::int64_t{w.kernel_h} * w.kernel_w;
  return form;
}

}  // namespace

Shape MaxPool::shape(const Layer& layer, Inputs in) { return pooled(layer, in[0], false); }
void MaxPool::reference(const Call& call, std::span<const Values> inputs, const Reals&, const Reals&, std::span<double> out) {
  max_pool(image_geometry(call), inputs[0], out);
}
std::vector<VectorForm> MaxPool::vector(const Call& call) {
  VectorForm form = window_form(call, kVectorOp);
  form.fill = Fill::Lowest;
  return {form};
}

Shape AvgPool::shape(const Layer& layer, Inputs in) { return pooled(layer, in[0], layer.window.count_include_pad); }
void AvgPool::reference(const Call& call, std::span<const Values> inputs, const Reals&, const Reals&, std::span<double> out) {
  avg_pool(image_geometry(call), inputs[0], out);
}
// Runs of outputs that divide by the same number: a descriptor has one divisor.
std::vector<VectorForm> AvgPool::vector(const Call& call) {
  const VectorForm whole = window_form(call, kVectorOp);
  const Window w = window_on(call.layer, call.in(0));
  const WindowSizes counts = window_sizes(w, call.in(0), call.out(), w.count_include_pad);
  std::vector<std::int64_t> divisors;  // of one plane
  for (const auto row : counts.rows)
    for (const auto column : counts.columns) divisors.push_back(row * column);
  const auto plane = static_cast<std::int64_t>(divisors.size());
  std::vector<VectorForm> list;
  for (std::int64_t first = 0; first < whole.outputs;) {
    VectorForm run = whole;
    run.record.divisor = divisors[static_cast<std::size_t>(first % plane)];
    run.x_first = run.out = first;
    run.first += first;
    std::int64_t end = first;
    while (end < whole.outputs && divisors[static_cast<std::size_t>(end % plane)] == run.record.divisor) ++end;
    run.outputs = end - first;
    list.push_back(run);
    first = end;
  }
  return list;
}
ResultRange AvgPool::range(const Call&, const Magnitudes& operands) { return {.bits = input_bits(operands), .lsb = {}}; }

}  // namespace operation_rows
}  // namespace binade::operations
