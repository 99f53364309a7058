// SPDX-License-Identifier: Apache-2.0
#include "models/kernels/int16_operand.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "models/kernels/simd_integer.h"

namespace binade::kernels {

void Int16Operand::begin(int lanes, std::int64_t rows, std::int64_t k, std::int64_t segment, bool norms) {
  lanes_ = lanes;
  rows_ = rows;
  k_ = k;
  segment_ = std::min(segment, k);
  segments_ = (k + segment_ - 1) / segment_;
  segment_pairs_ = (segment_ + 1) / 2;
  norms_ = norms;
  panels_.assign(static_cast<std::size_t>((rows + lanes - 1) / lanes), {});
  values_.resize(panels_.size() * static_cast<std::size_t>(panel_size()));
  if (rows % lanes != 0) std::fill(values_.end() - panel_size(), values_.end(), std::int16_t{0});
  row_.assign(static_cast<std::size_t>(std::max(k, 2 * pairs())), 0);
  squares_.resize(static_cast<std::size_t>(segments_));
}

void Int16Operand::finish_row(std::int64_t row) {
  Panel& panel = panels_[static_cast<std::size_t>(row / lanes_)];
  if (norms_) note_norms(panel);
  std::int16_t* to = values_.data() + row / lanes_ * panel_size() + 2 * (row % lanes_);
  const std::int64_t step = 2 * lanes_;
  for (std::int64_t first = 0; first < k_; first += segment_) {
    const std::int64_t count = std::min(segment_, k_ - first);
    const std::int16_t* const from = row_.data() + first;
    for (std::int64_t pair = 0; pair < segment_pairs_; ++pair, to += step) {
      std::int16_t values[2] = {0, 0};
      if (2 * pair + 1 < count) {
        std::memcpy(values, from + 2 * pair, sizeof values);
      } else if (2 * pair < count) {
        values[0] = from[2 * pair];
      }
      std::memcpy(to, values, sizeof values);
    }
  }
}

void Int16Operand::note_norms(Panel& panel) {
  for (std::int64_t segment = 0; segment < segments_; ++segment) {
    const std::int64_t first = segment * segment_;
    squares_[static_cast<std::size_t>(segment)] = simd::sum_of_squares(row_.data() + first, std::min(segment_, k_ - first));
  }
  for (int stretch = 0; stretch < kStretches; ++stretch) {
    const std::int64_t length = std::min(stretch_segments(stretch), segments_);
    double largest = 0;
    for (std::int64_t first = 0; first < segments_; first += length) {
      double sum = 0;
      for (std::int64_t i = first; i < std::min(first + length, segments_); ++i) sum += squares_[static_cast<std::size_t>(i)];
      largest = std::max(largest, sum);
    }
    // The sums are whole and below 2^53; the root is rounded, so it is raised by more than its error.
    double& norm = panel.norms[static_cast<std::size_t>(stretch)];
    norm = std::max(norm, std::sqrt(largest) * (1 + 0x1p-40));
  }
}

void Int16Operand::split(std::int64_t panel) {
  high_.resize(values_.size());
  low_.resize(values_.size());
  const std::int64_t first = panel * panel_size();
  simd::split_bytes(values_.data() + first, panel_size(), high_.data() + first, low_.data() + first);
  panels_[static_cast<std::size_t>(panel)].split = true;
}

const std::int16_t* Int16Operand::high(std::int64_t panel) {
  if (!panels_[static_cast<std::size_t>(panel)].split) split(panel);
  return high_.data() + panel * panel_size();
}

const std::int16_t* Int16Operand::low(std::int64_t panel) {
  if (!panels_[static_cast<std::size_t>(panel)].split) split(panel);
  return low_.data() + panel * panel_size();
}

}  // namespace binade::kernels
