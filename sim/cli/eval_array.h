// SPDX-License-Identifier: Apache-2.0
// Arrays of `binade eval --npy` (docs/eval.md): what its operations read and give.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/numerics/format_spec.h"
#include "sim/data/saved_array.h"

namespace binade::sim {

struct EvalArray {
  std::vector<std::int64_t> shape;
  std::vector<double> values;  ///< row-major
  bool integers = false;       ///< of an integer type, so that they may be codes
};

/// The elements as codes. Throws InputError on another type and on an element that is no code of the format.
std::vector<numerics::Code> codes_of(const numerics::FormatSpec& format, const EvalArray& array);

/// The last axis is a line of operands: the shape without it. Throws InputError unless it has `operands` elements.
std::vector<std::int64_t> shape_of_lines(const EvalArray& array, std::int64_t operands);

/// Product of a shape.
std::int64_t elements_of(std::span<const std::int64_t> shape);

/// Codes in the smallest unsigned type.
SavedArray code_array(const numerics::FormatSpec& format, std::vector<std::int64_t> shape, std::span<const numerics::Code> codes);
/// The mantissas of codes in the smallest signed type.
SavedArray mantissa_array(const numerics::FormatSpec& format, std::vector<std::int64_t> shape,
                          std::span<const numerics::Code> codes);

}  // namespace binade::sim
