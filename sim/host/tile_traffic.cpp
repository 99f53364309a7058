// SPDX-License-Identifier: Apache-2.0
#include "sim/host/tile_traffic.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <numeric>

#include "models/datapath/dataflow/blocks.h"

namespace binade::sim {
namespace {

using datapath::ceil_div;
using operations::Axis;
using operations::Walk;

// Units of `size` bytes that a range touches, on average over the multiples of `grain` where it may begin.
double touched(double bytes, std::int64_t grain, std::int64_t size) {
  return bytes <= 0 ? 0 : 1 + std::max(0.0, bytes - static_cast<double>(grain)) / static_cast<double>(size);
}

// Blocks of `size`, of which there are `blocks`, that `count` consecutive values meet, on average over the multiples of `count`
// where they may begin.
double blocks_met(std::int64_t count, std::int64_t size, std::int64_t blocks) {
  return std::min(static_cast<double>(blocks), 1 + static_cast<double>(count - std::gcd(count, size)) / static_cast<double>(size));
}

// Equal ranges of DRAM whose first bytes are multiples of a common step apart.
struct Ranges {
  double count = 1, elements = 1;
  std::int64_t step = 0;  ///< elements: a divisor of every distance
  double extent = 1;      ///< elements from the first to the last
};

Transfer transfer_of(const Ranges& ranges, std::int64_t element, const BurstSizes& sizes) {
  const auto touched_of = [&](std::int64_t size) {
    return ranges.count * touched(ranges.elements * static_cast<double>(element), std::gcd(size, ranges.step * element), size);
  };
  const auto size = static_cast<double>(element);
  const double bytes = ranges.count * ranges.elements * size, rows = static_cast<double>(sizes.rows);
  return {bytes, touched_of(sizes.transaction), touched_of(sizes.device),
          std::min(ranges.extent * size / rows, ranges.count + bytes / rows)};
}

// From the first to the last of `count` consecutive values of an axis's two inner indices, in elements. Where they neither begin
// nor end with a row of the second index, the chance that they go on into a row more counts.
double reach(const Axis& outer, const Axis& inner, std::int64_t count, double row_elements, double h_divisor, double w_divisor) {
  const auto step = [&](const Axis& axis) {
    return std::abs(static_cast<double>(axis.h)) / h_divisor * row_elements + std::abs(static_cast<double>(axis.w)) / w_divisor;
  };
  const std::int64_t last = std::min(count, outer.size * inner.size) - 1;
  const double rows = static_cast<double>(last / inner.size), rest = static_cast<double>(last % inner.size);
  const bool aligned = count % inner.size == 0 || inner.size % count == 0;
  const double into_next = aligned ? 0 : rest / static_cast<double>(inner.size);
  return rows * step(outer) + rest * step(inner) +
         into_next * std::max(0.0, step(outer) - static_cast<double>(inner.size) * step(inner));
}

// What of a part's rows of pixels lies inside the image, on average over the places where the part may begin: padding is not
// loaded.
double inside_share(const Walk& walk, std::int64_t rows) {
  if (walk.height.size == 1 || walk.x1.h <= 0 || walk.height.divisor != 1) return 1;
  const std::int64_t windows = std::max<std::int64_t>(1, std::min(walk.x1.size, rows / walk.x2.size));
  double all = 0, inside = 0;
  for (std::int64_t first = 0; first < walk.x1.size; first += windows) {
    const std::int64_t here = std::min(windows, walk.x1.size - first);
    const std::int64_t reached = (here - 1) * walk.x1.h + (walk.k1.size - 1) * std::abs(walk.k1.h) + 1;
    const std::int64_t top = walk.height.offset + first * walk.x1.h;
    all += static_cast<double>(reached);
    inside +=
        static_cast<double>(std::max<std::int64_t>(0, std::min(top + reached, walk.height.size) - std::max<std::int64_t>(top, 0)));
  }
  return inside / all;
}

// Whether a walk is of planes alone, some of them on inner indices: sums over samples and pixels are (a LoadWalk of isa.def).
bool is_of_planes(const Walk& walk) {
  bool inner = false;
  for (const Axis* axis : {&walk.x1, &walk.x2, &walk.k1, &walk.k2}) {
    if (axis->h != 0 || axis->w != 0) return false;
    inner = inner || (axis->size > 1 && axis->plane != 0);
  }
  return inner && walk.x0.h == 0 && walk.x0.w == 0 && walk.k0.h == 0 && walk.k0.w == 0;
}

// The indices of `count` consecutive rows or columns as a box: of each axis how many, and their step.
struct Box {
  Box(const Axis& outer, const Axis& middle, const Axis& inner, std::int64_t count) {
    const std::int64_t inners = std::min(count, inner.size), lines = ceil_div(count, inner.size);
    axes = {{{inners, std::abs(inner.plane)},
             {std::min(lines, middle.size), std::abs(middle.plane)},
             {ceil_div(lines, middle.size), std::abs(outer.plane)}}};
    std::sort(axes.begin(), axes.end(), [](const auto& a, const auto& b) { return a.step < b.step; });
    for (const auto& axis : axes) spread += axis.step * (axis.count - 1);
  }
  struct Steps {
    std::int64_t count, step;
  };
  std::array<Steps, 3> axes;
  std::int64_t spread = 0;
};

// Planes of one element that continue each other are one range: along the side that spreads less, and where all of it is one
// range, along the other (hw/engines/walk_plan.h).
Ranges ranges_of_planes(const Walk& walk, const TilePart& part) {
  const Box x(walk.x0, walk.x1, walk.x2, part.rows), k(walk.k0, walk.k1, walk.k2, part.columns);
  const bool k_inside = k.spread <= x.spread;
  std::int64_t run = 1, step = 0;
  double count = 1;
  for (const Box* side : {k_inside ? &k : &x, k_inside ? &x : &k})
    for (const auto& axis : side->axes) {
      if (axis.count == 1 || axis.step == 0) continue;
      if (count == 1 && axis.step <= run) {
        run = axis.step * (axis.count - 1) + run;
      } else {
        count *= static_cast<double>(axis.count);
        step = std::gcd(step, axis.step);
      }
    }
  return {
      .count = count, .elements = static_cast<double>(run), .step = step, .extent = static_cast<double>(x.spread + k.spread + 1)};
}

}  // namespace

Transfer load_transfer(const Walk& walk, const TilePart& whole, const TilePart& part, const BurstSizes& sizes) {
  if (is_of_planes(walk)) return transfer_of(ranges_of_planes(walk, part), part.element, sizes);
  const std::int64_t x_planes = walk.x1.size * walk.x2.size, k_planes = walk.k1.size * walk.k2.size;
  const std::int64_t pixels = walk.height.size * walk.width.size;
  const auto row_elements = static_cast<double>(walk.width.size);
  const auto h = static_cast<double>(walk.height.divisor), w = static_cast<double>(walk.width.divisor);
  // Planes, each from its first to its last pixel that the part reads. A step of 0 reads the same plane again.
  const auto planes = [](const Axis& axis, std::int64_t all, std::int64_t count, std::int64_t inner) {
    return axis.plane == 0 ? 1.0 : blocks_met(count, inner, ceil_div(all, inner));
  };
  const double xs = planes(walk.x0, whole.rows, part.rows, x_planes), ks = planes(walk.k0, whole.columns, part.columns, k_planes);
  const std::int64_t x_here = std::llround(static_cast<double>(part.rows) / xs),
                     k_here = std::llround(static_cast<double>(part.columns) / ks);
  const double span = std::min(static_cast<double>(pixels), (1 + reach(walk.x1, walk.x2, x_here, row_elements, h, w) +
                                                             reach(walk.k1, walk.k2, k_here, row_elements, h, w)) *
                                                                inside_share(walk, x_here));
  // Planes that continue each other are one range: the inner index's, then the outer's (hw/engines/load_plan.h).
  const bool k_inside = std::abs(walk.k0.plane) <= std::abs(walk.x0.plane);
  const Axis &inner = k_inside ? walk.k0 : walk.x0, &outer = k_inside ? walk.x0 : walk.k0;
  const double inner_count = k_inside ? ks : xs, outer_count = k_inside ? xs : ks;
  const double extent = span + (inner_count - 1) * static_cast<double>(std::abs(inner.plane)) +
                        (outer_count - 1) * static_cast<double>(std::abs(outer.plane));
  Ranges ranges{.count = xs * ks, .elements = span, .step = std::gcd(inner.plane, outer.plane), .extent = extent};
  if (pixels > 1 && part.rows < x_planes) ranges.step = std::gcd(ranges.step, part.rows);
  if (inner_count == 1 || span >= static_cast<double>(std::abs(inner.plane))) {
    ranges = {.count = outer_count, .elements = span * inner_count, .step = outer.plane, .extent = extent};
    if (inner_count * static_cast<double>(std::abs(inner.plane)) < static_cast<double>(std::abs(outer.plane)) || pixels > 1)
      ranges.step = std::gcd(ranges.step, k_inside ? part.columns : part.rows);
    if (ranges.elements >= static_cast<double>(std::abs(outer.plane))) {
      ranges.elements *= outer_count;
      ranges.count = 1;
    }
  }
  return transfer_of(ranges, part.element, sizes);
}

Transfer store_transfer(const operations::GemmTarget& target, const TilePart& whole, const TilePart& part,
                        const BurstSizes& sizes) {
  const auto rows = static_cast<double>(part.rows), columns = static_cast<double>(part.columns);
  const double blocks = blocks_met(part.rows, target.plane, ceil_div(whole.rows, target.plane));
  const double extent = std::min(rows, static_cast<double>(target.plane)) * static_cast<double>(target.inner_step) +
                        (blocks - 1) * static_cast<double>(target.outer_step) +
                        (columns - 1) * static_cast<double>(target.col_step);
  Ranges ranges{.count = rows * columns, .elements = 1, .step = 1, .extent = extent};
  if (target.col_step == 1) {
    ranges = {.count = rows,
              .elements = columns,
              .step = std::gcd(target.inner_step, std::gcd(target.outer_step, part.columns)),
              .extent = extent};
    if (target.plane > 1 ? target.inner_step == part.columns : target.outer_step == part.columns)
      ranges = {.count = 1, .elements = rows * columns, .step = part.rows * part.columns, .extent = extent};
  } else if (target.inner_step == 1) {
    const std::int64_t run = std::min(part.rows, target.plane);
    ranges = {.count = blocks * columns,
              .elements = rows / blocks,
              .step = std::gcd(part.rows, std::gcd(target.col_step, target.outer_step)),
              .extent = extent};
    if (run == target.col_step && blocks == 1)
      ranges = {.count = 1, .elements = rows * columns, .step = run * part.columns, .extent = extent};
  }
  return transfer_of(ranges, part.element, sizes);
}

}  // namespace binade::sim
