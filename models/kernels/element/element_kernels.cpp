// SPDX-License-Identifier: Apache-2.0
#include "models/kernels/element/element_kernels.h"

#include "models/datapath/pe/dispatch.h"
#include "models/numerics/error.h"

namespace binade::kernels {

std::unique_ptr<TileKernel> make_element_kernel(const datapath::CoreConfig& config) {
  using datapath::PeFamily;
  switch (datapath::pe_family(config)) {
    case PeFamily::Integer:
      return make_integer_kernel(config);
    case PeFamily::Blocked:
      return make_blocked_kernel(config);
    case PeFamily::Quire:
      return make_quire_kernel(config);
    case PeFamily::Serial:
      return make_serial_kernel(config);
    case PeFamily::IntegerSerial:
      return make_integer_serial_kernel(config);
    case PeFamily::PositSerial:
      return make_posit_serial_kernel(config);
    case PeFamily::Fp32:
      return make_fp32_kernel(config);
    case PeFamily::Chained:
      return make_chained_kernel(config);
    case PeFamily::Literal:
      return make_literal_kernel(config);
  }
  throw InvariantError("gemm: no such PE family");
}

}  // namespace binade::kernels
