// SPDX-License-Identifier: Apache-2.0
#include "models/datapath/pe/fp32_pe.h"
#include "models/kernels/tile_kernel_families.h"
#include "models/kernels/tile_kernel_impl.h"

namespace binade::kernels {

std::unique_ptr<TileKernel> make_fp32_kernel(const datapath::CoreConfig& config) {
  return std::make_unique<TileKernelOf<datapath::Fp32Pe>>(config);
}

}  // namespace binade::kernels
