// SPDX-License-Identifier: Apache-2.0
#include "models/datapath/pe/chained_pe.h"
#include "models/kernels/element/element_kernel.h"
#include "models/kernels/element/element_kernels.h"

namespace binade::kernels {

std::unique_ptr<TileKernel> make_chained_kernel(const datapath::CoreConfig& config) {
  return std::make_unique<ElementKernel<datapath::ChainedPe>>(config);
}

}  // namespace binade::kernels
