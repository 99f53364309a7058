// SPDX-License-Identifier: Apache-2.0
#include "models/datapath/pe/quire_rows.h"

#include <algorithm>
#include <bit>

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

/// Adds the products of a vector of operands to its digits, of which the first is given; ORs the products' positions into `seen`.
HWY_INLINE void add_products(const QuireDigits& sums, std::int64_t* HWY_RESTRICT digit, V a, V b, V& seen) {
  const D d;
  const V position = upper_half(a) + upper_half(b);
  seen = hn::Or(seen, position);
  const V shifted = hn::BitCast(d, hn::Shl(multiply(a, b), hn::And(position, hn::Set(d, kDigitBits - 1))));
  const V low = hn::And(shifted, hn::Set(d, 0xffffffff)), high = hn::ShiftRight<kDigitBits>(shifted);
  V distance = hn::ShiftRight<5>(position);  // of the product's digit from this one
  V carried = hn::Zero(d);
  for (int k = 0; k <= sums.used; ++k, digit += sums.stride) {
    const auto own = distance == hn::Zero(d);
    hn::StoreU(hn::LoadU(d, digit) + hn::IfThenElse(own, low, carried), d, digit);
    carried = hn::IfThenElseZero(own, high);
    distance = distance - hn::Set(d, 1);
  }
}

std::uint64_t quire_rows(const QuireDigits& sums, std::span<const MacRow<QuireOperand>> rows) {
  static_assert(kLanes <= QuireDigits::kPadding);
  const D d;
  std::uint64_t special_rows = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const MacRow<QuireOperand> row = rows[i];
    if (row.masks != nullptr) continue;
    V seen = hn::Zero(d);
    std::size_t j = 0;
    for (; j + kLanes <= row.lanes; j += kLanes) {
      add_products(sums, sums.digits + row.sum + j, load(row.a + j), load(row.b + j), seen);
    }
    if (j < row.lanes) {  // the lanes beyond add zero
      QuireOperand last_a[kLanes] = {}, last_b[kLanes] = {};
      std::copy(row.a + j, row.a + row.lanes, last_a);
      std::copy(row.b + j, row.b + row.lanes, last_b);
      add_products(sums, sums.digits + row.sum + j, load(last_a), load(last_b), seen);
    }
    if (!hn::AllTrue(d, seen < hn::Set(d, std::int64_t{1} << kClassBit))) special_rows |= std::uint64_t{1} << i;
  }
  return special_rows;
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
