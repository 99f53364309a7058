// SPDX-License-Identifier: Apache-2.0
#include "models/datapath/pe/integer_serial_pe.h"
#include "models/kernels/tile_kernel_families.h"
#include "models/kernels/tile_kernel_impl.h"

namespace binade::kernels {

std::unique_ptr<TileKernel> make_integer_serial_kernel(const datapath::CoreConfig& config) {
  return std::make_unique<TileKernelOf<datapath::IntegerSerialPe>>(config);
}

}  // namespace binade::kernels
