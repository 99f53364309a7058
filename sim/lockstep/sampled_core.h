// SPDX-License-Identifier: Apache-2.0
// A core some of whose tiles are run again in lockstep, on the same operands, and must come out the same.
#pragma once

#include <memory>

#include "sim/lockstep/lockstep_core.h"
#include "sim/lockstep/tile_sampler.h"

namespace binade::lockstep {

/// `base` does the work; the tiles that `sampler` draws go through `lockstep` as soon as base has finished each of their commands,
/// while the operands are still in place, at the same stream intervals. Output vectors, clocks and statistics are compared.
/// advance() throws MismatchError. `sampler` must outlive the core.
std::unique_ptr<datapath::Core> make_sampled_core(std::unique_ptr<datapath::Core> base, std::unique_ptr<LockstepCore> lockstep,
                                                  TileSampler& sampler);

}  // namespace binade::lockstep
