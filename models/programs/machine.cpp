// SPDX-License-Identifier: Apache-2.0
#include "models/programs/machine.h"

#include "models/numerics/error.h"
#include "models/spec/ranges.h"

namespace binade::programs {

namespace {

using numerics::Accumulate;

/// How several gifts to one element are added up.
std::int64_t sums_of(const Work& work) {
  if (work.output.format.shared_exponent()) return 0;
  const Accumulate policy = work.mode.accumulate.policy;
  return policy == Accumulate::Serial ? 1 : policy == Accumulate::Fp32 ? 2 : 0;
}

void bind(const Work& work, spec::Windows& record) {
  if (work.relu) throw InvariantError("windows: a ReLU");
  record.x_exponent = work.inputs.at(0).magnitude.exponent;
  record.o_exponent = work.output.magnitude.exponent;
  record.raw_bytes = work.output.raw_bytes;
  record.seed = work.seed;
  record.tensor = work.tensor;
}

}  // namespace

operations::Magnitudes Work::magnitudes() const {
  operations::Magnitudes all;
  for (const StoredTensor& input : inputs) all.inputs.push_back(input.magnitude);
  all.weight = weight.magnitude;
  all.bias = bias.magnitude;
  return all;
}

Shifts shifts_of(const operations::GemmForm& form, const Work& work) {
  if (!work.mode.format.integers()) return {};
  // A float has no LSB: sums are brought to units of 1, and its bias is no integer.
  const bool to_float = !work.output.format.shared_exponent();
  const int output = to_float ? 0 : work.output.magnitude.exponent;
  Shifts shifts{.product = spec::saturated_shift(output - product_exponent(form, work.magnitudes()))};
  if (form.shape.bias && !to_float) shifts.bias = spec::saturated_shift(output - work.bias.magnitude.exponent);
  return shifts;
}

datapath::CoreMode mode_of(const operations::GemmForm& form, const Work& work) {
  datapath::CoreMode mode = work.mode;
  if (form.block != 0 && mode.accumulate.policy == numerics::Accumulate::Blocked)
    mode.accumulate.block = static_cast<int>(form.block);
  return mode;
}

spec::Vector bound_record(const operations::VectorForm& form, const Work& work) {
  spec::Vector record = with_exponents(form, work.magnitudes(), work.output.magnitude.exponent);
  record.relu = record.relu != 0 || work.relu ? 1 : 0;
  record.seed = work.seed;
  record.tensor = work.tensor;
  const int raw_input = work.of(form.x.at).raw_bytes;
  record.raw_bytes = raw_input != 0 ? raw_input : work.output.raw_bytes;
  return record;
}

spec::Windows bound_record(const operations::MaximumForm& form, const Work& work) {
  if (work.further.size() != 1) throw InvariantError("windows: maxima need a further output for their indices");
  spec::Windows record = window_record(form);
  bind(work, record);
  record.index_bytes = work.further[0].tensor.element_bytes();
  return record;
}

spec::Windows bound_record(const operations::WindowGradientForm& form, const Work& work) {
  if (form.chosen && work.inputs.size() < 2) throw InvariantError("windows: chosen ones without their indices");
  spec::Windows record = window_record(form);
  bind(work, record);
  record.sums = sums_of(work);
  if (form.chosen) record.index_bytes = work.inputs[1].element_bytes();
  return record;
}

operations::VectorFormats window_formats(const Work& work) {
  const numerics::FormatSpec& x = work.inputs.at(0).format;
  return {x, x, {work.output.format, work.mode.accumulate.rounding}};
}

}  // namespace binade::programs
