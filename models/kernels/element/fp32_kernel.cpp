// SPDX-License-Identifier: Apache-2.0
#include "models/datapath/pe/fp32_pe.h"
#include "models/kernels/element/element_kernel.h"
#include "models/kernels/element/element_kernels.h"

namespace binade::kernels {

std::unique_ptr<TileKernel> make_fp32_kernel(const datapath::CoreConfig& config) {
  return std::make_unique<ElementKernel<datapath::Fp32Pe>>(config);
}

}  // namespace binade::kernels
