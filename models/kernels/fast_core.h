// SPDX-License-Identifier: Apache-2.0
// The fast core: computes a tile's data at once with the GEMM kernels and takes its clocks from the shared sequencer.
#pragma once

#include <memory>

#include "models/datapath/core.h"

namespace binade::kernels {

/// `threads` of the host; nothing that the core computes or counts depends on them.
std::unique_ptr<datapath::Core> make_fast_core(const datapath::CoreConfig& config, int threads = 1);

}  // namespace binade::kernels
