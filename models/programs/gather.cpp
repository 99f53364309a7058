// SPDX-License-Identifier: Apache-2.0
#include "models/programs/gather.h"

#include <algorithm>

namespace binade::programs {
namespace {

using operations::Walk;

bool is_matrix(const Walk& w) {
  const auto plain = spec::pack_geometry(1, 1, 0);
  return w.height == 1 && w.width == 1 && w.x1_size == 1 && w.x2_size == 1 && w.k1_size == 1 && w.k2_size == 1 &&
         w.h_geometry == plain && w.w_geometry == plain;
}

}  // namespace

template <class Element>
void gather_rows(const operations::Source& source, std::span<const Element> tensor, Element fill, std::int64_t first,
                 std::int64_t count, std::int64_t k, Element* rows) {
  const Walk& w = source.walk;
  const Element* const base = tensor.data() + source.at.element;
  if (is_matrix(w)) {
    for (std::int64_t i = 0; i < count; ++i, rows += k) {
      const Element* const row = base + (first + i) * w.x0_step;
      if (w.k0_step == 1) {
        std::copy_n(row, k, rows);
      } else {
        for (std::int64_t j = 0; j < k; ++j) rows[j] = row[j * w.k0_step];
      }
    }
    return;
  }
  const spec::Geometry vertical = spec::unpack_geometry(w.h_geometry), horizontal = spec::unpack_geometry(w.w_geometry);
  const std::int64_t pixels = w.x1_size * w.x2_size, area = w.k1_size * w.k2_size, depth = std::max(k / area, std::int64_t{1});
  for (std::int64_t i = 0; i < count; ++i, rows += k) {
    const std::int64_t x = first + i, x0 = x / pixels, x1 = x % pixels / w.x2_size, x2 = x % w.x2_size;
    const std::int64_t top = x1 * vertical.stride - vertical.pad, left = x2 * horizontal.stride - horizontal.pad;
    // Columns of the window that lie in the image: the same for every row of it.
    const auto bound = [&](std::int64_t edge) {
      return std::clamp((edge - left + horizontal.dilation - 1) / horizontal.dilation, std::int64_t{0}, w.k2_size);
    };
    const std::int64_t begin = left >= 0 ? 0 : bound(0), end = std::max(begin, left >= w.width ? begin : bound(w.width));
    const Element* plane = base + x0 * w.x0_step;
    Element* to = rows;
    for (std::int64_t k0 = 0; k0 < depth; ++k0, plane += w.k0_step)
      for (std::int64_t k1 = 0; k1 < w.k1_size; ++k1, to += w.k2_size) {
        const std::int64_t h = top + k1 * vertical.dilation;
        if (h < 0 || h >= w.height) {
          std::fill_n(to, w.k2_size, fill);
          continue;
        }
        const Element* const line = plane + h * w.width + left;
        std::fill(to, to + begin, fill);
        for (std::int64_t k2 = begin; k2 < end; ++k2) to[k2] = line[k2 * horizontal.dilation];
        std::fill(to + end, to + w.k2_size, fill);
      }
  }
}

template void gather_rows(const operations::Source&, std::span<const std::uint8_t>, std::uint8_t, std::int64_t, std::int64_t,
                          std::int64_t, std::uint8_t*);
template void gather_rows(const operations::Source&, std::span<const std::uint16_t>, std::uint16_t, std::int64_t, std::int64_t,
                          std::int64_t, std::uint16_t*);
template void gather_rows(const operations::Source&, std::span<const std::uint32_t>, std::uint32_t, std::int64_t, std::int64_t,
                          std::int64_t, std::uint32_t*);

}  // namespace binade::programs
