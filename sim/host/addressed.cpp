// SPDX-License-Identifier: Apache-2.0
#include "sim/host/addressed.h"

namespace binade::sim {

using operations::Place;
using programs::Work;

namespace {

std::int64_t address_of(const Work& work, const Place& place) {
  const programs::StoredTensor& tensor = work.of(place);
  return tensor.address + place.element * tensor.element_bytes();
}
std::int64_t address_of(const Work& work, const std::optional<Place>& place) { return place ? address_of(work, *place) : -1; }
GemmSource source_of(const Work& work, const operations::Source& source) { return {source.walk, address_of(work, source.at)}; }

WindowJob::Tensor placed(const programs::StoredTensor& tensor) { return {tensor.address, tensor.element_bytes()}; }

}  // namespace

GemmLayer addressed(const operations::GemmForm& form, const Work& work) {
  const programs::Shifts shifts = shifts_of(form, work);
  GemmLayer layer{.shape = form.shape,
                  .problems = {},
                  .relu = work.relu,
                  .product_shift = shifts.product,
                  .bias_shift = shifts.bias,
                  .seed = work.seed,
                  .tensor = work.tensor,
                  .logical_cols = form.logical_cols};
  for (const operations::GemmPart& part : form.parts)
    layer.problems.push_back({.a = source_of(work, part.a),
                              .b = source_of(work, part.b),
                              .bias = form.shape.bias ? address_of(work, part.bias) : -1,
                              .out = {work.output.address + part.out.first * work.output.element_bytes(), part.out},
                              .m_base = part.m_base,
                              .n_base = part.n_base});
  return layer;
}

VectorJob addressed(const operations::VectorForm& form, const Work& work) {
  const programs::StoredTensor &x = work.of(form.x.at), &out = work.output;
  VectorJob job;
  job.record = bound_record(form, work);
  job.windows = form.windows;
  job.x = source_of(work, form.x);
  job.window = form.window;
  job.x_first = form.x_first;
  job.fill = fill_code(x.format, form.fill);
  job.x_bytes = x.element_bytes();
  job.y = address_of(work, form.y);
  job.constants = form.constants;
  job.s = address_of(work, form.s);
  job.t = address_of(work, form.t);
  for (const auto& second : {form.y, form.s})
    if (second) job.y_bytes = work.of(*second).element_bytes();
  job.outputs = form.outputs;
  job.granule = form.granule;
  job.first = form.first;
  job.out = out.address + form.out * out.element_bytes();
  job.out_bytes = out.element_bytes();
  return job;
}

std::vector<VectorJob> addressed(std::span<const operations::VectorForm> forms, const Work& work) {
  std::vector<VectorJob> jobs;
  for (const operations::VectorForm& form : forms) jobs.push_back(addressed(form, work));
  return jobs;
}

ChainJob addressed(const operations::ChainForm& form, const Work& work) {
  ChainJob job;
  job.chain.form = form;
  job.chain.seed = work.seed;
  for (const operations::ChainOperand& operand : form.operands) {
    const programs::StoredTensor& tensor = work.of(operand.at);
    job.operands.push_back({.address = address_of(work, operand.at), .bytes = tensor.element_bytes()});
    job.chain.operands.push_back({.exponent = tensor.magnitude.exponent});
  }
  const auto result = [&](const programs::StoredTensor& tensor, std::uint32_t stream) {
    job.results.push_back({.address = tensor.address + form.out * tensor.element_bytes(), .bytes = tensor.element_bytes()});
    job.chain.results.push_back({.exponent = tensor.magnitude.exponent, .tensor = stream});
  };
  result(work.output, work.tensor);
  for (const programs::FurtherOutput& further : work.further) result(further.tensor, further.stream);
  return job;
}

WindowJob addressed(const operations::MaximumForm& form, const Work& work) {
  return {.record = bound_record(form, work),
          .x = placed(work.inputs.at(0)),
          .out = placed(work.output),
          .indices = placed(work.further.at(0).tensor)};
}

WindowJob addressed(const operations::WindowGradientForm& form, const Work& work) {
  WindowJob job{.record = bound_record(form, work), .x = placed(work.inputs.at(0)), .out = placed(work.output), .indices = {}};
  if (form.chosen) job.indices = placed(work.inputs.at(1));
  return job;
}

}  // namespace binade::sim
