// SPDX-License-Identifier: Apache-2.0
#include "models/kernels/packed/real_operands.h"

#include <algorithm>
#include <numeric>

#include "models/kernels/simd/lanes.h"

namespace binade::kernels {
namespace {

constexpr std::int64_t kSegment = 32;

}  // namespace

void RealTiles::begin(int lanes, std::int64_t rows, std::int64_t k) {
  rows_.begin(lanes, rows, k);
  int16_.begin(rows, Int16Layout(k, kSegment), true);
}

void RealTiles::finish_row(std::int64_t row) {
  rows_.finish_row(row);
  if (rows_.row_span(row) > RealRows::kNarrowBits) return;
  rows_.scale(row, int16_.row(row));
  int16_.finish_row(row);
}

void RealTiles::order(const std::vector<bool>& left_out) {
  rows_.order(left_out);
  const int lanes = rows_.lanes();
  BINADE_BOUND(lanes <= simd::kMostTileRows);
  forms_.resize(std::max(forms_.size(), static_cast<std::size_t>(rows_.groups())));
  for (std::int64_t i = 0; i < rows_.groups(); ++i) {
    Forms& forms = forms_[static_cast<std::size_t>(i)];
    forms.has_int16 = forms.has_slices = false;
    for (int lane = 0; lane < lanes; ++lane) forms.fp64[lane] = rows_.values(rows_.row_at(i * lanes + lane));
  }
}

const Int16Tile& RealTiles::int16(std::int64_t tile) {
  Forms& forms = forms_[static_cast<std::size_t>(tile)];
  if (!forms.has_int16) {
    forms.int16.norms = {};
    for (int lane = 0; lane < rows_.lanes(); ++lane) {
      const std::int64_t row = rows_.row_at(tile * rows_.lanes() + lane);
      forms.int16.rows[lane] = int16_.values(row);
      if (row >= 0) forms.int16.norms.include(int16_.norms(row));
    }
    forms.has_int16 = true;
  }
  return forms.int16;
}

const double* const* RealTiles::fp64(std::int64_t tile) { return forms_[static_cast<std::size_t>(tile)].fp64; }

const std::vector<Int16Tile>& RealTiles::slices(std::int64_t tile) {
  Forms& forms = forms_[static_cast<std::size_t>(tile)];
  if (!forms.has_slices) {
    const auto count = static_cast<std::size_t>(rows_.slice_count(tile));
    if (forms.digits.size() < count) forms.digits.resize(count);
    rows_.cut(tile, std::span(forms.digits).first(count));
    forms.slices.clear();
    for (std::size_t digit = 0; digit < count; ++digit) forms.slices.push_back(forms.digits[digit].tile(0, rows_.lanes()));
    forms.has_slices = true;
  }
  return forms.slices;
}

void RealPanels::begin(int lanes, int group, std::int64_t columns, std::int64_t k) {
  group_ = group;
  columns_.begin(lanes, columns, k);
  panels_.clear();
}

void RealPanels::make_panels() { panels_ = std::vector<Panel>(static_cast<std::size_t>(columns_.groups())); }

Int16Layout RealPanels::int16_layout() const { return {columns_.k(), kSegment}; }

RealPanels::Packed RealPanels::int16(std::int64_t panel) {
  Panel& state = panels_[static_cast<std::size_t>(panel)];
  std::call_once(state.packed_int16, [&] {
    const int lanes = columns_.lanes();
    const Int16Layout layout = int16_layout();
    Int16Rows rows;
    rows.begin(lanes, layout, true);
    std::int64_t from[simd::kMostTileCols];
    for (int lane = 0; lane < lanes; ++lane) {
      const std::int64_t column = columns_.row_at(panel * lanes + lane);
      from[lane] = column < 0 ? -1 : lane;
      if (column < 0) continue;
      columns_.scale(column, rows.row(lane));
      rows.finish_row(lane);
    }
    state.int16.begin(lanes, lanes, layout);
    state.int16.pack(0, rows, from);
  });
  return {state.int16.panel(0), &state.int16.norms(0)};
}

const double* RealPanels::fp64(std::int64_t panel) {
  Panel& state = panels_[static_cast<std::size_t>(panel)];
  std::call_once(state.packed_fp64, [&] {
    const int lanes = columns_.lanes();
    const std::int64_t k = columns_.k();
    state.fp64.resize(static_cast<std::size_t>(k * lanes));
    const double* from[simd::kMostTileCols];
    for (int lane = 0; lane < lanes; ++lane) from[lane] = columns_.values(columns_.row_at(panel * lanes + lane));
    for (int first = 0; first < lanes; first += group_) simd::lay_lanes(from + first, group_, k, state.fp64.data() + first * k);
  });
  return state.fp64.data();
}

const std::vector<Int16Panels>& RealPanels::slices(std::int64_t panel) {
  Panel& state = panels_[static_cast<std::size_t>(panel)];
  std::call_once(state.cut, [&] {
    const int lanes = columns_.lanes();
    std::vector<Int16Rows> digits(static_cast<std::size_t>(columns_.slice_count(panel)));
    columns_.cut(panel, digits);
    std::int64_t from[simd::kMostTileCols];
    std::iota(from, from + lanes, 0);
    state.slices.resize(digits.size());
    for (std::size_t digit = 0; digit < digits.size(); ++digit) {
      state.slices[digit].begin(lanes, lanes, digits[digit].layout());
      state.slices[digit].pack(0, digits[digit], from);
    }
  });
  return state.slices;
}

}  // namespace binade::kernels
