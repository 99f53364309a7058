// SPDX-License-Identifier: Apache-2.0
// Operand activity of a tile: what an element's switching energy is fitted in (models/spec/operand_sums.h), summed over all of the
// tile's products in O(MK + KN).
//
// os: the code before A[m][k] is A[m][k-1], before B[k][n] it is B[k-1][n]; so at(f, g) = sum over k of (sum over m of f) (sum over
// n of g). ws: B stays and A[m-1][k] is before A[m][k], so the same holds but for Hamming of B: a code enters its element once,
// before the first row, and at(f, Hamming) = sum over k of f(A[0][k]) (sum over n of the bits of B[k][n]). The sums depend on the
// operands and the array's shape alone, so they are those of every core.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "models/datapath/core_config.h"
#include "models/spec/operand_sums.h"

namespace binade::kernels {

/// An operand in its scratchpad (isa.def, Gemm): blocks of `width` codes side by side, each block `depth` steps.
struct OperandBlocks {
  std::int64_t codes = 0;  ///< side by side in all blocks; the last block may have fewer, as far apart as the others'
  std::int64_t width = 1, depth = 0;
  int element_bytes = 1, bits = 8;

  std::int64_t bytes() const;
};
OperandBlocks a_blocks(const datapath::CoreConfig& config, std::int64_t m, std::int64_t k);
OperandBlocks b_blocks(const datapath::CoreConfig& config, std::int64_t n, std::int64_t k);

/// Of a tile of M x K x N in the configuration's mode 0, its operands as a_blocks() and b_blocks() say.
spec::OperandSums operand_sums(const datapath::CoreConfig& config, std::int64_t m, std::int64_t n, std::int64_t k,
                               std::span<const std::byte> a, std::span<const std::byte> b);

}  // namespace binade::kernels
