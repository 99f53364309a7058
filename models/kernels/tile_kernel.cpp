// SPDX-License-Identifier: Apache-2.0
#include "models/kernels/tile_kernel.h"

#include <utility>

#include "models/kernels/element/element_kernels.h"
#include "models/kernels/joined_kernel.h"
#include "models/kernels/packed/packed_kernel.h"
#include "models/kernels/parallel_kernel.h"
#include "models/kernels/workers.h"

namespace binade::kernels {

std::unique_ptr<TileKernel> make_tile_kernel(const datapath::CoreConfig& config, std::shared_ptr<Workers> workers) {
  const auto make = [&config] { return make_packed_kernel(config, make_element_kernel(config)); };
  return make_joined_kernel(config, workers->threads() > 1 ? make_parallel_kernel(make, std::move(workers)) : make());
}

std::unique_ptr<TileKernel> make_tile_kernel(const datapath::CoreConfig& config, int threads) {
  return make_tile_kernel(config, std::make_shared<Workers>(threads));
}

std::string_view to_string(KernelPath path) {
  constexpr std::array<std::string_view, kKernelPaths> kNames = {"element",      "int16", "int16_split",  "blocked",
                                                                 "blocked_wide", "fp64",  "int16_sliced", "serial32",
                                                                 "serial64",     "fp32",  "chained"};
  return kNames[static_cast<std::size_t>(path)];
}

}  // namespace binade::kernels
