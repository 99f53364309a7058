// SPDX-License-Identifier: Apache-2.0
#include "models/kernels/real_operand.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "models/kernels/simd_real.h"

namespace binade::kernels {
namespace {

/// More than the relative error of a rounded sum of squares and its root.
constexpr double kSlack = 1 + 0x1p-20;
constexpr int kNarrowBits = 15;
constexpr std::int64_t kSegment = 32;

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
  panels_.assign(static_cast<std::size_t>((rows + lanes - 1) / lanes), {});
}

void RealOperand::finish() {
  for (std::int64_t i = 0; i < rows_; ++i) {
    Scan& scan = scans_[static_cast<std::size_t>(i)];
    simd::Range range = simd::range_of(row(i), stride_);
    if (!std::isfinite(range.largest)) {
      scan.nan = std::any_of(row(i), row(i) + k_, [](double value) { return std::isnan(value); });
      scan.infinite = !scan.nan;
      std::fill(row(i), row(i) + k_, 0.0);
      continue;
    }
    if (range.largest == 0) continue;
    scan.lsb = range.lsb;
    scan.norm = std::sqrt(range.squares) * kSlack;
    scan.span = std::ilogb(range.largest) + 1 - std::ilogb(range.lsb);
  }
  order_.resize(static_cast<std::size_t>(rows_));
  std::iota(order_.begin(), order_.end(), std::int64_t{0});
  const auto& scans = scans_;
  std::sort(order_.begin(), order_.end(), [&scans](std::int64_t a, std::int64_t b) {
    const Scan &x = scans[static_cast<std::size_t>(a)], &y = scans[static_cast<std::size_t>(b)];
    if (x.span != y.span) return x.span < y.span;
    const double x_norm = x.norm / x.lsb, y_norm = y.norm / y.lsb;
    return x_norm != y_norm ? x_norm < y_norm : a < b;
  });
  int16_.begin(lanes_, rows_, k_, kSegment, true);
  for (std::int64_t place = 0; place < rows_; ++place) {
    const std::int64_t from = order_[static_cast<std::size_t>(place)];
    const Scan& scan = scans_[static_cast<std::size_t>(from)];
    Panel& panel = panels_[static_cast<std::size_t>(place / lanes_)];
    panel.norm = std::max(panel.norm, scan.norm / scan.lsb);
    panel.span = std::max(panel.span, scan.span);
    panel.narrow = panel.narrow && scan.span <= kNarrowBits;
    if (scan.span > kNarrowBits) continue;  // the order ends with such rows: no panel after this one is narrow
    simd::scale_to_int16(row(from), 1 / scan.lsb, k_, int16_.row());
    int16_.finish_row(place);
  }
}

void RealOperand::pack(std::int64_t panel, const double* const* rows, double* to) const {
  (void)panel;
  for (int first = 0; first < lanes_; first += group_) {
    for (int lane = 0; lane < group_; ++lane) {
      const double* const from = rows[first + lane];
      double* place = to + first * k_ + lane;
      for (std::int64_t k = 0; k < k_; ++k, place += group_) *place = from == nullptr ? 0.0 : from[k];
    }
  }
}

const double* RealOperand::fp64(std::int64_t panel) {
  Panel& state = panels_[static_cast<std::size_t>(panel)];
  double* const to = (fp64_.resize(panels_.size() * static_cast<std::size_t>(panel_size())), fp64_.data() + panel * panel_size());
  if (!state.packed) {
    std::vector<const double*> rows;
    for (std::int64_t lane = 0; lane < lanes_; ++lane) {
      const std::int64_t from = row_at(panel * lanes_ + lane);
      rows.push_back(from < 0 ? nullptr : values_.data() + from * stride_);
    }
    pack(panel, rows.data(), to);
    state.packed = true;
  }
  return to;
}

const RealOperand::Slices& RealOperand::slices(std::int64_t panel, int count) {
  auto& cuts = panels_[static_cast<std::size_t>(panel)].slices;
  if (cuts.empty()) cuts.resize(kMostSlices + 1);
  Slices& cut_up = cuts[static_cast<std::size_t>(count)];
  if (cut_up.values.empty()) cut_up = cut(panel, count);
  return cut_up;
}

RealOperand::Slices RealOperand::cut(std::int64_t panel, int count) const {
  Slices slices;
  slices.widths.assign(static_cast<std::size_t>(lanes_), 1);
  slices.values.resize(static_cast<std::size_t>(count));
  std::vector<std::vector<AlignedVector<double>>> cuts(static_cast<std::size_t>(count),
                                                       std::vector<AlignedVector<double>>(static_cast<std::size_t>(lanes_)));
  for (std::int64_t lane = 0; lane < lanes_; ++lane) {
    const std::int64_t from = row_at(panel * lanes_ + lane);
    AlignedVector<double> rest(static_cast<std::size_t>(stride_));
    if (from < 0) {
      std::fill(rest.begin(), rest.end(), 0.0);
    } else {
      std::copy_n(values_.data() + from * stride_, stride_, rest.begin());
    }
    const Scan scan = from < 0 ? Scan{} : scans_[static_cast<std::size_t>(from)];
    const int width = std::max((scan.span + count - 1) / count, 1);
    slices.widths[static_cast<std::size_t>(lane)] = width;
    for (int slice = count - 1; slice >= 0; --slice) {
      const double unit = std::ldexp(scan.lsb, slice * width);
      AlignedVector<double> part(static_cast<std::size_t>(stride_));
      if (slice == 0) {
        part = rest;
      } else {
        const double magic = 0x1.8p52 * unit;  // adding it rounds to a multiple of the unit
        for (std::size_t k = 0; k < part.size(); ++k) {
          part[k] = (rest[k] + magic) - magic;
          rest[k] -= part[k];
        }
      }
      const double norm = std::sqrt(simd::range_of(part.data(), stride_).squares) * kSlack / unit;
      slices.norm = std::max(slices.norm, norm);
      cuts[static_cast<std::size_t>(slice)][static_cast<std::size_t>(lane)] = std::move(part);
    }
  }
  for (int slice = 0; slice < count; ++slice) {
    std::vector<const double*> rows;
    for (const auto& part : cuts[static_cast<std::size_t>(slice)]) rows.push_back(part.data());
    auto& to = slices.values[static_cast<std::size_t>(slice)];
    to.resize(static_cast<std::size_t>(panel_size()));
    pack(panel, rows.data(), to.data());
  }
  return slices;
}

}  // namespace binade::kernels
