// SPDX-License-Identifier: Apache-2.0
// Register tiles of the `fp32` policy: sum = RNE32(sum + a * b), k ascending, vectorised over outputs; dispatched at run time. A
// fused multiply-add is that step: it rounds the exact product and sum once.
#pragma once

#include <cstdint>

namespace binade::kernels::simd {

struct Fp32TileShape {
  int rows, vectors, cols;
};
inline constexpr int kMostFp32Outputs = 4 * 48;
Fp32TileShape fp32_tile_shape(std::int64_t n);  ///< for n columns

/// Operands [k][lane], `vectors` of the shape. `goes_on`: from the sums so far, otherwise from zero; true where all of them are
/// finite.
bool sum_fp32(const float* a, const float* b, std::int64_t k, int vectors, bool goes_on, float* sums);

}  // namespace binade::kernels::simd
