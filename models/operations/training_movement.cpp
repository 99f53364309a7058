// SPDX-License-Identifier: Apache-2.0
// Gradients of operations that move elements: the delta moves back.
#include "models/operations/operation_rows.h"
#include "models/operations/training_builder.h"

namespace binade::operations::operation_rows {

namespace {

VectorForm copy_form(std::int64_t from, std::int64_t outputs, std::int64_t to) {
  VectorForm form = elementwise_form(spec::VectorOp::Copy, outputs);
  form.x.at.element = from;
  form.first = form.out = to;
  return form;
}

/// The delta of an image of which `call` moves a part: planes of the input from planes of the output, `before` planes further,
/// pixels where they came from; zero where nothing went.
std::vector<VectorForm> moved_back(const Call& call, std::int64_t before, std::int64_t stride_h, std::int64_t stride_w,
                                   std::int64_t offset_h, std::int64_t offset_w) {
  const Shape &in = call.in(0), &out = call.out();
  std::vector<VectorForm> list;
  for (std::int64_t sample = 0; sample < call.samples; ++sample) {
    const std::int64_t from = sample * out.elements() + before * out.height * out.width;
    VectorForm form = copy_form(from, in.elements(), sample * in.elements());
    form.windows = true;
    Walk& walk = form.x.walk;
    walk = {};
    walk.x0.plane = out.height * out.width;
    walk.x1 = {.size = in.height, .h = 1};
    walk.x2 = {.size = in.width, .w = 1};
    walk.height = {.size = out.height, .offset = offset_h, .divisor = stride_h};
    walk.width = {.size = out.width, .offset = offset_w, .divisor = stride_w};
    list.push_back(form);
  }
  return list;
}

}  // namespace

void Concat::gradient(TrainingBuilder& builder) {
  const Call& call = builder.call();
  std::int64_t offset = 0;
  for (std::size_t i = 0; i < call.inputs.size(); offset += call.in(i).elements(), ++i) {
    if (!builder.wanted(i)) continue;
    std::vector<VectorForm> parts;
    const std::int64_t size = call.in(i).elements();
    for (std::int64_t sample = 0; sample < call.samples; ++sample)
      parts.push_back(copy_form(sample * call.out().elements() + offset, size, sample * size));
    builder.set_delta(i, builder.vector(delta_of(call, i), parts, {builder.delta(Pass::BackwardData)}, ExponentRule::Input));
  }
}

void Subsample::gradient(TrainingBuilder& builder) {
  const Call& call = builder.call();
  if (!builder.wanted(0)) return;
  const std::int64_t before = (call.out().channels - call.in(0).channels) / 2;
  const Window& w = call.layer.window;
  const auto forms = moved_back(call, before, w.stride_h, w.stride_w, 0, 0);
  builder.set_delta(0, builder.vector(delta_of(call, 0), forms, {builder.delta(Pass::BackwardData)}, ExponentRule::Input));
}

void Pad::gradient(TrainingBuilder& builder) {
  const Call& call = builder.call();
  if (!builder.wanted(0)) return;
  const Window& w = call.layer.window;
  const auto forms = moved_back(call, 0, 1, 1, w.pad_h, w.pad_w);
  builder.set_delta(0, builder.vector(delta_of(call, 0), forms, {builder.delta(Pass::BackwardData)}, ExponentRule::Input));
}

// Channels that were not kept have a delta of zero: planes outside of the output.
void Slice::gradient(TrainingBuilder& builder) {
  const Call& call = builder.call();
  if (!builder.wanted(0)) return;
  const Shape& in = call.in(0);
  const std::int64_t first = call.layer.first_channel, kept = call.out().channels, pixels = in.height * in.width;
  std::vector<VectorForm> forms;
  for (std::int64_t sample = 0; sample < call.samples; ++sample) {
    const std::int64_t to = sample * in.elements();
    const auto zeros = [&](std::int64_t channel, std::int64_t channels) {
      if (channels == 0) return;
      VectorForm form = copy_form(0, channels * pixels, to + channel * pixels);
      form.windows = true;
      form.x.walk = {};
      form.x.walk.height = {.size = 1, .offset = 1};
      forms.push_back(form);
    };
    zeros(0, first);
    forms.push_back(copy_form(sample * call.out().elements(), kept * pixels, to + first * pixels));
    zeros(first + kept, in.channels - first - kept);
  }
  builder.set_delta(0, builder.vector(delta_of(call, 0), forms, {builder.delta(Pass::BackwardData)}, ExponentRule::Input));
}

}  // namespace binade::operations::operation_rows
