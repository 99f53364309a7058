// SPDX-License-Identifier: Apache-2.0
// The address rule of isa.def, Load, read index by index: the judge of gathers, forms and descriptors.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "models/operations/forms.h"

namespace binade::tests {

/// The element of (row, column) of a source, or none in the padding.
inline std::optional<std::int64_t> element_of(const operations::Source& source, std::int64_t row, std::int64_t column) {
  const operations::Walk& w = source.walk;
  const std::pair<const operations::Axis&, std::int64_t> steps[] = {
      {w.x0, row / w.x2.size / w.x1.size},    {w.x1, row / w.x2.size % w.x1.size},    {w.x2, row % w.x2.size},
      {w.k0, column / w.k2.size / w.k1.size}, {w.k1, column / w.k2.size % w.k1.size}, {w.k2, column % w.k2.size}};
  std::int64_t plane = source.at.element, y = w.height.offset, x = w.width.offset;
  for (const auto& [axis, count] : steps) {
    plane += count * axis.plane;
    y += count * axis.h;
    x += count * axis.w;
  }
  if (y % w.height.divisor != 0 || x % w.width.divisor != 0) return std::nullopt;
  y /= w.height.divisor;
  x /= w.width.divisor;
  if (y < 0 || y >= w.height.size || x < 0 || x >= w.width.size) return std::nullopt;
  return plane + y * w.width.size + x;
}

}  // namespace binade::tests
