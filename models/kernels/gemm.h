// SPDX-License-Identifier: Apache-2.0
// Bit-identical GEMM: the same output bits and event counts as the literal accumulator and the cycle core, faster.
#pragma once

#include <span>

#include "models/datapath/core.h"
#include "models/kernels/kernel_path.h"
#include "models/numerics/encoded_tensor.h"

namespace binade::kernels {

/// Row-major operands of one GEMM with complete K: tensors of the core's formats, whose exponents the command's shifts follow.
struct GemmOperands {
  numerics::EncodedView a;     ///< m x k
  numerics::EncodedView b_t;   ///< n x k: B transposed (weights as stored)
  numerics::EncodedView bias;  ///< n, or no codes

  /// Codes whose exponents, if they share any, are the caller's business.
  static GemmOperands of(const numerics::OperandFormats& formats, std::span<const numerics::Code> a,
                         std::span<const numerics::Code> b_t, std::span<const numerics::Code> bias = {}) {
    return {{formats.a, {}, a}, {formats.b, {}, b_t}, {formats.out, {}, bias}};
  }
};

/// Writes m x n output words (element codes, or raw accumulators as two's complement where stores_raw(config)).
/// Only format, accumulate and the command's arithmetic fields matter; rows, cols and dataflow do not.
/// Bits and statistics do not depend on `threads`. Returns the multiply-accumulates by path.
PathMacs gemm(const datapath::CoreConfig& config, const datapath::CoreCommand& command, const GemmOperands& operands,
              std::span<std::uint64_t> out, datapath::TileStats& stats, int threads = 1);

}  // namespace binade::kernels
