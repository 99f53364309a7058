// SPDX-License-Identifier: Apache-2.0
#include "models/operations/window_record.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

#include "models/numerics/uint128.h"
#include "models/spec/ranges.h"

namespace binade::operations {

using spec::WindowOp;
using Wide = numerics::Int128;

namespace {

spec::Windows geometry_of(const Walk& walk, std::int64_t windows, std::int64_t first) {
  const WindowAxis rows = row_axis(walk), columns = column_axis(walk);
  spec::Windows d;
  d.planes = windows / (rows.windows * columns.windows);
  d.height = rows.size;
  d.width = columns.size;
  d.rows = rows.windows;
  d.columns = columns.windows;
  d.kernel_h = rows.kernel;
  d.kernel_w = columns.kernel;
  // A single window or element may come without a step.
  d.h_geometry = spec::pack_geometry(std::max(rows.stride, std::int64_t{1}), std::max(rows.dilation, std::int64_t{1}), rows.pad);
  d.w_geometry =
      spec::pack_geometry(std::max(columns.stride, std::int64_t{1}), std::max(columns.dilation, std::int64_t{1}), columns.pad);
  d.first = first;
  return d;
}

WindowAxis axis_of(std::int64_t size, std::int64_t windows, std::int64_t kernel, std::int64_t word) {
  const spec::Geometry geometry = spec::unpack_geometry(word);
  return {size, windows, kernel, geometry.stride, geometry.dilation, geometry.pad};
}

/// The most that a common multiple of divisors may be: a weight of a share in it is a signed word.
constexpr std::int64_t kLargestMultiple = std::int64_t{1} << 62;

bool holds_none(const WindowAxis& axis, Stretch stretch) {
  for (std::int64_t i = 0; i < axis.windows; ++i)
    if (axis.within(i, stretch).count() == 0) return true;
  return false;
}
/// The least common multiple of what the windows hold of the stretch, each at least 1; none above kLargestMultiple.
std::optional<std::int64_t> common_multiple(const WindowAxis& axis, Stretch stretch) {
  std::int64_t common = 1;
  for (std::int64_t i = 0; i < axis.windows; ++i) {
    const std::int64_t count = axis.within(i, stretch).count();
    const Wide multiple = Wide{common} / std::gcd(common, count) * count;
    if (multiple > kLargestMultiple) return std::nullopt;
    common = static_cast<std::int64_t>(multiple);
  }
  return common;
}

std::uint64_t held(const WindowAxis& axis) {
  std::uint64_t all = 0;
  for (std::int64_t i = 0; i < axis.windows; ++i) all += static_cast<std::uint64_t>(axis.inside(i).count());
  return all;
}

}  // namespace

spec::Windows window_record(const MaximumForm& form) {
  spec::Windows d = geometry_of(form.x.walk, form.outputs, form.first);
  d.op = static_cast<std::int64_t>(WindowOp::Maximum);
  return d;
}

spec::Windows window_record(const WindowGradientForm& form) {
  spec::Windows d = geometry_of(form.windows, form.count, form.first);
  d.op = static_cast<std::int64_t>(form.chosen ? WindowOp::ToChosen : WindowOp::ToAll);
  d.count_top = form.count_rows.low;
  d.count_bottom = form.count_rows.high;
  d.count_left = form.count_columns.low;
  d.count_right = form.count_columns.high;
  return d;
}

WindowAxis row_axis(const spec::Windows& d) { return axis_of(d.height, d.rows, d.kernel_h, d.h_geometry); }
WindowAxis column_axis(const spec::Windows& d) { return axis_of(d.width, d.columns, d.kernel_w, d.w_geometry); }

std::string window_problem(const VectorFormats& formats, const spec::Windows& d) {
  const auto within = [](std::int64_t value, std::int64_t low, std::int64_t high) { return value >= low && value <= high; };
  if (!within(d.op, 0, static_cast<std::int64_t>(WindowOp::ToAll))) return "op is no WINDOW_OP";
  for (const std::int64_t size : {d.planes, d.height, d.width, d.rows, d.columns, d.kernel_h, d.kernel_w})
    if (!within(size, 1, spec::kLargestCount)) return "planes, a size of the image, its windows or the kernel is outside 1 .. 2^31";
  if (Wide{d.kernel_h} * d.kernel_w >= spec::kLargestCount) return "kernel_h times kernel_w is not below 2^31";
  for (const auto& [a, b] : {std::pair{d.height, d.width}, std::pair{d.rows, d.columns}})
    if (Wide{d.planes} * a * b > spec::kLargestAddress) return "there are more than 2^48 pixels or windows";
  for (const std::int64_t word : {d.h_geometry, d.w_geometry}) {
    if (!within(word, 0, spec::kLargestGeometryWord)) return "a geometry has more than three fields of 16 bits";
    if (const spec::Geometry g = spec::unpack_geometry(word); g.stride == 0 || g.dilation == 0) return "a stride or dilation is 0";
  }
  for (const std::int64_t count : {d.count_top, d.count_bottom, d.count_left, d.count_right})
    if (!within(count, -spec::kLargestStep, spec::kLargestStep)) return "an end of what counts is outside -2^40 .. 2^40";
  if (op_of(d) != WindowOp::ToAll) {
    const int least = index_bytes(d.kernel_h * d.kernel_w);
    if (d.index_bytes < least || (d.index_bytes != 1 && d.index_bytes != 2 && d.index_bytes != 4))
      return "index_bytes is none of 1, 2 and 4 that holds an index of the window";
  }
  if (d.raw_bytes != 0 && d.raw_bytes != 4 && d.raw_bytes != 8) return "raw_bytes is none of 0, 4 and 8";
  if (!within(d.sums, 0, 2)) return "sums is outside 0 .. 2";
  if (d.sums != 0 && (formats.out.shared_exponent() || d.raw_bytes != 0))
    return "sums of a format with a shared exponent, and raw ones, are exact";
  for (const std::int64_t exponent : {d.x_exponent, d.o_exponent})
    if (!within(exponent, -spec::kFarthestExponent, spec::kFarthestExponent)) return "an exponent is outside -640 .. 640";
  if (!within(d.first, 0, spec::kLargestAddress)) return "first is outside 0 .. 2^48";
  if (!within(d.seed, 0, spec::kLargestWord) || !within(d.tensor, 0, spec::kLargestWord))
    return "seed or tensor is outside 0 .. 2^32-1";
  return {};
}

WindowExtent window_extent(const VectorFormats& formats, const spec::Windows& d) {
  const bool maximum = op_of(d) == WindowOp::Maximum;
  WindowExtent extent;
  extent.x_bytes = (maximum ? pixel_count(d) : window_count(d)) * formats.x.storage_bytes();
  extent.o_bytes = output_count(d) * (d.raw_bytes != 0 ? d.raw_bytes : formats.out.storage_bytes());
  if (op_of(d) != WindowOp::ToAll) extent.index_bytes = window_count(d) * d.index_bytes;
  return extent;
}

std::string window_content_problem(const spec::Windows& d) {
  const WindowAxis rows = row_axis(d), columns = column_axis(d);
  if (op_of(d) == WindowOp::Maximum && (holds_none(rows, {0, d.height}) || holds_none(columns, {0, d.width})))
    return "a window holds no pixel";
  if (op_of(d) != WindowOp::ToAll) return {};
  if (holds_none(rows, counted_rows(d)) || holds_none(columns, counted_columns(d))) return "a window's divisor is 0";
  const auto of_rows = common_multiple(rows, counted_rows(d)), of_columns = common_multiple(columns, counted_columns(d));
  if (d.sums == 0 && (!of_rows || !of_columns || Wide{*of_rows} * *of_columns > kLargestMultiple))
    return "the divisors have no common multiple up to 2^62";
  return {};
}

std::uint64_t window_operations(const spec::Windows& d) {
  std::uint64_t operations = 0;
  if (op_of(d) != WindowOp::ToChosen) operations += static_cast<std::uint64_t>(d.planes) * held(row_axis(d)) * held(column_axis(d));
  if (op_of(d) != WindowOp::Maximum) operations += static_cast<std::uint64_t>(window_count(d) + pixel_count(d));
  return operations;
}

}  // namespace binade::operations
