// SPDX-License-Identifier: Apache-2.0
#include "models/datapath/pe/quire_rows.h"

#include <algorithm>
#include <bit>

#include "models/numerics/bound.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/datapath/pe/quire_rows.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace binade::datapath::rows {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

constexpr int kDigitBits = 32;
/// The position and the class of an operand are the upper half of its word; a class other than Zero is above every position.
constexpr int kClassBit = 16;

using D = hn::ScalableTag<std::int64_t>;
using V = hn::Vec<D>;
constexpr std::size_t kLanes = hn::MaxLanes(D());

HWY_INLINE V load(const QuireOperand* operands) {
  static_assert(sizeof(QuireOperand) == sizeof(std::int64_t));
#if HWY_TARGET == HWY_SCALAR
  return V{std::bit_cast<std::int64_t>(*operands)};
#else
  return hn::LoadU(D(), reinterpret_cast<const std::int64_t*>(operands));  // vectors may alias
#endif
}

/// Of the significands, the lower halves.
HWY_INLINE V multiply(V a, V b) {
#if HWY_TARGET == HWY_SCALAR
  return V{std::int64_t{static_cast<std::int32_t>(a.raw)} * static_cast<std::int32_t>(b.raw)};
#else
  const hn::Repartition<std::int32_t, D> halves;
  return hn::MulEven(hn::BitCast(halves, a), hn::BitCast(halves, b));
#endif
}

HWY_INLINE V upper_half(V operand) {
  const D d;
  return hn::BitCast(d, hn::ShiftRight<32>(hn::BitCast(hn::RebindToUnsigned<D>(), operand)));
}

/// kVectors vectors of products on their way into the digits. kWhole: a product is not cut at its digit's end.
template <bool kWhole, std::size_t kVectors>
class Products {
 public:
  /// ORs the products' positions into `seen`.
  HWY_INLINE Products(const QuireOperand* a, const QuireOperand* b, V& seen) {
    const D d;
    for (std::size_t v = 0; v < kVectors; ++v) {
      const V x = load(a + v * kLanes), y = load(b + v * kLanes);
      const V position = upper_half(x) + upper_half(y);
      seen = hn::Or(seen, position);
      shifted_[v] = hn::BitCast(d, hn::Shl(multiply(x, y), hn::And(position, hn::Set(d, kDigitBits - 1))));
      distance_[v] = hn::ShiftRight<5>(position);
    }
  }

  /// `digit`: the lowest digit of the first lane.
  HWY_INLINE void add_to(std::int64_t* HWY_RESTRICT digit, std::size_t stride, int highest) {
    const D d;
    const V one = hn::Set(d, 1), zero = hn::Zero(d);
    if constexpr (kWhole) {
      for (int k = 0; k <= highest; ++k, digit += stride) {
        for (std::size_t v = 0; v < kVectors; ++v) {
          const V part = hn::IfThenElseZero(distance_[v] == zero, shifted_[v]);
          hn::StoreU(hn::LoadU(d, digit + v * kLanes) + part, d, digit + v * kLanes);
          distance_[v] = distance_[v] - one;
        }
      }
    } else {
      const V low_mask = hn::Set(d, 0xffffffff);
      V low[kVectors], high[kVectors], carried[kVectors];
      for (std::size_t v = 0; v < kVectors; ++v) {
        low[v] = hn::And(shifted_[v], low_mask);
        high[v] = hn::ShiftRight<kDigitBits>(shifted_[v]);
        carried[v] = zero;
      }
      for (int k = 0; k <= highest + 1; ++k, digit += stride) {
        for (std::size_t v = 0; v < kVectors; ++v) {
          const auto own = distance_[v] == zero;
          hn::StoreU(hn::LoadU(d, digit + v * kLanes) + hn::IfThenElse(own, low[v], carried[v]), d, digit + v * kLanes);
          carried[v] = hn::IfThenElseZero(own, high[v]);
          distance_[v] = distance_[v] - one;
        }
      }
    }
  }

 private:
  V shifted_[kVectors];
  V distance_[kVectors];  ///< of the product's digit from the next one
};

template <bool kWhole>
std::uint64_t add_rows(const QuireDigits& sums, std::span<const MacRow<QuireOperand>> rows) {
  static_assert(kLanes <= QuireDigits::kPadding);
  const D d;
  const std::size_t stride = sums.stride;
  const int highest = sums.highest;
  std::uint64_t special_rows = 0;  // a bit a row
  BINADE_BOUND(rows.size() <= kQuireRows);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const MacRow<QuireOperand> row = rows[i];
    if (row.masks != nullptr) continue;
    std::int64_t* const digits = sums.digits + row.sum;
    V seen = hn::Zero(d);
    std::size_t j = 0;
    for (; j + 2 * kLanes <= row.lanes; j += 2 * kLanes) {
      Products<kWhole, 2>(row.a + j, row.b + j, seen).add_to(digits + j, stride, highest);
    }
    for (; j < row.lanes; j += kLanes) {
      // The lanes beyond add zero.
      QuireOperand a[kLanes] = {}, b[kLanes] = {};
      std::copy(row.a + j, row.a + std::min(j + kLanes, row.lanes), a);
      std::copy(row.b + j, row.b + std::min(j + kLanes, row.lanes), b);
      Products<kWhole, 1>(a, b, seen).add_to(digits + j, stride, highest);
    }
    if (!hn::AllTrue(d, seen < hn::Set(d, std::int64_t{1} << kClassBit))) special_rows |= std::uint64_t{1} << i;
  }
  return special_rows;
}

std::uint64_t quire_rows(const QuireDigits& sums, std::span<const MacRow<QuireOperand>> rows) {
  return sums.whole ? add_rows<true>(sums, rows) : add_rows<false>(sums, rows);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace binade::datapath::rows
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace binade::datapath {
namespace rows {
HWY_EXPORT(quire_rows);
}  // namespace rows

std::uint64_t quire_rows(const QuireDigits& sums, std::span<const MacRow<QuireOperand>> rows) {
  using namespace rows;  // NOLINT: the table of HWY_EXPORT
  return HWY_DYNAMIC_DISPATCH(quire_rows)(sums, rows);
}

}  // namespace binade::datapath
#endif
