// SPDX-License-Identifier: Apache-2.0
#include "models/datapath/pe/integer_lanes.h"

#include "models/datapath/pe/vector_clones.h"

namespace binade::datapath {

BINADE_VECTOR_CLONES
void multiply_accumulate(std::int64_t* __restrict sum, const std::int32_t* __restrict a, const std::int32_t* __restrict b,
                         std::size_t lanes) {
  for (std::size_t j = 0; j < lanes; ++j) sum[j] += std::int64_t{a[j]} * b[j];
}

BINADE_VECTOR_CLONES
void multiply_accumulate(std::int64_t* __restrict sum, std::int32_t a, const std::int32_t* __restrict b, std::size_t lanes) {
  for (std::size_t j = 0; j < lanes; ++j) sum[j] += std::int64_t{a} * b[j];
}

}  // namespace binade::datapath
