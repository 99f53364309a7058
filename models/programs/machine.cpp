// SPDX-License-Identifier: Apache-2.0
#include "models/programs/machine.h"

#include "models/spec/ranges.h"

namespace binade::programs {

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

}  // namespace binade::programs
