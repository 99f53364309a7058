// SPDX-License-Identifier: Apache-2.0
// A TileKernel that divides a tile among threads. Every output is computed by one kernel as it would be alone, and counts add up,
// so neither bits nor statistics depend on the number of threads.
#pragma once

#include <functional>
#include <memory>

#include "models/kernels/tile_kernel.h"

namespace binade::kernels {

class Workers;

/// `make` makes the kernel of one thread. `workers`: at least two.
std::unique_ptr<TileKernel> make_parallel_kernel(const std::function<std::unique_ptr<TileKernel>()>& make,
                                                 std::shared_ptr<Workers> workers);

/// make_tile_kernel() with threads that others use as well, one work at a time.
std::unique_ptr<TileKernel> make_tile_kernel(const datapath::CoreConfig& config, std::shared_ptr<Workers> workers);

}  // namespace binade::kernels
