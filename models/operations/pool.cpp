// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "models/operations/operation_rows.h"

namespace binade::operations {
namespace {

// Elements of the window that starts at `first` on one axis and lie from `low` to below `high`.
std::int64_t elements_between(std::int64_t first, int kernel, int dilation, std::int64_t low, std::int64_t high) {
  const std::int64_t skipped = first >= low ? 0 : std::min<std::int64_t>((low - first + dilation - 1) / dilation, kernel);
  const std::int64_t reached = first >= high ? 0 : std::min<std::int64_t>((high - 1 - first) / dilation + 1, kernel);
  return std::max<std::int64_t>(reached - skipped, 0);
}

/// What the windows of one axis hold, output by output: pixels, and padding too where `padding` is set. ceil_mode's windows may
/// reach beyond the padding, which nothing counts (PyTorch's avg_pool2d).
std::vector<std::int64_t> held(std::int64_t outputs, int kernel, int stride, int dilation, int before, std::int64_t size, int after,
                               bool padding) {
  const std::int64_t low = padding ? -before : 0, high = size + (padding ? after : 0);
  std::vector<std::int64_t> counts;
  for (std::int64_t i = 0; i < outputs; ++i) counts.push_back(elements_between(i * stride - before, kernel, dilation, low, high));
  return counts;
}
}  // namespace

WindowSizes window_sizes(const Window& w, const Shape& in, const Shape& out, bool padding) {
  return {held(out.height, w.kernel_h, w.stride_h, w.dilation_h, w.pad_h, in.height, w.below(), padding),
          held(out.width, w.kernel_w, w.stride_w, w.dilation_w, w.pad_w, in.width, w.right(), padding)};
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
