// SPDX-License-Identifier: Apache-2.0
// Random windows over random planes: overlaps, pads, dilations, divisors of all kinds, in formats of all kinds.
#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "models/operations/window_arithmetic.h"
#include "tests/unit/operations/chain_cases.h"

namespace binade::operations::test {

/// A record with its operands: bases are 0, formats are 0 (x) and 1 (the output).
struct WindowCase {
  spec::Windows record;
  FormatTable table{ElementFormat{}};
  std::vector<std::byte> x, indices;
  VectorFormats formats() const { return window_formats(table, record); }
};

/// How many windows fit so that each has an element in the stretch; 0: none.
inline std::int64_t windows_within(const WindowAxis& axis, Stretch stretch, std::int64_t most) {
  std::int64_t windows = 0;
  while (windows < most && axis.within(windows, stretch).count() > 0) ++windows;
  return windows;
}

inline std::vector<std::byte> stored_codes(const std::vector<Code>& codes, std::int64_t size) {
  std::vector<std::byte> bytes(codes.size() * static_cast<std::size_t>(size));
  for (std::size_t i = 0; i < codes.size(); ++i)
    std::memcpy(bytes.data() + i * static_cast<std::size_t>(size), &codes[i], static_cast<std::size_t>(size));
  return bytes;
}

/// Sets one side of the record's windows.
inline void draw_side(Chance& chance, bool large, bool counts_padding, std::int64_t& size, std::int64_t& windows,
                      std::int64_t& kernel, std::int64_t& geometry, Stretch& counted) {
  WindowAxis axis;
  do {
    axis = {.size = large ? 17 : chance.pick(1, 8),
            .windows = chance.pick(1, 5),
            .kernel = large ? chance.pick(15, 17) : chance.pick(1, 4),
            .stride = chance.pick(1, 4),
            .dilation = large ? 1 : chance.pick(1, 2),
            .pad = large ? 0 : chance.pick(0, 2)};
    counted = {counts_padding ? -axis.pad : 0, axis.size + (counts_padding ? chance.pick(0, 2) : 0)};
    axis.windows = std::min(windows_within(axis, counted, axis.windows), windows_within(axis, {0, axis.size}, axis.windows));
  } while (axis.windows == 0);
  size = axis.size;
  windows = axis.windows;
  kernel = axis.kernel;
  geometry = spec::pack_geometry(axis.stride, axis.dilation, axis.pad);
}

inline WindowCase random_windows(Chance& chance) {
  WindowCase one;
  spec::Windows& d = one.record;
  d.op = chance.pick(0, 2);
  d.planes = chance.pick(0, 3) == 0 ? chance.pick(5, 20) : chance.pick(1, 4);
  const bool large = chance.pick(0, 19) == 0, padding = chance.pick(0, 1) == 0;
  Stretch rows, columns;
  draw_side(chance, large, padding, d.height, d.rows, d.kernel_h, d.h_geometry, rows);
  draw_side(chance, large, padding, d.width, d.columns, d.kernel_w, d.w_geometry, columns);
  d.count_top = rows.low, d.count_bottom = rows.high, d.count_left = columns.low, d.count_right = columns.high;

  const FormatSpec x = chance.format(true), out = chance.pick(0, 2) != 0 ? x : chance.format(true);
  one.table = FormatTable({x}, {{out, chance.rounding(out, true)}});
  d.o_format = 1;
  d.x_exponent = chance.exponent(x);
  d.o_exponent = chance.exponent(out);
  if (out.shared_exponent() && chance.pick(0, 3) == 0) d.raw_bytes = 4 * chance.pick(1, 2);
  if (!out.shared_exponent()) d.sums = chance.pick(0, 2);
  if (op_of(d) == spec::WindowOp::Maximum) d.sums = 0;
  d.first = chance.pick(0, 1000);
  d.seed = static_cast<std::uint32_t>(chance.word());
  d.tensor = chance.pick(0, 99);

  const std::int64_t count = op_of(d) == spec::WindowOp::Maximum ? pixel_count(d) : window_count(d);
  std::vector<Code> codes(static_cast<std::size_t>(count));
  const int kind = chance.pick(0, 3);
  for (Code& code : codes) code = chance.code(x, static_cast<int>(d.x_exponent), kind);
  one.x = stored_codes(codes, x.storage_bytes());
  if (op_of(d) == spec::WindowOp::ToAll) return one;
  d.index_bytes = std::max(std::int64_t{1} << chance.pick(0, 2), std::int64_t{index_bytes(d.kernel_h * d.kernel_w)});
  if (op_of(d) == spec::WindowOp::Maximum) return one;
  const WindowAxis down = row_axis(d), across = column_axis(d);
  std::vector<Code> indices;
  for (std::int64_t window = 0; window < window_count(d); ++window) {
    const WindowAxis::Part r = down.inside(window / d.columns % d.rows), s = across.inside(window % d.columns);
    const auto of = [&](const WindowAxis::Part& part) {
      return chance.pick(static_cast<int>(part.begin), static_cast<int>(part.end) - 1);
    };
    indices.push_back(static_cast<Code>(of(r) * d.kernel_w + of(s)));
  }
  one.indices = stored_codes(indices, d.index_bytes);
  return one;
}

inline std::string text(const WindowCase& one) {
  const spec::Windows& d = one.record;
  std::ostringstream out;
  out << "op " << d.op << ", " << d.planes << " planes of " << d.height << 'x' << d.width << ", windows " << d.rows << 'x'
      << d.columns << " of " << d.kernel_h << 'x' << d.kernel_w << ", geometry " << std::hex << d.h_geometry << ' ' << d.w_geometry
      << std::dec << ", counts " << d.count_top << ".." << d.count_bottom << ' ' << d.count_left << ".." << d.count_right << ", "
      << to_string(one.table.at(0).format) << "@2^" << d.x_exponent << " -> " << to_string(one.table.at(1).format) << "@2^"
      << d.o_exponent << " rounding " << static_cast<int>(one.table.at(1).rounding) << ", raw " << d.raw_bytes << ", sums "
      << d.sums << ", indices of " << d.index_bytes;
  return out.str();
}

}  // namespace binade::operations::test
