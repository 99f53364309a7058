// SPDX-License-Identifier: Apache-2.0
// Random windows on a machine: what it makes of them, to be compared with another's.
#pragma once

#include <vector>

#include "hw/config.h"
#include "models/programs/machine.h"
#include "models/programs/storage.h"
#include "tests/unit/operations/window_cases.h"

namespace binade::tests {

struct WindowOutcome {
  std::vector<std::byte> out, indices;
  programs::TensorStats stats;
};
inline bool same_stats(const programs::TensorStats& a, const programs::TensorStats& b) {
  return a.max_abs == b.max_abs && a.overflows == b.overflows && a.leading_bit == b.leading_bit;
}

/// The walk of the case's windows.
inline operations::Walk walk_of(const spec::Windows& d) {
  const operations::WindowAxis rows = operations::row_axis(d), columns = operations::column_axis(d);
  return {.x0 = {.plane = d.height * d.width},
          .x1 = {.size = d.rows, .h = rows.stride},
          .x2 = {.size = d.columns, .w = columns.stride},
          .k1 = {.size = d.kernel_h, .h = rows.dilation},
          .k2 = {.size = d.kernel_w, .w = columns.dilation},
          .height = {.size = d.height, .offset = -rows.pad},
          .width = {.size = d.width, .offset = -columns.pad}};
}
inline operations::MaximumForm maximum_form(const spec::Windows& d) {
  return {.x = {.at = {}, .walk = walk_of(d)},
          .window = d.kernel_h * d.kernel_w,
          .outputs = operations::window_count(d),
          .first = d.first};
}
inline operations::WindowGradientForm gradient_form(const spec::Windows& d) {
  return {.windows = walk_of(d),
          .window = d.kernel_h * d.kernel_w,
          .count = operations::window_count(d),
          .chosen = op_of(d) == spec::WindowOp::ToChosen,
          .count_rows = operations::counted_rows(d),
          .count_columns = operations::counted_columns(d),
          .outputs = operations::pixel_count(d),
          .first = d.first};
}

inline WindowOutcome run_on(programs::Machine& machine, datapath::CoreMode mode, const operations::test::WindowCase& one) {
  const spec::Windows& d = one.record;
  const operations::VectorFormats formats = one.formats();
  const auto stored = [&](const numerics::FormatSpec& format, std::int64_t exponent, std::int64_t elements, int raw_bytes) {
    programs::StoredTensor tensor;
    tensor.format = format;
    tensor.elements = elements;
    tensor.raw_bytes = raw_bytes;
    tensor.magnitude.exponent = static_cast<int>(exponent);
    tensor.address = machine.allocate(tensor.bytes());
    return tensor;
  };
  const bool maximum = op_of(d) == spec::WindowOp::Maximum;
  const std::int64_t x_elements = maximum ? operations::pixel_count(d) : operations::window_count(d);
  const programs::StoredTensor indices = stored(formats.x, 0, operations::window_count(d), static_cast<int>(d.index_bytes));
  programs::Work work;
  work.mode = mode;
  work.mode.accumulate.rounding = formats.rounding;
  work.mode.accumulate.policy = d.sums == 1   ? numerics::Accumulate::Serial
                                : d.sums == 2 ? numerics::Accumulate::Fp32
                                              : numerics::Accumulate::Exact;
  work.seed = static_cast<std::uint32_t>(d.seed);
  work.tensor = static_cast<std::uint32_t>(d.tensor);
  work.inputs = {stored(formats.x, d.x_exponent, x_elements, 0)};
  work.output = stored(formats.out, d.o_exponent, operations::output_count(d), static_cast<int>(d.raw_bytes));
  machine.write(work.inputs[0].address, one.x);
  WindowOutcome outcome;
  if (maximum) {
    work.further = {{.tensor = indices}};
    outcome.stats = machine.run(maximum_form(d), work);
    outcome.indices = read_bytes(machine, indices);
  } else {
    if (op_of(d) == spec::WindowOp::ToChosen) {
      machine.write(indices.address, one.indices);
      work.inputs.push_back(indices);
    }
    outcome.stats = machine.run(gradient_form(d), work);
  }
  outcome.out = read_bytes(machine, work.output);
  return outcome;
}

}  // namespace binade::tests
