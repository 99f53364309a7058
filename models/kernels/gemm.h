// SPDX-License-Identifier: Apache-2.0
// Bit-identical GEMM: the same output bits and event counts as the literal accumulator and the cycle core, faster.
#pragma once

#include <span>

#include "models/datapath/core.h"
#include "models/kernels/kernel_path.h"

namespace binade::kernels {

/// Row-major operands and result of one GEMM with complete K.
struct GemmOperands {
  std::span<const numerics::Code> a;     ///< m x k
  std::span<const numerics::Code> b_t;   ///< n x k: B transposed (weights as stored)
  std::span<const numerics::Code> bias;  ///< n, or empty
};

/// Writes m x n output words (element codes, or raw accumulators as two's complement where stores_raw(config)).
/// Only format, accumulate and the command's arithmetic fields matter; rows, cols and dataflow do not.
/// Bits and statistics do not depend on `threads`. Returns the multiply-accumulates by path.
PathMacs gemm(const datapath::CoreConfig& config, const datapath::CoreCommand& command, const GemmOperands& operands,
              std::span<std::uint64_t> out, datapath::TileStats& stats, int threads = 1);

}  // namespace binade::kernels
