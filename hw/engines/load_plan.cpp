// SPDX-License-Identifier: Apache-2.0
#include "hw/engines/load_plan.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "models/numerics/error.h"

namespace binade::hw {
LoadPlan::Axis LoadPlan::make_axis(std::int64_t first, std::int64_t count, std::int64_t size1, std::int64_t size2,
                                   std::int64_t h_step, std::int64_t h_start, std::int64_t w_step, std::int64_t w_start,
                                   std::int64_t block, std::int64_t outer, std::int64_t inner, bool grouped) {
  Axis axis;
  axis.w_step = w_step;
  axis.indices.resize(static_cast<std::size_t>(count));
  std::int64_t i2 = first % size2, i1 = first / size2 % size1, i0 = first / size2 / size1;
  std::int64_t in_block = 0, block_base = 0;
  bool same_group = false, same_line = false;
  for (std::size_t position = 0; position < axis.indices.size(); ++position) {
    const std::int64_t h = i1 * h_step + h_start, w = i2 * w_step + w_start;
    if (grouped && !same_group) axis.groups.push_back({i0, position, position, axis.lines.size(), 0});
    if (grouped && !same_line) axis.lines.push_back({h, w, position, position});
    axis.indices[position] = {h, w, block_base + in_block * inner};
    if (grouped) {
      axis.lines.back().end = axis.groups.back().end = position + 1;
      axis.groups.back().end_line = axis.lines.size();
    }
    same_group = same_line = true;
    if (++i2 == size2) {
      i2 = 0;
      same_line = false;
      if (++i1 == size1) {
        i1 = 0;
        ++i0;
        same_group = false;
      }
    }
    if (++in_block == block) {
      in_block = 0;
      block_base += outer;
    }
  }
  return axis;
}

std::pair<std::size_t, std::size_t> LoadPlan::inside(const Line& line, std::int64_t shift) const {
  // w + i * step in [0, width).
  const std::int64_t w = line.w + shift, step = x_.w_step, count = static_cast<std::int64_t>(line.end - line.begin);
  if (step == 0) return {line.begin, w >= 0 && w < load_.width ? line.end : line.begin};
  const std::int64_t low = w >= 0 ? 0 : (-w + step - 1) / step;
  const std::int64_t high = w >= load_.width ? 0 : (load_.width - w + step - 1) / step;
  const std::int64_t begin = std::min(low, count), end = std::max(std::min(high, count), begin);
  return {line.begin + static_cast<std::size_t>(begin), line.begin + static_cast<std::size_t>(end)};
}

LoadPlan::PixelRange LoadPlan::pixels(const Group& x, const Group& k) const {
  PixelRange range{std::numeric_limits<std::int64_t>::max(), -1};
  for (std::size_t ki = k.begin; ki < k.end; ++ki) {
    for (std::size_t line = x.first_line; line < x.end_line; ++line) {
      const std::int64_t h = x_.lines[line].h + k_.indices[ki].h, shift = k_.indices[ki].w;
      if (!in_height(h)) continue;
      const auto [begin, end] = inside(x_.lines[line], shift);
      if (begin == end) continue;
      range.first = std::min(range.first, h * load_.width + x_.indices[begin].w + shift);
      range.last = std::max(range.last, h * load_.width + x_.indices[end - 1].w + shift);
    }
  }
  return range;
}

bool LoadPlan::is_matrix() const {
  const auto sizes = {load_.x1_size, load_.x2_size, load_.k1_size, load_.k2_size, load_.height, load_.width};
  const auto is_one = [](std::int64_t size) { return size == 1; };
  return std::all_of(sizes.begin(), sizes.end(), is_one) && spec::unpack_geometry(load_.h_geometry).pad == 0 &&
         spec::unpack_geometry(load_.w_geometry).pad == 0 && (k_inside_ ? load_.k0_step : load_.x0_step) == 1;
}

// What add_plane() would make of each element of a row or column in turn.
bool LoadPlan::add_matrix() {
  const Axis &outer = k_inside_ ? x_ : k_, &inner = k_inside_ ? k_ : x_;
  const std::int64_t step = k_inside_ ? load_.x0_step : load_.k0_step;
  const std::int64_t outer_first = k_inside_ ? load_.x_first : load_.k_first,
                     inner_first = k_inside_ ? load_.k_first : load_.x_first;
  const PixelRange range{0, static_cast<std::int64_t>(inner.indices.size()) - 1};
  plane_base_.assign(outer.indices.size(), 0);
  for (std::size_t i = 0; i < outer.indices.size(); ++i)
    if (!add_plane(i, (outer_first + static_cast<std::int64_t>(i)) * step + inner_first, range)) return false;
  return true;
}

bool LoadPlan::add_plane(std::size_t plane, std::int64_t element_address, const PixelRange& range) {
  if (range.last < 0) return true;
  const std::int64_t address = load_.dram_base + (element_address + range.first) * load_.element_bytes;
  if (address < 0) return false;
  const auto begin = static_cast<std::uint64_t>(address);
  const auto bytes = static_cast<std::uint64_t>((range.last - range.first + 1) * load_.element_bytes);
  const std::optional<std::uint64_t> place = add(begin, bytes);
  if (!place) return false;
  plane_base_[plane] = static_cast<std::int64_t>(*place) / load_.element_bytes - range.first;
  return true;
}

std::optional<LoadPlan> LoadPlan::make(const spec::Load& load, std::uint64_t most_bytes) {
  LoadPlan plan(most_bytes);
  plan.load_ = load;
  plan.k_inside_ = std::abs(load.k0_step) <= std::abs(load.x0_step);
  plan.matrix_ = plan.is_matrix();
  const spec::Geometry h = spec::unpack_geometry(load.h_geometry), w = spec::unpack_geometry(load.w_geometry);
  plan.x_ = make_axis(load.x_first, load.x_count, load.x1_size, load.x2_size, h.stride, -h.pad, w.stride, -w.pad, load.x_block,
                      load.x_outer, load.x_inner, !plan.matrix_);
  plan.k_ = make_axis(load.k_first, load.k_count, load.k1_size, load.k2_size, h.dilation, 0, w.dilation, 0, load.k_block,
                      load.k_outer, load.k_inner, !plan.matrix_);
  if (!(plan.matrix_ ? plan.add_matrix() : plan.add_planes())) return std::nullopt;
  return plan;
}

bool LoadPlan::add_planes() {
  const auto& x_groups = x_.groups;
  const auto& k_groups = k_.groups;
  plane_base_.assign(x_groups.size() * k_groups.size(), 0);

  // The pixels of a plane depend on the x group and on which part of the window the k group covers: all inner groups alike.
  const auto whole_window = static_cast<std::size_t>(load_.k1_size * load_.k2_size);
  std::vector<std::optional<PixelRange>> whole(x_groups.size());
  const auto plane = [&](std::size_t xg, std::size_t kg) {
    const auto& x = x_groups[xg];
    const auto& k = k_groups[kg];
    PixelRange range;
    if (k.end - k.begin == whole_window) {
      if (!whole[xg]) whole[xg] = pixels(x, k);
      range = *whole[xg];
    } else {
      range = pixels(x, k);
    }
    return add_plane(xg * k_groups.size() + kg, x.outer * load_.x0_step + k.outer * load_.k0_step, range);
  };
  const std::size_t outer = k_inside_ ? x_groups.size() : k_groups.size(), inner = k_inside_ ? k_groups.size() : x_groups.size();
  for (std::size_t i = 0; i < outer; ++i) {
    for (std::size_t j = 0; j < inner; ++j) {
      if (!(k_inside_ ? plane(i, j) : plane(j, i))) return false;
    }
  }
  return true;
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

namespace {

template <class Element>
void copy(std::byte* to, const std::byte* from) {
  std::memcpy(to, from, sizeof(Element));
}

}  // namespace

template <class Element>
void LoadPlan::scatter_plane(const Group& x, const Index& at_k, const std::byte* plane, std::span<std::byte> scratchpad) const {
  const auto fill = static_cast<Element>(load_.fill);
  const Index* const indices = x_.indices.data();
  std::byte* const to = scratchpad.data() + at_k.destination * static_cast<std::int64_t>(sizeof(Element));
  const auto place = [&](std::size_t xi) { return to + indices[xi].destination * static_cast<std::int64_t>(sizeof(Element)); };
  const auto pad = [&](std::size_t begin, std::size_t end) {
    for (std::size_t xi = begin; xi < end; ++xi) std::memcpy(place(xi), &fill, sizeof(Element));
  };
  for (std::size_t at = x.first_line; at < x.end_line; ++at) {
    const Line& line = x_.lines[at];
    const std::int64_t h = line.h + at_k.h;
    if (!in_height(h)) {
      pad(line.begin, line.end);
      continue;
    }
    const auto [begin, end] = inside(line, at_k.w);
    pad(line.begin, begin);
    if (begin != end) {
      const std::byte* from = plane + (h * load_.width + indices[begin].w + at_k.w) * static_cast<std::int64_t>(sizeof(Element));
      const std::int64_t step = x_.w_step * static_cast<std::int64_t>(sizeof(Element));
      for (std::size_t xi = begin; xi < end; ++xi, from += step) copy<Element>(place(xi), from);
    }
    pad(end, line.end);
  }
}

template <class Element>
void LoadPlan::scatter_matrix(std::span<const std::byte> buffer, std::span<std::byte> scratchpad) const {
  constexpr auto kBytes = static_cast<std::int64_t>(sizeof(Element));
  const Axis &outer = k_inside_ ? x_ : k_, &inner = k_inside_ ? k_ : x_;
  for (std::size_t i = 0; i < outer.indices.size(); ++i) {
    const std::byte* from = buffer.data() + plane_base_[i] * kBytes;
    std::byte* const to = scratchpad.data() + outer.indices[i].destination * kBytes;
    for (const Index& index : inner.indices) {
      copy<Element>(to + index.destination * kBytes, from);
      from += kBytes;
    }
  }
}

template <class Element>
void LoadPlan::scatter_as(std::span<const std::byte> buffer, std::span<std::byte> scratchpad) const {
  if (matrix_) return scatter_matrix<Element>(buffer, scratchpad);
  for (std::size_t xg = 0; xg < x_.groups.size(); ++xg) {
    for (std::size_t kg = 0; kg < k_.groups.size(); ++kg) {
      const std::int64_t base = plane_base_[xg * k_.groups.size() + kg];
      const std::byte* const plane = buffer.data() + base * static_cast<std::int64_t>(sizeof(Element));
      for (std::size_t ki = k_.groups[kg].begin; ki < k_.groups[kg].end; ++ki)
        scatter_plane<Element>(x_.groups[xg], k_.indices[ki], plane, scratchpad);
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
