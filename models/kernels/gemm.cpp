// SPDX-License-Identifier: Apache-2.0
#include "models/kernels/gemm.h"

#include "models/kernels/tile_kernel.h"
#include "models/numerics/error.h"

namespace binade::kernels {

PathMacs gemm(const datapath::CoreConfig& config, const datapath::CoreCommand& command, const GemmOperands& operands,
              std::span<std::uint64_t> out, datapath::TileStats& stats, int threads) {
  const auto m = static_cast<std::size_t>(command.m), n = static_cast<std::size_t>(command.n),
             k = static_cast<std::size_t>(command.k);
  const auto& [a, b_t, bias] = operands;
  const bool biased = !bias.codes.empty();
  if (a.codes.size() != m * k || b_t.codes.size() != n * k || out.size() != m * n || (biased && bias.codes.size() != n))
    throw InvariantError("gemm: operand sizes do not match m, n, k");
  if (!(a.format == config.format.a && b_t.format == config.format.b && (!biased || bias.format == config.format.out)))
    throw InvariantError("gemm: operands of other formats than the core's");
  if (!command.first_k || !command.last_k) throw InvariantError("gemm: K is not complete");
  const auto kernel = make_tile_kernel(config, threads);
  kernel->begin(command);
  const CodeRows columns(b_t.format, b_t.codes.data(), 0, command.k), rows(a.format, a.codes.data(), 0, command.k);
  kernel->load_b(columns, 0, command.n);
  kernel->rows(rows, 0, command.m, biased ? bias.codes.data() : nullptr, out.data(), command.n);
  stats += kernel->stats();
  return kernel->paths();
}

}  // namespace binade::kernels
