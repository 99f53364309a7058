// SPDX-License-Identifier: Apache-2.0
#include "models/kernels/packed/real_rows.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <string>

#include "models/kernels/simd/real.h"

namespace binade::kernels {
namespace {

/// More than the relative error of a rounded sum of squares and its root.
constexpr double kSlack = 1 + 0x1p-20;
constexpr std::int64_t kSliceSegment = 16;  // 16 products of digits are below 2^31 whatever they are
/// Rows this far apart share a set of the first-level cache.
constexpr std::int64_t kCacheAlias = 4096;  // bytes

/// std::ilogb() of what a range holds (simd/real.h): positive, finite and in binary64's normal range.
int exponent_of(double value) {
  constexpr int kFractionBits = 52, kBias = 1023;
  return static_cast<int>(std::bit_cast<std::uint64_t>(value) >> kFractionBits) - kBias;
}

}  // namespace

template <class T>
void RealRows<T>::begin(int lanes, std::int64_t rows, std::int64_t k) {
  lanes_ = lanes;
  rows_ = rows;
  k_ = k;
  stride_ = (k + simd::kScanStep - 1) / simd::kScanStep * simd::kScanStep;
  if (stride_ * std::int64_t{sizeof(T)} % kCacheAlias == 0) stride_ += simd::kScanStep;
  values_.resize(static_cast<std::size_t>((rows + 1) * stride_));
  std::fill_n(row(rows), stride_, T{});
  scans_.assign(static_cast<std::size_t>(rows), {});
  order_.clear();
  groups_.clear();
}

template <class T>
void RealRows<T>::finish_row(std::int64_t index) {
  std::fill(row(index) + k_, row(index) + stride_, T{});
  note(index, simd::range_of(row(index), stride_));
}

template <class T>
void RealRows<T>::finish_row(std::int64_t index, const T* nonzero, std::int64_t count) {
  std::fill(row(index) + k_, row(index) + stride_, T{});
  note(index, simd::range_of(nonzero, (count + simd::kScanStep - 1) / simd::kScanStep * simd::kScanStep));
}

template <class T>
void RealRows<T>::note(std::int64_t index, const simd::Range& range) {
  Scan& scan = scans_[static_cast<std::size_t>(index)];
  T* const values = row(index);
  if (!std::isfinite(range.largest)) {
    scan.nan = std::any_of(values, values + k_, [](T value) { return std::isnan(value); });
    scan.infinite = !scan.nan;
    std::fill(values, values + k_, T{});
    return;
  }
  if (range.largest == 0) return;
  scan.lsb = range.lsb;
  scan.norm = std::sqrt(range.squares) * kSlack;
  scan.span = exponent_of(range.largest) + 1 - exponent_of(range.lsb);
}

template <class T>
void RealRows<T>::order(const std::vector<bool>& left_out) {
  std::array<std::int64_t, kWidestSpan + 2> begins{};  // of the rows of a span, among all
  std::int64_t ordered = 0;
  for (std::int64_t i = 0; i < rows_; ++i) {
    if (left_out[static_cast<std::size_t>(i)]) continue;
    if (!cuttable(i)) throw InvariantError("real rows: a row of " + std::to_string(row_span(i)) + " bits in a group");
    ++begins[static_cast<std::size_t>(row_span(i) + 1)];
    ++ordered;
  }
  for (std::size_t span = 1; span < begins.size(); ++span) begins[span] += begins[span - 1];
  order_.resize(static_cast<std::size_t>(ordered));
  groups_.assign(static_cast<std::size_t>((ordered + lanes_ - 1) / lanes_), {});
  for (std::int64_t i = 0; i < rows_; ++i) {
    if (left_out[static_cast<std::size_t>(i)]) continue;
    const std::int64_t place = begins[static_cast<std::size_t>(row_span(i))]++;
    order_[static_cast<std::size_t>(place)] = i;
    Group& group = groups_[static_cast<std::size_t>(place / lanes_)];
    group.norm = std::max(group.norm, norm(i) / lsb(i));
    group.span = std::max(group.span, row_span(i));
  }
}

template <class T>
void RealRows<T>::scale(std::int64_t row, std::int16_t* to) const {
  simd::scale_to_int16(values(row), 1 / lsb(row), k_, to);
}

// From the top each digit is what is left rounded to a multiple of its unit, which leaves at most half a unit for the next: 2^13 of
// that one's. The top digit of a row of fewer than 14 n bits is at most 2^13 as well. No unit overflows: it is at most
// 2^(14 (kMostSlices - 1)) least bits, each below 2^481 (the largest value of posit32es4), and rounding to it takes 53 bits more.
template <class T>
void RealRows<T>::cut(std::int64_t group, std::span<Int16Rows> slices) const {
  if (std::ssize(slices) != slice_count(group) || std::ssize(slices) > kMostSlices)
    throw InvariantError("real rows: a group of " + std::to_string(slices.size()) + " slices");
  for (Int16Rows& slice : slices) slice.begin(lanes_, Int16Layout(k_, kSliceSegment), true);
  AlignedVector<double> rest(static_cast<std::size_t>(k_));
  for (std::int64_t lane = 0; lane < lanes_; ++lane) {
    const std::int64_t from = row_at(group * lanes_ + lane);
    std::copy_n(values(from), k_, rest.begin());
    const double unit = from < 0 ? 1.0 : lsb(from);
    for (std::size_t digit = slices.size(); digit-- > 0;) {
      simd::cut_digits(rest.data(), std::ldexp(unit, static_cast<int>(digit) * kDigitBits), k_, slices[digit].row(lane));
      slices[digit].finish_row(lane);
    }
  }
}

template class RealRows<float>;
template class RealRows<double>;

}  // namespace binade::kernels
