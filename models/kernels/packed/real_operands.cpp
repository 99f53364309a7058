// SPDX-License-Identifier: Apache-2.0
#include "models/kernels/packed/real_operands.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "models/kernels/simd/lanes.h"

namespace binade::kernels {
namespace {

constexpr std::int64_t kSegment = 32;
/// A tile is sparse where of its rows at most one value in so many is not zero: such a step loads columns for each row.
constexpr std::int64_t kSparse = 5;
/// Of shorter rows it is not worth while to ask.
constexpr std::int64_t kLeastSparse = 64;

}  // namespace

template <class T>
void RealTiles<T>::begin(int lanes, std::int64_t rows, std::int64_t k) {
  rows_.begin(lanes, rows, k);
  int16_.begin(rows, Int16Layout(k, kSegment), false);
  row_lists_.assign(static_cast<std::size_t>(rows), {});
  listed_end_ = 0;
}

template <class T>
void RealTiles<T>::finish_row(std::int64_t row) {
  if constexpr (sizeof(T) == sizeof(float)) {
    const std::int64_t k = rows_.k();
    if (k >= kLeastSparse) {
      const auto room = static_cast<std::size_t>(listed_end_ + k + simd::kListRoom);
      if (listed_.size() < room) {
        listed_.resize(2 * room);
        places_.resize(2 * room);
      }
      T* const list = listed_.data() + listed_end_;
      const std::int64_t count = simd::list_nonzero(rows_.row(row), k, list, places_.data() + listed_end_).count;
      if (count * kSparse <= k) {
        rows_.finish_row(row, list, count);
        row_lists_[static_cast<std::size_t>(row)] = {listed_end_, count};
        listed_end_ += count + simd::kListRoom;
        return;
      }
    }
  }
  rows_.finish_row(row);
}

template <class T>
void RealTiles<T>::order(const std::vector<bool>& left_out) {
  rows_.order(left_out);
  const int lanes = rows_.lanes();
  BINADE_BOUND(lanes <= simd::kMostTileRows);
  forms_.resize(std::max(forms_.size(), static_cast<std::size_t>(rows_.groups())));
  for (std::int64_t i = 0; i < rows_.groups(); ++i) {
    Forms& forms = forms_[static_cast<std::size_t>(i)];
    forms.has_int16 = forms.has_norms = forms.has_fp64 = forms.has_lists = forms.has_slices = false;
    forms.sparse = true;
    for (int lane = 0; lane < lanes; ++lane) {
      const std::int64_t row = rows_.row_at(i * lanes + lane);
      forms.sparse = forms.sparse && (row < 0 || row_lists_[static_cast<std::size_t>(row)].count >= 0);
    }
  }
}

template <class T>
const std::int16_t* const* RealTiles<T>::int16(std::int64_t tile) {
  Forms& forms = forms_[static_cast<std::size_t>(tile)];
  if (!forms.has_int16) {
    for (int lane = 0; lane < rows_.lanes(); ++lane) {
      const std::int64_t row = rows_.row_at(tile * rows_.lanes() + lane);
      if (row >= 0) {
        rows_.scale(row, int16_.row(row));
        int16_.finish_row(row);
      }
      forms.int16[lane] = int16_.values(row);
    }
    forms.has_int16 = true;
  }
  return forms.int16;
}

template <class T>
const StretchNorms& RealTiles<T>::int16_norms(std::int64_t tile) {
  const std::int16_t* const* const rows = int16(tile);
  Forms& forms = forms_[static_cast<std::size_t>(tile)];
  if (!forms.has_norms) {
    forms.norms = {};
    for (int lane = 0; lane < rows_.lanes(); ++lane) forms.norms.include(StretchNorms(rows[lane], int16_.layout()));
    forms.has_norms = true;
  }
  return forms.norms;
}

template <class T>
const typename RealTiles<T>::Lists& RealTiles<T>::lists(std::int64_t tile) {
  Forms& forms = forms_[static_cast<std::size_t>(tile)];
  Lists& lists = forms.lists;
  if (forms.has_lists) return lists;
  const std::int64_t lanes = rows_.lanes();
  const auto list_of = [&](std::int64_t lane) {
    const std::int64_t row = rows_.row_at(tile * lanes + lane);
    // A row with a NaN is zeros.
    return row < 0 || rows_.is_nan(row) ? List{0, 0} : row_lists_[static_cast<std::size_t>(row)];
  };
  lists.steps = 0;
  for (std::int64_t lane = 0; lane < lanes; ++lane) lists.steps = std::max(lists.steps, list_of(lane).count);
  lists.elements.resize(static_cast<std::size_t>(lists.steps * lanes));
  lists.places.resize(lists.elements.size());
  for (std::int64_t lane = 0; lane < lanes; ++lane) {
    const List list = list_of(lane);
    for (std::int64_t i = 0; i < lists.steps; ++i) {
      const auto to = static_cast<std::size_t>(i * lanes + lane), from = static_cast<std::size_t>(list.first + i);
      lists.elements[to] = i < list.count ? static_cast<double>(listed_[from]) : 0.0;
      lists.places[to] = i < list.count ? places_[from] : 0;
    }
  }
  forms.has_lists = true;
  return lists;
}

template <class T>
const double* const* RealTiles<T>::fp64(std::int64_t tile) {
  Forms& forms = forms_[static_cast<std::size_t>(tile)];
  if (forms.has_fp64) return forms.fp64;
  const std::int64_t lanes = rows_.lanes(), k = rows_.k();
  if constexpr (sizeof(T) != sizeof(double)) forms.widened.resize(static_cast<std::size_t>(lanes * k));
  for (std::int64_t lane = 0; lane < lanes; ++lane) {
    const T* const row = rows_.values(rows_.row_at(tile * lanes + lane));
    if constexpr (sizeof(T) == sizeof(double)) {
      forms.fp64[lane] = row;
    } else {
      double* const to = forms.widened.data() + lane * k;
      std::copy_n(row, k, to);
      forms.fp64[lane] = to;
    }
  }
  forms.has_fp64 = true;
  return forms.fp64;
}

template <class T>
const std::vector<Int16Tile>& RealTiles<T>::slices(std::int64_t tile) {
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

template <class T>
void RealPanels<T>::begin(int lanes, int group, std::int64_t columns, std::int64_t k) {
  group_ = group;
  columns_.begin(lanes, columns, k);
}

template <class T>
void RealPanels<T>::make_panels() {
  std::vector<Panel> panels(static_cast<std::size_t>(columns_.groups()));
  for (std::size_t i = 0; i < std::min(panels.size(), panels_.size()); ++i) {
    panels[i].int16 = std::move(panels_[i].int16);
    panels[i].fp64 = std::move(panels_[i].fp64);
    panels[i].slices = std::move(panels_[i].slices);
  }
  panels_ = std::move(panels);
}

template <class T>
Int16Layout RealPanels<T>::int16_layout() const {
  return {columns_.k(), kSegment};
}

template <class T>
typename RealPanels<T>::Packed RealPanels<T>::int16(std::int64_t panel) {
  Panel& state = panels_[static_cast<std::size_t>(panel)];
  state.packed_int16([&] {
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

template <class T>
const T* RealPanels<T>::fp64(std::int64_t panel) {
  Panel& state = panels_[static_cast<std::size_t>(panel)];
  state.packed_fp64([&] {
    const int lanes = columns_.lanes();
    const std::int64_t k = columns_.k();
    state.fp64.resize(static_cast<std::size_t>(k * lanes));
    const T* from[simd::kMostTileCols];
    for (int lane = 0; lane < lanes; ++lane) from[lane] = columns_.values(columns_.row_at(panel * lanes + lane));
    for (int first = 0; first < lanes; first += group_) simd::lay_lanes(from + first, group_, k, state.fp64.data() + first * k);
  });
  return state.fp64.data();
}

template <class T>
const std::vector<Int16Panels>& RealPanels<T>::slices(std::int64_t panel) {
  Panel& state = panels_[static_cast<std::size_t>(panel)];
  state.cut([&] {
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

template class RealTiles<float>;
template class RealTiles<double>;
template class RealPanels<float>;
template class RealPanels<double>;

}  // namespace binade::kernels
