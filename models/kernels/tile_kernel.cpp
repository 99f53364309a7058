// SPDX-License-Identifier: Apache-2.0
#include "models/kernels/tile_kernel.h"

#include "models/datapath/pe/dispatch.h"
#include "models/kernels/joined_kernel.h"
#include "models/kernels/packed_kernel.h"
#include "models/kernels/parallel_kernel.h"
#include "models/kernels/tile_kernel_families.h"
#include "models/numerics/error.h"

namespace binade::kernels {

std::unique_ptr<TileKernel> make_literal_tile_kernel(const datapath::CoreConfig& config) {
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
    case PeFamily::Literal:
      return make_literal_kernel(config);
  }
  throw InvariantError("gemm: no such PE family");
}

std::unique_ptr<TileKernel> make_tile_kernel(const datapath::CoreConfig& config, int threads) {
  const auto make = [&config] { return make_packed_kernel(config, make_literal_tile_kernel(config)); };
  return make_joined_kernel(config, threads > 1 ? make_parallel_kernel(make, threads) : make());
}

std::string_view to_string(KernelPath path) {
  constexpr std::array<std::string_view, kKernelPaths> kNames = {
      "literal", "int16", "int16_split", "blocked", "blocked_wide", "fp64", "int16_sliced", "serial32", "serial64", "fp32"};
  return kNames[static_cast<std::size_t>(path)];
}

}  // namespace binade::kernels
