// SPDX-License-Identifier: Apache-2.0
#include "models/kernels/packed/real_operand.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "models/kernels/simd/real.h"
#include "models/numerics/bound.h"

namespace binade::kernels {
namespace {

/// More than the relative error of a rounded sum of squares and its root.
constexpr double kSlack = 1 + 0x1p-20;
constexpr int kNarrowBits = 15;
constexpr std::int64_t kSegment = 32;
constexpr std::int64_t kSliceSegment = 16;  // 16 products of digits are below 2^31 whatever they are

}  // namespace

void RealOperand::begin(int lanes, int group, std::int64_t rows, std::int64_t k) {
  lanes_ = lanes;
  group_ = group;
  rows_ = rows;
  k_ = k;
  stride_ = (k + simd::kScanStep - 1) / simd::kScanStep * simd::kScanStep;
  values_.resize(static_cast<std::size_t>(rows * stride_));
  for (std::int64_t i = 0; i < rows; ++i) std::fill(row(i) + k, row(i) + stride_, 0.0);
  scans_.assign(static_cast<std::size_t>(rows), {});
  order_.clear();
  panels_.clear();
}

void RealOperand::scan_row(std::int64_t row_index) {
  Scan& scan = scans_[static_cast<std::size_t>(row_index)];
  double* const values = row(row_index);
  const simd::Range range = simd::range_of(values, stride_);
  if (!std::isfinite(range.largest)) {
    scan.nan = std::any_of(values, values + k_, [](double value) { return std::isnan(value); });
    scan.infinite = !scan.nan;
    std::fill(values, values + k_, 0.0);
    return;
  }
  if (range.largest == 0) return;
  scan.lsb = range.lsb;
  scan.norm = std::sqrt(range.squares) * kSlack;
  scan.span = std::ilogb(range.largest) + 1 - std::ilogb(range.lsb);
}

void RealOperand::scan(const TileKernel::Divide& divide) {
  divide(rows_, [this](std::int64_t first, std::int64_t count) {
    for (std::int64_t i = first; i < first + count; ++i) scan_row(i);
  });
}

void RealOperand::order(const std::vector<bool>& left_out, const TileKernel::Divide& divide) {
  for (std::int64_t i = 0; i < rows_; ++i) {
    if (left_out[static_cast<std::size_t>(i)]) continue;
    if (!cuttable(i)) throw InvariantError("real operand: a row of " + std::to_string(row_span(i)) + " bits in a panel");
    order_.push_back(i);
  }
  struct Key {
    int span;
    double norm;
    std::int64_t row;
  };
  std::vector<Key> keys;
  keys.reserve(order_.size());
  for (const std::int64_t row : order_) {
    const Scan& scan = scans_[static_cast<std::size_t>(row)];
    keys.push_back({scan.span, scan.norm / scan.lsb, row});
  }
  std::sort(keys.begin(), keys.end(), [](const Key& a, const Key& b) {
    if (a.span != b.span) return a.span < b.span;
    return a.norm != b.norm ? a.norm < b.norm : a.row < b.row;
  });
  std::transform(keys.begin(), keys.end(), order_.begin(), [](const Key& key) { return key.row; });
  const auto ordered = static_cast<std::int64_t>(order_.size());
  panels_ = std::vector<Panel>(static_cast<std::size_t>((ordered + lanes_ - 1) / lanes_));
  int16_.begin(lanes_, ordered, k_, kSegment, true);
  divide(panels(), [this](std::int64_t first, std::int64_t count) { pack_int16(first, count); });
}

void RealOperand::pack_int16(std::int64_t first_panel, std::int64_t panels) {
  Int16Operand::Writer writer(int16_);
  const auto last = static_cast<std::int64_t>(order_.size());
  for (std::int64_t place = first_panel * lanes_; place < std::min((first_panel + panels) * lanes_, last); ++place) {
    const std::int64_t from = order_[static_cast<std::size_t>(place)];
    const Scan& scan = scans_[static_cast<std::size_t>(from)];
    Panel& panel = panels_[static_cast<std::size_t>(place / lanes_)];
    panel.norm = std::max(panel.norm, scan.norm / scan.lsb);
    panel.span = std::max(panel.span, scan.span);
    panel.narrow = panel.narrow && scan.span <= kNarrowBits;
    if (scan.span > kNarrowBits) continue;  // the order ends with such rows: no panel after this one is narrow
    simd::scale_to_int16(row(from), 1 / scan.lsb, k_, writer.row());
    writer.finish_row(place);
  }
}

const double* RealOperand::fp64(std::int64_t panel) {
  Panel& state = panels_[static_cast<std::size_t>(panel)];
  std::call_once(state.packed, [&] {
    state.fp64.resize(static_cast<std::size_t>(panel_size()));
    for (int first = 0; first < lanes_; first += group_) {
      for (int lane = 0; lane < group_; ++lane) {
        const std::int64_t from = row_at(panel * lanes_ + first + lane);
        double* place = state.fp64.data() + first * k_ + lane;
        for (std::int64_t k = 0; k < k_; ++k, place += group_) *place = from < 0 ? 0.0 : row(from)[k];
      }
    }
  });
  return state.fp64.data();
}

const std::vector<Int16Operand>& RealOperand::slices(std::int64_t panel) {
  Panel& state = panels_[static_cast<std::size_t>(panel)];
  std::call_once(state.cut, [&] { state.slices = cut(panel); });
  return state.slices;
}

// From the top each digit is what is left rounded to a multiple of its unit, which leaves at most half a unit for the next: 2^13 of
// that one's. The top digit of a row of fewer than 14 n bits is at most 2^13 as well. No unit overflows: it is at most
// 2^(14 (kMostSlices - 1)) least bits, each below 2^481 (the largest value of posit32es4), and rounding to it takes 53 bits more.
std::vector<Int16Operand> RealOperand::cut(std::int64_t panel) const {
  const int count = slice_count(panel);
  if (count > kMostSlices) throw InvariantError("real operand: a panel of " + std::to_string(count) + " slices");
  std::vector<Int16Operand> slices(static_cast<std::size_t>(count));
  std::vector<Int16Operand::Writer> writers;
  for (Int16Operand& slice : slices) {
    slice.begin(lanes_, lanes_, k_, kSliceSegment, true);
    writers.emplace_back(slice);
  }
  AlignedVector<double> rest(static_cast<std::size_t>(stride_));
  for (std::int64_t lane = 0; lane < lanes_; ++lane) {
    const std::int64_t from = row_at(panel * lanes_ + lane);
    if (from < 0) {
      std::fill(rest.begin(), rest.end(), 0.0);
    } else {
      std::copy_n(row(from), stride_, rest.begin());
    }
    const double lsb = from < 0 ? 1.0 : scans_[static_cast<std::size_t>(from)].lsb;
    for (int digit = count - 1; digit >= 0; --digit) {
      Int16Operand::Writer& writer = writers[static_cast<std::size_t>(digit)];
      simd::cut_digits(rest.data(), std::ldexp(lsb, digit * kDigitBits), k_, writer.row());
      writer.finish_row(lane);
    }
  }
  return slices;
}

}  // namespace binade::kernels
