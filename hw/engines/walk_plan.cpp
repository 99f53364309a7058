// SPDX-License-Identifier: Apache-2.0
#include "hw/engines/walk_plan.h"

#include <algorithm>
#include <cstring>

#include "models/numerics/error.h"

namespace binade::hw {
namespace {

/// Position t of an image's side, or -1 in the padding.
std::int64_t position(std::int64_t t, std::int64_t size, std::int64_t divisor) {
  if (t < 0) return -1;
  if (divisor != 1) {
    if (t % divisor != 0) return -1;
    t /= divisor;
  }
  return t < size ? t : -1;
}

/// The steps of indices 0, 1 and 2 of x or of k.
struct Steps {
  std::int64_t plane[3], h[3], w[3];
};

}  // namespace

WalkPlan::Axis WalkPlan::make_axis(const std::vector<Index>& indices) {
  Axis axis{indices, {}};
  std::stable_sort(axis.indices.begin(), axis.indices.end(), [](const Index& a, const Index& b) { return a.plane < b.plane; });
  for (std::size_t i = 0; i < axis.indices.size(); ++i) {
    if (i == 0 || axis.indices[i].plane != axis.indices[i - 1].plane) axis.groups.push_back({axis.indices[i].plane, i, i});
    axis.groups.back().end = i + 1;
  }
  return axis;
}

std::int64_t WalkPlan::pixel(const Index& x, const Index& k) const {
  const std::int64_t h = position(x.h + k.h, load_.height, load_.h_divisor);
  const std::int64_t w = position(x.w + k.w, load_.width, load_.w_divisor);
  return h < 0 || w < 0 ? -1 : h * load_.width + w;
}

bool WalkPlan::add_plane(const Group& x, const Group& k, std::int64_t& base) {
  std::int64_t first = std::numeric_limits<std::int64_t>::max(), last = -1;
  for (std::size_t i = x.begin; i < x.end; ++i)
    for (std::size_t j = k.begin; j < k.end; ++j) {
      const std::int64_t at = pixel(x_.indices[i], k_.indices[j]);
      if (at < 0) continue;
      first = std::min(first, at);
      last = std::max(last, at);
    }
  if (last < 0) return true;
  const std::int64_t address = load_.dram_base + (x.plane + k.plane + first) * load_.element_bytes;
  if (address < 0) return false;
  const auto begin = static_cast<std::uint64_t>(address),
             bytes = static_cast<std::uint64_t>((last - first + 1) * load_.element_bytes);
  const std::optional<std::uint64_t> place = add(begin, bytes);
  if (!place) return false;
  base = static_cast<std::int64_t>(*place) / load_.element_bytes - first;
  return true;
}

std::optional<WalkPlan> WalkPlan::make(const spec::LoadWalk& d, std::uint64_t most_bytes) {
  const auto indices = [](std::int64_t first, std::int64_t count, std::int64_t size1, std::int64_t size2, const Steps& steps,
                          std::int64_t h, std::int64_t w, std::int64_t block, std::int64_t outer, std::int64_t inner) {
    std::vector<Index> list(static_cast<std::size_t>(count));
    for (std::int64_t i = 0; i < count; ++i) {
      const std::int64_t at[] = {(first + i) / size2 / size1, (first + i) / size2 % size1, (first + i) % size2};
      Index& index = list[static_cast<std::size_t>(i)];
      index = {0, h, w, i / block * outer + i % block * inner};
      for (int axis = 0; axis < 3; ++axis) {
        index.plane += at[axis] * steps.plane[axis];
        index.h += at[axis] * steps.h[axis];
        index.w += at[axis] * steps.w[axis];
      }
    }
    return list;
  };
  WalkPlan plan(most_bytes);
  plan.load_ = d;
  plan.x_ = make_axis(indices(d.x_first, d.x_count, d.x1_size, d.x2_size,
                              {{d.x0_plane, d.x1_plane, d.x2_plane}, {d.x0_h, d.x1_h, d.x2_h}, {d.x0_w, d.x1_w, d.x2_w}},
                              d.h_offset, d.w_offset, d.x_block, d.x_outer, d.x_inner));
  plan.k_ = make_axis(indices(d.k_first, d.k_count, d.k1_size, d.k2_size,
                              {{d.k0_plane, d.k1_plane, d.k2_plane}, {d.k0_h, d.k1_h, d.k2_h}, {d.k0_w, d.k1_w, d.k2_w}}, 0, 0,
                              d.k_block, d.k_outer, d.k_inner));
  // Planes in the order of their addresses where one side's differences are within a step of the other's.
  const auto &x = plan.x_.groups, &k = plan.k_.groups;
  plan.plane_base_.assign(x.size() * k.size(), 0);
  const auto spread = [](const std::vector<Group>& groups) { return groups.back().plane - groups.front().plane; };
  const bool k_inside = spread(k) <= spread(x);
  for (std::size_t i = 0; i < (k_inside ? x : k).size(); ++i)
    for (std::size_t j = 0; j < (k_inside ? k : x).size(); ++j) {
      const std::size_t xg = k_inside ? i : j, kg = k_inside ? j : i;
      if (!plan.add_plane(x[xg], k[kg], plan.plane_base_[xg * k.size() + kg])) return std::nullopt;
    }
  return plan;
}

std::uint64_t WalkPlan::tile_bytes() const {
  return static_cast<std::uint64_t>(load_.x_count * load_.k_count * load_.element_bytes);
}

std::int64_t WalkPlan::extent_bytes() const {
  const auto last = [](const Axis& axis) {
    return std::max_element(axis.indices.begin(), axis.indices.end(),
                            [](const Index& a, const Index& b) { return a.destination < b.destination; })
        ->destination;
  };
  return (last(x_) + last(k_) + 1) * load_.element_bytes;
}

template <class Element>
void WalkPlan::scatter_as(std::span<const std::byte> buffer, std::span<std::byte> scratchpad) const {
  const auto fill = static_cast<Element>(load_.fill);
  std::size_t plane = 0;
  for (const Group& x : x_.groups)
    for (const Group& k : k_.groups) {
      const std::int64_t base = plane_base_[plane++];
      for (std::size_t i = x.begin; i < x.end; ++i)
        for (std::size_t j = k.begin; j < k.end; ++j) {
          const std::int64_t at = pixel(x_.indices[i], k_.indices[j]);
          const auto to = static_cast<std::size_t>(x_.indices[i].destination + k_.indices[j].destination) * sizeof(Element);
          const std::byte* const from = at < 0 ? reinterpret_cast<const std::byte*>(&fill)
                                               : buffer.data() + static_cast<std::size_t>(base + at) * sizeof(Element);
          std::memcpy(scratchpad.data() + to, from, sizeof(Element));
        }
    }
}

void WalkPlan::scatter(std::span<const std::byte> buffer, std::span<std::byte> scratchpad) const {
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
      throw InvariantError("walk plan: element size escaped decoding");
  }
}

}  // namespace binade::hw
