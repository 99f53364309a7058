// SPDX-License-Identifier: Apache-2.0
#include "models/programs/gather.h"

#include <algorithm>
#include <limits>

namespace binade::programs {

RowGather::RowGather(const operations::Source& source, std::int64_t k)
    : walk_(source.walk),
      vertical_(spec::unpack_geometry(walk_.h_geometry)),
      horizontal_(spec::unpack_geometry(walk_.w_geometry)),
      first_(source.at.element),
      k_(k),
      area_(walk_.k1_size * walk_.k2_size),
      reach_h_((walk_.k1_size - 1) * vertical_.dilation + 1),
      reach_w_((walk_.k2_size - 1) * horizontal_.dilation + 1) {
  if (!overlaps()) return;
  const std::int64_t farthest = (k / area_) * walk_.k0_step + reach_h_ * walk_.width + reach_w_;
  if (farthest > std::numeric_limits<std::int32_t>::max()) return;
  offsets_.reserve(static_cast<std::size_t>(k));
  for (std::int64_t j = 0; j < k; ++j) {
    const std::int64_t k0 = j / area_, k1 = j % area_ / walk_.k2_size, k2 = j % walk_.k2_size;
    offsets_.push_back(
        static_cast<std::int32_t>(k0 * walk_.k0_step + k1 * vertical_.dilation * walk_.width + k2 * horizontal_.dilation));
  }
}

RowGather::Corner RowGather::corner(std::int64_t row) const {
  const std::int64_t pixels = walk_.x1_size * walk_.x2_size, x1 = row % pixels / walk_.x2_size, x2 = row % walk_.x2_size;
  return {.plane = first_ + row / pixels * walk_.x0_step,
          .top = x1 * vertical_.stride - vertical_.pad,
          .left = x2 * horizontal_.stride - horizontal_.pad};
}

RowGather::Line RowGather::line(std::int64_t row) const {
  const Corner at = corner(row);
  return {.inside = inside(at), .first = at.plane + at.top * walk_.width + at.left, .step = walk_.k0_step};
}

template <class From, class To>
void RowGather::row(const From* tensor, From fill, std::int64_t row, To* to) const {
  const Corner at = corner(row);
  if (!inside(at)) return row_at_the_edge(tensor, fill, at, to);
  const From* const from = tensor + at.plane + at.top * walk_.width + at.left;
  if (!overlaps()) {
    for (std::int64_t j = 0; j < k_; ++j) to[j] = static_cast<To>(from[j * walk_.k0_step]);
  } else if (!offsets_.empty()) {
    for (std::int64_t j = 0; j < k_; ++j) to[j] = static_cast<To>(from[offsets_[static_cast<std::size_t>(j)]]);
  } else {
    row_at_the_edge(tensor, fill, at, to);
  }
}

template <class From, class To>
void RowGather::row_at_the_edge(const From* tensor, From fill, const Corner& at, To* to) const {
  const To nothing = static_cast<To>(fill);
  // Columns of the window that lie in the image: the same for every row of it.
  const auto bound = [&](std::int64_t edge) {
    return std::clamp((edge - at.left + horizontal_.dilation - 1) / horizontal_.dilation, std::int64_t{0}, walk_.k2_size);
  };
  const std::int64_t begin = at.left >= 0 ? 0 : bound(0),
                     end = std::max(begin, at.left >= walk_.width ? begin : bound(walk_.width));
  const From* plane = tensor + at.plane;
  for (std::int64_t k0 = 0; k0 < std::max(k_ / area_, std::int64_t{1}); ++k0, plane += walk_.k0_step)
    for (std::int64_t k1 = 0; k1 < walk_.k1_size; ++k1, to += walk_.k2_size) {
      const std::int64_t h = at.top + k1 * vertical_.dilation;
      if (h < 0 || h >= walk_.height) {
        std::fill_n(to, walk_.k2_size, nothing);
        continue;
      }
      const From* const line = plane + h * walk_.width + at.left;
      std::fill(to, to + begin, nothing);
      for (std::int64_t k2 = begin; k2 < end; ++k2) to[k2] = static_cast<To>(line[k2 * horizontal_.dilation]);
      std::fill(to + end, to + walk_.k2_size, nothing);
    }
}

template void RowGather::row(const std::uint8_t*, std::uint8_t, std::int64_t, std::uint8_t*) const;
template void RowGather::row(const std::uint16_t*, std::uint16_t, std::int64_t, std::uint16_t*) const;
template void RowGather::row(const std::uint32_t*, std::uint32_t, std::int64_t, std::uint32_t*) const;
template void RowGather::row(const std::uint8_t*, std::uint8_t, std::int64_t, std::uint32_t*) const;
template void RowGather::row(const std::uint16_t*, std::uint16_t, std::int64_t, std::uint32_t*) const;
template void RowGather::row(const std::int16_t*, std::int16_t, std::int64_t, std::int16_t*) const;
template void RowGather::row(const float*, float, std::int64_t, double*) const;
template void RowGather::row(const double*, double, std::int64_t, double*) const;

}  // namespace binade::programs
