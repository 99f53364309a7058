// SPDX-License-Identifier: Apache-2.0
// Operations that copy elements to other places.
#include <algorithm>

#include "models/operations/operation_rows.h"

namespace binade::operations::operation_rows {

namespace {

// The largest padding that a descriptor holds, which no image reaches: every element of the load is `fill`.
constexpr std::int64_t kOutside = spec::kLargestGeometry;

// `outputs` elements of the output of sample `sample` from `offset` on.
void write_part(const Call& call, std::int64_t sample, std::int64_t offset, std::int64_t outputs, VectorForm& form) {
  form.outputs = outputs;
  form.out = sample * call.out().elements() + offset;
  form.first = call.first_output() + form.out;
}

}  // namespace

Shape Concat::shape(const Layer& layer, Inputs in) {
  Shape out = in[0];
  for (std::size_t i = 1; i < in.size(); ++i) {
    if (in[i].height != out.height || in[i].width != out.width || in[i].sequence != out.sequence)
      refuse(layer, "cannot join " + text(out) + " and " + text(in[i]));
    out.channels += in[i].channels;
  }
  return out;
}
void Concat::reference(const Call& call, std::span<const Values> inputs, const Reals&, const Reals&, std::span<double> out) {
  auto to = out.begin();
  for (std::int64_t s = 0; s < call.samples; ++s)
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const std::int64_t n = call.in(i).elements();
      to = std::copy_n(inputs[i].begin() + s * n, n, to);
    }
}
std::vector<VectorForm> Concat::vector(const Call& call) {
  std::vector<VectorForm> list;
  for (std::int64_t sample = 0; sample < call.samples; ++sample) {
    std::int64_t offset = 0;
    for (std::size_t i = 0; i < call.inputs.size(); ++i) {
      VectorForm form = whole_output_form(call, kVectorOp);
      form.x.at = {.input = i, .element = sample * call.in(i).elements()};
      write_part(call, sample, offset, call.in(i).elements(), form);
      offset += form.outputs;
      list.push_back(form);
    }
  }
  return list;
}

Shape Subsample::shape(const Layer& layer, Inputs in) {
  if (layer.out_features < in[0].channels) refuse(layer, "has fewer output than input channels");
  const Window strides{.stride_h = layer.window.stride_h, .stride_w = layer.window.stride_w};
  return windowed(layer, in[0], strides, layer.out_features);
}
void Subsample::reference(const Call& call, std::span<const Values> inputs, const Reals&, const Reals&, std::span<double> out) {
  subsample(image_geometry(call), inputs[0], out);
}
// Per sample: zero channels before, the strided image, zero channels after.
std::vector<VectorForm> Subsample::vector(const Call& call) {
  const Shape &in = call.in(0), &out = call.out();
  const std::int64_t plane = out.height * out.width, before = (out.channels - in.channels) / 2;
  VectorForm image = whole_output_form(call, kVectorOp);
  read_windows(call, call.layer.window, image);
  VectorForm zeros = image;
  zeros.x.walk.x1.h = 1;
  zeros.x.walk.height.offset = -kOutside;
  std::vector<VectorForm> list;
  for (std::int64_t sample = 0; sample < call.samples; ++sample) {
    const auto push = [&](VectorForm form, std::int64_t channel, std::int64_t channels) {
      if (channels == 0) return;
      form.x.at.element = sample * in.elements();
      write_part(call, sample, channel * plane, channels * plane, form);
      list.push_back(form);
    };
    push(zeros, 0, before);
    push(image, before, in.channels);
    push(zeros, before + in.channels, out.channels - in.channels - before);
  }
  return list;
}

Shape Slice::shape(const Layer& layer, Inputs in) {
  const std::int64_t end = layer.first_channel + layer.out_features;
  if (layer.first_channel < 0 || layer.out_features < 1 || end > in[0].channels)
    refuse(layer,
           "channels " + std::to_string(layer.first_channel) + " to " + std::to_string(end) + " are not all in " + text(in[0]));
  return {layer.out_features, in[0].height, in[0].width, in[0].sequence};
}
std::int64_t Slice::touched(const Call& call, std::size_t) { return call.outputs(); }
void Slice::reference(const Call& call, std::span<const Values> inputs, const Reals&, const Reals&, std::span<double> out) {
  const std::int64_t plane = call.in(0).height * call.in(0).width;
  for (std::int64_t s = 0; s < call.samples; ++s)
    std::copy_n(inputs[0].begin() + s * call.in(0).elements() + call.layer.first_channel * plane, call.out().elements(),
                out.begin() + s * call.out().elements());
}
std::vector<VectorForm> Slice::vector(const Call& call) {
  std::vector<VectorForm> list;
  const std::int64_t first = call.layer.first_channel * call.in(0).height * call.in(0).width;
  for (std::int64_t sample = 0; sample < call.samples; ++sample) {
    VectorForm form = whole_output_form(call, kVectorOp);
    form.x.at.element = sample * call.in(0).elements() + first;
    write_part(call, sample, 0, call.out().elements(), form);
    list.push_back(form);
  }
  return list;
}

void Convert::reference(const Call&, std::span<const Values> inputs, const Reals&, const Reals&, std::span<double> out) {
  std::copy(inputs[0].begin(), inputs[0].end(), out.begin());
}
std::vector<VectorForm> Convert::vector(const Call& call) { return {whole_output_form(call, kVectorOp)}; }
ResultRange Convert::range(const Call&, const Magnitudes& operands) {
  return {.bits = input_bits(operands), .lsb = operands.inputs.at(0).exponent};
}

Shape Pad::shape(const Layer& layer, Inputs in) {
  if (in[0].sequence) refuse(layer, "padding is of images, not of the sequence " + text(in[0]));
  const Window& w = layer.window;
  const Window border{.pad_h = w.pad_h, .pad_w = w.pad_w, .pad_h_end = w.below(), .pad_w_end = w.right()};
  return windowed(layer, in[0], border, in[0].channels);
}
void Pad::reference(const Call& call, std::span<const Values> inputs, const Reals&, const Reals&, std::span<double> out) {
  const Shape &in = call.in(0), &padded = call.out();
  std::fill(out.begin(), out.end(), 0.0);
  for (std::int64_t plane = 0; plane < call.samples * in.channels; ++plane)
    for (std::int64_t h = 0; h < in.height; ++h)
      std::copy_n(inputs[0].begin() + (plane * in.height + h) * in.width, in.width,
                  out.begin() + (plane * padded.height + h + call.layer.window.pad_h) * padded.width + call.layer.window.pad_w);
}
// Windows of one pixel at stride 1.
std::vector<VectorForm> Pad::vector(const Call& call) {
  const Window border{.pad_h = call.layer.window.pad_h, .pad_w = call.layer.window.pad_w};
  VectorForm form = whole_output_form(call, kVectorOp);
  read_windows(call, border, form);
  return {form};
}

}  // namespace binade::operations::operation_rows
