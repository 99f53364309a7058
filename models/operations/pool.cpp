// SPDX-License-Identifier: Apache-2.0
#include "models/operations/operation_rows.h"

namespace binade::operations::operation_rows {

namespace {

Shape pooled(const Layer& layer, const Shape& in) {
  const Window w = window_on(layer, in);
  const auto too_wide = [](int pad, int kernel) { return 2 * pad > kernel; };
  if (too_wide(w.pad_h, w.kernel_h) || too_wide(w.below(), w.kernel_h) || too_wide(w.pad_w, w.kernel_w) ||
      too_wide(w.right(), w.kernel_w))
    refuse(layer, "pooling pads by at most half a window");
  return windowed(layer, in, w, in.channels);
}

VectorForm window_form(const Call& call, spec::VectorOp op) {
  const Window w = window_on(call.layer, call.in(0));
  VectorForm form = whole_output_form(call, op);
  read_windows(call, w, form);
  form.window = form.record.length = form.record.divisor = std::int64_t{w.kernel_h} * w.kernel_w;
  return form;
}

}  // namespace

Shape MaxPool::shape(const Layer& layer, Inputs in) { return pooled(layer, in[0]); }
void MaxPool::reference(const Call& call, std::span<const Values> inputs, const Reals&, const Reals&, std::span<double> out) {
  max_pool(image_geometry(call), inputs[0], out);
}
std::vector<VectorForm> MaxPool::vector(const Call& call) {
  VectorForm form = window_form(call, kVectorOp);
  form.fill = Fill::Lowest;
  return {form};
}

Shape AvgPool::shape(const Layer& layer, Inputs in) {
  if (layer.window.ceil_mode) refuse(layer, "average pooling has no ceil_mode");
  if (!layer.window.count_include_pad && (layer.window.dilation_h > 1 || layer.window.dilation_w > 1))
    refuse(layer, "a dilated average counts its padding: a window could hold no pixel");
  return pooled(layer, in[0]);
}
void AvgPool::reference(const Call& call, std::span<const Values> inputs, const Reals&, const Reals&, std::span<double> out) {
  avg_pool(image_geometry(call), inputs[0], out);
}
// Where padding does not count, runs of outputs whose windows hold as many pixels: a descriptor has one divisor.
std::vector<VectorForm> AvgPool::vector(const Call& call) {
  const VectorForm whole = window_form(call, kVectorOp);
  const Window w = window_on(call.layer, call.in(0));
  if (w.count_include_pad) return {whole};
  const auto pixels = [](std::int64_t at, int kernel, int stride, int pad, int dilation, std::int64_t size) {
    std::int64_t inside = 0;
    for (int k = 0; k < kernel; ++k) {
      const std::int64_t position = at * stride + std::int64_t{k} * dilation - pad;
      if (position >= 0 && position < size) ++inside;
    }
    return inside;
  };
  const Shape &in = call.in(0), &out = call.out();
  std::vector<std::int64_t> divisors;  // of one plane
  for (std::int64_t h = 0; h < out.height; ++h)
    for (std::int64_t x = 0; x < out.width; ++x)
      divisors.push_back(pixels(h, w.kernel_h, w.stride_h, w.pad_h, w.dilation_h, in.height) *
                         pixels(x, w.kernel_w, w.stride_w, w.pad_w, w.dilation_w, in.width));
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

}  // namespace binade::operations::operation_rows
