// SPDX-License-Identifier: Apache-2.0
#include "hw/engines/load_plan.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "models/numerics/error.h"

namespace binade::hw {
namespace {

struct Geometry {
  std::int64_t stride, dilation, pad;
};
Geometry unpack_geometry(std::int64_t word) { return {word & 0xffff, word >> 16 & 0xffff, word >> 32 & 0xffff}; }

}  // namespace

LoadPlan::Axis LoadPlan::make_axis(std::int64_t first, std::int64_t count, std::int64_t size1, std::int64_t size2,
                                   std::int64_t h_step, std::int64_t h_start, std::int64_t w_step, std::int64_t w_start,
                                   std::int64_t block, std::int64_t outer, std::int64_t inner) {
  Axis axis;
  axis.indices.reserve(static_cast<std::size_t>(count));
  std::int64_t i2 = first % size2, i1 = first / size2 % size1, i0 = first / size2 / size1;
  std::int64_t position = 0, in_block = 0, block_base = 0;
  for (; position < count; ++position) {
    if (axis.groups.empty() || axis.groups.back().outer != i0) {
      axis.groups.push_back({i0, i1 * size2 + i2, axis.indices.size(), axis.indices.size()});
    }
    axis.indices.push_back({i1 * h_step + h_start, i2 * w_step + w_start, block_base + in_block * inner});
    axis.groups.back().end = axis.indices.size();
    if (++i2 == size2) {
      i2 = 0;
      if (++i1 == size1) {
        i1 = 0;
        ++i0;
      }
    }
    if (++in_block == block) {
      in_block = 0;
      block_base += outer;
    }
  }
  return axis;
}

LoadPlan::PixelRange LoadPlan::pixels(const Group& x, const Group& k) const {
  PixelRange range{std::numeric_limits<std::int64_t>::max(), -1};
  for (std::size_t ki = k.begin; ki < k.end; ++ki) {
    for (std::size_t xi = x.begin; xi < x.end; ++xi) {
      const std::int64_t h = x_.indices[xi].h + k_.indices[ki].h, w = x_.indices[xi].w + k_.indices[ki].w;
      if (h < 0 || h >= load_.height || w < 0 || w >= load_.width) continue;
      const std::int64_t pixel = h * load_.width + w;
      range.first = std::min(range.first, pixel);
      range.last = std::max(range.last, pixel);
    }
  }
  return range;
}

bool LoadPlan::add_plane(std::size_t plane, std::int64_t element_address, const PixelRange& range) {
  if (range.last < 0) return true;
  const std::int64_t address = load_.dram_base + (element_address + range.first) * load_.element_bytes;
  if (address < 0) return false;
  const auto begin = static_cast<std::uint64_t>(address);
  const auto bytes = static_cast<std::uint64_t>((range.last - range.first + 1) * load_.element_bytes);
  if (spans_.empty() || begin < spans_.back().address || begin > spans_.back().address + spans_.back().bytes) {
    spans_.push_back({begin, 0, buffer_bytes_});
  }
  DramSpan& span = spans_.back();
  const std::uint64_t end = std::max(span.address + span.bytes, begin + bytes);
  span.bytes = end - span.address;
  buffer_bytes_ = span.buffer + span.bytes;
  plane_base_[plane] = static_cast<std::int64_t>(span.buffer + begin - span.address) / load_.element_bytes - range.first;
  return true;
}

std::optional<LoadPlan> LoadPlan::make(const spec::Load& load) {
  LoadPlan plan;
  plan.load_ = load;
  const Geometry h = unpack_geometry(load.h_geometry), w = unpack_geometry(load.w_geometry);
  plan.x_ = make_axis(load.x_first, load.x_count, load.x1_size, load.x2_size, h.stride, -h.pad, w.stride, -w.pad, load.x_block,
                      load.x_outer, load.x_inner);
  plan.k_ = make_axis(load.k_first, load.k_count, load.k1_size, load.k2_size, h.dilation, 0, w.dilation, 0, load.k_block,
                      load.k_outer, load.k_inner);
  const auto& x_groups = plan.x_.groups;
  const auto& k_groups = plan.k_.groups;
  plan.plane_base_.assign(x_groups.size() * k_groups.size(), 0);

  // The pixels of a plane depend on the x group and on which part of the window the k group covers: all inner groups alike.
  const auto whole_window = static_cast<std::size_t>(load.k1_size * load.k2_size);
  std::vector<std::optional<PixelRange>> whole(x_groups.size());
  const auto plane = [&](std::size_t xg, std::size_t kg) {
    const auto& x = x_groups[xg];
    const auto& k = k_groups[kg];
    PixelRange range;
    if (k.end - k.begin == whole_window) {
      if (!whole[xg]) whole[xg] = plan.pixels(x, k);
      range = *whole[xg];
    } else {
      range = plan.pixels(x, k);
    }
    return plan.add_plane(xg * k_groups.size() + kg, x.outer * load.x0_step + k.outer * load.k0_step, range);
  };
  const bool k_inside = std::abs(load.k0_step) <= std::abs(load.x0_step);
  const std::size_t outer = k_inside ? x_groups.size() : k_groups.size(), inner = k_inside ? k_groups.size() : x_groups.size();
  for (std::size_t i = 0; i < outer; ++i) {
    for (std::size_t j = 0; j < inner; ++j) {
      if (!(k_inside ? plane(i, j) : plane(j, i))) return std::nullopt;
    }
  }
  return plan;
}

std::uint64_t LoadPlan::tile_bytes() const {
  return static_cast<std::uint64_t>(load_.x_count * load_.k_count * load_.element_bytes);
}

std::int64_t LoadPlan::extent_bytes() const {
  const auto last = [](const Axis& axis) {
    return std::max_element(axis.indices.begin(), axis.indices.end(),
                            [](const Index& a, const Index& b) { return a.destination < b.destination; })
        ->destination;
  };
  return (last(x_) + last(k_) + 1) * load_.element_bytes;
}

template <class Element>
void LoadPlan::scatter_as(std::span<const std::byte> buffer, std::span<std::byte> scratchpad) const {
  const auto fill = static_cast<Element>(load_.fill);
  const auto height = static_cast<std::uint64_t>(load_.height), width = static_cast<std::uint64_t>(load_.width);
  for (std::size_t xg = 0; xg < x_.groups.size(); ++xg) {
    const Group& x = x_.groups[xg];
    for (std::size_t kg = 0; kg < k_.groups.size(); ++kg) {
      const Group& k = k_.groups[kg];
      const std::int64_t base = plane_base_[xg * k_.groups.size() + kg];
      for (std::size_t ki = k.begin; ki < k.end; ++ki) {
        const Index at_k = k_.indices[ki];
        for (std::size_t xi = x.begin; xi < x.end; ++xi) {
          const Index at_x = x_.indices[xi];
          const auto h = static_cast<std::uint64_t>(at_x.h + at_k.h), w = static_cast<std::uint64_t>(at_x.w + at_k.w);
          Element value = fill;
          if (h < height && w < width) {
            const auto source = static_cast<std::uint64_t>(base + static_cast<std::int64_t>(h * width + w));
            std::memcpy(&value, buffer.data() + source * sizeof(Element), sizeof(Element));
          }
          std::memcpy(scratchpad.data() + static_cast<std::uint64_t>(at_x.destination + at_k.destination) * sizeof(Element), &value,
                      sizeof(Element));
        }
      }
    }
  }
}

void LoadPlan::scatter(std::span<const std::byte> buffer, std::span<std::byte> scratchpad) const {
  switch (load_.element_bytes) {
    case 1:
      return scatter_as<std::uint8_t>(buffer, scratchpad);
    case 2:
      return scatter_as<std::uint16_t>(buffer, scratchpad);
    case 4:
      return scatter_as<std::uint32_t>(buffer, scratchpad);
    case 8:
      return scatter_as<std::uint64_t>(buffer, scratchpad);
    default:
      throw InvariantError("load plan: element size escaped decoding");
  }
}

}  // namespace binade::hw
