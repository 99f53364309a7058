// SPDX-License-Identifier: Apache-2.0
// A TileKernel that keeps the operands of tiles with partial K and computes them with the tile that completes K, as one. Allowed
// where no partial sum can leave the accumulator, for then every tile but the last one has nothing to count.
#pragma once

#include <memory>

#include "models/kernels/tile_kernel.h"

namespace binade::kernels {

/// `kernel` so wrapped, or itself where a step of the config's accumulator can raise an event at any K.
std::unique_ptr<TileKernel> make_joined_kernel(const datapath::CoreConfig& config, std::unique_ptr<TileKernel> kernel);

}  // namespace binade::kernels
