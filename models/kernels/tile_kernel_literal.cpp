// SPDX-License-Identifier: Apache-2.0
#include "models/datapath/pe/literal_pe.h"
#include "models/kernels/tile_kernel_families.h"
#include "models/kernels/tile_kernel_impl.h"

namespace binade::kernels {

std::unique_ptr<TileKernel> make_literal_kernel(const datapath::CoreConfig& config) {
  return std::make_unique<TileKernelOf<datapath::LiteralPe>>(config);
}

}  // namespace binade::kernels
