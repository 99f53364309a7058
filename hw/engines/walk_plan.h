// SPDX-License-Identifier: Apache-2.0
// The load engine's address generator for walks of any kind (isa.def, LoadWalk): which DRAM ranges a tile needs and where each
// element goes.
//
// A plane is the set of elements whose indices add up to the same plane offset. Its span runs from the first to the last pixel that
// the tile needs of it, as a Load's does (load_plan.h); spans of ascending planes that continue each other in DRAM are one. What is
// padding is not fetched.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "hw/engines/tile_plan.h"
#include "models/spec/isa.h"

namespace binade::hw {

class WalkPlan final : public TilePlan {
 public:
  /// Precondition: a record that decode accepts. Absent where an address lies below zero, or the spans hold more than `most_bytes`.
  static std::optional<WalkPlan> make(const spec::LoadWalk& load,
                                      std::uint64_t most_bytes = std::numeric_limits<std::uint64_t>::max());

  std::uint64_t tile_bytes() const override;
  std::int64_t extent_bytes() const override;
  void scatter(std::span<const std::byte> buffer, std::span<std::byte> scratchpad) const override;

 private:
  explicit WalkPlan(std::uint64_t most_bytes) : TilePlan(most_bytes) {}
  /// One index of x or k: its share of the position and of the scratchpad offset.
  struct Index {
    std::int64_t plane, h, w, destination;
  };
  /// Indices begin .. end-1, which have the same plane.
  struct Group {
    std::int64_t plane;
    std::size_t begin, end;
  };
  struct Axis {
    std::vector<Index> indices;  // by plane
    std::vector<Group> groups;   // planes ascend
  };

  static Axis make_axis(const std::vector<Index>& indices);
  /// The pixel of a pair of indices, or -1 in the padding.
  std::int64_t pixel(const Index& x, const Index& k) const;
  bool add_plane(const Group& x, const Group& k, std::int64_t& base);
  template <class Element>
  void scatter_as(std::span<const std::byte> buffer, std::span<std::byte> scratchpad) const;

  spec::LoadWalk load_;
  Axis x_, k_;
  std::vector<std::int64_t> plane_base_;  // [x group * k groups + k group]: row buffer element of pixel 0
};

}  // namespace binade::hw
