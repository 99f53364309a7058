// SPDX-License-Identifier: Apache-2.0
#include "models/datapath/pe/integer_rows.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/datapath/pe/integer_rows.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace binade::datapath::rows {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

void integer_rows(std::int64_t* sums, std::span<const MacRow<std::int32_t>> rows) {
#if HWY_TARGET != HWY_SCALAR
  const hn::ScalableTag<std::int64_t> d;
  const hn::Rebind<std::int32_t, decltype(d)> narrow;
  const hn::Repartition<std::int32_t, decltype(d)> pairs;
  constexpr std::size_t kLanes = hn::MaxLanes(hn::ScalableTag<std::int64_t>());
#endif
  for (const MacRow<std::int32_t> row : rows) {
    std::int64_t* const sum = sums + row.sum;
    std::size_t j = 0;
#if HWY_TARGET != HWY_SCALAR
    for (; j + kLanes <= row.lanes; j += kLanes) {
      const auto a = hn::PromoteTo(d, hn::LoadU(narrow, row.a + j)), b = hn::PromoteTo(d, hn::LoadU(narrow, row.b + j));
      hn::StoreU(hn::LoadU(d, sum + j) + hn::MulEven(hn::BitCast(pairs, a), hn::BitCast(pairs, b)), d, sum + j);
    }
#endif
    for (; j < row.lanes; ++j) sum[j] += std::int64_t{row.a[j]} * row.b[j];
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace binade::datapath::rows
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace binade::datapath {
namespace rows {
HWY_EXPORT(integer_rows);
}  // namespace rows

void multiply_accumulate(std::int64_t* sums, std::span<const MacRow<std::int32_t>> rows) {
  using namespace rows;  // NOLINT: the table of HWY_EXPORT
  HWY_DYNAMIC_DISPATCH(integer_rows)(sums, rows);
}

}  // namespace binade::datapath
#endif
