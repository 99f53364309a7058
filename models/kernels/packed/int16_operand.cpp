// SPDX-License-Identifier: Apache-2.0
#include "models/kernels/packed/int16_operand.h"

#include <algorithm>
#include <cstring>

#include "models/kernels/simd/integer.h"

namespace binade::kernels {
namespace {

constexpr std::size_t kPairBytes = 2 * sizeof(std::int16_t);

}  // namespace

void Int16Operand::begin(int lanes, std::int64_t rows, std::int64_t k, std::int64_t segment, bool norms) {
  lanes_ = lanes;
  rows_ = rows;
  k_ = k;
  segment_ = std::min(segment, k);
  segments_ = (k + segment_ - 1) / segment_;
  segment_pairs_ = (segment_ + 1) / 2;
  norms_ = norms;
  panels_ = std::vector<Panel>(static_cast<std::size_t>((rows + lanes - 1) / lanes));
  values_.resize(panels_.size() * static_cast<std::size_t>(panel_size()));
  if (rows % lanes != 0) std::fill(values_.end() - panel_size(), values_.end(), std::int16_t{0});
}

Int16Operand::Writer::Writer(Int16Operand& operand) : operand_(operand) {
  row_.assign(static_cast<std::size_t>(std::max(operand.k_, 2 * operand.pairs())), 0);
  squares_.resize(static_cast<std::size_t>(operand.segments_));
}

void Int16Operand::Writer::finish_row(std::int64_t row) {
  const int lanes = operand_.lanes_;
  const std::int64_t segment = operand_.segment_, segment_pairs = operand_.segment_pairs_, k = operand_.k_;
  if (operand_.norms_) note_norms(operand_.panels_[static_cast<std::size_t>(row / lanes)]);
  std::int16_t* to = operand_.values_.data() + row / lanes * operand_.panel_size() + 2 * (row % lanes);
  const std::int64_t step = 2 * lanes;
  for (std::int64_t first = 0; first < k; first += segment) {
    const std::int64_t count = std::min(segment, k - first);
    const std::int16_t* const from = row_.data() + first;
    for (std::int64_t pair = 0; pair < count / 2; ++pair, to += step) std::memcpy(to, from + 2 * pair, kPairBytes);
    for (std::int64_t pair = count / 2; pair < segment_pairs; ++pair, to += step) {
      const std::int16_t values[2] = {2 * pair < count ? from[2 * pair] : std::int16_t{0}, 0};
      std::memcpy(to, values, kPairBytes);
    }
  }
}

void Int16Operand::Writer::note_norms(Panel& panel) {
  const std::int64_t segments = operand_.segments_;
  simd::sums_of_squares(row_.data(), operand_.k_, operand_.segment_, squares_.data());
  for (int stretch = 0; stretch < kStretches; ++stretch) {
    const std::int64_t length = std::min(stretch_segments(stretch), segments);
    double largest = 0;
    for (std::int64_t first = 0; first < segments; first += length) {
      double sum = 0;
      for (std::int64_t i = first; i < std::min(first + length, segments); ++i) sum += squares_[static_cast<std::size_t>(i)];
      largest = std::max(largest, sum);
    }
    double& squares = panel.squares[static_cast<std::size_t>(stretch)];
    squares = std::max(squares, largest);
  }
}

void Int16Operand::write_mantissas(const OperandRows& rows, std::int64_t offset, std::int64_t first, std::int64_t count) {
  Writer writer(*this);
  for (std::int64_t row = first; row < first + count; ++row) {
    rows.mantissas(offset + row, writer.row());
    writer.finish_row(row);
  }
}

void Int16Operand::split(std::int64_t panel) {
  Panel& state = panels_[static_cast<std::size_t>(panel)];
  std::call_once(state.split, [&] {
    state.high.resize(static_cast<std::size_t>(panel_size()));
    state.low.resize(static_cast<std::size_t>(panel_size()));
    simd::split_bytes(this->panel(panel), panel_size(), state.high.data(), state.low.data());
  });
}

const std::int16_t* Int16Operand::high(std::int64_t panel) {
  split(panel);
  return panels_[static_cast<std::size_t>(panel)].high.data();
}

const std::int16_t* Int16Operand::low(std::int64_t panel) {
  split(panel);
  return panels_[static_cast<std::size_t>(panel)].low.data();
}

}  // namespace binade::kernels
