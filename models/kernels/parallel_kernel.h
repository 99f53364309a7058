// SPDX-License-Identifier: Apache-2.0
// A TileKernel that divides a tile among threads. Every output is computed by one kernel as it would be alone, and counts add up,
// so neither bits nor statistics depend on the number of threads.
#pragma once

#include <functional>
#include <memory>

#include "models/kernels/tile_kernel.h"

namespace binade::kernels {

/// `make` makes the kernel of one thread. threads >= 2.
std::unique_ptr<TileKernel> make_parallel_kernel(const std::function<std::unique_ptr<TileKernel>()>& make, int threads);

}  // namespace binade::kernels
