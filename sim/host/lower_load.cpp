// SPDX-License-Identifier: Apache-2.0
#include "sim/host/lower_load.h"

#include <array>

#include "models/spec/ranges.h"

namespace binade::sim {
namespace {

bool is_geometry(std::int64_t value) { return value >= 0 && value <= spec::kLargestGeometry; }

/// Whether windows of an image, or a matrix: what a Load's geometry words say.
bool is_image_walk(const operations::Walk& walk) {
  const auto moves = [](const operations::Axis& axis, bool h, bool w) {
    return axis.size == 1 || (axis.plane == 0 && (h || axis.h == 0) && (w || axis.w == 0));
  };
  const auto planes = [](const operations::Axis& axis) { return axis.h == 0 && axis.w == 0; };
  const auto side = [](const operations::Extent& extent) { return extent.divisor == 1 && is_geometry(-extent.offset); };
  return planes(walk.x0) && planes(walk.k0) && moves(walk.x1, true, false) && moves(walk.k1, true, false) &&
         moves(walk.x2, false, true) && moves(walk.k2, false, true) && is_geometry(walk.x1.h) && is_geometry(walk.k1.h) &&
         is_geometry(walk.x2.w) && is_geometry(walk.k2.w) && side(walk.height) && side(walk.width);
}

/// What a Load and a LoadWalk have in common.
template <class Record>
Record block_record(const GemmSource& s, const SourceBlock& block, const BlockLayout& layout, const BlockPlace& place) {
  Record record;
  record.scratchpad = place.scratchpad;
  record.scratchpad_base = place.base;
  record.dram_base = s.base;
  record.element_bytes = block.element_bytes;
  record.fill = place.fill;
  record.x_first = block.x_first;
  record.x_count = block.x_count;
  record.k_first = block.k_first;
  record.k_count = block.k_count;
  record.x1_size = s.x1.size;
  record.x2_size = s.x2.size;
  record.k1_size = s.k1.size;
  record.k2_size = s.k2.size;
  record.height = s.height.size;
  record.width = s.width.size;
  record.x_block = layout.x_block;
  record.x_outer = layout.x_outer;
  record.x_inner = layout.x_inner;
  record.k_block = layout.k_block;
  record.k_outer = layout.k_outer;
  record.k_inner = layout.k_inner;
  return record;
}

void set_axis(const operations::Axis& axis, std::int64_t& plane, std::int64_t& h, std::int64_t& w) {
  plane = axis.plane;
  h = axis.h;
  w = axis.w;
}

}  // namespace

GemmSource matrix_source(std::int64_t base, std::int64_t row_step, std::int64_t column_step) {
  return {operations::matrix_walk(row_step, column_step), base};
}

Schedule::Id load_block(Schedule& schedule, const GemmSource& s, const SourceBlock& block, const BlockLayout& layout,
                        const BlockPlace& place, std::span<const Schedule::Id> after) {
  if (is_image_walk(s)) {
    const auto step = [](const operations::Axis& axis) { return axis.size == 1 ? 1 : axis.h + axis.w; };
    auto load = block_record<spec::Load>(s, block, layout, place);
    load.x0_step = s.x0.plane;
    load.k0_step = s.k0.plane;
    load.h_geometry = spec::pack_geometry(step(s.x1), step(s.k1), -s.height.offset);
    load.w_geometry = spec::pack_geometry(step(s.x2), step(s.k2), -s.width.offset);
    return schedule.load(load, after);
  }
  auto load = block_record<spec::LoadWalk>(s, block, layout, place);
  set_axis(s.x0, load.x0_plane, load.x0_h, load.x0_w);
  set_axis(s.x1, load.x1_plane, load.x1_h, load.x1_w);
  set_axis(s.x2, load.x2_plane, load.x2_h, load.x2_w);
  set_axis(s.k0, load.k0_plane, load.k0_h, load.k0_w);
  set_axis(s.k1, load.k1_plane, load.k1_h, load.k1_w);
  set_axis(s.k2, load.k2_plane, load.k2_h, load.k2_w);
  load.h_offset = s.height.offset;
  load.w_offset = s.width.offset;
  load.h_divisor = s.height.divisor;
  load.w_divisor = s.width.divisor;
  return schedule.load_walk(load, after);
}

Schedule::Id load_run(Schedule& schedule, const ElementRun& run, const BlockPlace& place, Schedule::Id after) {
  return load_block(schedule, matrix_source(run.address, 1, 1), {run.bytes, 0, 1, 0, run.count}, {1, 0, 0, run.count, 0, 1}, place,
                    std::array{after});
}

Schedule::Id store_run(Schedule& schedule, const ElementRun& run, std::int64_t base, Schedule::Id after) {
  return schedule.store({.scratchpad_base = base,
                         .dram_base = run.address,
                         .element_bytes = run.bytes,
                         .rows = 1,
                         .cols = run.count,
                         .row_first = 0,
                         .plane = 1,
                         .outer_step = 0,
                         .inner_step = 0,
                         .col_step = 1},
                        std::array{after});
}

}  // namespace binade::sim
