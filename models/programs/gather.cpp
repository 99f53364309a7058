// SPDX-License-Identifier: Apache-2.0
#include "models/programs/gather.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <numeric>
#include <type_traits>

namespace binade::programs {
namespace {

using operations::Axis;
using operations::Extent;

constexpr std::int64_t kShort = 16;         // innermost loops below this are looked up element by element
constexpr std::int64_t kSmallWindow = 256;  // elements of a window whose places are found once for all its planes

/// Steps of an index that meet the image: begin, begin + every, ... below end.
struct Steps {
  std::int64_t begin = 0, end = 0, every = 1;
};

constexpr std::int64_t divided_up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

/// Of `count` steps from `at` on along one side.
Steps steps_on(const Extent& side, std::int64_t at, std::int64_t step, std::int64_t count) {
  const std::int64_t size = side.size * side.divisor;
  if (step == 0) return {0, at >= 0 && at < size && (side.divisor == 1 || at % side.divisor == 0) ? count : 0, 1};
  Steps steps;
  if (step > 0) {
    steps.begin = at >= 0 ? 0 : divided_up(-at, step);
    steps.end = at >= size ? 0 : divided_up(size - at, step);
  } else {
    steps.begin = at < size ? 0 : divided_up(at - size + 1, -step);
    steps.end = at < 0 ? 0 : at / -step + 1;
  }
  steps.end = std::min(steps.end, count);
  if (side.divisor == 1) return steps;
  steps.every = side.divisor / std::gcd(side.divisor, step);
  for (std::int64_t tried = 0; (at + steps.begin * step) % side.divisor != 0; ++steps.begin)
    if (++tried == steps.every) return {};
  return steps;
}

Steps common(const Steps& a, const Steps& b) {
  if (a.every == 1 && b.every == 1) return {std::max(a.begin, b.begin), std::min(a.end, b.end), 1};
  Steps both{std::max(a.begin, b.begin), std::min(a.end, b.end), std::lcm(a.every, b.every)};
  while (both.begin < both.end && ((both.begin - a.begin) % a.every != 0 || (both.begin - b.begin) % b.every != 0)) ++both.begin;
  return both;
}

template <class From, class To>
void copy_line(const From* from, std::int64_t step, std::int64_t count, To* to) {
  if (step == 1) {
    for (std::int64_t i = 0; i < count; ++i) to[i] = static_cast<To>(from[i]);
  } else {
    for (std::int64_t i = 0; i < count; ++i) to[i] = static_cast<To>(from[i * step]);
  }
}

/// The walk in a tensor of that layout.
operations::Walk laid_out(operations::Walk walk, const DecodedLayout& layout) {
  if (layout.in_order()) return walk;
  for (Axis* const axis : {&walk.x0, &walk.x1, &walk.x2, &walk.k0, &walk.k1, &walk.k2})
    axis->plane = layout.padded(axis->plane) * layout.samples;
  if (layout.samples != 1) walk.k2.plane = 1;
  if (layout.has_border()) {
    walk.height.size += layout.top + layout.bottom;
    walk.height.offset += layout.top;
    walk.width.size += layout.left + layout.right;
    walk.width.offset += layout.left;
  }
  return walk;
}

/// How far a walk leads beyond one side of the image.
struct Beyond {
  std::int64_t before = 0, after = 0;
};
Beyond beyond(const operations::Walk& walk, std::int64_t outer, const Extent& side, std::int64_t Axis::*step) {
  std::int64_t least = side.offset, most = side.offset;
  const std::array axes{std::pair(walk.x1, walk.x1.size), std::pair(walk.x2, walk.x2.size), std::pair(walk.k0, outer),
                        std::pair(walk.k1, walk.k1.size), std::pair(walk.k2, walk.k2.size)};
  for (const auto& [axis, size] : axes) {
    least += std::min((size - 1) * (axis.*step), std::int64_t{0});
    most += std::max((size - 1) * (axis.*step), std::int64_t{0});
  }
  return {std::max(-least, std::int64_t{0}), std::max(most - side.size + 1, std::int64_t{0})};
}

/// Lines of `length` elements of a row of `size`, line l from tensor[offsets[l * length]] on, in words of kWord elements: what a
/// word has beyond its line, the next one overwrites.
template <std::int64_t kWord, class T>
void copy_short_lines(const T* tensor, const std::int32_t* offsets, std::int64_t length, std::int64_t size, T* to) {
  static_assert(kWord <= RowGather::kSlack);
  std::int64_t i = 0;
  for (; i + kWord <= size; i += length) std::memcpy(to + i, tensor + offsets[i], kWord * sizeof(T));
  for (; i < size; ++i) to[i] = tensor[offsets[i]];
}

}  // namespace

DecodedLayout decoded_layout(const operations::Source& source, std::int64_t k, std::int64_t elements) {
  const operations::Walk& walk = source.walk;
  DecodedLayout layout{.height = 1, .width = elements};
  // e = s * sample + rest is an element for every s of k2: rest, which the other indices give, is an element of sample 0.
  const bool samples = walk.k2.h == 0 && walk.k2.w == 0 && walk.k2.size > 1 && walk.k2.plane > 1;
  if (samples && walk.k2.size * walk.k2.plane == elements) {
    layout.samples = walk.k2.size;
    layout.width = walk.k2.plane;
  }
  const std::int64_t area = walk.height.size * walk.width.size;
  const auto of_images = [area](std::int64_t count) { return count % area == 0; };
  const bool images = of_images(elements) && of_images(source.at.element) && of_images(walk.x0.plane) && of_images(walk.x1.plane) &&
                      of_images(walk.x2.plane) && of_images(walk.k0.plane) && of_images(walk.k1.plane) && of_images(walk.k2.plane);
  if (!images || walk.height.divisor != 1 || walk.width.divisor != 1 || walk.x0.h != 0 || walk.x0.w != 0) return layout;
  const std::int64_t outer = k / (walk.k1.size * walk.k2.size);
  const Beyond rows = beyond(walk, outer, walk.height, &Axis::h), columns = beyond(walk, outer, walk.width, &Axis::w);
  DecodedLayout padded = layout;
  padded.height = walk.height.size;
  padded.width = walk.width.size;
  padded.top = rows.before;
  padded.bottom = rows.after;
  padded.left = columns.before;
  padded.right = columns.after;
  constexpr std::int64_t kMostGrowth = 4;  // beyond that the zeros cost more than they save
  return padded.padded_area() <= kMostGrowth * area ? padded : layout;
}

RowGather::RowGather(const operations::Source& source, std::int64_t k, const DecodedLayout& layout)
    : walk_(laid_out(source.walk, layout)),
      first_(layout.in_order() ? source.at.element : layout.padded(source.at.element) * layout.samples),
      k_(k),
      outer_(k / (walk_.k1.size * walk_.k2.size)),
      pixel_(layout.samples),
      undivided_(walk_.height.divisor == 1 && walk_.width.divisor == 1) {
  const std::array axes{std::pair(walk_.k0, outer_), std::pair(walk_.k1, walk_.k1.size), std::pair(walk_.k2, walk_.k2.size)};
  for (const auto& [axis, count] : axes) {
    for (const auto& [reach, step] : {std::pair(&h_, axis.h), std::pair(&w_, axis.w)}) {
      reach->least += std::min((count - 1) * step, std::int64_t{0});
      reach->most += std::max((count - 1) * step, std::int64_t{0});
    }
    const std::int64_t step = axis.plane + (axis.h * walk_.width.size + axis.w) * pixel_;
    if (count == 1) continue;
    if (loops_[2].count > 1 && loops_[2].step != count * step) {  // not a continuation of the loop outside it
      loops_[0] = loops_[1];
      loops_[1] = loops_[2];
      loops_[2] = {};
    }
    loops_[2] = {loops_[2].count * count, step};
  }
  const bool moves_in_image = h_.least != h_.most || w_.least != w_.most;
  // Where a row begins, rows and columns depend on x1 and x2 alone; all begin in the image, or k never leaves its pixel.
  const auto begins_inside = [this](const Extent& side, std::int64_t Axis::*step, const Reach& reach) {
    std::int64_t least = side.offset + reach.least, most = side.offset + reach.most;
    for (const Axis& axis : {walk_.x1, walk_.x2}) {
      least += std::min((axis.size - 1) * (axis.*step), std::int64_t{0});
      most += std::max((axis.size - 1) * (axis.*step), std::int64_t{0});
    }
    return walk_.x0.*step == 0 && least >= 0 && most < side.size;
  };
  lines_ =
      loops_[1].count == 1 &&
      (!moves_in_image || (undivided_ && begins_inside(walk_.height, &Axis::h, h_) && begins_inside(walk_.width, &Axis::w, w_)));
  if (!undivided_ || loops_[1].count == 1 || loops_[2].count >= kShort) return;
  std::int64_t farthest = 0;
  for (const Loop& loop : loops_) farthest += (loop.count - 1) * std::abs(loop.step);
  if (farthest > std::numeric_limits<std::int32_t>::max()) return;
  offsets_.reserve(static_cast<std::size_t>(k));
  for (std::int64_t i = 0; i < loops_[0].count; ++i)
    for (std::int64_t j = 0; j < loops_[1].count; ++j)
      for (std::int64_t l = 0; l < loops_[2].count; ++l)
        offsets_.push_back(static_cast<std::int32_t>(i * loops_[0].step + j * loops_[1].step + l * loops_[2].step));
}

RowGather::Position RowGather::start(std::int64_t row) const {
  const std::int64_t pixels = walk_.x1.size * walk_.x2.size;
  return Position{first_, walk_.height.offset, walk_.width.offset}
      .after(walk_.x0, row / pixels)
      .after(walk_.x1, row % pixels / walk_.x2.size)
      .after(walk_.x2, row % walk_.x2.size);
}

std::int64_t RowGather::element(const Position& at) const {
  if (undivided_) return at.plane + (at.h * walk_.width.size + at.w) * pixel_;
  return at.plane + (at.h / walk_.height.divisor * walk_.width.size + at.w / walk_.width.divisor) * pixel_;
}

bool RowGather::inside(const Position& at) const {
  return undivided_ && at.h + h_.least >= 0 && at.h + h_.most < walk_.height.size && at.w + w_.least >= 0 &&
         at.w + w_.most < walk_.width.size;
}

RowGather::Line RowGather::line(std::int64_t row) const {
  const Position at = start(row);
  const auto meets = [](const Extent& side, std::int64_t t) { return steps_on(side, t, 0, 1).end == 1; };
  return {.inside = meets(walk_.height, at.h) && meets(walk_.width, at.w), .first = element(at), .step = loops_[2].step};
}

template <class From, class To>
void RowGather::row(const From* tensor, From fill, std::int64_t row, To* to, bool slack) const {
  const Position at = start(row);
  if (inside(at)) return inside_row(tensor + element(at), to, slack);
  // Planes that hold the same window, if it is small and k0 does nothing else.
  const bool alike = walk_.k0.h == 0 && walk_.k0.w == 0;
  if (alike && walk_.k2.size < kShort && walk_.k1.size * walk_.k2.size <= kSmallWindow)
    small_windows(tensor, static_cast<To>(fill), at, to);
  else
    long_lines(tensor, static_cast<To>(fill), at, to);
}

template <class From, class To>
void RowGather::inside_row(const From* from, To* to, bool slack) const {
  if (!offsets_.empty()) {
    if constexpr (std::is_same_v<From, To>) {
      const std::int64_t length = loops_[2].count;
      if (slack && loops_[2].step == 1 && length <= kSlack) {
        return length <= kSlack / 2 ? copy_short_lines<kSlack / 2>(from, offsets_.data(), length, k_, to)
                                    : copy_short_lines<kSlack>(from, offsets_.data(), length, k_, to);
      }
    }
    for (std::int64_t j = 0; j < k_; ++j) to[j] = static_cast<To>(from[offsets_[static_cast<std::size_t>(j)]]);
    return;
  }
  for (std::int64_t i = 0; i < loops_[0].count; ++i)
    for (std::int64_t j = 0; j < loops_[1].count; ++j, to += loops_[2].count)
      copy_line(from + i * loops_[0].step + j * loops_[1].step, loops_[2].step, loops_[2].count, to);
}

// The window's elements that lie in the image, found once.
template <class From, class To>
void RowGather::small_windows(const From* tensor, To nothing, const Position& at, To* to) const {
  struct {
    std::int64_t place, element;
  } held[kSmallWindow];
  std::int64_t count = 0;
  const bool same_columns = walk_.k1.w == 0;
  Steps columns = steps_on(walk_.width, at.w, walk_.k2.w, walk_.k2.size);
  for (std::int64_t k1 = 0; k1 < walk_.k1.size; ++k1) {
    const Position begin = at.after(walk_.k1, k1);
    if (!same_columns) columns = steps_on(walk_.width, begin.w, walk_.k2.w, walk_.k2.size);
    const Steps steps = common(steps_on(walk_.height, begin.h, walk_.k2.h, walk_.k2.size), columns);
    for (std::int64_t k2 = steps.begin; k2 < steps.end; k2 += steps.every)
      held[count++] = {k1 * walk_.k2.size + k2, element(begin.after(walk_.k2, k2))};
  }
  const std::int64_t area = walk_.k1.size * walk_.k2.size;
  if (count < area) std::fill_n(to, k_, nothing);
  for (std::int64_t k0 = 0; k0 < outer_; ++k0, to += area, tensor += walk_.k0.plane)
    for (std::int64_t i = 0; i < count; ++i) to[held[i].place] = static_cast<To>(tensor[held[i].element]);
}

template <class From, class To>
void RowGather::copy_along(const From* tensor, To nothing, const Position& begin, const Axis& along, std::int64_t size,
                           To* to) const {
  const Steps steps = common(steps_on(walk_.height, begin.h, along.h, size), steps_on(walk_.width, begin.w, along.w, size));
  if (steps.begin >= steps.end) {
    std::fill_n(to, size, nothing);
    return;
  }
  const std::int64_t count = divided_up(steps.end - steps.begin, steps.every);
  const std::int64_t first = element(begin.after(along, steps.begin));
  const std::int64_t step = count > 1 ? element(begin.after(along, steps.begin + steps.every)) - first : 1;
  if (steps.every == 1) {
    std::fill(to, to + steps.begin, nothing);
    copy_line(tensor + first, step, count, to + steps.begin);
    std::fill(to + steps.end, to + size, nothing);
  } else {
    std::fill_n(to, size, nothing);
    for (std::int64_t i = 0; i < count; ++i) to[steps.begin + i * steps.every] = static_cast<To>(tensor[first + i * step]);
  }
}

template <class From, class To>
void RowGather::long_lines(const From* tensor, To nothing, const Position& at, To* to) const {
  for (std::int64_t k0 = 0; k0 < outer_; ++k0)
    for (std::int64_t k1 = 0; k1 < walk_.k1.size; ++k1, to += walk_.k2.size)
      copy_along(tensor, nothing, at.after(walk_.k0, k0).after(walk_.k1, k1), walk_.k2, walk_.k2.size, to);
}

template <class T>
void RowGather::single(const T* tensor, T fill, std::int64_t first, std::int64_t count, T* to) const {
  for (std::int64_t done = 0; done < count;) {
    const std::int64_t row = first + done;
    const std::int64_t run = std::min(count - done, walk_.x2.size - row % walk_.x2.size);
    copy_along(tensor, fill, start(row), walk_.x2, run, to + done);
    done += run;
  }
}

template void RowGather::row(const std::uint8_t*, std::uint8_t, std::int64_t, std::uint8_t*, bool) const;
template void RowGather::row(const std::uint16_t*, std::uint16_t, std::int64_t, std::uint16_t*, bool) const;
template void RowGather::row(const std::uint32_t*, std::uint32_t, std::int64_t, std::uint32_t*, bool) const;
template void RowGather::row(const std::uint8_t*, std::uint8_t, std::int64_t, std::uint32_t*, bool) const;
template void RowGather::row(const std::uint16_t*, std::uint16_t, std::int64_t, std::uint32_t*, bool) const;
template void RowGather::row(const std::int16_t*, std::int16_t, std::int64_t, std::int16_t*, bool) const;
template void RowGather::row(const float*, float, std::int64_t, double*, bool) const;
template void RowGather::row(const float*, float, std::int64_t, float*, bool) const;
template void RowGather::row(const double*, double, std::int64_t, double*, bool) const;
template void RowGather::single(const std::uint8_t*, std::uint8_t, std::int64_t, std::int64_t, std::uint8_t*) const;
template void RowGather::single(const std::uint16_t*, std::uint16_t, std::int64_t, std::int64_t, std::uint16_t*) const;
template void RowGather::single(const std::uint32_t*, std::uint32_t, std::int64_t, std::int64_t, std::uint32_t*) const;

}  // namespace binade::programs
