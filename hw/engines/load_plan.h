// SPDX-License-Identifier: Apache-2.0
// The load engine's address generator (isa.def, Load): which DRAM ranges a tile needs and where each element goes.
//
// A plane is the set of elements with one (x0, k0). Its span runs from the first to the last pixel the tile needs, so that
// overlapping windows are fetched once; spans that continue each other in DRAM are one. A matrix is the case of planes of
// one pixel: its spans are rows or columns, whichever is contiguous.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "hw/engines/tile_plan.h"
#include "models/spec/isa.h"

namespace binade::hw {

class LoadPlan final : public TilePlan {
 public:
  /// Precondition: a record that decode accepts. Absent where an address lies below zero, or the spans hold more than
  /// `most_bytes`: a tile fetches no more than there is.
  static std::optional<LoadPlan> make(const spec::Load& load, std::uint64_t most_bytes = std::numeric_limits<std::uint64_t>::max());

  std::uint64_t tile_bytes() const override;
  std::int64_t extent_bytes() const override;
  void scatter(std::span<const std::byte> buffer, std::span<std::byte> scratchpad) const override;

 private:
  explicit LoadPlan(std::uint64_t most_bytes) : TilePlan(most_bytes) {}
  /// One index of x or k: its share of (h, w) and of the scratchpad offset.
  struct Index {
    std::int64_t h, w, destination;
  };
  /// Consecutive indices with the same h in one group; w goes up by the axis's step.
  struct Line {
    std::int64_t h, w;  // of the first one
    std::size_t begin, end;
  };
  /// Consecutive indices with the same x0 or k0.
  struct Group {
    std::int64_t outer;  // x0 or k0
    std::size_t begin, end;
    std::size_t first_line, end_line;
  };
  struct Axis {
    std::int64_t w_step = 0;
    std::vector<Index> indices;
    std::vector<Line> lines;  // lines and groups: not of a matrix
    std::vector<Group> groups;
  };
  struct PixelRange {
    std::int64_t first = 0, last = -1;  // empty: nothing but padding
  };

  static Axis make_axis(std::int64_t first, std::int64_t count, std::int64_t size1, std::int64_t size2, std::int64_t h_step,
                        std::int64_t h_start, std::int64_t w_step, std::int64_t w_start, std::int64_t block, std::int64_t outer,
                        std::int64_t inner, bool grouped);
  bool in_height(std::int64_t h) const { return h >= 0 && h < load_.height; }
  /// Positions [begin, end) of a line of x whose w, shifted, lies in the image.
  std::pair<std::size_t, std::size_t> inside(const Line& line, std::int64_t shift) const;
  PixelRange pixels(const Group& x, const Group& k) const;
  bool add_planes();
  bool add_plane(std::size_t plane, std::int64_t element_address, const PixelRange& range);
  bool is_matrix() const;
  bool add_matrix();
  template <class Element>
  void scatter_as(std::span<const std::byte> buffer, std::span<std::byte> scratchpad) const;
  template <class Element>
  void scatter_matrix(std::span<const std::byte> buffer, std::span<std::byte> scratchpad) const;
  template <class Element>
  void scatter_plane(const Group& x, const Index& at_k, const std::byte* plane, std::span<std::byte> scratchpad) const;

  spec::Load load_;
  Axis x_, k_;
  bool matrix_ = false;    // planes of one pixel, contiguous along one index
  bool k_inside_ = false;  // the spans' inner index is k
  // [x group * k groups + k group]: row buffer element of pixel 0. A matrix: [outer index], of the inner index's first element.
  std::vector<std::int64_t> plane_base_;
};

}  // namespace binade::hw
