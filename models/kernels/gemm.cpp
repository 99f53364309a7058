// SPDX-License-Identifier: Apache-2.0
#include "models/kernels/gemm.h"

#include "models/kernels/tile_kernel.h"
#include "models/numerics/error.h"

namespace binade::kernels {

PathMacs gemm(const datapath::CoreConfig& config, const datapath::CoreCommand& command, const GemmOperands& operands,
              std::span<std::uint64_t> out, datapath::TileStats& stats, int threads) {
  const auto m = static_cast<std::size_t>(command.m), n = static_cast<std::size_t>(command.n),
             k = static_cast<std::size_t>(command.k);
  const bool bias = !operands.bias.empty();
  if (operands.a.size() != m * k || operands.b_t.size() != n * k || out.size() != m * n || (bias && operands.bias.size() != n)) {
    throw InvariantError("gemm: operand sizes do not match m, n, k");
  }
  if (!command.first_k || !command.last_k) throw InvariantError("gemm: K is not complete");
  const auto kernel = make_tile_kernel(config, threads);
  kernel->begin(command);
  kernel->load_b(operands.b_t.data(), 0, command.n, 1, command.k);
  kernel->rows(operands.a.data(), 0, command.m, bias ? operands.bias.data() : nullptr, out.data(), command.n);
  stats += kernel->stats();
  return kernel->paths();
}

}  // namespace binade::kernels
