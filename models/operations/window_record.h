// SPDX-License-Identifier: Apache-2.0
// The forms of pools in training (window_forms.h) as the record of a Windows descriptor (isa.def): what it may hold, what it
// touches and what it costs.
#pragma once

#include <cstdint>
#include <string>

#include "models/operations/vector_formats.h"
#include "models/operations/window_forms.h"
#include "models/spec/isa.h"

namespace binade::operations {

/// The geometry of a form, and `first`. Left at 0: bases, index_bytes, exponents, formats, raw_bytes, sums, seed and tensor.
spec::Windows window_record(const MaximumForm& form);
spec::Windows window_record(const WindowGradientForm& form);

/// The sides of a record's windows.
WindowAxis row_axis(const spec::Windows& record);
WindowAxis column_axis(const spec::Windows& record);
inline Stretch counted_rows(const spec::Windows& d) { return {d.count_top, d.count_bottom}; }
inline Stretch counted_columns(const spec::Windows& d) { return {d.count_left, d.count_right}; }
inline std::int64_t window_count(const spec::Windows& d) { return d.planes * d.rows * d.columns; }
inline std::int64_t pixel_count(const spec::Windows& d) { return d.planes * d.height * d.width; }
/// Elements of the output.
inline std::int64_t output_count(const spec::Windows& d) {
  return op_of(d) == spec::WindowOp::Maximum ? window_count(d) : pixel_count(d);
}

/// The formats that a record names; `y` is x's. Precondition: its indices are below the table's size.
inline VectorFormats window_formats(const FormatTable& table, const spec::Windows& d) {
  return {table.at(d.x_format).format, table.at(d.x_format).format, table.at(d.o_format)};
}

/// Bytes read and written. `index`: in scratchpad B or O.
struct WindowExtent {
  std::int64_t x_bytes = 0, o_bytes = 0, index_bytes = 0;
};
/// What is wrong with a record's own fields, in words; empty when its extent is known.
std::string window_problem(const VectorFormats& formats, const spec::Windows& record);
/// Precondition: window_problem() is empty.
WindowExtent window_extent(const VectorFormats& formats, const spec::Windows& record);
/// What is wrong with what its windows hold, in words; empty when it can be carried out. Precondition: window_problem() is empty.
/// Takes time with rows and columns.
std::string window_content_problem(const spec::Windows& record);
/// Element operations: Maximum, one for each pixel that a window holds (a comparison); ToChosen, one for each window (an addition)
/// and one for each pixel (the rounding); ToAll, one for each pixel that a window holds (an addition), one for each window (the
/// quotient) and one for each pixel (the rounding). Precondition: both problems are empty.
std::uint64_t window_operations(const spec::Windows& record);

}  // namespace binade::operations
