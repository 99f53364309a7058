// SPDX-License-Identifier: Apache-2.0
#include "hw/compute/core_command.h"

namespace binade::hw {

datapath::CoreCommand core_command(const spec::Gemm& gemm) {
  datapath::CoreCommand command;
  command.m = gemm.m;
  command.n = gemm.n;
  command.k = gemm.k;
  command.first_k = (gemm.flags & 1) != 0;
  command.last_k = (gemm.flags & 2) != 0;
  command.k_base = gemm.k_base;
  command.bias = (gemm.flags & 4) != 0;
  command.relu = (gemm.flags & 8) != 0;
  command.product_shift = static_cast<int>(gemm.product_shift);
  command.bias_shift = static_cast<int>(gemm.bias_shift);
  command.seed = static_cast<std::uint32_t>(gemm.seed);
  command.tensor = static_cast<std::uint32_t>(gemm.tensor);
  command.m_base = gemm.m_base;
  command.n_base = gemm.n_base;
  command.logical_cols = gemm.logical_cols;
  command.mode = static_cast<int>(gemm.mode);
  return command;
}

}  // namespace binade::hw
